"""Tells on-call that somebody is needed, by e-mail, Telegram and SMS, without any personal detail; again when nobody claims.

The text of an alert is a number of people and a word of urgency: it may be read on any screen.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from amparo.core.errors import SendError
from amparo.core.handoff import State
from amparo.core.model import Rendered
from amparo.store import tables

log = logging.getLogger(__name__)

SUBJECT = "Desk: someone is waiting"


class Alerts:
    """Looks for cases that nobody took. `adapters`: the sending channels; the on-call address is staff's, never hers."""

    def __init__(self, services: Any, adapters: Mapping[str, Any]) -> None:
        self._services = services
        self._adapters = adapters

    async def round(self) -> int:
        """Alerts once per case, at once for imminent, after the agreed minutes for the others. Returns how many."""
        now = self._services.now()
        case, c = tables.cases, tables.conversations
        limit = now - self._services.content.helpline.claim_alarm_minutes * 60
        late = (case.c.opened_at < limit) | (case.c.severity >= 3)
        query = (
            sa.select(case.c.id, case.c.severity, c.c.id.label("conversation_id"))
            .select_from(case.join(c, case.c.conversation_id == c.c.id))
            .where(case.c.status == "open", case.c.claimed_at == 0, case.c.alarmed_at == 0, late)
            .where(c.c.state.in_((State.WAITING.value, State.AWAY.value)))
        )
        async with self._services.db.read() as connection:
            rows = (await connection.execute(query)).all()
        if not rows:
            return 0
        await self._mark(rows, now)
        await self.send(f"{len(rows)} waiting, {sum(row.severity >= 3 for row in rows)} urgent. {self._services.settings.desk_base_url}")
        return len(rows)

    async def _mark(self, rows: Any, now: float) -> None:
        case = tables.cases
        async with self._services.db.write() as connection:
            await connection.execute(case.update().where(case.c.id.in_([row.id for row in rows])).values(alarmed_at=now))
            notes = [{"conversation_id": row.conversation_id, "what": "alarm:nobody_claimed", "at": now} for row in rows]
            await connection.execute(tables.changes.insert(), notes)

    async def send(self, text: str) -> None:
        """By every way that is configured; a way that fails is logged, the others go on."""
        settings = self._services.settings
        if settings.smtp_host and settings.oncall_email:
            await asyncio.get_running_loop().run_in_executor(None, self._mail, text)
        for channel, address in (("telegram", settings.oncall_telegram_chat), ("sms", settings.oncall_sms)):
            adapter = self._adapters.get(channel)
            if adapter is None or not address:
                continue
            try:
                await adapter.send(address, Rendered(f"{SUBJECT}. {text}"), 600)
            except SendError as error:
                log.warning("alert not sent", extra={"channel": channel, "error": error.code})

    def _mail(self, text: str) -> None:
        settings = self._services.settings
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = SUBJECT, settings.smtp_from or settings.smtp_user, settings.oncall_email
        message.set_content(text)
        try:
            with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=15) as server:
                if settings.smtp_user:
                    server.starttls()
                    server.login(settings.smtp_user, settings.smtp_password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("alert not sent", extra={"channel": "email", "error": type(error).__name__})
