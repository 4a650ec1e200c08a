"""What is to go out: claimed, released (or not), sent, and followed until the provider says what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.handoff import Snapshot
from amparo.core.model import Button, Kind, Rendered
from amparo.core.outbound import Release, release
from amparo.core.ports import Clock
from amparo.store import tables
from amparo.store.database import Database
from amparo.store.talk_rows import read_snapshot
from amparo.store.vault import Vault

LEASE_SECONDS = 30.0
OPEN = ("pending", "claimed")
PROGRESS = {"pending": 0, "claimed": 0, "sent": 1, "delivered": 2, "read": 3}
"""Status callbacks come in any order: a status never moves back. failed and undelivered end it."""


@dataclass(frozen=True)
class Job:
    """One text to hand to a provider now. `ttl`: whole seconds until it expires, at least 1."""

    outbox_id: int
    conversation_id: str
    channel: str
    address: str
    rendered: Rendered
    ttl: int
    attempts: int
    language: str = ""
    last_in_at: float = 0.0


class Outbox:
    """The sending queue."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def claim(self, worker: str, limit: int = 20, channels: tuple[str, ...] | None = None) -> list[Job]:
        """Expires what is late, drops what is not true any more, and leases the oldest due row of each conversation."""
        now = self._clock.now()
        async with self._db.read() as connection:
            if (await connection.execute(self._candidates(now, channels).limit(1))).first() is None:
                return []
        jobs: list[Job] = []
        async with self._db.write() as connection:
            await self._expire(connection, now)
            query = self._candidates(now, channels).limit(limit)
            if not self._db.sqlite:
                query = query.with_for_update(skip_locked=True, of=tables.outbox)
            for row in (await connection.execute(query)).all():
                job = await self._claim_row(connection, row, worker, now)
                if job is not None:
                    jobs.append(job)
        return jobs

    def _candidates(self, now: float, channels: tuple[str, ...] | None) -> Any:
        o, other, c = tables.outbox, tables.outbox.alias("other"), tables.conversations
        due = ((o.c.status == "pending") & (o.c.next_at <= now)) | ((o.c.status == "claimed") & (o.c.claimed_until < now))
        late = o.c.status.in_(OPEN) & (o.c.expires_at <= now) & (o.c.claimed_until < now)
        earlier = sa.exists().where((other.c.conversation_id == o.c.conversation_id) & other.c.status.in_(OPEN) & (other.c.id < o.c.id))
        first = ~earlier | (o.c.kind == Kind.COVER.value) | late
        query = sa.select(o, c.c.address_enc, c.c.dek_wrapped, c.c.language.label("her_language"), c.c.last_in_at)
        query = query.add_columns(*(c.c[name].label(f"c_{name}") for name in _SNAPSHOT)).select_from(o.join(c))
        query = query.where((due | late) & first).order_by(o.c.id)
        return query if channels is None else query.where(o.c.channel.in_(channels) | late)

    async def _expire(self, connection: AsyncConnection, now: float) -> None:
        o = tables.outbox
        where = o.c.status.in_(OPEN) & (o.c.expires_at <= now) & (o.c.claimed_until < now)
        rows = (await connection.execute(sa.select(o.c.id).where(where))).all()
        for (outbox_id,) in rows:
            await _settle(connection, outbox_id, "expired", now)

    async def _claim_row(self, connection: AsyncConnection, row: Any, worker: str, now: float) -> Job | None:
        verdict = release(Kind(row.kind), row.epoch, bool(row.prompted), read_snapshot(_SnapshotRow(row)))
        if verdict is not Release.SEND:
            await _settle(connection, row.id, verdict.value, now)
            return None
        o = tables.outbox
        values = {"status": "claimed", "claimed_by": worker, "claimed_until": now + LEASE_SECONDS}
        await connection.execute(o.update().where(o.c.id == row.id).values(attempts=row.attempts + 1, **values))
        key = self._vault.unwrap(row.dek_wrapped)
        query = sa.select(tables.messages.c.body_enc).where(tables.messages.c.id == row.message_id)
        body = key.open((await connection.execute(query)).scalar_one())
        return Job(
            outbox_id=row.id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            address=key.open(row.address_enc),
            rendered=Rendered(
                text=body["text"],
                buttons=tuple(Button(*b) for b in body.get("buttons", ())),
                kind=Kind(row.kind),
                button_label=body.get("button_label", ""),
            ),
            ttl=max(1, int(row.expires_at - now)),
            attempts=row.attempts + 1,
            language=row.her_language,
            last_in_at=row.last_in_at,
        )

    async def sent(self, outbox_id: int, provider_id: str) -> None:
        """The provider took it."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await _settle(connection, outbox_id, "sent", now, provider_id=provider_id, sent_at=now)

    async def retry(self, outbox_id: int, at: float, error: str) -> None:
        """The provider did not take it; try again at `at` (unix seconds), unless it expires before."""
        o = tables.outbox
        values = {"status": "pending", "next_at": at, "claimed_until": 0.0, "error": error[:40]}
        async with self._db.write() as connection:
            where = (o.c.id == outbox_id) & (o.c.status == "claimed")
            await connection.execute(o.update().where(where).values(**values))

    async def fail(self, outbox_id: int, error: str, stopped: bool = False) -> None:
        """It will never be taken. `stopped`: she, or the carrier, blocked us: the desk sees that she cannot be answered."""
        now = self._clock.now()
        async with self._db.write() as connection:
            await _settle(connection, outbox_id, "failed", now, error=error[:40])
            o, c = tables.outbox, tables.conversations
            conversation = sa.select(o.c.conversation_id).where(o.c.id == outbox_id).scalar_subquery()
            values = {"unreachable": 1, **({"opted_out": 1} if stopped else {})}
            await connection.execute(c.update().where(c.c.id == conversation).values(**values))

    async def status(self, channel: str, provider_id: str, status: str, error: str = "") -> bool:
        """A provider's callback: sent, delivered, read, failed or undelivered, in any order. False where the id is unknown."""
        now = self._clock.now()
        o = tables.outbox
        async with self._db.write() as connection:
            query = sa.select(o.c.id, o.c.status, o.c.conversation_id)
            query = query.where((o.c.provider_id == provider_id) & (o.c.channel == channel))
            row = (await connection.execute(query)).first()
            if row is None:
                return False
            if status in ("failed", "undelivered"):
                await _settle(connection, row.id, "failed", now, error=error[:40])
                c = tables.conversations
                values = {"unreachable": 1, **({"opted_out": 1} if error == "21610" else {})}
                await connection.execute(c.update().where(c.c.id == row.conversation_id).values(**values))
            elif PROGRESS.get(status, -1) > PROGRESS.get(row.status, 99):
                await _settle(connection, row.id, status, now)
            return True

    async def depth(self) -> dict[str, int]:
        """Rows by status, for health and metrics."""
        o = tables.outbox
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(o.c.status, sa.func.count()).group_by(o.c.status))).all()
        return {str(status): int(count) for status, count in rows}


_SNAPSHOT = tuple(Snapshot.__dataclass_fields__)


class _SnapshotRow:
    """The c_… columns of a joined row under their own names."""

    def __init__(self, row: Any) -> None:
        for name in _SNAPSHOT:
            setattr(self, name, getattr(row, f"c_{name}"))


async def _settle(connection: AsyncConnection, outbox_id: int, status: str, now: float, **values: Any) -> None:
    """Moves an outbox row and its message to `status` and tells the desk."""
    o, m = tables.outbox, tables.messages
    await connection.execute(o.update().where(o.c.id == outbox_id).values(status=status, claimed_until=0.0, **values))
    row = (await connection.execute(sa.select(o.c.message_id, o.c.conversation_id).where(o.c.id == outbox_id))).one()
    changed: dict[str, Any] = {"status": status}
    if "sent_at" in values:
        changed["sent_at"] = values["sent_at"]
    await connection.execute(m.update().where(m.c.id == row.message_id).values(**changed))
    await connection.execute(tables.changes.insert().values(conversation_id=row.conversation_id, what="status", at=now))
