"""A desk without a browser: the real ASGI application over the real store, spoken to as a browser speaks to it."""

from __future__ import annotations

import re
from typing import Any

import httpx

from amparo.desk import accounts

PASSWORD = "a-long-enough-password"


class Visitor:
    """One browser: cookies, the CSRF value of the last page, no script."""

    def __init__(self, app: Any, services: Any, name: str) -> None:
        self.services, self.name = services, name
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://desk.test", headers={"accept": "text/html"})
        self.csrf = ""
        self.id = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        answer = await self.http.get(path, headers=headers)
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer

    async def post(self, path: str, csrf: str | None = None, **fields: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf if csrf is None else csrf, **fields})

    async def json(self, path: str, **fields: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **fields}, headers={"accept": "application/json"})

    async def log_in(self, password: str = PASSWORD) -> httpx.Response:
        answer = await self.http.post("/login", data={"name": self.name, "password": password})
        if answer.status_code == 303:
            await self.get((await self.http.get("/")).headers.get("location", "/"))
        return answer


async def staff(app: Any, services: Any, name: str, role: str = "counselor", **columns: Any) -> Visitor:
    """An account and a browser that is logged in with it."""
    visitor = Visitor(app, services, name)
    visitor.id = await accounts.add(services, name, role, PASSWORD)
    if columns:
        await accounts.change(services, name, **columns)
    await visitor.log_in()
    return visitor
