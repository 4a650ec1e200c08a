"""axe over the pages that a normal day does not pass: first run, second step, own password, packet, revealed number, search, look-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from tests.support.browser import log_in, named, open_browser, press, sees
from tests.support.house import PASSWORD, House, check, claim
from tests.support.providers import FakeProvider
from tests.support.stack import Stack, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser]
WIDTHS = (360, 1280)


def wide(browser: Any, width: int) -> None:
    """The same page on another screen."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def both(browser: Any, what: str) -> None:
    for width in WIDTHS:
        wide(browser, width)
        check(browser, f"{what} at {width}")


def test_first_run_own_password_and_second_step(tmp_path: Any, chromium: str) -> None:
    """A fresh desk in a house that wants a second step: first account, enrolment, a proposed account, its own password, six digits."""
    import pyotp

    provider = FakeProvider()
    stack = Stack(tmp_path, provider, DESK_REQUIRE_TOTP="true")
    browser = open_browser(chromium)
    try:
        stack.start("desk")
        browser.get(stack.desk)
        both(browser, "first run")
        code = wait_for(lambda: re.search(r"with the code (\S+)", stack.log.read_text()), 15, "the code")
        named(browser, "First-run code").send_keys(code.group(1))
        named(browser, "Name").send_keys("Root")
        named(browser, "Password").send_keys(PASSWORD)
        press(browser, "Create")
        wait_for(lambda: "enrol" in browser.current_url, what="enrolment")
        both(browser, "enrol")
        secret = browser.find_element(By.CSS_SELECTOR, ".secret").get_attribute("textContent").replace(" ", "")
        named(browser, "Code").send_keys(pyotp.TOTP(secret).now())
        press(browser, "Save")
        wait_for(lambda: "team" in browser.current_url, what="inside")
        browser.delete_all_cookies()
        log_in(browser, stack.desk, "Root", PASSWORD)
        wait_for(lambda: browser.current_url.endswith("/code"), what="the second step")
        both(browser, "code")
    finally:
        browser.quit()
        stack.stop()
        provider.close()


def test_own_password(house: House, window: Callable[..., Any], chromium: str) -> None:
    root, sara = window("Root"), window("Sara")
    root.get(f"{house.stack.desk}/team")
    named(root, "Name").send_keys("Neu")
    press(root, "Propose")
    assert sees(root, "Neu")
    sara.get(f"{house.stack.desk}/team")
    press(sara, "Approve")
    password = wait_for(lambda: sara.find_elements(By.CSS_SELECTOR, ".three"))[0].text
    both(sara, "starting password")
    neu = open_browser(chromium)
    try:
        log_in(neu, house.stack.desk, "Neu", password)
        wait_for(lambda: "new-password" in neu.current_url, what="her own password")
        both(neu, "new password")
    finally:
        neu.quit()


def test_packet_revealed_number_search_and_look_in(house: House, window: Callable[..., Any]) -> None:
    ana, sara = window("Ana"), window("Sara")
    conversation = house.waits(951, severity=3)
    claim(ana, house, conversation)
    base = f"{house.stack.desk}/talk/{conversation}"
    ana.get(f"{base}/case")
    named(ana, "Recipient").send_keys("Casa Norte")
    named(ana, "Question").send_keys("una mujer, dos hijos, ¿esta noche?")
    press(ana, "Ask")
    named(ana, "Accepted by").send_keys("Luz")
    named(ana, "Accepted for").send_keys("hoy 20:00")
    press(ana, "Accepted")
    both(ana, "referral accepted")
    ana.execute_script(
        "document.querySelector('[name=contents][value=safety_plan]').click(); document.querySelector('[name=told]').click()"
    )
    press(ana, "Her yes")
    press(ana, "Packet")
    assert sees(ana, "Casa Norte")
    both(ana, "packet")
    ana.get(f"{base}/case")
    ana.execute_script("for (const d of document.querySelectorAll('#glass details')) d.open = true")
    ana.execute_script("for (const v of ['number', 'she_asked']) document.querySelector(`#glass [value=${v}]`).click()")
    named(ana, "Reason").send_keys("pidió que la llamemos ahora")
    press(ana, "Ask to open")
    assert sees(ana, "pidió que la llamemos ahora")
    sara.get(f"{house.stack.desk}/supervisor")
    both(sara, "supervisor with a question")
    press(sara, "Approve")
    wait_for(lambda: not sara.find_elements(By.CSS_SELECTOR, '[aria-label="Approve"]'), what="opened")
    ana.get(f"{base}/case")
    press(ana, "Show what was opened")
    both(ana, "revealed")
    ana.get(f"{house.stack.desk}/queue")
    named(ana, "Search").send_keys("zzzz")
    ana.execute_script("document.querySelector('form.search').requestSubmit()")
    wait_for(lambda: "/search" in ana.current_url, what="search")
    both(ana, "search without a find")
    case = house.do(lambda s: s.talks.get(conversation)).case_id
    ana.get(f"{house.stack.desk}/queue")
    named(ana, "Search").send_keys(f"#{case[:4]}")
    ana.execute_script("document.querySelector('form.search').requestSubmit()")
    wait_for(lambda: ana.find_elements(By.CSS_SELECTOR, ".card"), what="the found case")
    both(ana, "search with a find")
    sara.get(base)
    both(sara, "look in")
