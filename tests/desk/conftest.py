"""The desk over an empty store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from amparo import wiring
from amparo.desk import app as desk_app
from tests.support.desk import Visitor, staff

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
