"""The desk over an empty store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from amparo import wiring
from amparo.desk import app as desk_app
from tests.support.browser import log_in, named, open_browser
from tests.support.desk import Visitor, staff
from tests.support.house import PASSWORD, House

Enter = Callable[..., Awaitable[Visitor]]


@pytest.fixture
def site(services: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(wiring, "services", lambda: services)
    return desk_app.create()


@pytest.fixture
def enter(site: Any, services: Any) -> Enter:
    """Makes an account and logs in: `await enter("Ana", "supervisor")`."""

    async def make(name: str, role: str = "counselor", **columns: Any) -> Visitor:
        return await staff(site, services, name, role, **columns)

    return make


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.close()


@pytest.fixture
def window(house: House, chromium: str) -> Iterator[Callable[[str], Any]]:
    """`window("Ana")`: a browser that is logged in."""
    opened = []

    def make(name: str, width: int = 1280) -> Any:
        browser = open_browser(chromium, width=width)
        opened.append(browser)
        log_in(browser, house.stack.desk, name, PASSWORD)
        named(browser, "Language")
        return browser

    yield make
    for browser in opened:
        browser.quit()
