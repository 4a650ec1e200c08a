"""A child goes straight to a person; a voice note waits unplayed for one; what rings when it is perhaps not her (DH-10, DH-12, DH-14)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from amparo.bot.stages import tongue
from amparo.bot.understand import Heard
from amparo.core.handoff import Event, State
from amparo.core.model import AgeGroup, Media, Risk, Speaker, Understanding
from amparo.desk import reading
from amparo.jobs.purge import Purge
from amparo.store import tables
from tests.bot.test_handoff_turns import ANA, near, said, talking
from tests.support.people import Woman, on_shift


def understood(monkeypatch: Any, **values: Any) -> None:
    """What the model would have said of the next texts."""

    async def hear(_agent: Any, _words: Any, text: str, language: str) -> Heard:
        return Heard(exact=None, understood=Understanding(text=text, lang=language, **values), parse=None)

    monkeypatch.setattr(tongue, "hear", hear)


async def feed(store: Any) -> list[str]:
    async with store.db.read() as connection:
        return [row.what for row in (await connection.execute(sa.select(tables.changes.c.what))).all()]


@pytest.mark.parametrize("risk", [Risk.NONE, Risk.DISCLOSURE])
async def test_under_thirteen_straight_to_a_person_without_a_question(store: Any, monkeypatch: Any, risk: Risk) -> None:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.begins()
    understood(monkeypatch, risk=risk, writer_age=AgeGroup.UNDER_13)
    texts = await her.says("tengo once")
    assert near(store, "handoff_queued", texts) and near(store, "intake_limits_minor", texts), texts
    assert not [text for text in texts if text.endswith("?")]
    assert (await her.snapshot()).state is State.WAITING
    case = await store.talks.case((await store.talks.get(her.id)).case_id)
    assert case["minor"] == 1
    await her.says(token="leave")
    assert not near(store, "handoff_queued", await her.says("ya no quiero"))  # her no is respected


async def test_who_controls_a_child_is_not_queued_as_the_child(store: Any, monkeypatch: Any) -> None:
    her = Woman(store)
    await her.begins()
    understood(monkeypatch, speaker=Speaker.MAY_BE_CONTROLLER, writer_age=AgeGroup.UNDER_13)
    await her.says("mi hija tiene once, ¿qué les escribió?")
    assert (await her.snapshot()).state is State.BOT


async def test_signs_that_somebody_else_writes_ring_and_nothing_is_answered(store: Any, monkeypatch: Any) -> None:
    her = await talking(store)
    understood(monkeypatch, speaker=Speaker.MAY_BE_CONTROLLER)
    assert await her.says("¿quién es usted y qué le contó mi mujer?") == []
    assert "alarm:maybe_not_her" in await feed(store)


async def test_a_voice_note_waits_unplayed_for_her_yes_and_then_for_a_click(store: Any, clock: Any) -> None:
    await on_shift(store, "ana")
    her = Woman(store, "whatsapp", "+573001112233")
    await her.begins()
    await her.says("hola")
    texts = await her.says(media=(Media.VOICE,), media_ref="https://media.example/1")
    assert near(store, "media_voice", texts, channel="whatsapp")
    assert near(store, "handoff_queued", await her.says(token="human"), channel="whatsapp")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    talk = await store.talks.get(her.id)
    case = await store.talks.case(talk.case_id)
    shown = await reading.visible(store, talk, case, ANA)
    assert [m.media_ref for m in shown if m.media] == ["https://media.example/1"]
    assert "hola" not in [m.text for m in shown]  # what came before it stays closed
    await Purge(store).round()
    assert [m.media_ref for m in await store.talks.history(her.id) if m.media] == ["https://media.example/1"]
    clock.move(24 * 3600 + 1)
    assert (await Purge(store).round())["voices"] == 1
    assert [m.media_ref for m in await store.talks.history(her.id) if m.media] == [""]
    async with store.db.read() as connection:
        assert len((await connection.execute(sa.select(tables.deletions))).all()) == 1  # the provider's copy too


async def test_a_voice_note_after_danger_says_the_number_first(store: Any) -> None:
    her = Woman(store)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.set(where_now="CO", risk="disclosure", risk_at=store.now())
    assert await her.says(media=(Media.VOICE,), media_ref="x") == [said(store, "media_voice_risk", number="123")]


async def test_silent_alerts_and_late_risks_show_country_language_and_nothing_else(store: Any, clock: Any) -> None:
    her = Woman(store)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.set(where_now="CO")
    await her.says("él está aquí")
    (alert,) = await store.desk_reads.silent_alerts()
    assert (alert.country, alert.language, alert.conversation_id) == ("CO", "es", her.id)
    assert set(vars(alert)) == {"conversation_id", "country", "language", "at"}
    await her.says("quiero hablar con una persona")
    assert await store.desk_reads.silent_alerts() == []  # her yes: an open case like any other
    late = Woman(store, address="55")
    await late.begins()
    await late.says("me va a matar, ayuda", sent_at=clock.now() - 3600, recovered=True)
    (one,) = await store.desk_reads.late_risks()
    assert (one.conversation_id, one.language) == (late.id, "es")
    assert (await late.snapshot()).state is State.BOT


LATE = {"recovered": True}


@pytest.mark.parametrize("after", [3700, 30 * 3600])
@pytest.mark.parametrize("said_", [{"text": "sí"}, {"text": "1"}, {"token": "yes"}])
async def test_a_late_yes_to_an_open_offer_waits_on_the_desk_and_nothing_is_answered(
    store: Any,
    clock: Any,
    after: int,
    said_: dict[str, str],
) -> None:
    """Written while the offer was open, fetched after it: she wanted a person, and the phone may be somebody else's by now."""
    await on_shift(store, "ana")
    her = Woman(store)
    await her.begins()
    sent_at = clock.now()
    async with store.talks.open(her.id) as talk:
        talk.fire(Event.OFFER)
        talk.memory.update(ask="offer", choices=["yes", "not_now"])
    clock.move(after)
    if after > 24 * 3600:
        await her.fire(Event.OFFER_EXPIRED)
    assert await her.says(**said_, sent_at=sent_at, **LATE) == []
    snapshot = await her.snapshot()
    assert (snapshot.state, snapshot.said_yes) == (State.WAITING, True)
    assert {"alarm:late_yes", "alarm:new_case"} <= set(await feed(store))
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    assert await her.reads() == []  # who came is told when she writes herself
    assert near(store, "handoff_introduction", await her.says("hola"))


async def test_a_late_yes_to_nothing_is_only_a_late_word(store: Any, clock: Any) -> None:
    her = Woman(store)
    await her.begins()
    assert await her.says("sí", sent_at=clock.now() - 3700, **LATE) == []
    assert (await her.snapshot()).state is State.BOT and "alarm:late_yes" not in await feed(store)


@pytest.mark.parametrize("word", ["00", "él está aquí"])
@pytest.mark.parametrize("state", ["bot", "waiting", "human"])
async def test_a_late_exit_word_hides_and_sends_nothing(store: Any, clock: Any, word: str, state: str) -> None:
    if state == "human":
        her = await talking(store)
    else:
        await on_shift(store, "ana")
        her = Woman(store)
        await her.begins()
    if state == "waiting":
        await her.says(token="human")
    assert await her.says(word, sent_at=clock.now() - 3700, **LATE) == []
    assert (await her.snapshot()).quiet
    assert await her.says("sí", sent_at=clock.now() - 3600, **LATE) == []  # a yes in quiet may not be hers
    assert "alarm:late_yes" not in await feed(store)


@pytest.mark.parametrize("text", ["?", "...", "😢"])
async def test_a_silent_contact_is_answered_once_and_never_called_a_prank(store: Any, text: str) -> None:
    her = Woman(store)
    await her.begins()
    assert near(store, "silent_contact", await her.says(text))
    assert await her.says(text) == []
    assert "prank" not in str(await feed(store))
