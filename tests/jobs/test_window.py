"""WhatsApp after 24 hours, through the real sender and the real Twilio client: template by ContentSid, the answer held, then released."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from amparo import wiring
from amparo.core.errors import WindowClosed
from amparo.core.handoff import Event
from amparo.core.model import LANGUAGES
from amparo.jobs.sender import Sender
from amparo.settings import Settings
from amparo.store.tables import metadata
from channels import setup
from tests.conftest import ROOT
from tests.support.clock import FixedClock
from tests.support.people import Woman, on_shift
from tests.support.providers import FakeProvider

HER = "+573001112233"
TO = f"whatsapp:{HER}"
DAY = 24 * 3600
KNOWN: dict[str, str] = {}
"""Names and ids that the first setup of this module registered: the second one has nothing left to register."""


@pytest.fixture
async def store(request: Any, tmp_path: Path, clock: FixedClock, provider: FakeProvider, shared_content: None) -> AsyncIterator[Any]:
    settings = Settings.from_env(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'w.db'}",
            "AMPARO_KEYS": Fernet.generate_key().decode(),
            "AMPARO_PSEUDONYM_KEY": "p" * 40,
            "AMPARO_CONTENT": str(ROOT / "content"),
            "AMPARO_CACHE": str(tmp_path / "var" / "cache"),
            "PUBLIC_BASE_URL": "https://public.example.org",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_WHATSAPP_FROM": "+15550001111",
            "TWILIO_SMS_FROM": "+15550002222",
            "TWILIO_API_BASE_URL": provider.url,
        }
    )
    app = wiring.Application(settings, clock)
    if KNOWN and "approval" not in request.node.name:
        setup.write_templates(tmp_path / "var", KNOWN)
    await setup.setup(app)
    KNOWN.update(setup.read_templates(tmp_path / "var"))
    app._adapters = None  # read the templates that setup has made
    made = wiring.Services(app)
    async with made.db.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.db.close()


async def talking(store: Any, language: str = "es") -> Woman:
    await on_shift(store, "ana")
    her = Woman(store, "whatsapp", HER, language)
    await her.says(token=f"lang_{language}", reply_address=TO)
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    return her


@pytest.mark.parametrize("language", LANGUAGES)
async def test_template_after_a_day_then_her_word_then_the_answer(
    store: Any, clock: FixedClock, provider: FakeProvider, language: str
) -> None:
    her = await talking(store, language)
    sender = Sender(store.outbox, store.app.adapters(), clock, "w")
    clock.move(DAY)
    writing = await store.replies.writing(her.id, "ana")
    assert (writing.decision.mode, writing.decision.reason) == ("hold", "window_closed")
    with pytest.raises(WindowClosed):
        await store.replies.write(her.id, "ana", "la casa dijo que si", "n1")
    assert await store.replies.hold(her.id, "ana", "la casa dijo que si", "n1")
    before = len(provider.sent)
    await store.replies.knock(her.id, "ana")
    await sender.round()
    ((path, fields),) = provider.sent[before:]
    known = setup.read_templates(store.settings.cache.parent)
    assert path.endswith("/Messages.json") and fields["To"] == TO
    assert fields["ContentSid"] == known[f"amparo_{language}_approved_template_neutral"]
    assert "Body" not in fields  # a template in Body fails with 63016
    assert await sender.round() == 0  # the answer waits
    clock.move(600)
    assert await her.says("?") == []  # whoever it is: nothing goes by itself
    assert await store.replies.release(her.id, "ana") == 1
    await sender.round()
    assert provider.sent[-1][1]["Body"] == "la casa dijo que si"


async def test_the_provider_says_that_the_window_is_over(store: Any, clock: FixedClock, provider: FakeProvider) -> None:
    """63016 in spite of our own reckoning: held, visible, and she is not called unreachable."""
    her = await talking(store)
    provider.fail = lambda path, _f: (400, {"code": 63016}, {}) if path.endswith("/Messages.json") else None
    await store.replies.write(her.id, "ana", "hola", "n1")
    await Sender(store.outbox, store.app.adapters(), clock, "w").round()
    assert [one.text for one in await store.held.of(her.id)] == ["hola"]
    assert not (await store.talks.get(her.id)).unreachable


async def test_opt_out_is_seen_and_a_new_message_opens_the_way(store: Any, clock: FixedClock, provider: FakeProvider) -> None:
    await on_shift(store, "ana")
    her = Woman(store, "sms", HER)
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    provider.fail = lambda path, _f: (400, {"code": 21610}, {}) if path.endswith("/Messages.json") else None
    await store.replies.write(her.id, "ana", "hola", "n1")
    await Sender(store.outbox, store.app.adapters(), clock, "w").round()
    decision = (await store.replies.writing(her.id, "ana")).decision
    assert (decision.mode, decision.reason) == ("hold", "opted_out")
    provider.fail = lambda _p, _f: None
    await her.says("ayuda")
    assert (await store.replies.writing(her.id, "ana")).decision.mode == "write"


async def test_a_failed_delivery_is_seen_until_one_arrives(store: Any, clock: FixedClock, provider: FakeProvider) -> None:
    her = await talking(store)
    sender = Sender(store.outbox, store.app.adapters(), clock, "w")
    for text, status in (("eins", "undelivered"), ("zwei", "delivered")):
        await store.replies.write(her.id, "ana", text, text)
        await sender.round()
        sid = f"SM{len(provider.sent):032x}"
        assert await store.outbox.status("whatsapp", sid, status, "63024" if status == "undelivered" else "")
        reason = (await store.replies.writing(her.id, "ana")).decision.reason
        assert reason == ("unreachable" if status == "undelivered" else "")


async def test_templates_are_sent_for_approval_in_every_language(store: Any, provider: FakeProvider) -> None:
    asked = [fields for path, fields in provider.sent if path.endswith("/ApprovalRequests/whatsapp")]
    assert {body["name"] for body in asked} == {f"amparo_{language}_approved_template_neutral" for language in LANGUAGES}
    assert {body["category"] for body in asked} == {"UTILITY"}
    made = {fields["friendly_name"]: fields for path, fields in provider.sent if path == "/v1/Content"}
    creole = made["amparo_ht_approved_template_neutral"]
    assert creole["language"] == "fr" and "Bonjou," in json.dumps(creole) and "Bonjour" in json.dumps(creole)


async def test_nothing_of_the_bots_own_is_tried_outside_the_window(store: Any, clock: FixedClock, provider: FakeProvider) -> None:
    her = await talking(store)
    clock.move(DAY + 1)
    async with store.talks.open(her.id) as talk:
        store.teller.say_now(talk, "handoff_somebody_on")
    before = len(provider.sent)
    await Sender(store.outbox, store.app.adapters(), clock, "w").round()
    assert provider.sent[before:] == []
    assert (await store.talks.history(her.id))[-1].status == "dropped"
