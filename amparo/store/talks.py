"""A talk: one conversation, locked inside one write transaction, changed through the handoff table, written at the end.

The turn, the desk and the jobs change conversations only through this class, so that state, case, messages, outbox and the
desk's live feed are always written together or not at all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.conversation import Conversation, Message, Outgoing
from amparo.core.errors import NotFound
from amparo.core.handoff import Event, Snapshot, State, Step, apply
from amparo.core.model import EXPIRES_AFTER, Risk
from amparo.core.ports import Clock
from amparo.core.practice import CHANNEL
from amparo.store import callbacks, case_tables, tables
from amparo.store.database import Database
from amparo.store.talk_rows import read_conversation, read_message, read_snapshot, snapshot_values
from amparo.store.vault import DataKey, Vault, new_id

__all__ = ["Talk", "Talks", "faded", "read_conversation", "read_message", "read_snapshot", "snapshot_values"]

PLAIN_COLUMNS = frozenset(
    (
        "language language_sure where_now prefix_country risk risk_at risk_from minor introduced opted_out unreachable "
        "last_turn_at last_out_at farewell erase_asked_at"
    ).split()
)


class Talk:
    """The open conversation. Nothing is on disk before the `async with` ends."""

    def __init__(self, connection: AsyncConnection, row: Any, key: DataKey, now: float) -> None:
        self.connection = connection
        self.key = key
        self.now = now
        self.before = read_conversation(row, key)
        self.snapshot = self.before.snapshot
        self.case_id = self.before.case_id
        self.memory: dict[str, Any] = dict(self.before.memory)
        self._columns: dict[str, Any] = {}
        self._case: dict[str, Any] = {}
        self._new_case = False
        self._ended: list[tuple[str, dict[str, Any], bool]] = []  # cases that this talk closed: another may begin in it
        self._outgoing: list[tuple[Outgoing, int]] = []
        self._changes: list[str] = []
        self._callback: tuple[float, str, str] | None = None
        self._ends: set[str] = set()  # agreed things that this change ends

    @property
    def _changed(self) -> bool:
        return self.snapshot != self.before.snapshot or bool(self._ends)

    @property
    def id(self) -> str:
        return self.before.id

    def fire(self, event: Event, actor: str = "") -> Step:
        """Applies one event; opens, claims or closes the case that goes with it. The caller says `step.tell`, if any."""
        step = apply(self.snapshot, event, self.now, actor)
        if not step.changed:
            return step
        was, self.snapshot = self.snapshot, step.after
        self._follow_case(was, step.after, event)
        self._follow_agreements(was, step.after, event)
        if step.after.state is not was.state or step.after.quiet != was.quiet or step.after.covered != was.covered:
            self.note("state")
        if step.alarm:
            self.note(f"alarm:{step.alarm}")
        return step

    def say(self, *outgoing: Outgoing) -> None:
        """Writes texts to the outbox, in the epoch that holds now."""
        self._outgoing.extend((one, self.snapshot.epoch) for one in outgoing)

    def agree_callback(self, due_at: float, counselor: str = "", asked_by: str = "staff") -> None:
        """The time (unix seconds) that goes with the state CALLBACK; written at the end."""
        self._callback = (due_at, counselor, asked_by)

    def note(self, what: str) -> None:
        """A line for the desk's live feed; a practice never alarms anybody."""
        if what.startswith("alarm:") and self.before.channel == CHANNEL:
            return
        if what not in self._changes:
            self._changes.append(what)

    def set(self, **columns: Any) -> None:
        """Plain columns of the conversation. Raises KeyError on a name that is not one."""
        for name, value in columns.items():
            if name not in PLAIN_COLUMNS:
                raise KeyError(name)
            self._columns[name] = int(value) if isinstance(value, bool) else value

    def set_case(self, **columns: Any) -> None:
        """Columns of the open case; `signals` and `intake` are encrypted."""
        self._case.update(columns)

    async def mark(self, message_ids: list[int], status: str, risk: Risk | None = None) -> None:
        """Sets the status (and risk) of messages of hers."""
        values: dict[str, Any] = {"status": status, "claimed_until": 0.0}
        if risk is not None:
            values["risk"] = risk.value
        where = tables.messages.c.id.in_(message_ids) & (tables.messages.c.conversation_id == self.id)
        await self.connection.execute(tables.messages.update().where(where).values(**values))

    def _follow_case(self, was: Snapshot, after: Snapshot, event: Event) -> None:
        if (after.state.queued or after.state is State.CALLBACK) and not self.case_id:
            self.case_id = new_id()
            self._new_case = True
            self._case.setdefault("opened_at", self.now)
        if event is Event.CLAIM:
            self._case["claimed_at"] = self.now
        if event is Event.REOPEN:
            self._ends.add("reopen")
        ended = after.state in (State.BOT, State.CLOSING) and was.state not in (State.BOT, State.CLOSING, State.OFFERED)
        if ended and self.case_id:
            self._case.update(status="closed", closed_at=self.now)
            self._ended.append((self.case_id, self._case, self._new_case))
            self.case_id, self._case, self._new_case = "", {}, False

    def _follow_agreements(self, was: Snapshot, after: Snapshot, event: Event) -> None:
        """A callback ends when somebody is with her or the talk ends; the other channel ends with the case or a doubt (DH-12)."""
        over = after.state in (State.BOT, State.CLOSING) and was.state not in (State.BOT, State.OFFERED)
        if event in (Event.YES, Event.ASK_HUMAN, Event.CLAIM):
            self._ends.add("done")
        elif over or event is Event.NOT_HER:
            self._ends.add("cancelled")
        if event in (Event.NOT_HER, Event.DELETE) or (over and after.state is State.BOT):
            self._ends.add("fallback")

    async def _end_agreements(self) -> None:
        if "reopen" in self._ends and not self.case_id:
            case = tables.cases
            last = sa.select(case.c.id).where(case.c.conversation_id == self.id).order_by(case.c.number.desc()).limit(1)
            self.case_id = str((await self.connection.execute(last)).scalar_one_or_none() or "")
            self._case.update(status="open", closed_at=0.0, outcome="")
        for status in ("done", "cancelled"):
            if status in self._ends:
                await callbacks.cancel(self.connection, self.id, status)
        if "fallback" in self._ends:
            f = case_tables.fallbacks
            where = (f.c.conversation_id == self.id) & (f.c.cancelled_at == 0)
            await self.connection.execute(f.update().where(where).values(cancelled_at=self.now))

    async def flush(self) -> None:
        """Writes everything; called once, by `Talks.open`. A talk in which nothing changed writes nothing."""
        written = self._changed or self._case or self._ended or self._columns or self._outgoing or self._callback or self._changes
        if not written and self.memory == self.before.memory:
            return
        await self._end_agreements()
        for case_id, values, new in self._ended:
            await self._write_case(case_id, values, new)
        if self._case and self.case_id:
            await self._write_case(self.case_id, self._case, self._new_case)
        if self._callback is not None and self.case_id:
            due_at, counselor, asked_by = self._callback
            await callbacks.agree(self.connection, self.now, self.case_id, self.id, due_at, counselor, asked_by)
        for outgoing, epoch in self._outgoing:
            await self._write_outgoing(outgoing, epoch)
        values = {**snapshot_values(self.snapshot), **self._columns}
        values.update(case_id=self.case_id, version=self.before.version + 1)
        if self.memory != self.before.memory:
            values["memory_enc"] = self.key.seal(self.memory) if self.memory else None
        if self._outgoing:
            values["last_out_at"] = self.now
        where = tables.conversations.c.id == self.id
        await self.connection.execute(tables.conversations.update().where(where).values(**values))
        if self._changes:
            rows = [{"conversation_id": self.id, "what": what, "at": self.now} for what in self._changes]
            await self.connection.execute(tables.changes.insert(), rows)

    async def _write_case(self, case_id: str, values: dict[str, Any], new: bool) -> None:
        values = dict(values)
        for name in ("signals", "intake"):
            if name in values:
                values[f"{name}_enc"] = self.key.seal(values.pop(name))
        case = tables.cases
        if not new:
            await self.connection.execute(case.update().where(case.c.id == case_id).values(**values))
            return
        earlier = sa.select(sa.func.count()).where(case.c.conversation_id == self.id)
        number = (await self.connection.execute(earlier)).scalar_one() + 1
        values = {
            "language": self._columns.get("language", self.before.language),
            "channel": self.before.channel,
            "country": self._columns.get("where_now", self.before.where_now),
            "from_message": self._columns.get("risk_from", self.before.risk_from),
            **values,
        }
        await self.connection.execute(case.insert().values(id=case_id, conversation_id=self.id, number=number, **values))

    async def _write_outgoing(self, outgoing: Outgoing, epoch: int) -> None:
        rendered = outgoing.rendered
        body = {
            "text": rendered.text,
            "buttons": [[b.token, b.title] for b in rendered.buttons],
            "button_label": rendered.button_label,
            **({"template": outgoing.template} if outgoing.template else {}),
        }
        inserted = await self.connection.execute(
            tables.messages.insert().values(
                conversation_id=self.id,
                direction="out",
                author=outgoing.author,
                kind=rendered.kind.value,
                body_enc=self.key.seal(body),
                language=outgoing.language or self.before.language,
                status="held" if outgoing.held else "pending",
                created_at=self.now,
            )
        )
        await self.connection.execute(
            tables.outbox.insert().values(
                message_id=inserted.inserted_primary_key[0],
                conversation_id=self.id,
                channel=outgoing.channel or self.before.channel,
                kind=rendered.kind.value,
                epoch=epoch,
                prompted=int(outgoing.prompted),
                status="held" if outgoing.held else "pending",
                expires_at=self.now + EXPIRES_AFTER[rendered.kind],
                next_at=self.now,
                created_at=self.now,
            )
        )
        self.note("message")


class Talks:
    """Opens conversations for change, and reads them."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    @property
    def database(self) -> Database:
        return self._db

    @asynccontextmanager
    async def open(self, conversation_id: str) -> AsyncIterator[Talk]:
        """The conversation, locked until the block ends; raises NotFound where it was deleted."""
        async with self._db.write() as connection:
            query = sa.select(tables.conversations).where(tables.conversations.c.id == conversation_id)
            row = (await connection.execute(query.with_for_update())).first()
            if row is None:
                raise NotFound("conversation")
            talk = Talk(connection, row, self._vault.unwrap(row.dek_wrapped), self._clock.now())
            yield talk
            await talk.flush()

    async def get(self, conversation_id: str) -> Conversation:
        """The conversation as it stands. Raises NotFound."""
        async with self._db.read() as connection:
            query = sa.select(tables.conversations).where(tables.conversations.c.id == conversation_id)
            row = (await connection.execute(query)).first()
        if row is None:
            raise NotFound("conversation")
        return read_conversation(row, self._vault.unwrap(row.dek_wrapped))

    async def history(self, conversation_id: str, after: int = 0, limit: int = 200) -> list[Message]:
        """Messages with an id above `after`, the newest `limit` of them, oldest first."""
        async with self._db.read() as connection:
            conversation = tables.conversations
            query = sa.select(conversation.c.dek_wrapped).where(conversation.c.id == conversation_id)
            wrapped = (await connection.execute(query)).scalar_one_or_none()
            if wrapped is None:
                raise NotFound("conversation")
            message = tables.messages
            query = (
                sa.select(message)
                .where((message.c.conversation_id == conversation_id) & (message.c.id > after))
                .order_by(message.c.id.desc())
                .limit(limit)
            )
            rows = (await connection.execute(query)).all()
        key = self._vault.unwrap(wrapped)
        return [read_message(row, key) for row in reversed(rows)]

    async def case(self, case_id: str) -> Mapping[str, Any]:
        """A case with `signals` and `intake` decrypted. Raises NotFound."""
        async with self._db.read() as connection:
            joined = tables.cases.join(tables.conversations, tables.cases.c.conversation_id == tables.conversations.c.id)
            query = sa.select(tables.cases, tables.conversations.c.dek_wrapped).select_from(joined)
            row = (await connection.execute(query.where(tables.cases.c.id == case_id))).first()
        if row is None:
            raise NotFound("case")
        key = self._vault.unwrap(row.dek_wrapped)
        case = {k: v for k, v in row._mapping.items() if not str(k).endswith(("_enc", "_wrapped"))}
        intake = key.open(row.intake_enc) or {}
        signals = key.open(row.signals_enc) or []
        if row.start_with == "nothing":  # she chose to begin anew: names of signs for her safety, none of her words (DH-8)
            signals, intake = [[name, ""] for name, _ in signals], {k: v for k, v in intake.items() if k not in ("headings", "change")}
        return {**case, "signals": signals, "intake": intake}


def faded(conversation: Conversation) -> Conversation:
    """The conversation with risk, age and place forgotten (DH-12); language stays."""
    return replace(conversation, risk=Risk.NONE, risk_at=0.0, risk_from=0, minor=False, where_now="", memory={})
