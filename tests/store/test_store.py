"""Inbox, talks, outbox and erasure on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from amparo.core.conversation import Outgoing
from amparo.core.errors import NotFound
from amparo.core.handoff import Event, State
from amparo.core.model import Inbound, Kind, Rendered
from amparo.store import tables
from tests.support.clock import FixedClock


def inbound(number: int = 1, text: str = "hola", who: str = "+573001112233") -> Inbound:
    return Inbound("sms", who, f"SM{number}", text=text)


async def test_a_replayed_message_is_stored_once(services: Any) -> None:
    first = await services.inbox.receive(inbound())
    again = await asyncio.gather(*(services.inbox.receive(inbound()) for _ in range(10)))
    assert not first.duplicate
    assert all(receipt.duplicate for receipt in again)
    assert await services.inbox.waiting() == 1


async def test_two_first_messages_at_once_make_one_person(services: Any) -> None:
    receipts = await asyncio.gather(*(services.inbox.receive(inbound(number)) for number in range(20)))
    assert len({receipt.conversation_id for receipt in receipts}) == 1
    assert await services.inbox.waiting() == 20


async def test_messages_of_one_person_are_claimed_in_order_one_at_a_time(services: Any) -> None:
    for number in range(3):
        await services.inbox.receive(inbound(number, f"text {number}"))
    seen = []
    for _ in range(3):
        (claimed,) = await services.inbox.claim()
        assert await services.inbox.claim() == []
        seen.append((await services.inbox.load(claimed.message_id)).text)
        async with services.talks.open(claimed.conversation_id) as talk:
            await talk.mark([claimed.message_id], "done")
    assert seen == ["text 0", "text 1", "text 2"]


async def test_a_dead_worker_loses_nothing(services: Any, clock: FixedClock) -> None:
    await services.inbox.receive(inbound())
    assert len(await services.inbox.claim()) == 1
    clock.move(21)
    (again,) = await services.inbox.claim()
    assert again.attempts == 2


async def queued(services: Any, text: str = "una respuesta", kind: Kind = Kind.ANSWER) -> str:
    receipt = await services.inbox.receive(inbound())
    async with services.talks.open(receipt.conversation_id) as talk:
        talk.say(Outgoing(Rendered(text, kind=kind)))
    return str(receipt.conversation_id)


async def test_sent_once_and_status_never_moves_back(services: Any) -> None:
    conversation = await queued(services)
    (job,) = await services.outbox.claim("w")
    assert (job.address, job.rendered.text) == ("+573001112233", "una respuesta")
    await services.outbox.sent(job.outbox_id, "SM9")
    assert await services.outbox.claim("w") == []
    for status in ("read", "delivered", "sent"):
        await services.outbox.status("sms", "SM9", status)
    assert (await services.talks.history(conversation))[-1].status == "read"


@pytest.mark.parametrize(("kind", "seconds"), [(Kind.COVER, 11), (Kind.RISK, 301), (Kind.COUNSELOR, 301), (Kind.ANSWER, 1801)])
async def test_late_is_not_delivered(services: Any, clock: FixedClock, kind: Kind, seconds: int) -> None:
    conversation = await queued(services, kind=kind)
    clock.move(seconds)
    assert await services.outbox.claim("w") == []
    assert (await services.talks.history(conversation))[-1].status == "expired"


async def test_order_is_kept_behind_a_retry(services: Any, clock: FixedClock) -> None:
    conversation = await queued(services, "eins")
    async with services.talks.open(conversation) as talk:
        talk.say(Outgoing(Rendered("zwei")))
    (job,) = await services.outbox.claim("w")
    await services.outbox.retry(job.outbox_id, clock.now() + 5, "429")
    assert await services.outbox.claim("w") == []
    clock.move(6)
    (job,) = await services.outbox.claim("w")
    assert job.rendered.text == "eins"


async def test_bot_answer_is_dropped_when_a_human_took_over(services: Any) -> None:
    conversation = await queued(services)
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.YES)
        talk.fire(Event.CLAIM, actor="ana")
    assert await services.outbox.claim("w") == []
    assert (await services.talks.history(conversation))[-1].status == "dropped"


async def _broken_block(services: Any, conversation: str) -> None:
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.YES)
        raise RuntimeError


async def test_a_failed_block_writes_nothing(services: Any) -> None:
    conversation = await queued(services)
    with pytest.raises(RuntimeError):
        await _broken_block(services, conversation)
    assert (await services.talks.get(conversation)).snapshot.state is State.BOT


async def test_erased_means_gone_and_a_replay_stays_gone(services: Any) -> None:
    conversation = await queued(services)
    assert await services.erasure.erase(conversation)
    with pytest.raises(NotFound):
        await services.talks.get(conversation)
    receipt = await services.inbox.receive(inbound())
    assert receipt.duplicate
    async with services.db.read() as connection:
        for table in (tables.conversations, tables.messages, tables.outbox, tables.trackers):
            assert (await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one() == 0
        assert (await connection.execute(sa.select(sa.func.count()).select_from(tables.deletions))).scalar_one() == 1


async def test_her_own_deletion_leaves_only_the_receipt(services: Any) -> None:
    conversation = await queued(services)
    fresh = await services.erasure.erase_text(conversation, keep_case=False)
    assert fresh != conversation
    assert await services.talks.history(fresh) == []
    assert (await services.talks.get(fresh)).memory == {}


async def test_opt_out_never_blocks_a_later_cry(services: Any) -> None:
    receipt = await services.inbox.receive(Inbound("sms", "+1", "a", text="STOP", opt="stop"))
    assert (await services.talks.get(receipt.conversation_id)).opted_out
    await services.inbox.receive(Inbound("sms", "+1", "b", text="ayuda"))
    assert not (await services.talks.get(receipt.conversation_id)).opted_out


async def test_keys_rotate(services: Any) -> None:
    from cryptography.fernet import Fernet

    from amparo.store.vault import Vault

    key, wrapped = services.vault.new_key()
    token = key.seal({"a": 1})
    fresh = Vault([Fernet.generate_key().decode(), services.settings.keys[0]], "p" * 40)
    assert Vault([fresh and services.settings.keys[0]], "p" * 40).unwrap(wrapped).open(token) == {"a": 1}
    assert fresh.unwrap(fresh.rewrap(wrapped)).open(token) == {"a": 1}
