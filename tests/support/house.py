"""Desk and jobs as a user starts them, with counselors in it, and what browser tests ask of every page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from axe_core_python import selenium as axe_selenium
from selenium.webdriver.common.by import By

from amparo.settings import Settings
from amparo.wiring import Application, Services
from tests.support.browser import named
from tests.support.desk_people import waiting, write
from tests.support.providers import FakeProvider
from tests.support.stack import Stack, wait_for

PASSWORD = "a-long-enough-password"
T = TypeVar("T")


class House:
    """Desk and jobs with a fake provider; people are put into the store as the assistant would."""

    def __init__(self, folder: Path) -> None:
        self.provider = FakeProvider()
        self.stack = Stack(folder, self.provider)
        self.stack.start("desk", "jobs")
        for name, role in (("Ana", "counselor"), ("Eva", "counselor"), ("Sara", "supervisor"), ("Root", "admin")):
            self.stack.run("counselor", "add", name, "--role", role, "--password-stdin", given=PASSWORD + "\n")
        self._loop = asyncio.new_event_loop()
        environ = {k: v for k, v in self.stack.environ.items() if k != "AMPARO_ENV_FILE"}
        self.services = Services(Application(Settings.from_env(environ)))

    def do(self, work: Callable[[Services], Awaitable[T]]) -> T:
        return self._loop.run_until_complete(work(self.services))  # type: ignore[arg-type]

    def waits(self, number: int, **case: Any) -> str:
        return self.do(lambda s: waiting(s, "telegram", str(number), **case))

    def writes(self, number: int, text: str) -> None:
        self.do(lambda s: write(s, "telegram", str(number), text))

    def close(self) -> None:
        self.do(lambda s: s.db.close())
        self._loop.close()
        self.stack.stop()
        self.provider.close()


def claim(browser: Any, house: House, conversation: str) -> None:
    browser.get(f"{house.stack.desk}/queue")
    button = wait_for(lambda: browser.find_elements(By.CSS_SELECTOR, f'form[action="/talk/{conversation}/claim"] button'))[0]
    button.click()
    named(browser, "Message")


def serious(browser: Any) -> list[str]:
    """What axe finds serious or critical on this page."""
    found = axe_selenium.Axe().run(browser, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def small_targets(browser: Any) -> list[str]:
    """Controls smaller than 24 by 24 CSS pixels that are not inside a sentence (WCAG 2.2, 2.5.8)."""
    script = """return [...document.querySelectorAll('a,button,input:not([type=hidden]),select,textarea,summary')]
      .filter(e => e.offsetParent && !e.closest('.hidden,.skip') && getComputedStyle(e).display !== 'inline')
      .filter(e => { const r = e.getBoundingClientRect(); return r.width && !e.closest('.check') && (r.width < 24 || r.height < 24); })
      .map(e => e.outerHTML.slice(0, 90))"""
    return list(browser.execute_script(script))


def check(browser: Any, what: str) -> None:
    assert serious(browser) == [], what
    assert small_targets(browser) == [], what
    assert browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth") <= 0, (
        f"{what} overflows: {wide(browser)}"
    )


def wide(browser: Any) -> list[str]:
    """What reaches beyond the right edge of the screen."""
    script = """return [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth
      && !e.closest('.scroll')).map(e => e.outerHTML.slice(0, 90)).slice(0, 4)"""
    return list(browser.execute_script(script))
