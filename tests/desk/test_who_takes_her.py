"""Who may take her and who goes on: her wish, the counselor she knows, her yes before somebody new (DH-11, DH-16, DH-24)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from amparo.core.hours import OnShift, Schedule, may_take, preferred, promise
from amparo.jobs.timeouts import Timeouts
from amparo.store import desk_tables, tables
from tests.desk.conftest import Enter
from tests.desk.test_talks import claimed, texts
from tests.support.desk_people import INTAKE, waiting, write

WOMAN, MAN = OnShift("w", frozenset({"es"})), OnShift("m", frozenset({"es"}), woman=False)


@pytest.mark.parametrize(
    ("prefer", "there", "who"),
    [
        ("", [WOMAN, MAN], "w"),
        ("", [MAN], "m"),
        ("woman", [MAN], ""),
        ("man", [WOMAN], ""),
        ("man", [WOMAN, MAN], "m"),
        ("any", [MAN], "m"),
    ],
)
def test_the_promise_keeps_her_wish(prefer: str, there: list[OnShift], who: str) -> None:
    from datetime import datetime, timezone

    assert [c.counselor_id for c in preferred(there, prefer)][:1] == ([who] if who else [])
    made = promise(Schedule("UTC"), datetime(2026, 11, 24, tzinfo=timezone.utc), there, "es", False, 0, prefer=prefer)
    assert made.kind == ("now" if who else "unknown")
    danger = promise(Schedule("UTC"), datetime(2026, 11, 24, tzinfo=timezone.utc), there, "es", False, 0, severity=3, prefer=prefer)
    assert danger.kind == "now"  # a wish never holds back danger now


def test_a_woman_first_where_she_was_not_asked() -> None:
    assert may_take("", woman=True, women_free=True) and not may_take("", woman=False, women_free=True)
    assert may_take("", woman=False, women_free=False)


async def test_the_desk_keeps_her_wish(enter: Enter, services: Any) -> None:
    ana, leo = await enter("Ana"), await enter("Leo", woman=0)
    hers = {prefer: await waiting(services, intake={**INTAKE, "prefer": prefer}) for prefer in ("woman", "man", "any")}
    unasked, danger = await waiting(services), await waiting(services, severity=3, intake={**INTAKE, "prefer": "woman"})
    queue = (await leo.get("/queue")).text
    assert "quiere una mujer" in queue and "quiere un hombre" in queue
    for conversation, wanted in ((hers["woman"], 409), (unasked, 409), (hers["any"], 303), (hers["man"], 303), (danger, 303)):
        assert (await leo.post(f"/talk/{conversation}/claim")).status_code == wanted
    await ana.get("/queue")
    assert (await ana.post(f"/talk/{hers['woman']}/claim")).status_code == 303


async def test_the_counselor_she_knows_goes_first_for_ten_minutes(enter: Enter, services: Any, clock: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    first = await claimed(services, ana)
    words = await services.case_codes.make((await services.talks.get(first)).case_id, ana.id, services.content.codewords)
    back = await waiting(services, "telegram", "900")
    assert await services.case_codes.returned(back, " ".join(words))
    known = "La conoces"
    assert known in (await ana.get("/queue")).text and known not in (await eva.get("/queue")).text
    assert (await eva.post(f"/talk/{back}/claim")).status_code == 409
    clock.move(9 * 60)
    await ana.log_in()
    await eva.log_in()
    assert (await eva.post(f"/talk/{back}/claim")).status_code == 409
    clock.move(61)
    assert (await eva.post(f"/talk/{back}/claim")).status_code == 303  # nobody waits for one person only


async def test_where_she_is_away_somebody_else_comes_at_once(enter: Enter, services: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    first = await claimed(services, ana)
    words = await services.case_codes.make((await services.talks.get(first)).case_id, ana.id, services.content.codewords)
    back = await waiting(services, "telegram", "901")
    await services.case_codes.returned(back, " ".join(words))
    await ana.post("/shift", paused="break")
    assert (await eva.post(f"/talk/{back}/claim")).status_code == 303


async def handed(services: Any, ana: Any, eva: Any, conversation: str) -> None:
    case = (await services.talks.get(conversation)).case_id
    await ana.post("/handover/offer", case=case, danger="none now", agreed="rest", next="10:00", to=eva.id)
    (offer,) = await services.handovers.offered(eva.id)
    assert (await eva.post(f"/handover/{offer.id}/accept")).status_code == 303


async def told(services: Any) -> list[str]:
    async with services.db.read() as connection:
        return [row.what for row in (await connection.execute(sa.select(tables.changes.c.what))).all()]


async def test_nothing_of_hers_before_her_yes_and_after_ten_minutes_the_supervisor_decides(enter: Enter, services: Any, clock: Any) -> None:
    ana, eva, sara = await enter("Ana"), await enter("Eva"), await enter("Sara", "supervisor")
    conversation = await claimed(services, ana, text="palabrasecreta")
    await handed(services, ana, eva, conversation)
    page = (await eva.get(f"/talk/{conversation}")).text
    assert "palabrasecreta" not in page and "me quitaron" not in page
    assert (await eva.json(f"/talk/{conversation}/reply", text="Hola", nonce="a")).status_code == 409
    assert (await eva.get(f"/talk/{conversation}/case")).status_code == 409
    assert "alarm:shift_unanswered" not in await told(services)
    async with services.db.write() as connection:
        await connection.execute(desk_tables.presence.update().values(seen_at=services.now() + 700))
    clock.move(601)
    await Timeouts(services).round()
    await Timeouts(services).round()
    assert (await told(services)).count("alarm:shift_unanswered") == 1
    await sara.log_in()
    assert f"/talk/{conversation}/confirm" in (await sara.get("/supervisor")).text
    await eva.log_in()
    assert (await eva.post(f"/talk/{conversation}/confirm", reason="x")).status_code == 403
    assert (await sara.post(f"/talk/{conversation}/confirm", reason="")).status_code == 409
    assert (await sara.post(f"/talk/{conversation}/confirm", reason="she wrote yesterday that Eva is fine")).status_code == 303
    assert "palabrasecreta" in (await eva.get(f"/talk/{conversation}")).text
    assert (await eva.json(f"/talk/{conversation}/reply", text="Hola, soy Eva", nonce="b")).status_code == 200


async def test_her_yes_opens_it_at_once(enter: Enter, services: Any) -> None:
    from amparo.core.handoff import Event

    ana, eva = await enter("Ana"), await enter("Eva")
    conversation = await claimed(services, ana, text="palabrasecreta")
    await handed(services, ana, eva, conversation)
    assert any("Eva" in text for text in await texts(services, conversation))
    async with services.talks.open(conversation) as talk:
        assert talk.fire(Event.ACCEPT_TRANSFER).changed
    assert "palabrasecreta" in (await eva.get(f"/talk/{conversation}")).text


@pytest.mark.parametrize("hidden", ["quiet", "silent", "danger"])
async def test_where_she_cannot_be_asked_the_supervisor_is_told_at_once(enter: Enter, services: Any, clock: Any, hidden: str) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    conversation = await claimed(services, ana)
    if hidden == "quiet":
        await ana.post(f"/talk/{conversation}/cannot-talk")
    elif hidden == "silent":
        clock.move(31 * 60)
        await ana.log_in()
        await eva.log_in()
    else:
        async with services.talks.open(conversation) as talk:
            talk.set(risk="imminent", risk_at=services.now())
    if hidden != "danger":
        refused = await ana.post(f"/talk/{conversation}/transfer", to="Eva", why="x")
        assert refused.status_code == 409  # she cannot be asked: a handover instead
    before = await texts(services, conversation)
    await handed(services, ana, eva, conversation)
    assert "alarm:shift_unanswered" in await told(services)
    if hidden != "danger":
        assert await texts(services, conversation) == before  # nothing is said; she reads it when she writes


async def test_a_transfer_without_an_answer_stays_and_rings(enter: Enter, services: Any, clock: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    conversation = await claimed(services, ana)
    assert (await ana.post(f"/talk/{conversation}/transfer", to="Eva", why="conoce los papeles")).status_code == 303
    assert (await services.talks.get(conversation)).snapshot.owner == ana.id
    await write(services, (await services.talks.get(conversation)).channel, "+57310", "otra")  # somebody else's message changes nothing
    clock.move(601)
    async with services.db.write() as connection:
        await connection.execute(desk_tables.presence.update().values(seen_at=services.now()))
    await Timeouts(services).round()
    assert (await services.talks.get(conversation)).snapshot.owner == ana.id and eva.id
    assert "alarm:transfer_unanswered" in await told(services)
