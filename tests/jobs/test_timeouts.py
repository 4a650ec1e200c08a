"""What the clock does to a talk, through the real job."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core.handoff import Event, State
from amparo.core.model import Say
from amparo.jobs.timeouts import Timeouts
from amparo.store import tables
from tests.support.clock import FixedClock
from tests.support.people import Woman, on_shift, seen


async def feed(store: Any) -> list[str]:
    async with store.db.read() as connection:
        return [row.what for row in (await connection.execute(sa.select(tables.changes).order_by(tables.changes.c.id))).all()]


def text(store: Any, key: str, **values: str) -> str:
    return str(store.renderer.render(Say(key, values), "es", "telegram").text)


async def claimed(store: Any) -> Woman:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    return her


async def test_nobody_comes_she_keeps_her_place_and_hears_once_if_she_wanted(store: Any, clock: FixedClock) -> None:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    async with store.talks.open(her.id) as talk:
        talk.fire(Event.MAY_WRITE)
    jobs = Timeouts(store)
    place = (await her.snapshot()).queued_at
    heard: list[str] = []
    for _ in range(6):
        clock.move(20 * 60)
        await seen(store, "ana")
        await jobs.round()
        await jobs.round()
        heard += await her.reads()
    assert heard == [text(store, "handoff_nobody", number="911 / 112"), text(store, "handoff_somebody_on")]
    assert (await her.snapshot()).queued_at == place


async def test_nobody_comes_and_she_did_not_want_to_be_written_to(store: Any, clock: FixedClock) -> None:
    her = Woman(store)
    await her.says(token="human")
    clock.move(3600)
    await Timeouts(store).round()
    await on_shift(store, "ana")
    await Timeouts(store).round()
    assert await her.reads() == []
    assert (await her.snapshot()).state is State.WAITING


async def test_a_vanished_counselor_is_told_once_and_the_place_is_kept(store: Any, clock: FixedClock) -> None:
    her = await claimed(store)
    place = (await her.snapshot()).queued_at
    await her.says("hola")
    clock.move(60)
    await seen(store, "ana", on=0)
    for _ in range(3):
        await Timeouts(store).round()
    assert await her.reads() == [text(store, "handoff_counselor_gone")]
    snapshot = await her.snapshot()
    assert (snapshot.state, snapshot.queued_at, snapshot.previous_owner) == (State.WAITING, place, "ana")
    assert "alarm:counselor_gone" in await feed(store)


async def test_a_counselor_who_vanishes_in_quiet_is_replaced_without_a_word(store: Any, clock: FixedClock) -> None:
    her = await claimed(store)
    assert len(await her.says("00")) == 1
    await seen(store, "ana", on=0)
    clock.move(10)
    await Timeouts(store).round()
    assert await her.reads() == []
    snapshot = await her.snapshot()
    assert (snapshot.state, snapshot.quiet, snapshot.said_yes) == (State.WAITING, "exit", True)


async def test_an_unanswered_message_rings_then_goes_back_to_the_queue(store: Any, clock: FixedClock) -> None:
    her = await claimed(store)
    clock.move(5)
    await her.says("sigues ahi?")
    clock.move(15 * 60 + 1)
    await seen(store, "ana")
    await Timeouts(store).round()
    await Timeouts(store).round()
    assert (await feed(store)).count("alarm:no_answer") == 1
    clock.move(31 * 60)
    await seen(store, "ana")
    await Timeouts(store).round()
    assert (await her.snapshot()).state is State.WAITING
    assert await her.reads() == []  # three quarters of an hour of silence: it is said when she writes
    assert text(store, "handoff_counselor_gone") in await her.says("?")


async def test_the_number_comes_after_a_minute_without_a_human_answer_and_never_in_quiet(store: Any, clock: FixedClock) -> None:
    her = await claimed(store)
    async with store.talks.open(her.id) as talk:
        talk.set(where_now="CO")
    await her.says("me tienen encerrada")
    clock.move(40)
    await her.says("me tienen encerrada, ayuda")
    clock.move(21)  # counted from the first cry
    await Timeouts(store).round()
    assert [t for t in await her.reads() if t.startswith("123")]
    await Timeouts(store).round()
    assert await her.reads() == []
    await her.says("me tienen encerrada otra vez")
    await store.replies.write(her.id, "ana", "te leo", "n1")
    clock.move(61)
    await Timeouts(store).round()
    assert await her.reads() == ["te leo"]
    await her.says("me tienen encerrada")
    await her.says("00")
    clock.move(61)
    await Timeouts(store).round()
    assert await her.reads() == []


async def test_an_agreed_hour_rings_on_the_desk_and_writes_nothing_to_her(store: Any, clock: FixedClock) -> None:
    her = Woman(store)
    await her.says(token="human")
    await her.says(token="callback")
    await her.says(token="callback_soon")
    clock.move(2 * 3600 - 10)
    await Timeouts(store).round()
    assert (await her.snapshot()).state is State.CALLBACK
    clock.move(20)
    await on_shift(store, "ana")
    await Timeouts(store).round()
    await Timeouts(store).round()
    assert await her.reads() == []
    assert (await feed(store)).count("alarm:callback_due") == 1
    assert (await her.snapshot()).state is State.WAITING
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    assert await her.reads() == []
    writing = await store.replies.writing(her.id, "ana")
    assert writing.decision.mode == "opener"
    await store.replies.write(her.id, "ana", text(store, "callback_opener"), "n1")
    assert await her.reads() == [text(store, "callback_opener")]
    assert await store.callbacks.open() == []


async def test_perhaps_not_her_cancels_callback_and_other_channel(store: Any, clock: FixedClock) -> None:
    her = await claimed(store)
    async with store.talks.open(her.id) as talk:
        await store.fallbacks.agree(talk.connection, talk.key, her.id, "sms", "+57300")
        talk.fire(Event.SET_CALLBACK)
        talk.agree_callback(clock.now() + 3600, "ana")
    assert len(await store.callbacks.open()) == 1
    await her.fire(Event.NOT_HER)
    assert await store.callbacks.open() == [] and await store.fallbacks.get(her.id) is None
    clock.move(7200)
    await Timeouts(store).round()
    assert await her.reads() == []


async def test_nothing_due_writes_nothing(store: Any, clock: FixedClock) -> None:
    her = await claimed(store)
    version = (await store.talks.get(her.id)).version
    for _ in range(5):
        clock.move(1)
        assert await Timeouts(store).round() == 0
    assert (await store.talks.get(her.id)).version == version
