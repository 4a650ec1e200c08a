"""Fires what the clock owes: handoff timeouts, vanished counselors, agreed times, somebody who came on, danger that nobody answered."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from amparo.core import hours
from amparo.core.errors import NotFound
from amparo.core.handoff import TRANSITIONS, Event, Snapshot, State, due
from amparo.core.model import Kind, Risk
from amparo.store import callbacks, desk_tables, tables
from amparo.store.practice_tables import real
from amparo.store.talk_rows import read_snapshot
from amparo.store.talks import Talk

log = logging.getLogger(__name__)

DANGER_SECONDS = 60
"""During a talk the bot sends the number only after so long without a human reply, and never in quiet (DH-16)."""

ASK_SECONDS = 10 * 60
"""So long her yes to a new person at the end of a shift is waited for; then the supervisor decides."""

GONE_FACTOR = 3
"""She wrote and nobody answered for `gone_minutes`: the supervisor hears it; for three times that: back to the queue."""


@dataclass(frozen=True)
class Look:
    """What is the same for all conversations of one round."""

    now: float
    gone: frozenset[str]
    on_shift: tuple[hours.OnShift, ...]
    due_callbacks: frozenset[str]


class Timeouts:
    """One look over all conversations that are not plainly the bot's. `services`: the wired services of this loop."""

    def __init__(self, services: Any) -> None:
        self._services = services

    async def round(self) -> int:
        """Fires what is due. Returns how many conversations changed."""
        c = tables.conversations
        where = real(c) & ((c.c.state != State.BOT.value) | (c.c.muted_until > 0))
        async with self._services.db.read() as connection:
            rows = (await connection.execute(sa.select(c).where(where))).all()
        if not rows:
            return 0
        look = await self._look()
        changed = 0
        for row in rows:
            if not self._worth(row, look):
                continue
            try:
                async with self._services.talks.open(row.id) as talk:
                    changed += await self._one(talk, look)
            except NotFound:
                continue
        return changed

    async def _look(self) -> Look:
        """Counselors whose desk has been silent for too long or who left, who is there, and which agreed times have come."""
        p, now = desk_tables.presence, self._services.now()
        limit = now - self._gone_seconds
        async with self._services.db.read() as connection:
            rows = (await connection.execute(sa.select(p.c.counselor_id, p.c.on_shift, p.c.seen_at))).all()
        gone = frozenset(row.counselor_id for row in rows if not row.on_shift or row.seen_at < limit)
        open_ones = await self._services.callbacks.open(until=now)
        agreed = frozenset(one.conversation_id for one in open_ones if one.status == "agreed")
        return Look(now, gone, tuple(await self._services.presence.on_shift()), agreed)

    @property
    def _gone_seconds(self) -> float:
        return float(self._services.content.helpline.gone_minutes * 60)

    def _worth(self, row: Any, look: Look) -> bool:
        """False where a look at the row already tells that nothing is due: no write transaction for nothing."""
        snapshot = read_snapshot(row)
        if due(snapshot, look.now) is not None or snapshot.owner in look.gone or row.id in look.due_callbacks:
            return True
        if snapshot.state is State.AWAY:
            return bool(look.on_shift)
        cried = row.risk == Risk.IMMINENT.value and row.last_out_at <= row.risk_at
        unanswered = row.last_in_at > row.last_out_at and look.now - row.last_in_at > self._gone_seconds
        unasked = snapshot.unconfirmed and look.now - snapshot.changed_at > ASK_SECONDS
        return snapshot.state.human and (cried or unanswered or unasked)

    async def _one(self, talk: Talk, look: Look) -> int:
        event = due(talk.snapshot, talk.now) or await self._owed(talk, look)
        if event is None:
            return self._danger(talk) or self._unanswered(talk) or self._unconfirmed(talk)
        before = talk.snapshot
        step = talk.fire(event)
        if not step.changed:
            return 0
        row = TRANSITIONS.get((before.state, event))
        if row is not None and row.life_sign:
            self._life_sign(talk, step.tell, before)
        else:
            self._services.teller.tell(talk, step)
        return 1

    async def _owed(self, talk: Talk, look: Look) -> Event | None:
        """What is due by something other than the state's own clock."""
        snapshot = talk.snapshot
        if snapshot.state.human and (snapshot.owner in look.gone or self._silent_counselor(talk)):
            return Event.COUNSELOR_GONE  # in quiet too: nothing is said, but somebody must watch over her place
        if snapshot.quiet:
            return None
        if snapshot.state is State.CALLBACK and await callbacks.take_due(talk.connection, talk.id, talk.now):
            return Event.CALLBACK_DUE
        if snapshot.state is State.AWAY and self._somebody_free(talk, look):
            return Event.SOMEBODY_CAME_ON
        return None

    def _silent_counselor(self, talk: Talk) -> bool:
        idle = talk.now - talk.before.last_in_at
        unanswered = talk.before.last_in_at > max(talk.before.last_out_at, talk.snapshot.changed_at)
        return unanswered and not talk.snapshot.quiet and idle > GONE_FACTOR * self._gone_seconds

    def _somebody_free(self, talk: Talk, look: Look) -> bool:
        helpline = self._services.content.helpline
        moment = datetime.fromtimestamp(look.now, timezone.utc)
        answers = dict(talk.memory.get("intake") or {}).get("answers") or {}
        made = hours.promise(
            helpline.schedule,
            moment,
            look.on_shift,
            talk.before.language,
            talk.before.minor,
            0,
            helpline.minutes_each,
            prefer=str(answers.get("prefer", "")),
        )
        return made.kind == "now"

    def _life_sign(self, talk: Talk, key: str, before: Snapshot) -> None:
        """Told once while she waits; she agreed to it."""
        told = list(talk.memory.get("life_told") or ())
        mark = f"{key}:{before.queued_at}"
        if key and mark not in told:
            talk.memory["life_told"] = [*told, mark][-4:]
            self._services.teller.say_now(talk, key)

    def _danger(self, talk: Talk) -> int:
        """Sixty seconds after her cry without a human answer, the number, and nothing else."""
        since = float(talk.memory.get("danger_at") or 0)
        if not since or talk.now - since < DANGER_SECONDS:
            return 0
        talk.memory.pop("danger_at")
        if talk.snapshot.quiet or not talk.snapshot.state.human or talk.before.last_out_at > since:
            return 1
        numbers = self._services.contacts.numbers(talk.before.where_now, talk.before.prefix_country, talk.before.language)
        if numbers.emergency:
            values = {"number": numbers.emergency, "place": numbers.place}
            self._services.teller.say_now(talk, "danger_still_here", Kind.RISK, **values)
        talk.note("alarm:danger_unanswered")
        return 1

    def _unconfirmed(self, talk: Talk) -> int:
        """She did not answer whether the next person may go on: the supervisor decides, and is told once (DH-16)."""
        at = talk.snapshot.changed_at
        if not talk.snapshot.unconfirmed or talk.now - at <= ASK_SECONDS or talk.memory.get("shift_told_at") == at:
            return 0
        talk.memory["shift_told_at"] = at
        talk.note("alarm:shift_unanswered")
        return 1

    def _unanswered(self, talk: Talk) -> int:
        """She wrote and her counselor has not answered: the supervisor is told once."""
        at = talk.before.last_in_at
        late = talk.now - at > self._gone_seconds and at > talk.before.last_out_at
        if not late or not talk.snapshot.state.human or talk.snapshot.quiet or talk.memory.get("no_answer_at") == at:
            return 0
        talk.memory["no_answer_at"] = at
        talk.note("alarm:no_answer")
        return 1
