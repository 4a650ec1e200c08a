"""Deleting a person's data: every copy we hold, the provider's copy through a list of its own, nothing that returns (DH-23)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.handoff import Snapshot
from amparo.core.ports import Clock
from amparo.store import tables
from amparo.store.database import Database
from amparo.store.talk_rows import snapshot_values
from amparo.store.vault import DataKey, Vault, new_id

REMEMBER_SECONDS = 30 * 86400
DELETABLE_AT_PROVIDER = ("whatsapp", "sms")
"""On Telegram nothing is deleted in her chat unless she asks: a watcher sees it go."""


class Erasure:
    """Deletes conversations, and says what is left to delete at the providers."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def erase(self, conversation_id: str) -> bool:
        """Everything of a conversation goes, its key first of all. False where it does not exist (any more)."""
        async with self._db.write() as connection:
            done = await self._erase(connection, conversation_id)
        await self._db.scrub()
        return done

    async def _erase(self, connection: AsyncConnection, conversation_id: str) -> bool:
        c = tables.conversations
        row = (await connection.execute(sa.select(c).where(c.c.id == conversation_id))).first()
        if row is None:
            return False
        await self._list_provider_copies(connection, row)
        await self._cut_provider_ids(connection, conversation_id)
        for table in (tables.outbox, tables.messages, tables.cases):
            await connection.execute(table.delete().where(table.c.conversation_id == conversation_id))
        await connection.execute(tables.trackers.delete().where(tables.trackers.c.sender_id == conversation_id))
        await connection.execute(tables.changes.delete().where(tables.changes.c.conversation_id == conversation_id))
        await connection.execute(c.delete().where(c.c.id == conversation_id))
        self._vault.forget(row.dek_wrapped)
        return True

    async def erase_text(self, conversation_id: str, keep_case: bool) -> str:
        """Her own "delete my data": texts, memory and tracker go at once; with an open case file, that file waits for a
        counselor's check. What remains of a talk without a case is an empty conversation under a new key, which holds
        nothing but the receipt and is purged when that is sent. Returns the id to write the receipt to ('' if none).
        """
        async with self._db.write() as connection:
            c = tables.conversations
            row = (await connection.execute(sa.select(c).where(c.c.id == conversation_id))).first()
            if row is None:
                return ""
            if keep_case:
                await self._empty(connection, row, {"erase_asked_at": self._clock.now()})
                new_id = conversation_id
            else:
                new_id = await self._replace(connection, row)
        await self._db.scrub()
        return new_id

    async def _empty(self, connection: AsyncConnection, row: Any, values: dict[str, Any]) -> None:
        await self._list_provider_copies(connection, row)
        await self._cut_provider_ids(connection, row.id)
        for table in (tables.outbox, tables.messages):
            await connection.execute(table.delete().where(table.c.conversation_id == row.id))
        await connection.execute(tables.trackers.delete().where(tables.trackers.c.sender_id == row.id))
        c = tables.conversations
        await connection.execute(
            c.update().where(c.c.id == row.id).values(memory_enc=None, risk="none", risk_at=0.0, risk_from=0, **values)
        )

    async def _replace(self, connection: AsyncConnection, row: Any) -> str:
        address = self._vault.unwrap(row.dek_wrapped).open(row.address_enc)
        await self._erase(connection, row.id)
        key, wrapped = self._vault.new_key()
        identifier = new_id()
        await connection.execute(
            tables.conversations.insert().values(
                id=identifier,
                person=row.person,
                channel=row.channel,
                address_enc=key.seal(address),
                dek_wrapped=wrapped,
                language=row.language,
                language_sure=row.language_sure,
                last_in_at=row.last_in_at,
                created_at=self._clock.now(),
                farewell=1,
                **snapshot_values(Snapshot(changed_at=self._clock.now())),
            )
        )
        return identifier

    async def _list_provider_copies(self, connection: AsyncConnection, row: Any) -> None:
        if row.channel not in DELETABLE_AT_PROVIDER:
            return
        key: DataKey = self._vault.unwrap(row.dek_wrapped)
        m, o = tables.messages, tables.outbox
        ids = set()
        bodies = sa.select(m.c.body_enc).where((m.c.conversation_id == row.id) & (m.c.direction == "in"))
        for (body,) in (await connection.execute(bodies)).all():
            ids.add((key.open(body) or {}).get("pid", ""))
        sent = sa.select(o.c.provider_id).where(o.c.conversation_id == row.id)
        ids.update(provider_id for (provider_id,) in (await connection.execute(sent)).all())
        rows = [{"channel": row.channel, "provider_id_enc": self._vault.seal(one)} for one in ids if one]
        if rows:
            await connection.execute(tables.deletions.insert(), rows)

    async def _cut_provider_ids(self, connection: AsyncConnection, conversation_id: str) -> None:
        """The remembered ids stay, without person or text, until the provider's copy is surely gone."""
        p = tables.provider_ids
        forget = self._clock.now() + 2 * REMEMBER_SECONDS
        await connection.execute(p.update().where(p.c.conversation_id == conversation_id).values(conversation_id="", forget_after=forget))
