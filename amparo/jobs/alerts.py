"""Tells on-call that somebody is needed, by e-mail, Telegram and SMS, without any personal detail; again when nobody claims.

The text of an alert is counts and a level: it may be read on any screen.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from amparo.core import hours
from amparo.core.alarms import WAYS, loud, next_alarm
from amparo.core.handoff import State
from amparo.core.model import Say
from amparo.jobs.notices import Notices
from amparo.store import tables
from amparo.store.contacts import country_name
from amparo.store.heartbeats import once
from amparo.store.practice_tables import real

log = logging.getLogger(__name__)

FAILING_SECONDS = 180.0
FAILING_ATTEMPTS = 3
QUIET_SECONDS: Mapping[str, float] = {"provider": 1800.0, "queue": 1800.0, "holidays": 86400.0, "content": 3600.0, "shift": 6 * 3600.0}
"""How long one kind of notice keeps still after it was sent."""

QUEUED = (State.WAITING.value, State.AWAY.value)


class Alerts:
    """Looks for what on-call must know. `adapters`: the sending channels; the on-call addresses are staff's, never hers."""

    def __init__(self, services: Any, adapters: Mapping[str, Any]) -> None:
        self._services = services
        self._notices = Notices(services.settings, adapters)

    async def round(self) -> int:
        """Sends what is due. Returns how many notices went out."""
        sent = await self._unclaimed()
        for kind, look in (
            ("provider", self._provider),
            ("queue", self._queue),
            ("holidays", self._holidays),
            ("content", self._content),
            ("shift", self._shift),
        ):
            say = await look()
            if say is not None and await once(self._services.db, f"alert:{kind}", self._services.now(), QUIET_SECONDS[kind]):
                await self._send(say, WAYS[kind == "provider"])
                sent += 1
        return sent

    async def _unclaimed(self) -> int:
        """Cases that nobody took: at once for danger now, after the agreed minutes for the others, and louder each time."""
        now = self._services.now()
        rows = await self._open_cases()
        first = self._services.content.helpline.claim_alarm_minutes
        due = [row for row in rows if (at := next_alarm(row.severity, row.since, row.alarms, first)) is not None and at <= now]
        if not due:
            return 0
        await self._mark(due, now)
        urgent = sum(row.severity >= 3 for row in due)
        level = max(row.alarms for row in due) + 1
        values = {"count": str(len(due)), "urgent": str(urgent), "level": str(level)}
        await self._send(Say("alert_waiting", values), WAYS[any(loud(row.severity, row.alarms + 1) for row in due)])
        return 1

    async def _open_cases(self) -> Any:
        case, c = tables.cases, tables.conversations
        since = sa.case((c.c.queued_at > case.c.opened_at, c.c.queued_at), else_=case.c.opened_at).label("since")
        query = sa.select(case.c.id, case.c.severity, case.c.alarms, since, c.c.id.label("conversation_id"))
        query = query.select_from(case.join(c, c.c.case_id == case.c.id))
        async with self._services.db.read() as connection:
            return (await connection.execute(query.where(case.c.status == "open", real(c), c.c.state.in_(QUEUED)))).all()

    async def _mark(self, rows: Any, now: float) -> None:
        case = tables.cases
        async with self._services.db.write() as connection:
            values = {"alarmed_at": now, "alarms": case.c.alarms + 1}
            await connection.execute(case.update().where(case.c.id.in_([row.id for row in rows])).values(**values))
            notes = [{"conversation_id": row.conversation_id, "what": "alarm:nobody_claimed", "at": now} for row in rows]
            await connection.execute(tables.changes.insert(), notes)

    async def _provider(self) -> Say | None:
        """A channel whose texts are refused again and again."""
        o, now = tables.outbox, self._services.now()
        stuck = (o.c.status == "pending") & (o.c.attempts >= FAILING_ATTEMPTS) & (o.c.created_at < now - FAILING_SECONDS)
        query = sa.select(o.c.channel, sa.func.min(o.c.created_at).label("at")).where(stuck).group_by(o.c.channel)
        async with self._services.db.read() as connection:
            row = (await connection.execute(query.order_by("at"))).first()
        if row is None:
            return None
        return Say("alert_provider", {"channel": row.channel.removeprefix("sim-"), "minutes": str(int((now - row.at) // 60))})

    async def _queue(self) -> Say | None:
        """More people wait than the helpline's limit."""
        c = tables.conversations
        query = sa.select(sa.func.count(), sa.func.min(c.c.queued_at)).where(real(c) & c.c.state.in_(QUEUED) & (c.c.quiet == ""))
        async with self._services.db.read() as connection:
            count, first = (await connection.execute(query)).one()
        if count < self._services.content.helpline.queue_alarm:
            return None
        return Say("alert_queue", {"count": str(count), "minutes": str(int((self._services.now() - first) // 60))})

    async def _holidays(self) -> Say | None:
        """The table of the country whose holidays the line keeps ends soon."""
        helpline = self._services.content.helpline
        if not hours.holidays_run_out(helpline.schedule, self._moment().date()):
            return None
        until = helpline.schedule.holidays_until
        place = country_name(helpline.schedule.country, helpline.alarm_language) if helpline.schedule.country else "-"
        return Say("alert_holidays", {"place": place, "day": until.isoformat() if until else "-"})

    async def _content(self) -> Say | None:
        return Say("alert_content") if self._services.content.problems else None

    async def _shift(self) -> Say | None:
        """The line is open and nobody is there."""
        if not hours.is_open(self._services.content.helpline.schedule, self._moment()):
            return None
        return None if await self._services.presence.on_shift() else Say("alert_shift")

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._services.now(), timezone.utc)

    async def _send(self, say: Say, ways: tuple[str, ...]) -> None:
        language = self._services.content.helpline.alarm_language
        render = self._services.renderer.render
        subject = render(Say("alert_subject"), language, "telegram").text
        text = f"{render(say, language, 'telegram').text} {self._services.settings.desk_base_url}".strip()
        await self._notices.send(subject, text, ways)
