"""The other way she agreed to be written on, should this one fail: only a neutral opener ever goes there, on a counselor's click."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.ports import Clock
from amparo.store import case_tables, tables
from amparo.store.audit import write as audit
from amparo.store.database import Database
from amparo.store.vault import DataKey, Vault


@dataclass(frozen=True)
class Fallback:
    """What was agreed. The address stays inside the store: staff see the channel only."""

    conversation_id: str
    channel: str
    agreed_at: float


class Fallbacks:
    """Agrees, finds and cancels; one per conversation."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def agree(
        self, connection: AsyncConnection, key: DataKey, conversation_id: str, channel: str, address: str, actor: str = "", number: str = ""
    ) -> None:
        """Her yes to another channel, in the transaction of her answer. `actor` '' = she told the assistant.

        `number`: the canonical form under which inbound of that channel is known, '' = the address itself.
        """
        f = case_tables.fallbacks
        now = self._clock.now()
        await connection.execute(f.delete().where(f.c.conversation_id == conversation_id))
        await connection.execute(
            f.insert().values(
                conversation_id=conversation_id,
                channel=channel,
                person=self._vault.person(channel, number or address),
                address_enc=key.seal(address),
                agreed_at=now,
                agreed_with=actor,
            )
        )
        await audit(connection, now, actor, "fallback_agreed", "conversation", conversation_id, channel)

    async def agree_same_number(self, connection: AsyncConnection, key: DataKey, conversation_id: str, channel: str) -> bool:
        """Her yes to `channel` at the number she writes from; False where she writes from none."""
        c = tables.conversations
        sealed = (await connection.execute(sa.select(c.c.address_enc).where(c.c.id == conversation_id))).scalar_one()
        number = str(key.open(sealed)).removeprefix("whatsapp:")
        if not number.startswith("+"):
            return False
        address = f"whatsapp:{number}" if channel == "whatsapp" else number
        await self.agree(connection, key, conversation_id, channel, address, number=number)
        return True

    async def get(self, conversation_id: str) -> Fallback | None:
        """What holds now; None where nothing was agreed or it was cancelled."""
        f = case_tables.fallbacks
        where = (f.c.conversation_id == conversation_id) & (f.c.cancelled_at == 0)
        async with self._db.read() as connection:
            row = (await connection.execute(sa.select(f).where(where))).first()
        return None if row is None else Fallback(row.conversation_id, row.channel, row.agreed_at)

    async def cancel(self, connection: AsyncConnection, conversation_id: str, actor: str = "") -> bool:
        """ "Perhaps not her", her own wish, or the end of the case (DH-12)."""
        f = case_tables.fallbacks
        where = (f.c.conversation_id == conversation_id) & (f.c.cancelled_at == 0)
        now = self._clock.now()
        done = await connection.execute(f.update().where(where).values(cancelled_at=now))
        if done.rowcount:
            await audit(connection, now, actor, "fallback_cancelled", "conversation", conversation_id)
        return bool(done.rowcount)

    async def answered_from(self, conversation_id: str) -> str:
        """The case whose fallback this conversation is, '' where it is nobody's; for the desk only."""
        f, c = case_tables.fallbacks, tables.conversations
        mine = sa.select(c.c.person).where(c.c.id == conversation_id).scalar_subquery()
        query = sa.select(c.c.case_id).select_from(f.join(c, f.c.conversation_id == c.c.id))
        query = query.where((f.c.person == mine) & (f.c.cancelled_at == 0) & (c.c.case_id != "") & (c.c.id != conversation_id))
        async with self._db.read() as connection:
            return str((await connection.execute(query.limit(1))).scalar_one_or_none() or "")
