"""Debian's Chromium, headless, without anything that calls home."""

from __future__ import annotations

import tempfile
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
).split()


def open_browser(path: str, width: int = 1280, height: int = 900) -> Chrome:
    """A fresh browser window."""
    options = ChromeOptions()
    options.binary_location = path
    for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp()}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    browser = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    browser.set_page_load_timeout(30)
    if width < 500:  # a headless window is never narrower than that by itself
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    return browser


def named(browser: Chrome, name: str, seconds: float = 15.0) -> Any:
    """The element with this accessible name, once it can be used."""
    selector = f'[aria-label="{name}"]'

    def look(driver: Chrome) -> Any:
        return next((e for e in driver.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed() and e.is_enabled()), None)

    return WebDriverWait(browser, seconds).until(look, f"nothing named {name}")


def sees(browser: Chrome, text: str, seconds: float = 15.0) -> bool:
    """True once the page shows the text."""
    wait = WebDriverWait(browser, seconds, ignored_exceptions=(NoSuchElementException, StaleElementReferenceException))
    return bool(wait.until(lambda d: text in d.find_element(By.TAG_NAME, "body").text, f"no {text}"))


def press(browser: Chrome, name: str) -> None:
    """Clicks what has this name; a page that was redrawn meanwhile is looked at again."""
    for _ in range(5):
        try:
            found = named(browser, name)
            browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)  # not under the bar at the top
            found.click()
            return
        except StaleElementReferenceException:
            continue
    raise AssertionError(f"{name} never stood still")


def log_in(browser: Chrome, url: str, name: str, password: str) -> None:
    browser.get(f"{url}/login")
    named(browser, "Name").send_keys(name)
    named(browser, "Password").send_keys(password)
    named(browser, "Log in").click()
