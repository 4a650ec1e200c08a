"""Training mode through the real routes, the real store and the real jobs: marked, unseen by others, uncounted, silent, erased."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from amparo.core.handoff import State
from amparo.desk import board, published, team, waits
from amparo.jobs.alerts import Alerts
from amparo.jobs.timeouts import Timeouts
from amparo.store import desk_tables, practice_tables, tables
from tests.desk.conftest import Enter
from tests.support.desk import Visitor
from tests.support.desk_people import waiting


async def begun(services: Any, visitor: Visitor, person: str = "a_calm", language: str = "es") -> str:
    await visitor.get("/practice")
    assert (await visitor.post("/practice/start", person=person, language=language)).status_code == 303
    async with services.db.read() as connection:
        query = sa.select(practice_tables.practices.c.conversation_id).where(practice_tables.practices.c.counselor_id == visitor.id)
        return str((await connection.execute(query)).scalar_one())


async def hers(services: Any, conversation: str) -> list[str]:
    return [m.text for m in await services.talks.history(conversation) if m.direction == "in"]


async def plays(services: Any, clock: Any, seconds: int = 20) -> None:
    for _ in range(seconds):
        clock.move(1)
        await services.practices.round()


async def test_a_person_answers_and_the_counselor_hears_about_her_own_words(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana")
    conversation = await begun(services, ana)
    card = (await ana.get("/queue")).text
    assert f"/talk/{conversation}/claim" in card and "practising" in card
    await ana.post(f"/talk/{conversation}/claim")
    await ana.json(f"/talk/{conversation}/reply", text="Te prometo que todo va a estar bien", nonce="a")
    await plays(services, clock)
    assert (await hers(services, conversation))[-1] == "¿y si no sale bien?"
    page = (await ana.get(f"/talk/{conversation}")).text
    assert "Nadie puede prometer eso" in page and "practising-box" in page
    await ana.json(f"/talk/{conversation}/reply", text="¿Qué te ayudaría ahora?", nonce="b")
    await plays(services, clock)
    assert "desde que llegué" in (await hers(services, conversation))[-1]
    done = await ana.post(f"/practice/{conversation}/end")
    last = (await ana.get(done.headers["location"])).text
    assert "Nadie puede prometer eso" in last and "pregunta abierta" in last


async def test_quiet_is_practised_too(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana")
    conversation = await begun(services, ana, "b_whisper", "en")
    await ana.post(f"/talk/{conversation}/claim")
    await plays(services, clock)
    await ana.json(f"/talk/{conversation}/reply", text="I am here", nonce="a")
    await plays(services, clock)
    assert (await hers(services, conversation))[-1] == "he comes"
    await ana.get(f"/talk/{conversation}")
    await ana.post(f"/talk/{conversation}/cannot-talk")
    assert (await ana.json(f"/talk/{conversation}/reply", text="x", nonce="q")).status_code == 409
    await plays(services, clock)
    assert (await hers(services, conversation))[-1].startswith("he is out now")
    assert (await ana.json(f"/talk/{conversation}/reply", text="What do you need first?", nonce="b")).status_code == 200
    assert (await services.talks.get(conversation)).snapshot.quiet == ""


async def test_only_she_and_a_supervisor_see_it(enter: Enter, services: Any) -> None:
    ana, eva, sara = await enter("Ana"), await enter("Eva", adolescent=1), await enter("Sara", "supervisor")
    conversation = await begun(services, ana, "c_adolescent")
    assert conversation not in (await eva.get("/queue")).text and conversation not in (await sara.get("/queue")).text
    assert (await eva.post(f"/talk/{conversation}/claim")).status_code == 409
    await ana.post(f"/talk/{conversation}/claim")
    assert conversation not in (await eva.get("/queue")).text
    assert (await eva.get(f"/talk/{conversation}")).status_code == 409  # adolescent-trained or not
    assert conversation in (await sara.get("/queue")).text
    page = await sara.get(f"/talk/{conversation}")
    assert page.status_code == 200 and "tengo 15" in page.text and 'id="composer"' not in page.text
    assert (await sara.post(f"/practice/{conversation}/end")).status_code == 409


async def test_never_counted_and_nobody_is_alarmed(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana", cap=1)
    before = await published.counted(services, "month", "country")
    conversation = await begun(services, ana, "b_whisper")  # severity 3: a real one would ring at once
    assert await Alerts(services, {})._open_cases() == []
    await ana.post(f"/talk/{conversation}/claim")
    await plays(services, clock)
    clock.move(1200)
    await services.practices.round()
    await Timeouts(services).round()
    assert (await services.talks.get(conversation)).snapshot.state is State.ACTIVE  # nobody is sent to rescue her from a silent counselor
    async with services.db.read() as connection:
        said = {row.what for row in (await connection.execute(sa.select(tables.changes.c.what))).all()}
        exposed = (await connection.execute(sa.select(desk_tables.exposures))).all()
    assert not [what for what in said if what.startswith("alarm:")] and exposed == []
    assert await published.counted(services, "month", "country") == before
    assert sum(hour.opened for hour in await waits.last_day(services)) == 0
    assert await services.presence.ahead(3) == 0
    clock.move(0)
    await ana.log_in()
    assert [one.talks for one in await team.on_shift(services)] == [0]
    real = await waiting(services)
    assert (await ana.post(f"/talk/{real}/claim")).status_code == 303  # her cap of one is still free


@pytest.mark.parametrize("how", ["close", "end", "another", "logout", "left"])
async def test_erased_afterwards(enter: Enter, services: Any, clock: Any, how: str) -> None:
    ana = await enter("Ana")
    await enter("Eva")
    conversation = await begun(services, ana)
    await ana.post(f"/talk/{conversation}/claim")
    await ana.get(f"/talk/{conversation}")
    if how == "close":
        assert (await ana.post(f"/talk/{conversation}/close", outcome="other")).headers["location"].startswith("/practice")
    elif how == "end":
        await ana.post(f"/practice/{conversation}/end")
    elif how == "another":
        assert await begun(services, ana, "e_angry") != conversation
    elif how == "logout":
        assert (await ana.post("/logout")).status_code == 303  # an open practice keeps nobody at her desk
    else:
        clock.move(2 * 3600 + 5)
        await services.practices.round()
    async with services.db.read() as connection:
        for table in (tables.messages, tables.cases, practice_tables.practices):
            rows = (await connection.execute(sa.select(table.c.conversation_id).where(table.c.conversation_id == conversation))).all()
            assert rows == [], table.name
        assert (
            await connection.execute(sa.select(tables.conversations.c.id).where(tables.conversations.c.id == conversation))
        ).first() is None


@pytest.mark.parametrize("route", ["transfer", "callback", "glass", "referral", "code", "know-her", "earlier", "knock"])
async def test_nothing_of_it_reaches_other_people(enter: Enter, services: Any, route: str) -> None:
    ana = await enter("Ana")
    conversation = await begun(services, ana)
    await ana.post(f"/talk/{conversation}/claim")
    fields = {"to": "Eva", "why": "x", "what": "number", "ground": "life_at_risk", "reason": "a long enough reason", "recipient": "Casa"}
    assert (await ana.post(f"/talk/{conversation}/{route}", **fields)).status_code == 409
    assert (await services.talks.get(conversation)).snapshot.state is State.ACTIVE
    me = type("Me", (), {"id": ana.id, "role": "counselor"})
    assert [card.practice for card in await board.cards(services, me)] == [True]
