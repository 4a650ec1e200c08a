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
from amparo.store import case_tables, tables
from amparo.store.database import Database
from amparo.store.talk_rows import read_snapshot
from amparo.store.vault import DataKey, Vault

LEASE_SECONDS = 30.0
LOOKS = 5
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
    template: str = ""  # name of the approved template that stands for the text after the reply window


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
                # a conversation that somebody is changing now is left for the next look: who owns the talk is decided first
                query = query.with_for_update(skip_locked=True, of=(tables.outbox, tables.conversations))
            for _ in range(LOOKS):  # behind what is dropped the next text of the same person is due at once
                rows = (await connection.execute(query)).all()
                for row in rows:
                    job = await self._claim_row(connection, row, worker, now)
                    if job is not None:
                        jobs.append(job)
                if not rows or jobs:
                    break
        return jobs

    def _candidates(self, now: float, channels: tuple[str, ...] | None) -> Any:
        o, other, c = tables.outbox, tables.outbox.alias("other"), tables.conversations
        due = ((o.c.status == "pending") & (o.c.next_at <= now)) | ((o.c.status == "claimed") & (o.c.claimed_until < now))
        late = o.c.status.in_(OPEN) & (o.c.expires_at <= now) & (o.c.claimed_until < now)
        earlier = sa.exists().where((other.c.conversation_id == o.c.conversation_id) & other.c.status.in_(OPEN) & (other.c.id < o.c.id))
        first = ~earlier | (o.c.kind == Kind.COVER.value) | late
        query = sa.select(o, c.c.address_enc, c.c.dek_wrapped, c.c.language.label("her_language"), c.c.last_in_at)
        query = query.add_columns(c.c.channel.label("her_channel"))
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
        key = self._vault.unwrap(row.dek_wrapped)
        address = await _address(connection, row, key)
        if verdict is Release.SEND and not address:
            verdict = Release.DROP
        if verdict is not Release.SEND:
            await _settle(connection, row.id, verdict.value, now)
            return None
        o = tables.outbox
        values = {"status": "claimed", "claimed_by": worker, "claimed_until": now + LEASE_SECONDS}
        await connection.execute(o.update().where(o.c.id == row.id).values(attempts=row.attempts + 1, **values))
        query = sa.select(tables.messages.c.body_enc).where(tables.messages.c.id == row.message_id)
        body = key.open((await connection.execute(query)).scalar_one())
        return Job(
            outbox_id=row.id,
            conversation_id=row.conversation_id,
            channel=row.channel,
            address=address,
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
            template=body.get("template", ""),
        )

    async def confirm(self, job: Job, window_hours: float | None = None) -> bool:
        """The last look before the provider hears it: a retry or a full queue may lie between claim and send. False = it was settled.

        `window_hours`: of the channel; outside it only an approved template goes out, a counselor's text is held.
        """
        now = self._clock.now()
        async with self._db.read() as connection:
            row = (await connection.execute(self._row(job.outbox_id))).first()
        if row is None or row.status != "claimed":
            return False
        verdict = release(Kind(row.kind), row.epoch, bool(row.prompted), read_snapshot(_SnapshotRow(row)))
        closed = window_hours is not None and now - row.her_last >= window_hours * 3600 and not job.template
        if verdict is Release.SEND and closed:
            await self.outside_window(job)
            return False
        if verdict is Release.SEND and row.expires_at > now:
            return True
        async with self._db.write() as connection:
            await _settle(connection, job.outbox_id, "expired" if verdict is Release.SEND else verdict.value, now)
        return False

    async def outside_window(self, job: Job) -> None:
        """The reply window is over: a counselor's text waits on the desk until she writes, anything else is dropped."""
        status = Release.HOLD if job.rendered.kind is Kind.COUNSELOR else Release.DROP
        async with self._db.write() as connection:
            await _settle(connection, job.outbox_id, status.value, self._clock.now(), error="window")

    def _row(self, outbox_id: int) -> Any:
        o, c = tables.outbox, tables.conversations
        query = sa.select(o, c.c.last_in_at.label("her_last")).select_from(o.join(c))
        query = query.add_columns(*(c.c[name].label(f"c_{name}") for name in _SNAPSHOT))
        return query.where(o.c.id == outbox_id)

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
            o = tables.outbox
            row = (await connection.execute(sa.select(o.c.conversation_id, o.c.channel).where(o.c.id == outbox_id))).one()
            await _unreachable(connection, row.conversation_id, row.channel, stopped, now)

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
                await _unreachable(connection, row.conversation_id, channel, error == "21610", now)
            elif PROGRESS.get(status, -1) > PROGRESS.get(row.status, 99):
                await _settle(connection, row.id, status, now)
                if status in ("delivered", "read"):
                    c = tables.conversations
                    mine = (c.c.id == row.conversation_id) & (c.c.channel == channel) & (c.c.unreachable == 1)
                    await connection.execute(c.update().where(mine).values(unreachable=0))
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


async def _address(connection: AsyncConnection, row: Any, key: DataKey) -> str:
    """Hers, or that of the other channel she agreed to; '' where she took that back."""
    if row.channel == row.her_channel:
        return str(key.open(row.address_enc))
    f = case_tables.fallbacks
    where = (f.c.conversation_id == row.conversation_id) & (f.c.channel == row.channel) & (f.c.cancelled_at == 0)
    sealed = (await connection.execute(sa.select(f.c.address_enc).where(where))).scalar_one_or_none()
    return str(key.open(sealed)) if sealed else ""


async def _unreachable(connection: AsyncConnection, conversation_id: str, channel: str, stopped: bool, now: float) -> None:
    """She was not reached on her own channel: the flag for the card, and a ring on the desk."""
    c = tables.conversations
    mine = (c.c.id == conversation_id) & (c.c.channel == channel)
    await connection.execute(c.update().where(mine).values(unreachable=1, **({"opted_out": 1} if stopped else {})))
    what = "alarm:opted_out" if stopped else "alarm:undelivered"
    await connection.execute(tables.changes.insert().values(conversation_id=conversation_id, what=what, at=now))


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
