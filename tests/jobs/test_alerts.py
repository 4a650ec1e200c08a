"""On-call hears of it: real smtplib, the real Telegram and Twilio clients, against loopback servers; never a word of hers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from amparo import wiring
from amparo.core.alarms import LATER_MINUTES, MAX_ALARMS, loud, next_alarm
from amparo.core.hours import Schedule, holidays_run_out
from amparo.jobs.alerts import Alerts
from amparo.settings import Settings
from amparo.store import tables
from amparo.store.tables import metadata
from tests.conftest import ROOT
from tests.support.clock import FixedClock
from tests.support.mail import MailServer
from tests.support.people import Woman, on_shift, seen
from tests.support.providers import FakeProvider

HER = "+573001112233"
SECRET = "palabrasecreta"


@pytest.fixture
def mail() -> Any:
    made = MailServer()
    yield made
    made.close()


@pytest.fixture
async def store(tmp_path: Path, clock: FixedClock, provider: FakeProvider, mail: MailServer, shared_content: None) -> AsyncIterator[Any]:
    from cryptography.fernet import Fernet

    settings = Settings.from_env(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'a.db'}",
            "AMPARO_KEYS": Fernet.generate_key().decode(),
            "AMPARO_PSEUDONYM_KEY": "p" * 40,
            "AMPARO_CONTENT": str(ROOT / "content"),
            "AMPARO_CACHE": str(tmp_path / "cache"),
            "PUBLIC_BASE_URL": "https://public.example.org",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_SMS_FROM": "+15550002222",
            "TWILIO_API_BASE_URL": provider.url,
            "TELEGRAM_BOT_TOKEN": "12345:abc",
            "TELEGRAM_WEBHOOK_SECRET": "secret",
            "TELEGRAM_API_BASE_URL": provider.url,
            "ONCALL_EMAIL": "turno@example.org, sol@example.org",
            "ONCALL_TELEGRAM_CHAT": "4242",
            "ONCALL_SMS": "+573009990000",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mail.port),
            "SMTP_FROM": "desk@example.org",
            "DESK_BASE_URL": "https://desk.example.org",
        }
    )
    made = wiring.Services(wiring.Application(settings, clock))
    async with made.db.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.db.close()


async def waiting(store: Any, severity: int) -> Woman:
    her = Woman(store, "sms", HER)
    await her.begins()
    await her.says(f"{SECRET} me quitaron todo")
    await her.says(token="human")
    async with store.talks.open(her.id) as talk:
        talk.set_case(severity=severity)
    return her


async def test_nobody_claims_it_rings_again_and_louder_without_any_detail(
    store: Any, clock: FixedClock, provider: FakeProvider, mail: MailServer
) -> None:
    await on_shift(store, "ana")
    await waiting(store, 2)
    alerts = Alerts(store, store.app.adapters())
    assert await alerts.round() == 0
    clock.move(5 * 60)
    await seen(store, "ana")
    assert await alerts.round() == 1
    assert await alerts.round() == 0  # once per step
    (to, message) = mail.mails[0]
    assert to == ["turno@example.org", "sol@example.org"]
    body = str(message.get_content())
    assert "Esperan: 1, urgentes: 0. Aviso 1." in body and "https://desk.example.org" in body
    assert provider.texts("4242") and not provider.texts("+573009990000")  # e-mail and Telegram first
    clock.move(5 * 60)
    await seen(store, "ana")
    assert await alerts.round() == 1
    assert "Aviso 2" in provider.texts("+573009990000")[0]  # louder: the SMS too
    everything = f"{[m.as_string() for _, m in mail.mails]} {provider.sent}"
    for word in (SECRET, HER, "quitaron", "pasaporte"):
        assert word not in everything
    async with store.db.read() as connection:
        case = (await connection.execute(sa.select(tables.cases))).one()
    assert case.alarms == 2


async def test_danger_now_rings_everywhere_at_once_and_stops_at_the_claim(
    store: Any, clock: FixedClock, provider: FakeProvider, mail: MailServer
) -> None:
    from amparo.core.handoff import Event

    await on_shift(store, "ana")
    her = await waiting(store, 3)
    alerts = Alerts(store, store.app.adapters())
    assert await alerts.round() == 1
    assert len(mail.mails) == 1 and len(provider.texts("+573009990000")) == 1
    clock.move(121)
    await seen(store, "ana")
    assert await alerts.round() == 1
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    clock.move(3600)
    await seen(store, "ana")
    assert await alerts.round() == 0


async def test_a_dead_mail_server_does_not_stop_the_others(store: Any, provider: FakeProvider, mail: MailServer) -> None:
    await on_shift(store, "ana")
    mail.refuse = True
    await waiting(store, 3)
    assert await Alerts(store, store.app.adapters()).round() == 1
    assert mail.mails == []
    assert provider.texts("4242") and provider.texts("+573009990000")


async def test_failing_provider_long_queue_and_empty_shift_are_told_once_in_a_while(
    store: Any, clock: FixedClock, mail: MailServer, provider: FakeProvider
) -> None:
    alerts = Alerts(store, store.app.adapters())
    assert await alerts.round() == 1  # open around the clock and nobody there
    assert await alerts.round() == 0
    await on_shift(store, "ana")
    for number in range(store.content.helpline.queue_alarm):
        await Woman(store, "telegram", str(number)).says(token="human")
    async with store.db.write() as connection:
        await connection.execute(tables.outbox.update().values(status="pending", attempts=5, created_at=clock.now() - 400))
    assert await alerts.round() == 2
    assert await alerts.round() == 0
    texts = " ".join(m.get_content() for _, m in mail.mails)
    assert "Nadie está en turno" in texts and "telegram fallan desde hace 6 minutos" in texts and "Fila larga: 10" in texts


def test_the_holiday_alarm_comes_before_the_table_ends() -> None:
    table = Schedule("America/Bogota", always=False, holidays_until=date(2027, 6, 30), country="CO")
    assert not holidays_run_out(table, date(2027, 5, 1))
    assert holidays_run_out(table, date(2027, 5, 17))
    assert holidays_run_out(replace(table, holidays_until=None), date(2027, 1, 1))
    assert not holidays_run_out(replace(table, always=True), date(2030, 1, 1))


async def test_holiday_alarm_goes_to_on_call(store: Any, mail: MailServer, monkeypatch: Any) -> None:
    await on_shift(store, "ana")
    helpline = store.content.helpline
    ending = replace(helpline.schedule, always=False, openings=(), holidays_until=date(2020, 1, 1))
    monkeypatch.setattr(store.content, "_helpline", replace(helpline, schedule=ending))
    assert await Alerts(store, store.app.adapters()).round() == 1
    assert "Colombia" in mail.mails[0][1].get_content()


@given(st.integers(0, 3), st.integers(1, 30))
def test_every_notice_has_a_next_one_until_the_last(severity: int, first: int) -> None:
    times = []
    for sent in range(MAX_ALARMS):
        at = next_alarm(severity, 1000.0, sent, first)
        assert at is not None
        times.append(at)
    assert times == sorted(times) and len(set(times)) == len(times)
    assert next_alarm(severity, 1000.0, MAX_ALARMS, first) is None
    assert times[0] == 1000.0 + (0 if severity >= 3 else first * 60)
    assert times[-1] - times[-2] == LATER_MINUTES * 60
    assert loud(severity, 2) and loud(3, 1) and not loud(2, 1)
