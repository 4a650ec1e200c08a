"""Training mode in real Chromium, with the jobs that play the person."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from tests.support.browser import named, press, sees
from tests.support.house import House, check
from tests.support.stack import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SHOTS = os.environ.get("AMPARO_SHOTS", "")


def shot(browser: Any, name: str, width: int) -> None:
    """A picture for whoever asks for it (AMPARO_SHOTS is a folder)."""
    if SHOTS:
        browser.save_screenshot(str(Path(SHOTS) / f"{name}-{width}.png"))


@pytest.mark.parametrize("width", [360, 1280])
def test_a_new_counselor_practises_and_nobody_else_sees_it(house: House, window: Callable[..., Any], width: int) -> None:
    ana, eva = window("Ana", width), window("Eva", width)
    press(ana, "Practice")
    check(ana, "practice")
    shot(ana, "practice", width)
    press(ana, "Practice calm")
    press(ana, "Claim")
    named(ana, "Message").send_keys("¿Tienes miedo?")
    press(ana, "Send")
    assert sees(ana, "interrogatorio")
    press(ana, "Show") if ana.find_elements(By.CSS_SELECTOR, "#veil-bar:not([hidden])") else None
    named(ana, "Message").send_keys("¿Qué te ayudaría ahora?")
    press(ana, "Send")
    assert sees(ana, "desde que llegué")
    check(ana, "practice talk")
    shot(ana, "practice-talk", width)
    eva.get(f"{house.stack.desk}/queue")
    assert not eva.find_elements(By.CSS_SELECTOR, ".card.practice")
    press(ana, "End practice")
    assert sees(ana, "pregunta abierta")
    check(ana, "practice done")
    shot(ana, "practice-done", width)
    wait_for(lambda: "practice" in ana.current_url)
    ana.get(f"{house.stack.desk}/queue")
    assert not ana.find_elements(By.CSS_SELECTOR, ".card.practice")
    assert house.provider.sent == [] or not any("miedo" in str(fields) for _, fields in house.provider.sent)
