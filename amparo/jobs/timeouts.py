"""Fires what the clock owes: handoff timeouts, vanished counselors, danger words that nobody answered, callbacks that are due."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa

from amparo.core.conversation import Outgoing
from amparo.core.errors import NotFound
from amparo.core.handoff import Event, State, due
from amparo.core.model import Kind, Say
from amparo.store import desk_tables, tables
from amparo.store.talks import Talk

log = logging.getLogger(__name__)

DANGER_SECONDS = 60
"""During a talk the bot sends the number only after so long without a human reply, and never in quiet (DH-16)."""


class Timeouts:
    """One look over all conversations that are not plainly the bot's. `services`: the wired services of this loop."""

    def __init__(self, services: Any) -> None:
        self._services = services

    async def round(self) -> int:
        """Fires what is due. Returns how many conversations changed."""
        c = tables.conversations
        where = (c.c.state != State.BOT.value) | (c.c.muted_until > 0)
        async with self._services.db.read() as connection:
            ids = [row.id for row in (await connection.execute(sa.select(c.c.id).where(where))).all()]
        gone = await self._gone()
        changed = 0
        for conversation_id in ids:
            try:
                async with self._services.talks.open(conversation_id) as talk:
                    changed += self._one(talk, gone)
            except NotFound:
                continue
        return changed

    async def _gone(self) -> frozenset[str]:
        """Counselors whose desk has been silent for too long, or who left their shift."""
        p = desk_tables.presence
        limit = self._services.now() - self._services.content.helpline.gone_minutes * 60
        async with self._services.db.read() as connection:
            rows = (await connection.execute(sa.select(p.c.counselor_id, p.c.on_shift, p.c.seen_at))).all()
        return frozenset(row.counselor_id for row in rows if not row.on_shift or row.seen_at < limit)

    def _one(self, talk: Talk, gone: frozenset[str]) -> int:
        event = due(talk.snapshot, talk.now)
        if event is None and talk.snapshot.state.human and talk.snapshot.owner in gone and not talk.snapshot.quiet:
            event = Event.COUNSELOR_GONE
        if event is not None:
            step = talk.fire(event)
            if step.tell:
                self._say(talk, step.tell)
            return 1
        return self._danger(talk)

    def _danger(self, talk: Talk) -> int:
        since = float(talk.memory.get("danger_at") or 0)
        if not since or talk.now - since < DANGER_SECONDS:
            return 0
        talk.memory.pop("danger_at")
        if talk.snapshot.quiet or not talk.snapshot.state.human or talk.before.last_out_at > since:
            return 1
        numbers = self._services.contacts.numbers(talk.before.where_now, talk.before.prefix_country, talk.before.language)
        if numbers.emergency:
            self._say(talk, "danger_still_here", Kind.RISK, number=numbers.emergency, place=numbers.place)
        return 1

    def _say(self, talk: Talk, key: str, kind: Kind = Kind.HANDOFF, **values: str) -> None:
        numbers = self._services.contacts.numbers(talk.before.where_now, talk.before.prefix_country, talk.before.language)
        filled = {"number": numbers.emergency or "911 / 112", "time": "", "alias": "", **values}
        language = talk.before.language or "es"
        rendered = self._services.renderer.render(Say(key, filled, kind), language, talk.before.channel.removeprefix("sim-"))
        talk.say(Outgoing(rendered, author="system", prompted=False, language=language))
