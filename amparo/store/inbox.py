"""What came in: stored and deduplicated before the provider hears 200, claimed by the assistant, never lost between.

A message is `received` until a turn claims it (`processing`, with a lease), and `done` in the transaction that writes the reply.
A process that dies leaves a lease that runs out; the message is then claimed again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.conversation import Message
from amparo.core.model import Inbound, Media
from amparo.core.ports import Clock
from amparo.store import tables
from amparo.store.database import Database
from amparo.store.talk_rows import read_message
from amparo.store.vault import DataKey, Vault, new_id

LEASE_SECONDS = 20.0
MAX_ATTEMPTS = 8
REMEMBERED_REFS = 10_000


@dataclass(frozen=True)
class Receipt:
    """What became of an inbound message. `message_id` is 0 for a duplicate."""

    conversation_id: str
    message_id: int
    duplicate: bool = False


@dataclass(frozen=True)
class Claimed:
    """A message that this worker now owns until its lease runs out."""

    message_id: int
    conversation_id: str
    attempts: int


class Inbox:
    """Receiving and claiming."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock
        self._recent: OrderedDict[str, None] = OrderedDict()

    async def receive(self, inbound: Inbound, prefix_country: str = "") -> Receipt:
        """Stores one message once. Raises database errors; the caller answers 503 so that the provider tries again."""
        ref = self._vault.provider_ref(inbound.channel, inbound.provider_id)
        if ref in self._recent:
            return Receipt("", 0, duplicate=True)
        for last in (False, True):
            try:
                receipt = await self._store(ref, inbound, prefix_country)
                break
            except IntegrityError:  # the same message, or the same new person, at the same moment
                if await self._seen(ref):
                    receipt = Receipt("", 0, duplicate=True)
                    break
                if last:
                    raise
        self._recent[ref] = None
        while len(self._recent) > REMEMBERED_REFS:
            self._recent.popitem(last=False)
        return receipt

    async def _seen(self, ref: str) -> bool:
        async with self._db.read() as connection:
            query = sa.select(tables.provider_ids.c.ref).where(tables.provider_ids.c.ref == ref)
            return (await connection.execute(query)).first() is not None

    async def _store(self, ref: str, inbound: Inbound, prefix_country: str) -> Receipt:
        now = self._clock.now()
        async with self._db.write() as connection:
            conversation_id, key = await self._person(connection, inbound, prefix_country, now)
            await connection.execute(tables.provider_ids.insert().values(ref=ref, seen_at=now, conversation_id=conversation_id))
            inserted = await connection.execute(
                tables.messages.insert().values(
                    conversation_id=conversation_id,
                    direction="in",
                    author="her",
                    kind="voice" if Media.VOICE in inbound.media else "",
                    body_enc=key.seal(_body(inbound)),
                    status="received",
                    sent_at=inbound.sent_at or now,
                    created_at=now,
                )
            )
            await connection.execute(tables.changes.insert().values(conversation_id=conversation_id, what="message", at=now))
            return Receipt(conversation_id, int(inserted.inserted_primary_key[0]))

    async def _person(self, connection: AsyncConnection, inbound: Inbound, prefix_country: str, now: float) -> tuple[str, DataKey]:
        conversation = tables.conversations
        person = self._vault.person(inbound.channel, inbound.address)
        row = (await connection.execute(sa.select(conversation).where(conversation.c.person == person))).first()
        if row is not None:
            key = self._vault.unwrap(row.dek_wrapped)
            values: dict[str, Any] = {"farewell": 0, "last_in_at": inbound.sent_at or now, "unreachable": 0}
            if inbound.opt:
                values["opted_out"] = int(inbound.opt == "stop")
            elif row.opted_out and not inbound.recovered:
                values["opted_out"] = 0  # she writes again: the way is tried again (DH-5)
            await connection.execute(conversation.update().where(conversation.c.id == row.id).values(**values))
            return str(row.id), key
        key, wrapped = self._vault.new_key()
        conversation_id = new_id()
        address = inbound.reply_address or inbound.address
        await connection.execute(
            conversation.insert().values(
                id=conversation_id,
                person=person,
                channel=inbound.channel,
                address_enc=key.seal(address),
                dek_wrapped=wrapped,
                prefix_country=prefix_country,
                opted_out=int(inbound.opt == "stop"),
                created_at=now,
                last_in_at=inbound.sent_at or now,
            )
        )
        return conversation_id, key

    async def claim(self, limit: int = 20) -> list[Claimed]:
        """The oldest waiting message of each conversation that nobody works on, now leased to the caller."""
        now = self._clock.now()
        m, other = tables.messages, tables.messages.alias("other")
        free = (m.c.status == "received") | ((m.c.status == "processing") & (m.c.claimed_until < now))
        earlier = sa.exists().where(
            (other.c.conversation_id == m.c.conversation_id)
            & (other.c.direction == "in")
            & other.c.status.in_(("received", "processing"))
            & (other.c.id < m.c.id)
        )
        query = sa.select(m.c.id).where((m.c.direction == "in") & free & ~earlier).order_by(m.c.id).limit(limit)
        async with self._db.read() as connection:
            if (await connection.execute(query.limit(1))).first() is None:
                return []
        claimed: list[Claimed] = []
        async with self._db.write() as connection:
            for (message_id,) in (await connection.execute(query)).all():
                taken = await connection.execute(
                    m.update()
                    .where((m.c.id == message_id) & free)
                    .values(status="processing", claimed_until=now + LEASE_SECONDS, attempts=m.c.attempts + 1)
                )
                if taken.rowcount == 1:
                    query_row = sa.select(m.c.conversation_id, m.c.attempts).where(m.c.id == message_id)
                    row = (await connection.execute(query_row)).one()
                    claimed.append(Claimed(message_id, row.conversation_id, row.attempts))
        return claimed

    async def keep(self, message_id: int) -> None:
        """Extends the lease of a message whose turn takes long."""
        m = tables.messages
        until = self._clock.now() + LEASE_SECONDS
        async with self._db.write() as connection:
            where = (m.c.id == message_id) & (m.c.status == "processing")
            await connection.execute(m.update().where(where).values(claimed_until=until))

    async def release(self, message_id: int) -> None:
        """Gives a message back, to be claimed again at once (clean stop, failed turn)."""
        m = tables.messages
        async with self._db.write() as connection:
            where = (m.c.id == message_id) & (m.c.status == "processing")
            await connection.execute(m.update().where(where).values(status="received", claimed_until=0.0))

    async def give_up(self, message_id: int) -> None:
        """A message that no turn could take: it stays readable on the desk, which is alarmed."""
        m = tables.messages
        now = self._clock.now()
        async with self._db.write() as connection:
            await connection.execute(m.update().where(m.c.id == message_id).values(status="failed", claimed_until=0.0))
            query = sa.select(m.c.conversation_id).where(m.c.id == message_id)
            conversation_id = (await connection.execute(query)).scalar_one_or_none() or ""
            await connection.execute(tables.changes.insert().values(conversation_id=conversation_id, what="alarm:unanswered", at=now))

    async def load(self, message_id: int) -> Message | None:
        """A message, decrypted; None where it was deleted meanwhile."""
        m, c = tables.messages, tables.conversations
        query = sa.select(m, c.c.dek_wrapped).select_from(m.join(c)).where(m.c.id == message_id)
        async with self._db.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else read_message(row, self._vault.unwrap(row.dek_wrapped))

    async def waiting(self) -> int:
        """How many messages wait for a turn."""
        m = tables.messages
        query = sa.select(sa.func.count()).where((m.c.direction == "in") & m.c.status.in_(("received", "processing")))
        async with self._db.read() as connection:
            return int((await connection.execute(query)).scalar_one())


def _body(inbound: Inbound) -> dict[str, Any]:
    body: dict[str, Any] = {"text": inbound.text, "pid": inbound.provider_id}
    optional = {
        "token": inbound.token,
        "media": [m.value for m in inbound.media],
        "media_ref": inbound.media_ref,
        "hint": inbound.language_hint,
        "opt": inbound.opt,
        "recovered": inbound.recovered,
    }
    body.update({name: value for name, value in optional.items() if value})
    return body


class Lanes:
    """One lock per conversation, inside this process; forgotten when nobody waits."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    def lock(self, conversation_id: str) -> _Lane:
        return _Lane(self._locks, conversation_id)


class _Lane:
    def __init__(self, locks: dict[str, tuple[asyncio.Lock, int]], conversation_id: str) -> None:
        self._locks, self._id = locks, conversation_id

    async def __aenter__(self) -> None:
        lock, users = self._locks.get(self._id, (asyncio.Lock(), 0))
        self._locks[self._id] = (lock, users + 1)
        await lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        lock, users = self._locks[self._id]
        lock.release()
        if users == 1:
            del self._locks[self._id]
        else:
            self._locks[self._id] = (lock, users - 1)
