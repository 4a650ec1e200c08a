"""The simulator page under /simulator/: three phones side by side, each with its channel's limits. Local only.

What she types goes through the same inbox, turn and outbox as a provider's message; the page reads what was sent.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from amparo import wiring
from amparo.core.model import Inbound, Media, Rendered
from amparo.store import tables
from amparo.store.talks import read_message
from channels.simulated import PREFIX, STYLES, show

HERE = Path(__file__).parent / "simulator"
TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html; charset=utf-8"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'",
    "Cache-Control": "no-store",
}
GONE = ("pending", "claimed", "held", "expired", "dropped", "failed")


def serve(blueprint: Blueprint) -> None:
    """Adds the simulator's routes."""

    @blueprint.get("/simulator/", name="simulator")
    async def page(_request: Request) -> HTTPResponse:
        return _file("index.html")

    @blueprint.get("/simulator/<name:str>", name="simulator_file")
    async def asset(_request: Request, name: str) -> HTTPResponse:
        return _file(name or "index.html")

    @blueprint.post("/simulator/<style:str>/messages", name="simulator_in")
    async def write(request: Request, style: str) -> HTTPResponse:
        inbound = _inbound(style, request.body)
        if inbound is None:
            return response.json({"error": "malformed"}, status=400)
        await wiring.services().inbox.receive(inbound)
        request.app.ctx.turns.wake()
        return response.json({"ok": True})

    @blueprint.get("/simulator/<style:str>/messages", name="simulator_out")
    async def read(request: Request, style: str) -> HTTPResponse:
        phone, after = str(request.args.get("phone", "")), int(request.args.get("after", 0) or 0)
        return response.json(await shown(style, phone, after), headers=HEADERS)


def _file(name: str) -> HTTPResponse:
    path = HERE / name
    if path.parent != HERE or not path.is_file():
        return response.empty(status=404)
    return response.raw(path.read_bytes(), content_type=TYPES.get(path.suffix[1:], "text/plain"), headers=HEADERS)


def _inbound(style: str, body: bytes) -> Inbound | None:
    try:
        data = json.loads(body)
        phone, text, token = str(data["phone"])[:40], str(data.get("text", ""))[:10_000], str(data.get("token", ""))[:64]
        media = (Media(data["media"]),) if data.get("media") else ()
    except (ValueError, KeyError, TypeError):
        return None
    if style not in STYLES or not phone:
        return None
    return Inbound(PREFIX + style, phone, secrets.token_hex(12), text=text, token=token, media=media)


async def shown(style: str, phone: str, after: int) -> list[dict[str, Any]]:
    """What this simulated phone has received since message `after`."""
    services = wiring.services()
    c, m = tables.conversations, tables.messages
    person = services.vault.person(PREFIX + style, phone)
    query = (
        sa.select(m, c.c.dek_wrapped)
        .select_from(m.join(c))
        .where((c.c.person == person) & (m.c.id > after) & (m.c.direction == "out") & m.c.status.not_in(GONE))
        .order_by(m.c.id)
        .limit(50)
    )
    async with services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    found = []
    for row in rows:
        key = services.vault.unwrap(row.dek_wrapped)
        message = read_message(row, key)
        label = str((key.open(row.body_enc) or {}).get("button_label", ""))
        bubble = show(Rendered(message.text, message.buttons, button_label=label), style)
        found.append({**bubble.to_dict(), "id": row.id, "human": message.author.startswith("counselor")})
    return found
