"""What hangs on a case: referrals, case codes, handovers, break-glass, callbacks, fallbacks; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from amparo.core.errors import NotAllowed
from amparo.core.handoff import Event
from amparo.core.model import Inbound
from amparo.core.referral import MOVES, Referral
from amparo.store import callbacks, case_tables, desk_tables
from tests.support.clock import FixedClock

NUMBER = "+573001112233"


ADDRESS = "chat-of-hers"  # no hexadecimal id can hold it


async def staff(services: Any, *rows: tuple[str, str]) -> None:
    async with services.db.write() as connection:
        for identifier, role in rows:
            values = {"id": identifier, "name": identifier.title(), "role": role, "password_hash": "x"}
            await connection.execute(desk_tables.counselors.insert().values(**values))


async def a_case(services: Any, who: str = NUMBER, owner: str = "ana") -> tuple[str, str]:
    """(case id, conversation id) of somebody who said yes and was claimed."""
    receipt = await services.inbox.receive(Inbound("sms", who, f"SM{who}", text="hola"))
    async with services.talks.open(receipt.conversation_id) as talk:
        talk.fire(Event.YES)
        if owner:
            talk.fire(Event.CLAIM, actor=owner)
        case_id = talk.case_id
    return case_id, receipt.conversation_id


async def audited(services: Any) -> list[str]:
    async with services.db.read() as connection:
        return [row.action for row in (await connection.execute(sa.select(desk_tables.audit).order_by(desk_tables.audit.c.id))).all()]


# --- referrals ------------------------------------------------------------------------------------------------------------


async def test_nobody_travels_before_accepted_and_nothing_leaves_before_her_yes(services: Any) -> None:
    case_id, _ = await a_case(services)
    refs = services.referrals
    one = await refs.ask(case_id, "ana", "Casa", "una mujer, dos hijos, hoy?")
    with pytest.raises(NotAllowed):
        await refs.her_yes(one, "ana", ["needs"], "bus 3", told=True)
    with pytest.raises(NotAllowed, match="name_and_hour"):
        await refs.accepted(one, "ana", "Marta", "")
    await refs.accepted(one, "ana", "Marta", "20:00")
    with pytest.raises(NotAllowed, match="no_consent"):
        await refs.packet(one)
    with pytest.raises(NotAllowed, match="tell_her_first"):
        await refs.her_yes(one, "ana", ["needs"], "bus 3", told=False)
    with pytest.raises(NotAllowed, match="not_a_content"):
        await refs.her_yes(one, "ana", ["her_story"], "bus 3", told=True)
    await refs.her_yes(one, "ana", ["needs", "children"], "bus 3", told=True)
    packet = await refs.packet(one)
    assert (packet.contents, packet.accepted_by, packet.way_there) == (("needs", "children"), "Marta", "bus 3")
    await refs.settle(one, "ana", Referral.ARRIVED)
    assert [row.state for row in await refs.of_case(case_id)] == [Referral.ARRIVED]
    assert [a for a in await audited(services) if a.startswith("referral")] == [
        "referral_asked", "referral_accepted", "referral_her_yes", "referral_arrived",
    ]  # fmt: skip


async def test_one_follow_up_in_her_hour(services: Any, clock: FixedClock) -> None:
    case_id, _ = await a_case(services)
    one = await services.referrals.ask(case_id, "ana", "Casa", "hoy?")
    await services.referrals.follow_up(one, "ana", clock.now() + 3600, "aqui")
    assert await services.referrals.due(clock.now()) == []
    with pytest.raises(NotAllowed, match="one_follow_up"):
        await services.referrals.follow_up(one, "ana", clock.now() + 7200, "aqui")
    clock.move(3601)
    assert await services.referrals.due(clock.now()) == [(one, case_id)]
    await services.referrals.followed_up(one, "ana")
    assert await services.referrals.due(clock.now()) == []
    with pytest.raises(NotAllowed, match="one_follow_up"):
        await services.referrals.followed_up(one, "ana")


@pytest.mark.parametrize("state", list(Referral))
def test_every_open_referral_has_an_end_and_consent_can_be_taken_back(state: Referral) -> None:
    seen, todo = set(), [state]
    while todo:
        now = todo.pop()
        seen.add(now)
        todo += [after for after in MOVES[now] if after not in seen]
    assert any(not one.open for one in seen)
    assert not state.may_share or Referral.WITHDRAWN in MOVES[state]
    assert not state.may_travel or state is Referral.HER_YES


# --- case codes -----------------------------------------------------------------------------------------------------------


async def test_three_words_open_the_case_to_staff_in_any_order_for_ninety_days(services: Any, clock: FixedClock) -> None:
    case_id, conversation_id = await a_case(services)
    words = await services.case_codes.make(case_id, "ana", services.content.codewords)
    assert len(set(words)) == 3
    found = await services.case_codes.find(f"  {words[2].upper()} {words[0]}, {words[1]} ", "eva")
    assert found is not None
    assert (found.case_id, found.conversation_id, found.counselor_id) == (case_id, conversation_id, "ana")
    assert await services.case_codes.find("uno dos tres", "eva") is None
    clock.move(90 * 86400 + 1)
    assert await services.case_codes.find(" ".join(words), "eva") is None
    assert (await audited(services)).count("case_code_missed") == 2


async def test_the_words_are_stored_nowhere_and_new_words_end_the_old(services: Any) -> None:
    case_id, _ = await a_case(services)
    first = await services.case_codes.make(case_id, "ana", services.content.codewords)
    second = await services.case_codes.make(case_id, "ana", services.content.codewords)
    async with services.db.read() as connection:
        rows = (await connection.execute(sa.select(case_tables.case_codes))).all()
    assert len(rows) == 1
    assert not any(word in str(rows) for word in (*first, *second))
    assert await services.case_codes.find(" ".join(first), "ana") is None or set(first) == set(second)
    assert await services.case_codes.revoke(case_id, "ana")
    assert await services.case_codes.find(" ".join(second), "ana") is None


async def test_words_typed_on_another_phone_are_shown_to_staff_only(services: Any) -> None:
    case_id, conversation_id = await a_case(services)
    words = await services.case_codes.make(case_id, "ana", services.content.codewords)
    other = await services.inbox.receive(Inbound("telegram", "77", "77:1", text=" ".join(words)))
    assert await services.case_codes.returned(other.conversation_id, " ".join(words))
    assert await services.case_codes.returned(other.conversation_id, " ".join(words))  # twice is once
    assert [found.case_id for found in await services.case_codes.earlier(other.conversation_id)] == [case_id]
    assert not await services.case_codes.returned(other.conversation_id, "pan queso pan")
    assert not await services.case_codes.returned(conversation_id, " ".join(words))  # her own chat is no return
    assert (await services.talks.get(other.conversation_id)).memory == {}


@pytest.mark.parametrize("lang", ["es", "pt", "en", "fr", "ht"])
def test_code_words_are_enough_and_harmless(lang: str) -> None:
    from amparo.store.case_codes import split
    from amparo.store.content_files import ContentFiles
    from tests.conftest import ROOT

    content = ContentFiles(ROOT / "content")
    words = content.codewords[lang]
    assert len({"".join(split(word)) for word in words}) >= 60
    for word in words:
        assert content.exact_words.match(word) is None, word


# --- end of a shift -------------------------------------------------------------------------------------------------------


async def test_a_handover_needs_three_lines_and_somebody_else(services: Any) -> None:
    await staff(services, ("ana", "counselor"), ("eva", "counselor"), ("sol", "supervisor"))
    case_id, conversation_id = await a_case(services)
    hand = services.handovers
    assert await hand.open_cases("ana") == [case_id]
    with pytest.raises(NotAllowed, match="three_lines"):
        await hand.offer(case_id, "ana", "ninguno", "", "manana 9:00")
    with pytest.raises(NotAllowed, match="not_yours"):
        await hand.offer(case_id, "eva", "a", "b", "c")
    old = await hand.offer(case_id, "ana", "a", "b", "c")
    one = await hand.offer(case_id, "ana", "no hoy", "llamar a la casa", "manana 9:00, escribe ella", to="eva")
    assert [h.id for h in await hand.offered("eva")] == [one]
    assert await hand.offered("sol") == [] and await hand.offered("ana") == []
    async with services.db.write() as connection:
        with pytest.raises(NotAllowed, match="already_decided"):
            await hand.decide(connection, old, "eva", accept=True)
    async with services.db.write() as connection:
        with pytest.raises(NotAllowed, match="not_yours"):
            await hand.decide(connection, one, "ana", accept=True)
    async with services.db.write() as connection:
        taken = await hand.decide(connection, one, "eva", accept=True)
    assert (taken.danger, taken.agreed, taken.next_step, taken.status) == (
        "no hoy",
        "llamar a la casa",
        "manana 9:00, escribe ella",
        "accepted",
    )
    assert conversation_id == taken.conversation_id
    assert [h.status for h in await hand.of_case(case_id)].count("accepted") == 1


async def test_a_refused_handover_leaves_the_case_and_rings(services: Any) -> None:
    await staff(services, ("ana", "counselor"), ("eva", "counselor"))
    case_id, _ = await a_case(services)
    one = await services.handovers.offer(case_id, "ana", "a", "b", "c")
    assert (await services.handovers.refuse(one, "eva")).status == "refused"
    assert await services.handovers.open_cases("ana") == [case_id]
    assert await services.handovers.by("ana") == []


async def test_who_knows_her_cannot_take_her_over(services: Any) -> None:
    await staff(services, ("ana", "counselor"), ("eva", "counselor"))
    case_id, conversation_id = await a_case(services)
    async with services.db.write() as connection:
        await connection.execute(desk_tables.seals.insert().values(conversation_id=conversation_id, counselor_id="eva", created_at=1.0))
    one = await services.handovers.offer(case_id, "ana", "a", "b", "c")
    async with services.db.write() as connection:
        with pytest.raises(NotAllowed, match="sealed"):
            await services.handovers.decide(connection, one, "eva", accept=True)


# --- break-glass ----------------------------------------------------------------------------------------------------------


async def test_two_people_open_a_number_for_fifteen_minutes(services: Any, clock: FixedClock) -> None:
    await staff(services, ("ana", "counselor"), ("eva", "counselor"), ("sol", "supervisor"))
    case_id, _ = await a_case(services)
    glass = services.break_glass
    with pytest.raises(NotAllowed, match="reason_needed"):
        await glass.ask(case_id, "ana", "number", "she_asked", "corto")
    with pytest.raises(NotAllowed, match="not_a_ground"):
        await glass.ask(case_id, "ana", "number", "curiosity", "una razon escrita")
    one = await glass.ask(case_id, "ana", "number", "she_asked", "pidio que la llamemos ahora")
    assert await glass.waiting() == [(one, case_id)]
    with pytest.raises(NotAllowed, match="not_open"):
        await glass.reveal(one, "ana")
    with pytest.raises(NotAllowed, match="supervisor_only"):
        await glass.approve(one, "eva")
    grant = await glass.approve(one, "sol")
    assert (grant.status, grant.asked_by, grant.approved_by, grant.expires_at) == ("open", "ana", "sol", clock.now() + 900)
    assert await glass.reveal(one, "ana") == {"channel": "sms", "address": NUMBER}
    with pytest.raises(NotAllowed, match="not_yours"):
        await glass.reveal(one, "eva")
    clock.move(901)
    with pytest.raises(NotAllowed, match="not_open"):
        await glass.reveal(one, "ana")
    (row,) = await glass.of_case(case_id)
    assert (row.status, row.views, row.reason) == ("expired", 1, "pidio que la llamemos ahora")
    lines = await audited(services)
    assert [a for a in lines if a.startswith("break_glass")] == ["break_glass_asked", "break_glass_opened", "break_glass_viewed"]


async def test_a_supervisor_cannot_open_what_she_asked_for(services: Any) -> None:
    await staff(services, ("sol", "supervisor"), ("luz", "supervisor"))
    case_id, _ = await a_case(services, owner="sol")
    one = await services.break_glass.ask(case_id, "sol", "location", "life_at_risk", "dice que no despierta")
    with pytest.raises(NotAllowed, match="two_people"):
        await services.break_glass.approve(one, "sol")
    await services.break_glass.refuse(one, "luz")
    with pytest.raises(NotAllowed, match="already_decided"):
        await services.break_glass.approve(one, "luz")


async def test_an_unanswered_question_ends_by_itself(services: Any, clock: FixedClock) -> None:
    await staff(services, ("sol", "supervisor"))
    case_id, _ = await a_case(services)
    one = await services.break_glass.ask(case_id, "ana", "earlier_chat", "life_at_risk", "no sabemos donde esta")
    clock.move(3601)
    assert await services.break_glass.waiting() == []
    with pytest.raises(NotAllowed, match="already_decided"):
        await services.break_glass.approve(one, "sol")
    assert not await services.break_glass.may_read_earlier(case_id, "ana")


# --- callbacks and fallbacks ----------------------------------------------------------------------------------------------


async def test_a_callback_is_due_once_and_a_new_one_ends_the_old(services: Any, clock: FixedClock) -> None:
    case_id, conversation_id = await a_case(services)
    async with services.db.write() as connection:
        await callbacks.agree(connection, clock.now(), case_id, conversation_id, clock.now() + 100)
        await callbacks.agree(connection, clock.now(), case_id, conversation_id, clock.now() + 600, "ana", "her")
    (one,) = await services.callbacks.open()
    assert (one.counselor_id, one.asked_by, one.status) == ("ana", "her", "agreed")
    clock.move(601)
    async with services.db.write() as connection:
        assert await callbacks.take_due(connection, conversation_id, clock.now())
        assert not await callbacks.take_due(connection, conversation_id, clock.now())
        assert await callbacks.cancel(connection, conversation_id, "done") == 1
    assert await services.callbacks.open() == []


async def test_a_fallback_is_hers_and_its_address_stays_inside(services: Any) -> None:
    case_id, conversation_id = await a_case(services)
    async with services.talks.open(conversation_id) as talk:
        await services.fallbacks.agree(talk.connection, talk.key, conversation_id, "telegram", ADDRESS)
    fallback = await services.fallbacks.get(conversation_id)
    assert fallback.channel == "telegram" and ADDRESS not in repr(fallback)
    other = await services.inbox.receive(Inbound("telegram", ADDRESS, "chat:1", text="hola"))
    assert await services.fallbacks.answered_from(other.conversation_id) == case_id
    async with services.db.write() as connection:
        assert await services.fallbacks.cancel(connection, conversation_id, "ana")
    assert await services.fallbacks.get(conversation_id) is None
    assert await services.fallbacks.answered_from(other.conversation_id) == ""


async def test_everything_of_a_case_goes_with_its_person(services: Any) -> None:
    await staff(services, ("sol", "supervisor"))
    case_id, conversation_id = await a_case(services)
    await services.referrals.ask(case_id, "ana", "Casa", "hoy?")
    await services.case_codes.make(case_id, "ana", services.content.codewords)
    await services.handovers.offer(case_id, "ana", "a", "b", "c")
    await services.break_glass.ask(case_id, "ana", "number", "she_asked", "pidio que la llamemos")
    async with services.talks.open(conversation_id) as talk:
        await services.fallbacks.agree(talk.connection, talk.key, conversation_id, "sms", "+1")
        await callbacks.agree(talk.connection, talk.now, case_id, conversation_id, talk.now + 100)
    assert await services.erasure.erase(conversation_id)
    async with services.db.read() as connection:
        for name in ("referrals", "case_codes", "handovers", "break_glass", "fallbacks", "case_returns"):
            table = getattr(case_tables, name)
            assert (await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one() == 0, name


def test_old_databases_reach_the_new_schema_and_back(tmp_path: Any) -> None:
    from amparo.store import migrate
    from amparo.store.database import Database
    from amparo.store.tables import metadata

    url = f"sqlite+aiosqlite:///{tmp_path / 'm.db'}"
    migrate.upgrade(url, "0001")
    migrate.upgrade(url)
    migrate.upgrade(url)

    async def schema() -> dict[str, set[str]]:
        database = Database(url)
        async with database.read() as connection:
            names = await connection.run_sync(
                lambda c: {t: {col["name"] for col in sa.inspect(c).get_columns(t)} for t in sa.inspect(c).get_table_names()}
            )
        await database.close()
        return names

    found = asyncio.run(schema())
    assert {name: {c.name for c in table.columns} for name, table in metadata.tables.items()} == {
        name: columns for name, columns in found.items() if name != "alembic_version"
    }
    migrate.downgrade(url, "0001")
    assert "referrals" not in asyncio.run(schema())
    migrate.upgrade(url)
    assert "next_owner" in asyncio.run(schema())["conversations"]


async def test_a_case_that_ends_and_another_that_begins_in_one_change(services: Any) -> None:
    """She comes back out of a silent case and asks for a person in the same message: the old one is closed, a new one is open."""
    receipt = await services.inbox.receive(Inbound("sms", NUMBER, "SM1", text="esta aqui"))
    async with services.talks.open(receipt.conversation_id) as talk:
        talk.fire(Event.PRESENCE)
        talk.fire(Event.OPEN_SILENT)
        silent = talk.case_id
    async with services.talks.open(receipt.conversation_id) as talk:
        talk.fire(Event.RETURN)
        talk.fire(Event.ASK_HUMAN)
        talk.set_case(severity=3)
        fresh = talk.case_id
    assert silent and fresh and silent != fresh
    assert (await services.talks.get(receipt.conversation_id)).case_id == fresh
    cases = [await services.talks.case(one) for one in (silent, fresh)]
    assert [(case["status"], case["severity"], case["number"]) for case in cases] == [("closed", 0, 1), ("open", 3, 2)]


async def test_a_reopened_talk_gets_its_case_back(services: Any) -> None:
    case_id, conversation_id = await a_case(services)
    async with services.talks.open(conversation_id) as talk:
        talk.set_case(outcome="information")
        talk.fire(Event.CLOSE)
    assert (await services.talks.case(case_id))["status"] == "closed"
    async with services.talks.open(conversation_id) as talk:
        talk.fire(Event.REOPEN, actor="ana")
    assert (await services.talks.get(conversation_id)).case_id == case_id
    assert (await services.talks.case(case_id))["status"] == "open"
