"""An interpreter in real Chromium: marked by the command, asked about by name, sits down after her yes, leaves; on a phone and for axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from amparo.core.interpreting import WANTED, answered
from tests.support.browser import named, press, sees
from tests.support.house import PASSWORD, House, check, claim
from tests.support.stack import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser]


async def _remember(services: Any, conversation: str, **values: Any) -> None:
    async with services.talks.open(conversation) as talk:
        talk.memory.update(values)


async def _taps(services: Any, conversation: str, answer: str) -> None:
    """As the turn leaves her tap."""
    async with services.talks.open(conversation) as talk:
        talk.memory.update(answered(talk.memory, answer))
        talk.note(f"alarm:interpreter_{answer}")


def test_from_the_question_to_leaving(house: House, window: Callable[..., Any]) -> None:
    marks = ("--interprets", "qu", "--town", "Cusco", "--password-stdin")
    house.stack.run("counselor", "add", "Rosa", *marks, given=PASSWORD + "\n")
    ana, rosa, root = window("Ana", 360), window("Rosa"), window("Root", 360)
    conversation = house.waits(901, intake={"interpreter_language": "qu", "interpreter": "yes", "word": "mango"})
    house.do(lambda s: _remember(s, conversation, **{WANTED: "qu"}))
    claim(ana, house, conversation)
    assert sees(ana, "Rosa · qu · Cusco")
    check(ana, "the talk with an interpreter's place")
    press(ana, "Ask about interpreter")
    question = house.stack.heard("901", "Rosa")
    assert "Cusco" in question and "mujer" in question
    house.do(lambda s: _taps(s, conversation, "yes"))
    wait_for(lambda: rosa.find_elements(By.CSS_SELECTOR, '[aria-label="Interpret"]'), what="Interpret on her card")
    press(rosa, "Interpret")
    assert house.stack.heard("901", "Rosa traduce")
    assert "mango" not in rosa.page_source and "me quitaron" not in rosa.page_source
    check(rosa, "the interpreter's talk")
    named(rosa, "Message").send_keys("Allillanchu")
    press(rosa, "Send")
    assert house.stack.heard("901", "Rosa: Allillanchu")
    press(rosa, "Leave talk")
    assert house.stack.heard("901", "Rosa ya no lee")
    root.get(f"{house.stack.desk}/team")
    root.find_element(By.CSS_SELECTOR, 'summary[aria-label="About Rosa"]').click()
    check(root, "about an account")
