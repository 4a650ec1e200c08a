"""Delivers a notice to on-call by every way that is configured; a way that fails is logged, the others go on."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

from amparo.core.errors import SendError
from amparo.core.model import Rendered

log = logging.getLogger(__name__)

SMTP_SECONDS = 15
TTL_SECONDS = 600


class Notices:
    """E-mail by SMTP, Telegram and SMS. The recipients are staff; nothing of hers is ever handed in here."""

    def __init__(self, settings: Any, adapters: Mapping[str, Any]) -> None:
        self._settings = settings
        self._adapters = adapters

    async def send(self, subject: str, text: str, ways: Sequence[str]) -> list[str]:
        """The ways that took it."""
        settings, done = self._settings, []
        mail = "email" in ways and settings.smtp_host and settings.oncall_email
        if mail and await asyncio.get_running_loop().run_in_executor(None, self._mail, subject, text):
            done.append("email")
        for way, address in (("telegram", settings.oncall_telegram_chat), ("sms", settings.oncall_sms)):
            adapter = self._adapters.get(way)
            if way not in ways or adapter is None or not address:
                continue
            try:
                await adapter.send(address, Rendered(f"{subject}. {text}"), TTL_SECONDS)
                done.append(way)
            except SendError as error:
                log.warning("notice not sent", extra={"channel": way, "error": error.code})
        return done

    def _mail(self, subject: str, text: str) -> bool:
        settings = self._settings
        message = EmailMessage()
        message["Subject"] = subject
        message["From"] = settings.smtp_from or settings.smtp_user or "desk@localhost"
        message["To"] = settings.oncall_email
        message.set_content(text, cte="quoted-printable")  # also for servers without 8BITMIME
        try:
            with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=SMTP_SECONDS) as server:
                if settings.smtp_user:
                    server.starttls()
                    server.login(settings.smtp_user, settings.smtp_password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("notice not sent", extra={"channel": "email", "error": type(error).__name__})
            return False
        return True
