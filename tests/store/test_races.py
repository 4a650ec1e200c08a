"""Races on both databases: twenty counselors and one person, bot answers against a claim, a held answer against its release."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
import sqlalchemy as sa

from amparo.core.conversation import Outgoing
from amparo.core.errors import NotAllowed
from amparo.core.handoff import Event, State
from amparo.core.model import Inbound, Kind, Rendered
from amparo.store import tables
from tests.support.clock import FixedClock

COUNSELORS = 20
BOTS = (Kind.ANSWER, Kind.RISK, Kind.HANDOFF)


async def somebody(services: Any, number: int = 1) -> str:
    return str((await services.inbox.receive(Inbound("sms", f"+57300{number:07d}", f"SM{number}", text="hola"))).conversation_id)


async def fire(services: Any, conversation: str, *events: Event) -> None:
    async with services.talks.open(conversation) as talk:
        for event in events:
            talk.fire(event)


async def race(services: Any, conversation: str) -> None:
    """One round: exactly one of twenty wins, and everybody reads the same owner afterwards."""

    async def claim(name: str) -> bool:
        async with services.talks.open(conversation) as talk:
            return bool(talk.fire(Event.CLAIM, actor=name).changed)

    won = await asyncio.gather(*(claim(f"c{number}") for number in range(COUNSELORS)))
    assert sum(won) == 1
    owner = (await services.talks.get(conversation)).snapshot.owner
    assert owner == f"c{won.index(True)}"
    await fire(services, conversation, Event.CLOSE, Event.CLOSING_DONE, Event.YES)


async def test_twenty_counselors_one_winner(services: Any) -> None:
    conversation = await somebody(services)
    await fire(services, conversation, Event.YES)
    for _ in range(10):
        await race(services, conversation)


@pytest.mark.slow
async def test_twenty_counselors_one_winner_a_thousand_rounds(services: Any) -> None:
    conversation = await somebody(services)
    await fire(services, conversation, Event.YES)
    began = time.monotonic()
    rounds = 200 if services.db.sqlite else 1000  # both together must fit CI's quarter of an hour; several writers meet on PostgreSQL
    for number in range(rounds):
        await race(services, conversation)
        assert time.monotonic() - began < 900, f"only {number} rounds in a quarter of an hour"
    async with services.db.read() as connection:
        case = tables.cases
        rows = (await connection.execute(sa.select(case.c.claimed_at).where(case.c.conversation_id == conversation))).all()
    assert len(rows) == rounds + 1 and sum(row.claimed_at > 0 for row in rows) == rounds


async def test_no_bot_text_is_released_while_a_human_owns_the_talk(services: Any, clock: FixedClock) -> None:
    """Turns write, senders claim, fail and claim again, counselors come and go, all at once; every release is checked against the owner."""
    conversations = [await somebody(services, number) for number in range(4)]
    released: list[str] = []
    stop = asyncio.Event()

    async def bot(conversation: str) -> None:
        for number in range(12):
            async with services.talks.open(conversation) as talk:
                if talk.snapshot.bot_speaks:
                    talk.say(Outgoing(Rendered(f"bot {number}", kind=BOTS[number % 3])))
            await asyncio.sleep(0)

    async def staff(conversation: str) -> None:
        for number in range(8):
            async with services.talks.open(conversation) as talk:
                for event in (Event.YES, Event.CLAIM):
                    talk.fire(event, actor=f"c{number}")
                if talk.snapshot.state is State.ACTIVE:
                    talk.say(Outgoing(Rendered(f"human {number}", kind=Kind.COUNSELOR), author="counselor:x", prompted=False))
            await asyncio.sleep(0.002)
            await fire(services, conversation, Event.EXIT if number == 4 else Event.CLOSE, Event.RETURN, Event.CLOSE, Event.CLOSING_DONE)

    async def send(worker: str) -> None:
        turn = 0
        while not stop.is_set() or turn % 5:
            for job in await services.outbox.claim(worker, 5):
                turn += 1
                if turn % 3 == 0:
                    await services.outbox.retry(job.outbox_id, clock.now(), "429")
                    continue
                if not await services.outbox.confirm(job):
                    continue
                released.append(job.rendered.text)
                if job.rendered.kind is not Kind.COUNSELOR:
                    await _the_bot_could_speak(services, job)
                await services.outbox.sent(job.outbox_id, f"p{job.outbox_id}")
            turn += 1
            await asyncio.sleep(0.001)

    workers = [asyncio.ensure_future(send(f"w{number}")) for number in range(3)]
    await asyncio.gather(*(work(one) for one in conversations for work in (bot, staff)))
    stop.set()
    await asyncio.wait_for(asyncio.gather(*workers), 30)
    assert released
    async with services.db.read() as connection:
        o = tables.outbox
        sent = (await connection.execute(sa.select(o.c.message_id).where(o.c.status == "sent"))).all()
        twice = (await connection.execute(sa.select(sa.func.count()).select_from(o).where(o.c.status == "claimed"))).scalar_one()
    assert len(sent) == len({row.message_id for row in sent}) and twice == 0


async def _the_bot_could_speak(services: Any, job: Any) -> None:
    """The row was written in an epoch in which the bot had the talk, and it is that epoch still at the claim's transaction."""
    async with services.db.read() as connection:
        row = (await connection.execute(sa.select(tables.outbox).where(tables.outbox.c.id == job.outbox_id))).one()
    assert row.status in ("claimed", "sent")
    conversation = await services.talks.get(job.conversation_id)
    if conversation.snapshot.epoch == row.epoch and Kind(row.kind) is Kind.ANSWER:
        assert conversation.snapshot.bot_speaks


async def test_a_retry_after_the_claim_is_dropped_and_its_lease_too(services: Any, clock: FixedClock) -> None:
    conversation = await somebody(services)
    async with services.talks.open(conversation) as talk:
        talk.say(Outgoing(Rendered("eins")), Outgoing(Rendered("zwei")))
    (job,) = await services.outbox.claim("w")
    await services.outbox.retry(job.outbox_id, clock.now() + 5, "503")
    await fire(services, conversation, Event.YES)
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.CLAIM, actor="ana")
    clock.move(6)
    assert await services.outbox.claim("w") == []
    assert [m.status for m in await services.talks.history(conversation) if m.direction == "out"] == ["dropped", "dropped"]


async def test_a_claim_between_lease_and_send_stops_the_text(services: Any) -> None:
    conversation = await somebody(services)
    await fire(services, conversation, Event.YES)
    async with services.talks.open(conversation) as talk:
        talk.say(Outgoing(Rendered("warte")))
    (job,) = await services.outbox.claim("w")
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.CLAIM, actor="ana")
    assert not await services.outbox.confirm(job)
    assert (await services.talks.history(conversation))[-1].status == "dropped"


async def test_an_answer_after_the_window_is_held_not_lost(services: Any, clock: FixedClock) -> None:
    conversation = await somebody(services)
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.YES)
        talk.fire(Event.CLAIM, actor="ana")
        talk.say(Outgoing(Rendered("bis morgen", kind=Kind.COUNSELOR), author="counselor:ana", prompted=False))
    (job,) = await services.outbox.claim("w")
    clock.move(250)
    assert not await services.outbox.confirm(job, window_hours=0.05)
    assert [one.text for one in await services.held.of(conversation)] == ["bis morgen"]
    with pytest.raises(NotAllowed, match="she_has_not_written"):
        await services.replies.release(conversation, "ana")
    await services.inbox.receive(Inbound("sms", "+573000000001", "SMagain", text="hola?"))
    clock.move(5)
    results = await asyncio.gather(*(services.replies.release(conversation, "ana") for _ in range(5)))
    assert sorted(results) == [0, 0, 0, 0, 1]
    (job,) = await services.outbox.claim("w")
    assert job.rendered.text == "bis morgen"


async def test_too_late_not_sent_waits_and_may_be_thrown_away(services: Any, clock: FixedClock) -> None:
    conversation = await somebody(services)
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.YES)
        talk.fire(Event.CLAIM, actor="ana")
    await services.replies.write(conversation, "ana", "hola", "n1")
    clock.move(301)
    assert await services.outbox.claim("w") == []
    (held,) = await services.held.of(conversation)
    assert (held.status, held.text, held.author) == ("expired", "hola", "counselor:ana")
    with pytest.raises(NotAllowed, match="not_yours"):
        await services.replies.discard(conversation, "eva")
    assert await services.replies.discard(conversation, "ana") == 1
    assert await services.held.of(conversation) == []
