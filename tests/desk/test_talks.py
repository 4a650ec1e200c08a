"""What a counselor does with a talk, through the real routes and the real store."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from amparo.core.errors import NotAllowed
from amparo.core.handoff import State
from amparo.desk import board, feed, outgoing, papers
from amparo.store import desk_tables, tables, team_tables
from tests.desk.conftest import Enter
from tests.support.desk import Visitor
from tests.support.desk_people import INTAKE, waiting, write


async def texts(services: Any, conversation: str) -> list[str]:
    return [m.text for m in await services.talks.history(conversation) if m.direction == "out"]


async def claimed(services: Any, visitor: Visitor, **case: Any) -> str:
    conversation = await waiting(services, **case)
    assert (await visitor.post(f"/talk/{conversation}/claim")).status_code == 303
    await visitor.get(f"/talk/{conversation}")
    return conversation


async def test_no_words_of_hers_before_the_claim_and_what_she_agreed_first_after_it(enter: Enter, services: Any) -> None:
    conversation = await waiting(services, text="palabrasecreta en su mensaje")
    ana = await enter("Ana")
    queue = await ana.get("/queue")
    assert "palabrasecreta" not in queue.text and "me quitaron" not in queue.text and "+57" not in queue.text
    assert (await ana.get(f"/talk/{conversation}")).status_code == 409
    await ana.post(f"/talk/{conversation}/claim")
    talk = (await ana.get(f"/talk/{conversation}")).text
    assert talk.index("What she agreed to share") < talk.index(INTAKE["word"]) < talk.index("palabrasecreta")
    assert "+57" not in talk


async def test_twenty_counselors_claim_at_once_and_one_has_her(enter: Enter, services: Any) -> None:
    visitors = [await enter(f"C{n}") for n in range(20)]
    for _ in range(3):
        conversation = await waiting(services)
        answers = await asyncio.gather(*(one.post(f"/talk/{conversation}/claim") for one in visitors))
        assert sorted(a.status_code for a in answers) == [303] + [409] * 19
        assert len([t for t in await texts(services, conversation) if "escribe contigo" in t]) == 1


async def test_sending_twice_is_impossible(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    await asyncio.gather(*(ana.json(f"/talk/{conversation}/reply", text="Hola", nonce="same") for _ in range(5)))
    await ana.json(f"/talk/{conversation}/reply", text="otra cosa", nonce="next")
    await ana.json(f"/talk/{conversation}/reply", text="Hola", nonce="same")  # a reload posts the old form again
    assert (await texts(services, conversation)).count("Hola") == 1


async def test_drafts_are_sealed_and_survive_a_reload(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    await ana.json(f"/talk/{conversation}/draft", text="frasesinenviar")
    assert "frasesinenviar</textarea>" in (await ana.get(f"/talk/{conversation}")).text
    async with services.db.read() as connection:
        (row,) = (await connection.execute(sa.select(team_tables.drafts))).all()
    assert b"frasesinenviar" not in bytes(row.body_enc)
    await ana.json(f"/talk/{conversation}/reply", text="enviado", nonce="n")
    assert "frasesinenviar" not in (await ana.get(f"/talk/{conversation}")).text


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("Nos vemos el 2026-11-25 a las 10:30, cuesta 1.200.000 pesos", True),
        ("Marca 123 o 155 desde Colombia", True),
        ("Llámame al +57 310 765 4321", False),
        ("escríbeme a wa.me/573107654321 o https://evil.example/x", False),
        ("mi usuario es @ana_personal", False),
        ("escribe a ana@gmail.com", False),
        ("La línea es 01 8000 522020", True),
    ],
)
async def test_only_contacts_of_the_directory_leave(services: Any, text: str, fine: bool) -> None:
    if fine:
        outgoing.check(text, services.content.knowledge)
    else:
        with pytest.raises(NotAllowed):
            outgoing.check(text, services.content.knowledge)


async def test_after_half_an_hour_a_neutral_opener_goes_first(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    for _ in range(5):
        clock.move(6 * 60 + 20)
        await ana.get("/account")
    refused = await ana.json(f"/talk/{conversation}/reply", text="¿Te pegó otra vez?", nonce="a")
    assert refused.status_code == 409 and refused.json()["code"] == "opener_first"
    page = (await ana.get(f"/talk/{conversation}")).text
    opener = page.split('class="plain small opener"')[1].split('data-text="')[1].split('"')[0].replace("&#39;", "'")
    assert (await ana.json(f"/talk/{conversation}/reply", text=opener, nonce="b")).status_code == 200


async def test_quiet_and_perhaps_not_her_lock_the_composer(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    for button in ("cannot-talk", "not-her"):
        conversation = await claimed(services, ana)
        before = await texts(services, conversation)
        await ana.post(f"/talk/{conversation}/{button}")
        assert "disabled" in (await ana.get(f"/talk/{conversation}")).text.split('id="text"')[1].split(">")[0]
        assert (await ana.json(f"/talk/{conversation}/reply", text="Hola", nonce="x")).status_code == 409
        assert await texts(services, conversation) == before
        early = await ana.post(f"/talk/{conversation}/uncover")
        assert early.status_code == 409  # never on a guess: she has to write first
        await ana.post(f"/talk/{conversation}/close", outcome="left")


async def test_i_know_this_person_closes_the_case_for_good(enter: Enter, services: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    conversation = await claimed(services, ana)
    await ana.post(f"/talk/{conversation}/know-her")
    assert conversation not in (await ana.get("/queue")).text
    assert (await ana.get(f"/talk/{conversation}")).status_code == 409
    assert (await ana.post(f"/talk/{conversation}/claim")).status_code == 409
    assert (await services.talks.get(conversation)).snapshot.state is State.WAITING
    assert (await eva.post(f"/talk/{conversation}/claim")).status_code == 303


async def test_opening_somebody_elses_talk_needs_a_reason_that_another_reviews(enter: Enter, services: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    sara, olga = await enter("Sara", "supervisor"), await enter("Olga", "supervisor")
    conversation = await claimed(services, ana)
    assert (await eva.get(f"/talk/{conversation}")).status_code == 409
    asked = await sara.get(f"/talk/{conversation}")
    assert asked.status_code == 403 and "me quitaron" not in asked.text
    assert (await sara.post(f"/talk/{conversation}/look", reason="")).status_code == 409
    await sara.post(f"/talk/{conversation}/look", reason="danger_alarm")
    assert "me quitaron" in (await sara.get(f"/talk/{conversation}")).text
    assert (await sara.json(f"/talk/{conversation}/reply", text="Hola", nonce="s")).status_code == 409  # she has not joined
    async with services.db.read() as connection:
        (look,) = (await connection.execute(sa.select(team_tables.looks))).all()
    assert (await sara.post(f"/look/{look.id}/review")).status_code == 409
    assert look.id in (await olga.get("/supervisor")).text
    assert (await olga.post(f"/look/{look.id}/review")).status_code == 303


async def test_a_supervisor_joins_by_name_and_each_line_says_who(enter: Enter, services: Any) -> None:
    ana, sara = await enter("Ana"), await enter("Sara", "supervisor")
    conversation = await claimed(services, ana)
    await sara.get(f"/talk/{conversation}")
    await sara.post(f"/talk/{conversation}/look", reason="asked_by_colleague")
    await sara.post(f"/talk/{conversation}/join")
    assert any("Sara" in text for text in await texts(services, conversation))
    assert (await sara.json(f"/talk/{conversation}/reply", text="Estoy con ustedes", nonce="s")).status_code == 200
    history = await services.talks.history(conversation)
    assert history[-1].text == "Sara: Estoy con ustedes" and history[-1].author == f"counselor:{sara.id}"
    assert (await services.talks.get(conversation)).snapshot.owner == ana.id
    assert "Sara" in (await ana.get(f"/talk/{conversation}")).text.split('class="agreed"')[1].split("</section>")[0]


async def test_cap_break_and_training_never_hold_back_danger_now(enter: Enter, services: Any) -> None:
    await enter("Eva")
    ana = await enter("Ana", cap=1, adolescent=0)
    await ana.get("/queue")
    await claimed(services, ana)
    second, child, danger = await waiting(services), await waiting(services, minor=1), await waiting(services, severity=3, minor=1)
    assert (await ana.post(f"/talk/{second}/claim")).status_code == 409
    assert (await ana.post(f"/talk/{danger}/claim")).status_code == 303
    eva = await enter("Zoe", adolescent=0)
    assert (await eva.post(f"/talk/{child}/claim")).status_code == 409
    await eva.post("/shift", paused="break")
    assert (await eva.post(f"/talk/{second}/claim")).status_code == 409
    await eva.post("/shift", paused="")
    assert (await eva.post(f"/talk/{second}/claim")).status_code == 303


async def test_the_last_one_on_shift_cannot_pause(enter: Enter) -> None:
    ana = await enter("Ana")
    assert (await ana.post("/shift", paused="break")).status_code == 409
    assert (await ana.post("/logout")).status_code == 409
    await enter("Eva")
    assert (await ana.post("/shift", paused="break")).status_code == 303


async def test_nobody_logs_out_before_the_next_person_accepted_in_three_lines(enter: Enter, services: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    conversation = await claimed(services, ana)
    assert (await ana.post("/logout")).status_code == 409
    case = (await services.talks.get(conversation)).case_id
    assert (await ana.post("/handover/offer", case=case, danger="none", agreed="", next="10:00")).status_code == 409
    await ana.post("/handover/offer", case=case, danger="none now", agreed="she rests", next="tomorrow 10:00", to=eva.id)
    assert (await ana.post("/logout")).status_code == 409  # offered is not accepted
    (offer,) = await services.handovers.offered(eva.id)
    assert "tomorrow 10:00" in (await eva.get("/handover")).text
    assert (await ana.post(f"/handover/{offer.id}/accept")).status_code == 409
    assert (await eva.post(f"/handover/{offer.id}/accept")).status_code == 303
    assert (await services.talks.get(conversation)).snapshot.owner == eva.id
    assert any("Eva" in text for text in await texts(services, conversation))
    assert (await ana.post("/logout")).status_code == 303


async def test_break_glass_needs_two_people_and_ends_after_fifteen_minutes(enter: Enter, services: Any, clock: Any) -> None:
    ana, sara, eva = await enter("Ana"), await enter("Sara", "supervisor"), await enter("Eva")
    conversation = await claimed(services, ana)
    where = f"/talk/{conversation}/glass"
    assert (await ana.post(where, what="number", ground="life_at_risk", reason="short")).status_code == 409
    await ana.post(where, what="number", ground="she_asked", reason="she asked us to call her now")
    ((grant, _),) = await services.break_glass.waiting()
    assert (await ana.post(f"/glass/{grant}/approve")).status_code == 403
    assert (await ana.post(f"/glass/{grant}/reveal")).status_code == 409
    await sara.get("/supervisor")
    assert (await sara.post(f"/glass/{grant}/approve")).status_code == 303
    assert any("15" in text for text in await texts(services, conversation))  # she is told
    shown = await ana.post(f"/glass/{grant}/reveal")
    assert "+57310" in shown.text
    assert (await eva.post(f"/glass/{grant}/reveal")).status_code == 409
    clock.move(15 * 60 + 1)
    await ana.get("/lock")
    await ana.post("/unlock", password="a-long-enough-password")
    assert (await ana.post(f"/glass/{grant}/reveal")).status_code == 409


async def test_a_packet_leaves_only_with_her_recorded_yes(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    base = f"/talk/{conversation}"
    await ana.post(f"{base}/form", kind="safety_plan", safe_place="la iglesia de la esquina")
    await ana.post(f"{base}/referral", recipient="Casa Norte", question="una mujer, dos hijos, ¿esta noche?")
    (row,) = await services.referrals.of_case((await services.talks.get(conversation)).case_id)
    step, packet = f"{base}/referral/{row.id}", f"{base}/packet/{row.id}"
    assert (await ana.get(packet)).status_code == 409
    await ana.post(step, step="accepted", by="Luz", hour="hoy 20:00")
    assert (await ana.get(packet)).status_code == 409
    assert (await ana.post(step, step="her_yes", contents=["safety_plan"])).status_code == 409  # she was not told yet
    await ana.post(step, step="her_yes", contents=["safety_plan"], told="1", way="a pie")
    sheet = (await ana.get(packet)).text
    assert "la iglesia de la esquina" in sheet and "Casa Norte" in sheet
    await ana.post(step, step="withdrawn")
    assert (await ana.get(packet)).status_code == 409


async def test_search_knows_pseudonyms_and_three_words_only(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana, text="palabrasecreta")
    case = (await services.talks.get(conversation)).case_id
    assert conversation in (await ana.post("/search", q=f"#{case[:4]}")).text
    assert conversation not in (await ana.post("/search", q="palabrasecreta")).text
    page = (await ana.post(f"/talk/{conversation}/code")).text
    words = page.split('class="three"')[1].split(">")[1].split("<")[0]
    assert conversation in (await ana.post("/search", q=words.replace(" · ", " "))).text
    assert words not in (await ana.get(f"/talk/{conversation}/case")).text  # shown once


async def test_threat_and_cannot_go_on_call_the_supervisor_and_pause_routing(enter: Enter, services: Any) -> None:
    ana, sara = await enter("Ana"), await enter("Sara", "supervisor")
    await ana.post("/care", kind="cannot_go_on")
    page = (await sara.get("/supervisor")).text
    assert "Ana" in page.split('role="alert"')[-1] or "Ana:" in page
    assert not next(c for c in await services.presence.on_shift() if c.counselor_id == ana.id).free
    async with services.db.read() as connection:
        (call,) = (await connection.execute(sa.select(team_tables.care_calls))).all()
    await sara.post(f"/care/{call.id}/answer")
    assert f"/care/{call.id}/answer" not in (await sara.get("/supervisor")).text


async def test_exposure_is_hers_and_her_supervisors(enter: Enter, services: Any) -> None:
    ana, sara = await enter("Ana"), await enter("Sara", "supervisor")
    await claimed(services, ana)
    own = (await ana.get("/exposure")).text
    assert "<td>1</td>" in own
    assert (await ana.get("/supervisor")).status_code == 403
    assert "Ana" in (await sara.get("/supervisor")).text
    async with services.db.read() as connection:
        (row,) = (await connection.execute(sa.select(desk_tables.exposures))).all()
    assert (row.severe, row.total) == (1, 1)


async def test_unread_marks_and_the_order_of_the_queue(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    who = next(m for m in [await services.talks.get(conversation)])
    assert who.id == conversation
    old, severe, danger = await waiting(services, severity=0), await waiting(services, severity=2), await waiting(services, severity=3)
    async with services.db.write() as connection:
        c = tables.conversations
        await connection.execute(c.update().where(c.c.id == old).values(queued_at=clock.now() - 3 * 1800))
    me = type("Me", (), {"id": ana.id})
    order = [card.conversation_id for card in await board.cards(services, me) if card.free]
    assert order == [danger, old, severe]


async def test_unread_messages_are_counted_until_the_talk_is_opened(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await waiting(services, "telegram", "4711")
    await ana.post(f"/talk/{conversation}/claim")
    await ana.get(f"/talk/{conversation}")
    await write(services, "telegram", "4711", "otra linea")
    me = type("Me", (), {"id": ana.id})
    assert [card.unread for card in await board.cards(services, me)] == [1]
    assert 'class="line"' in (await ana.get(f"/talk/{conversation}")).text
    assert [card.unread for card in await board.cards(services, me)] == [0]


async def test_forms_keep_known_choices_only_and_are_sealed(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    fields = {"kind": "risk_form", "level": "now", "signs": ["weapon", "made_up"], "what_she_wants": "irse"}
    await ana.post(f"/talk/{conversation}/form", **fields)
    (paper,) = await papers.of_person(services, conversation)
    assert paper["body"] == {"level": "now", "signs": ["weapon"], "what_she_wants": "irse"}
    async with services.db.read() as connection:
        (row,) = (await connection.execute(sa.select(desk_tables.case_papers))).all()
    assert b"irse" not in bytes(row.body_enc)


async def test_the_reply_window_holds_an_answer_and_knocks_once(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana")
    conversation = await waiting(services, "whatsapp", "whatsapp:+573101112233")
    await ana.post(f"/talk/{conversation}/claim")
    page = (await ana.get(f"/talk/{conversation}")).text
    assert 'data-seconds="86400"' in page
    clock.move(24 * 3600 + 60)
    await ana.log_in()
    page = (await ana.get(f"/talk/{conversation}")).text
    assert 'name="hold"' in page and "/knock" in page
    assert (await ana.json(f"/talk/{conversation}/reply", text="llega tarde", nonce="a")).status_code == 409
    assert (await ana.json(f"/talk/{conversation}/reply", text="te espero", nonce="b", hold="1")).status_code == 200
    assert "te espero" in (await ana.get(f"/talk/{conversation}")).text
    assert (await ana.post(f"/talk/{conversation}/knock")).status_code == 303
    assert (await ana.post(f"/talk/{conversation}/knock")).status_code == 409
    assert (await ana.post(f"/talk/{conversation}/held")).status_code == 409  # she has not written
    clock.move(5)
    await write(services, "whatsapp", "whatsapp:+573101112233", "aqui estoy")
    assert (await ana.post(f"/talk/{conversation}/held")).status_code == 303


async def test_a_picture_is_never_shown_and_a_location_not_either(enter: Enter, services: Any) -> None:
    from amparo.core.model import Media

    ana = await enter("Ana")
    conversation = await waiting(services, "telegram", "31")
    await ana.post(f"/talk/{conversation}/claim")
    await write(services, "telegram", "31", "", media=(Media.IMAGE,))
    page = (await ana.get(f"/talk/{conversation}")).text
    assert "<img" not in page and "<video" not in page and "<audio" not in page
    newest = max(m.id for m in await services.talks.history(conversation))
    assert (await ana.get(f"/talk/{conversation}/voice/{newest}")).status_code == 404


async def test_what_was_just_closed_can_be_opened_again(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    await ana.post(f"/talk/{conversation}/close", outcome="information", agreed="mañana a las 10")
    assert f"/talk/{conversation}/reopen" in (await ana.get("/queue")).text
    assert (await ana.post(f"/talk/{conversation}/reopen")).status_code == 303
    assert (await services.talks.get(conversation)).snapshot.owner == ana.id
    assert (await ana.json(f"/talk/{conversation}/reply", text="Una cosa más", nonce="r")).status_code == 200


async def test_a_referral_needs_her_yes_to_this_place_and_these_contents(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    base = f"/talk/{conversation}"
    await ana.post(f"{base}/referral", recipient="Casa Norte", question="una mujer, ¿esta noche?")
    (row,) = await services.referrals.of_case((await services.talks.get(conversation)).case_id)
    step = f"{base}/referral/{row.id}"
    await ana.post(step, step="accepted", by="Luz", hour="hoy 20:00")
    assert (await ana.post(step, step="ask", contents=["safety_plan"])).status_code == 303
    async with services.talks.open(conversation) as talk:
        talk.memory["referral_answer"] = {**talk.memory["referral_asked"], "token": "referral_yes", "at": talk.now}
    more = await ana.post(step, step="her_yes", contents=["safety_plan", "risk_form"], told="1")
    assert more.status_code == 409  # she said yes to less
    async with services.talks.open(conversation) as talk:
        talk.memory["referral_answer"] = {**talk.memory["referral_answer"], "token": "referral_no"}
    assert (await ana.post(step, step="her_yes", contents=["safety_plan"], told="1")).status_code == 409
    async with services.talks.open(conversation) as talk:
        talk.memory["referral_answer"] = {**talk.memory["referral_answer"], "token": "referral_yes"}
    assert (await ana.post(step, step="her_yes", contents=["safety_plan"], told="1")).status_code == 303


async def test_typing_reaches_the_other_desks_only_and_is_kept_nowhere(enter: Enter, services: Any) -> None:
    ana, eva = await enter("Ana"), await enter("Eva")
    conversation = await claimed(services, ana)
    desks = feed.feed_of(services)
    own, other = desks.join(ana.id), desks.join(eva.id)
    assert (await ana.json(f"/talk/{conversation}/typing")).status_code == 204
    assert other.get_nowait() == (0, conversation, "typing:Ana") and own.empty()
    assert (await eva.json(f"/talk/{conversation}/typing")).status_code == 409
    desks.leave(own)
    desks.leave(other)
