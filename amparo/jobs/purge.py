"""Forgets what need not be kept: texts after their days, people after a silent month, the live feed after an hour (docs/retention.md)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core.handoff import State
from amparo.store import case_tables, desk_tables, tables
from amparo.store.erasure import DELETABLE_AT_PROVIDER

DAY = 86_400.0
FEED_SECONDS = 3600.0
SESSION_SECONDS = 7 * DAY
VOICE_SECONDS = DAY


class Purge:
    """Deletes what has outlived its time. `services`: the wired services of this loop."""

    def __init__(self, services: Any) -> None:
        self._services = services

    async def round(self) -> dict[str, int]:
        """Counts of what was deleted, by kind."""
        now = self._services.now()
        keep = self._services.retention
        counts = {
            "farewells": await self._people(self._farewells()),
            "people": await self._people(self._silent(now - keep.days_silent_person * DAY)),
            "closed": await self._people(self._closed(now - keep.days_after_case * DAY)),
            "voices": await self._voices(now - VOICE_SECONDS),
            "texts": await self._texts(now - keep.days_without_handoff * DAY),
        }
        counts.update(await self._small(now))
        if any(counts.values()):
            await self._services.db.scrub()
        return counts

    def _farewells(self) -> Any:
        """Empty conversations whose receipt is sent or expired."""
        c, o = tables.conversations, tables.outbox
        waiting = sa.exists().where((o.c.conversation_id == c.c.id) & o.c.status.in_(("pending", "claimed")))
        return sa.select(c.c.id).where((c.c.farewell == 1) & ~waiting)

    def _silent(self, before: float) -> Any:
        """Nobody's case, and no word for a month: next time she is a new person (DH-12)."""
        c, case = tables.conversations, tables.cases
        has_case = sa.exists().where(case.c.conversation_id == c.c.id)
        return sa.select(c.c.id).where((c.c.last_in_at < before) & (c.c.state == State.BOT.value) & ~has_case)

    def _closed(self, before: float) -> Any:
        """All cases closed long ago."""
        c, case = tables.conversations, tables.cases
        has_case = sa.exists().where(case.c.conversation_id == c.c.id)
        recent = sa.exists().where((case.c.conversation_id == c.c.id) & ((case.c.status == "open") | (case.c.closed_at > before)))
        return sa.select(c.c.id).where((c.c.state == State.BOT.value) & (c.c.last_in_at < before) & has_case & ~recent)

    async def _people(self, query: Any) -> int:
        async with self._services.db.read() as connection:
            ids = [row.id for row in (await connection.execute(query.limit(500))).all()]
        for conversation_id in ids:
            await self._services.erasure.erase(conversation_id)
        return len(ids)

    async def _texts(self, before: float) -> int:
        """Texts of people without a case, older than the retention."""
        m, o, case = tables.messages, tables.outbox, tables.cases
        has_case = sa.exists().where(case.c.conversation_id == m.c.conversation_id)
        old = sa.select(m.c.id).where((m.c.created_at < before) & ~has_case)
        async with self._services.db.write() as connection:
            await connection.execute(o.delete().where(o.c.message_id.in_(old)))
            done = await connection.execute(m.delete().where(m.c.id.in_(old)))
            return int(done.rowcount)

    async def _voices(self, before: float) -> int:
        """Voice notes that nobody played within a day: our handle goes, and the provider's copy is put on the list (DH-10)."""
        m, c, services = tables.messages, tables.conversations, self._services
        query = sa.select(m.c.id, m.c.body_enc, c.c.dek_wrapped, c.c.channel).select_from(m.join(c))
        async with services.db.read() as connection:
            rows = (await connection.execute(query.where((m.c.kind == "voice") & (m.c.created_at < before)).limit(200))).all()
        if not rows:
            return 0
        async with services.db.write() as connection:
            for row in rows:
                key = services.vault.unwrap(row.dek_wrapped)
                body = key.open(row.body_enc) or {}
                body.pop("media_ref", None)
                values = {"kind": "voice_gone", "body_enc": key.seal(body)}
                await connection.execute(m.update().where((m.c.id == row.id) & (m.c.kind == "voice")).values(**values))
                if row.channel in DELETABLE_AT_PROVIDER and body.get("pid"):
                    copy = {"channel": row.channel, "provider_id_enc": services.vault.seal(body["pid"])}
                    await connection.execute(tables.deletions.insert().values(**copy))
        return len(rows)

    async def _small(self, now: float) -> dict[str, int]:
        p, feed, s, code = tables.provider_ids, tables.changes, desk_tables.sessions, case_tables.case_codes
        clauses = {
            "provider_ids": p.delete().where((p.c.forget_after > 0) & (p.c.forget_after < now)),
            "feed": feed.delete().where(feed.c.at < now - FEED_SECONDS),
            "sessions": s.delete().where(s.c.seen_at < now - SESSION_SECONDS),
            "codes": code.delete().where(code.c.expires_at < now),
        }
        async with self._services.db.write() as connection:
            return {name: int((await connection.execute(clause)).rowcount) for name, clause in clauses.items()}
