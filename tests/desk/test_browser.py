"""The desk in real Chromium: several people at once, keyboard only, axe, a lost connection, small screens. Real desk, jobs and store."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.browser import named, open_browser, press, sees
from tests.support.house import PASSWORD, House, check, claim
from tests.support.stack import wait_for

LATENCY_SECONDS = 0.3

pytestmark = [pytest.mark.slow, pytest.mark.browser]
LANGUAGES = ("es", "pt", "en", "fr", "ht")


def test_three_people_two_counselors_and_a_supervisor_at_once(house: House, window: Callable[..., Any]) -> None:
    ana, eva, sara = window("Ana"), window("Eva"), window("Sara")
    people = {number: house.waits(number) for number in (101, 102, 103)}
    for browser, number in ((ana, 101), (eva, 102), (sara, 103)):
        claim(browser, house, people[number])
        named(browser, "Message").send_keys(f"Hola {number}, aquí estoy")
        press(browser, "Send")
    for number in people:
        house.stack.heard(str(number), f"Hola {number}")
        assert not [t for n in people if n != number for t in house.provider.texts(str(number)) if f"Hola {n}" in t]
    for browser, number in ((ana, 101), (eva, 102), (sara, 103)):
        house.writes(number, f"gracias de {number}")
        assert sees(browser, f"gracias de {number}")
        assert not [n for n in people if n != number and f"gracias de {n}" in browser.page_source]
    ana.get(f"{house.stack.desk}/talk/{people[102]}")
    assert sees(ana, "no es tuya") or sees(ana, "not yours")
    sara.get(f"{house.stack.desk}/talk/{people[101]}")
    press(sara, "Open")
    press(sara, "Join")
    named(sara, "Message").send_keys("Soy Sara")
    press(sara, "Send")
    assert house.stack.heard("101", "Sara: Soy Sara")
    assert sees(ana, "Sara") if ana.get(f"{house.stack.desk}/talk/{people[101]}") is None else False


def test_latency_both_ways(house: House, window: Callable[..., Any]) -> None:
    """Her stored message → counselor's screen; counselor's Send → provider. p95 within 300 ms on one machine."""
    ana = window("Ana")
    claim(ana, house, house.waits(201))
    named(ana, "Message").send_keys("Hola")
    press(ana, "Send")
    house.stack.heard("201", "Hola")
    rounds: list[tuple[float, float]] = []
    for number in range(3):  # something else may have the machine for a moment: the best of at most three rounds counts
        rounds.append(measured(house, ana, number))
        if max(rounds[-1]) <= LATENCY_SECONDS:
            break
    shown = [[f"{value * 1000:.0f} ms" for value in one] for one in rounds]
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print("p95 to the screen, to the provider:", shown, load)
    assert min(max(one) for one in rounds) <= LATENCY_SECONDS, (shown, load)


def measured(house: House, ana: Any, number: int) -> tuple[float, float]:
    """p95 in seconds of twenty lines each way."""
    there, back = [], []
    for n in range(20):
        line, answer = f"linea {number}.{n} fin", f"respuesta {number}.{n} fin"
        began = time.monotonic()
        house.writes(201, line)
        wait_for(lambda line=line: line in ana.page_source, 5, "her line", 0.005)
        there.append(time.monotonic() - began)
        named(ana, "Message").send_keys(answer)
        began = time.monotonic()
        ana.find_element(By.CSS_SELECTOR, '[aria-label="Send"]').click()
        wait_for(lambda answer=answer: any(answer in t for t in house.provider.texts("201")), 5, "the answer", 0.005)
        back.append(time.monotonic() - began)
        wait_for(lambda: ana.find_element(By.ID, "text").get_attribute("value") == "", 5, "sent")
    return statistics.quantiles(there, n=20)[18], statistics.quantiles(back, n=20)[18]


def test_keyboard_only_from_login_to_close(house: House, chromium: str) -> None:
    house.waits(301, severity=3)
    browser = open_browser(chromium)
    try:
        browser.get(f"{house.stack.desk}/login")
        browser.switch_to.active_element.send_keys(Keys.TAB)
        reach(browser, "Name").send_keys("Eva")
        reach(browser, "Password").send_keys(PASSWORD + Keys.ENTER)
        named(browser, "Language")
        reach(browser, "Claim").send_keys(Keys.ENTER)
        named(browser, "Message")
        browser.switch_to.active_element.send_keys(Keys.ALT, "m")
        assert browser.switch_to.active_element.get_attribute("aria-label") == "Message"
        browser.switch_to.active_element.send_keys("Hola, con el teclado" + Keys.CONTROL + Keys.ENTER)
        house.stack.heard("301", "con el teclado")
        reach(browser, "Close").send_keys(Keys.ENTER)
        wait_for(lambda: browser.current_url.endswith("/queue"), what="back at the queue")
    finally:
        browser.quit()


def reach(browser: Any, name: str, right: Callable[[Any], Any] | None = None, most: int = 80) -> Any:
    """Tabs until the element has the focus; the focus can always be seen."""
    for _ in range(most):
        here = browser.switch_to.active_element
        if right(here) if right else here.get_attribute("aria-label") == name:
            outline = here.value_of_css_property("outline-style")
            assert outline != "none", f"{name} shows no focus"
            return here
        here.send_keys(Keys.TAB)
    raise AssertionError(f"{name or 'it'} cannot be reached with Tab")


def test_what_is_typed_survives_a_reload_a_lock_and_a_lost_connection(house: House, window: Callable[..., Any]) -> None:
    ana = window("Ana")
    conversation = house.waits(401)
    claim(ana, house, conversation)
    named(ana, "Message").send_keys("sigo escribiendo")
    ana.refresh()
    assert named(ana, "Message").get_attribute("value") == "sigo escribiendo"
    ana.get(f"{house.stack.desk}/lock?back=/talk/{conversation}")
    assert "sigo escrib" not in ana.page_source and "me quitaron" not in ana.page_source
    named(ana, "Password").send_keys(PASSWORD)
    press(ana, "Unlock")
    assert named(ana, "Message").get_attribute("value") == "sigo escribiendo"
    house.stack.kill("desk")
    wait_for(lambda: ana.find_element(By.ID, "offline").is_displayed(), 10, "the lost connection is said")
    press(ana, "Send")
    assert named(ana, "Message").get_attribute("value") == "sigo escribiendo"
    house.stack.start_one("desk")
    wait_for(lambda: not ana.find_element(By.ID, "offline").is_displayed(), 30, "the connection is back")
    button = named(ana, "Send")
    ana.execute_script("arguments[0].click(); arguments[0].click();", button)
    house.stack.heard("401", "sigo escribiendo")
    wait_for(lambda: named(ana, "Message").get_attribute("value") == "", what="the field is empty")
    ana.refresh()
    assert named(ana, "Message").get_attribute("value") == ""
    assert house.provider.texts("401").count("sigo escribiendo") == 1


def test_covered_until_opened(house: House, window: Callable[..., Any]) -> None:
    ana = window("Ana")
    claim(ana, house, house.waits(501))
    shown = ana.find_element(By.ID, "log")
    assert "blur" in shown.value_of_css_property("filter") and shown.get_attribute("aria-hidden") == "true"
    press(ana, "Show")
    assert shown.value_of_css_property("filter") == "none" and not shown.get_attribute("aria-hidden")


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious_and_nothing_overflows(house: House, window: Callable[..., Any], width: int) -> None:
    sara, root = window("Sara", width), window("Root", width)
    conversation = house.waits(600 + width % 7, severity=3, minor=1)
    house.waits(700 + width % 7, severity=1)
    claim(sara, house, conversation)
    press(sara, "Show")
    base = house.stack.desk
    for path in (
        "queue",
        f"talk/{conversation}",
        f"talk/{conversation}/case",
        "handover",
        "supervisor",
        "team",
        "audit",
        "numbers",
        "content",
    ):
        sara.get(f"{base}/{path}")
        check(sara, path)
    for path in ("exposure", "account", "enrol", "lock"):
        sara.get(f"{base}/{path}")
        check(sara, path)
    root.get(f"{base}/team")
    check(root, "team of the admin")
    root.get(f"{base}/queue")
    check(root, "refused")
    root.delete_all_cookies()
    root.get(f"{base}/login")
    check(root, "login")


def test_five_interface_languages_keep_the_english_names(house: House, window: Callable[..., Any]) -> None:
    ana = window("Ana", 360)
    conversation = house.waits(801)
    claim(ana, house, conversation)
    seen = set()
    for lang in LANGUAGES:
        ana.get(f"{house.stack.desk}/talk/{conversation}")
        ana.find_element(By.CSS_SELECTOR, f'#lang option[value="{lang}"]').click()
        press(ana, "Change language")
        wait_for(lambda lang=lang: ana.execute_script("return document.documentElement.lang") == lang)
        for name in ("Message", "Send", "Close", "Log out", "Lock"):
            assert ana.find_elements(By.CSS_SELECTOR, f'[aria-label="{name}"]'), (lang, name)
        seen.add(ana.find_element(By.CSS_SELECTOR, ".agreed h2").text)
        check(ana, f"talk in {lang}")
    assert len(seen) == len(LANGUAGES)
