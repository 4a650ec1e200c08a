"""Her side of the handoff, turn by turn, in five languages on each channel; no model is loaded, the words of content/ decide."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from amparo.bot.turn import Turns
from amparo.core.errors import NotAllowed
from amparo.core.handoff import CLOCK, STAFF, Event, State
from amparo.core.model import LANGUAGES, Say
from amparo.desk import glass, moves
from amparo.desk.accounts import Counselor
from amparo.store import tables, team_tables
from tests.conftest import ROOT
from tests.support.clock import FixedClock
from tests.support.people import Woman, on_shift

CHANNELS = {"whatsapp": "+573001112233", "sms": "+573001112233", "telegram": "77"}


def said(store: Any, key: str, language: str = "es", channel: str = "telegram", **values: str) -> str:
    return str(store.renderer.render(Say(key, values), language, channel).text)


def near(store: Any, key: str, texts: list[str], language: str = "es", channel: str = "telegram") -> bool:
    """The text of `key`, whatever its values, is among what she read."""
    entry = store.content.entry(language, key)
    raw = str(entry.get(channel) or entry["text"])
    parts = [part for part in re.split(r"\{\w+\}", raw) if part.strip()]
    return any(all(part.strip() in text for part in parts) for text in texts)


@pytest.mark.parametrize("channel", list(CHANNELS))
@pytest.mark.parametrize("language", LANGUAGES)
async def test_from_yes_to_the_end_and_again(store: Any, channel: str, language: str) -> None:
    """Queue, limits before the first question, every question once and skippable, claim, talk, end, feedback; twice."""
    await on_shift(store, "ana")
    her = Woman(store, channel, CHANNELS[channel], language)
    await her.begins()
    for round_ in (1, 2):
        texts = await her.says(token="human")
        assert near(store, "handoff_queued", texts, language, channel), texts
        assert near(store, "intake_limits", texts, language, channel)
        assert said(store, "place_next", language) in texts[0]
        limits = next(i for i, text in enumerate(texts) if text == said(store, "intake_limits", language, channel))
        assert limits == 1 and len(texts) == 3  # told, limits, one question
        asked = [texts[2]]
        for _ in range(12):
            texts = await her.says(token="skip")
            asked += texts[:1]
            if near(store, "intake_done", texts, language, channel):
                break
        assert near(store, "intake_done", texts, language, channel)
        assert len(asked) == len(set(asked))
        for key in ("intake_phone", "intake_summary", "intake_safe", "intake_word", "intake_life", "intake_other", "intake_prefer"):
            assert near(store, key, asked, language, channel), key
        await her.fire(Event.CLAIM, "ana", alias="Ana")
        texts = await her.reads()
        assert texts == [said(store, "handoff_introduction", language, channel, alias="Ana")]
        assert await her.says("hola") == []  # the bot is silent
        await store.replies.write(her.id, "ana", f"hola {round_}", f"n{round_}")
        assert await her.reads() == [f"hola {round_}"]
        await her.fire(Event.CLOSE, alias="Ana")
        assert near(store, "handoff_closed", await her.reads(), language, channel)
        texts = await her.says(token="feedback_good")
        assert texts[0] == said(store, "feedback_thanks", language, channel) and near(store, "closing_data", texts, language, channel)
        assert (await her.snapshot()).state is State.BOT


@pytest.mark.parametrize("language", LANGUAGES)
async def test_out_of_hours_says_so_with_numbers_and_offers_an_hour(store: Any, language: str, clock: FixedClock) -> None:
    her = Woman(store, "whatsapp", CHANNELS["whatsapp"], language)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.set(where_now="CO")
    texts = await her.says(token="human")
    assert near(store, "handoff_away", texts, language, "whatsapp"), texts
    assert "123" in texts[0] or "112" in texts[0]
    assert (await her.snapshot()).state is State.AWAY
    assert near(store, "handoff_callback_ask", await her.says(token="callback"), language, "whatsapp")
    texts = await her.says(token="callback_morning")
    assert near(store, "handoff_callback_agreed", texts, language, "whatsapp") and "09:00" in texts[0]
    (agreed,) = await store.callbacks.open()
    assert (agreed.asked_by, (await her.snapshot()).state) == ("her", State.CALLBACK)
    assert 0 < agreed.due_at - clock.now() <= 86400 + 1800
    assert near(store, "handoff_queued", await her.says(token="human"), language) or (await her.snapshot()).state is State.AWAY
    assert await store.callbacks.open() == []


async def test_place_in_the_queue_is_true(store: Any, clock: FixedClock) -> None:
    await on_shift(store, "ana")
    first, second = Woman(store, address="1"), Woman(store, address="2")
    assert said(store, "place_next") in (await first.says(token="human"))[0]
    clock.move(1)
    texts = await second.says(token="human")
    assert said(store, "place_behind", ahead="1") in texts[0] and "15" in texts[0]
    assert said(store, "place_behind", ahead="1") in (await second.says(token="human"))[0]


async def test_headings_can_be_corrected_or_refused(store: Any) -> None:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    case_id = (await store.talks.get(her.id)).case_id
    await her.says(token="skip")
    texts = await her.says(token="phone_mine")
    assert near(store, "intake_summary", texts)
    assert near(store, "intake_summary_change", await her.says(token="summary_change"))
    await her.says("solo mi trabajo")
    assert (await store.talks.case(case_id))["intake"]["headings"] == "solo mi trabajo"
    other = Woman(store, address="78")
    await other.says(token="human")
    for token in ("skip", "skip", "summary_nothing"):
        await other.says(token=token)
    case = await store.talks.case((await store.talks.get(other.id)).case_id)
    assert case["start_with"] == "nothing"
    assert not case["intake"].get("headings") and all(not quote for _, quote in case["signals"])


async def test_who_waits_for_herself_to_write_is_not_asked_about_life_signs(store: Any) -> None:
    her = Woman(store, "whatsapp", CHANNELS["whatsapp"])
    await her.says(token="human")
    asked = []
    for token in ("skip", "skip", "skip", "safe_wait", "skip", "skip", "skip"):
        asked += await her.says(token=token)
    assert not near(store, "intake_life", asked)
    assert near(store, "intake_done", asked)
    assert not (await her.snapshot()).life_signs


async def test_our_word_reopens_and_lets_a_held_answer_go(store: Any, clock: FixedClock) -> None:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    for token in ("skip", "skip", "skip", "skip"):
        await her.says(token=token)
    await her.says("Girasol")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    await her.fire(Event.NOT_HER)
    assert (await her.snapshot()).covered
    assert (await store.replies.writing(her.id, "ana")).decision.mode == "locked"
    texts = await her.says("cuanto cuesta un pasaporte")
    assert not any("Ana" in text for text in texts)
    assert not (await her.fire(Event.CLAIM, "eva")).changed
    assert await her.says("girasol") == []
    assert ((await her.snapshot()).quiet, (await her.snapshot()).owner) == ("", "ana")
    await store.replies.hold(her.id, "ana", "aquí estoy", "n1")
    clock.move(40 * 60)
    assert await her.says("que tal") == []  # somebody writes: nothing goes by itself
    assert [one.text for one in await store.held.of(her.id)] == ["aquí estoy"]
    clock.move(60)
    assert await her.says("Soy yo, girasol") == ["aquí estoy"]
    assert await store.held.of(her.id) == []


async def test_staff_ask_her_before_a_transfer_and_her_no_stands(store: Any) -> None:
    await on_shift(store, "ana", "eva")
    her = Woman(store)
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    async with store.talks.open(her.id) as talk:
        step = talk.fire(Event.TRANSFER, actor="eva")
        talk.memory["transfer"] = {"alias": "Ana", "to": "Eva"}
        store.teller.tell(talk, step, alias="Ana", to="Eva", why="conoce los papeles")
    assert "Eva" in (await her.reads())[0]
    assert near(store, "handoff_transfer_no", await her.says("no"))
    assert (await her.snapshot()).owner == "ana"
    async with store.talks.open(her.id) as talk:
        store.teller.tell(talk, talk.fire(Event.TRANSFER, actor="eva"), alias="Ana", to="Eva", why="conoce los papeles")
    await her.reads()
    assert near(store, "handoff_transfer_named", await her.says("si"))
    assert ((await her.snapshot()).owner, (await her.snapshot()).state) == ("eva", State.ACTIVE)


async def test_end_of_shift_is_told_and_she_may_refuse(store: Any) -> None:
    await on_shift(store, "ana", "eva")
    her = Woman(store)
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    case_id = (await store.talks.get(her.id)).case_id
    handover = await store.handovers.offer(case_id, "ana", "no hoy", "llamar", "manana")
    await store.shifts.accept(handover, "eva", "Ana", "Eva")
    texts = await her.reads()
    assert "Ana" in texts[0] and "Eva" in texts[0]
    assert await store.handovers.open_cases("ana") == []
    with pytest.raises(NotAllowed, match="unconfirmed"):
        await store.replies.write(her.id, "eva", "Hola, soy Eva", "e1")  # not before her yes
    texts = await her.says(token="shift_no")
    assert near(store, "handoff_shift_no", texts)
    snapshot = await her.snapshot()
    assert (snapshot.state, snapshot.previous_owner) == (State.WAITING, "eva")


async def test_after_a_long_silence_nothing_is_told_before_she_writes(store: Any, clock: FixedClock) -> None:
    await on_shift(store, "ana", "eva")
    her = Woman(store)
    await her.says(token="human")
    clock.move(45 * 60)
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    assert await her.reads() == []
    writing = await store.replies.writing(her.id, "ana")
    assert writing.decision.mode == "opener"
    with pytest.raises(Exception, match="opener_first"):
        await store.replies.write(her.id, "ana", "cuéntame de tu marido", "n1")
    await store.replies.write(her.id, "ana", writing.openers[0], "n2")
    assert await her.reads() == [writing.openers[0]]
    texts = await her.says("si, ahora puedo")
    assert texts == [said(store, "handoff_introduction", alias="Ana")]
    assert (await store.replies.writing(her.id, "ana")).decision.mode == "write"
    assert await her.says("gracias") == []


async def test_mute_lets_danger_and_a_person_through_and_ends_by_itself(store: Any, clock: FixedClock) -> None:
    her = Woman(store)
    await her.begins()
    await her.fire(Event.MUTE)
    assert await her.says("bla bla bla") == []
    assert await her.says("me esta pegando ahora, ayudenme") != []
    assert near(store, "handoff_away", await her.says("persona"))
    other = Woman(store, address="78")
    await other.begins()
    await other.fire(Event.MUTE)
    clock.move(24 * 3600 + 1)
    assert await other.says("bla bla bla") != []


async def test_three_words_from_another_phone_are_answered_like_any_wish_for_a_person(store: Any) -> None:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    case_id = (await store.talks.get(her.id)).case_id
    words = await store.case_codes.make(case_id, "ana", store.content.codewords)
    wrong = [word for word in ("mesa", "luna", "pan", "nube", "gato", "coco") if word not in words][:3]
    right, false = Woman(store, "sms", "+573009998877"), Woman(store, "sms", "+573009998866")
    for one in (right, false):
        await one.begins()
    a, b = await right.says(" ".join(reversed(words))), await false.says(" ".join(wrong))
    assert len(a) == len(b) and a[1:] == b[1:]  # the first differs by the place in the queue only
    assert near(store, "handoff_queued", a[:1], channel="sms") and near(store, "handoff_queued", b[:1], channel="sms")
    assert [found.case_id for found in await store.case_codes.earlier(right.id)] == [case_id]
    assert await store.case_codes.earlier(false.id) == []


async def test_her_yes_to_another_channel_is_kept_and_used_once(store: Any, clock: FixedClock, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(store), "other_channel", lambda _self, _name: "sms")
    await on_shift(store, "ana")
    her = Woman(store, "whatsapp", CHANNELS["whatsapp"])
    await her.says(token="human", reply_address="whatsapp:+573001112233")
    asked: list[str] = []
    while not near(store, "intake_fallback", asked, channel="whatsapp"):
        asked = await her.says(token="skip")
        assert asked
    assert "SMS" in asked[0]
    await her.says(token="fallback_yes")
    assert (await store.fallbacks.get(her.id)).channel == "sms"
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    assert not (await store.replies.writing(her.id, "ana")).decision.may_fallback
    await store.replies.write(her.id, "ana", "hola", "n1")
    (job,) = await store.outbox.claim("w")
    await store.outbox.fail(job.outbox_id, "63003")
    decision = (await store.replies.writing(her.id, "ana")).decision
    assert decision.may_fallback and decision.reason == "unreachable"
    await store.replies.knock(her.id, "ana", fallback=True)
    (job,) = await store.outbox.claim("w")
    assert (job.channel, job.address, job.rendered.text) == ("sms", "+573001112233", said(store, "template_neutral"))
    with pytest.raises(Exception, match="no_fallback"):
        await store.replies.knock(her.id, "ana", fallback=True)
    back = Woman(store, "sms", "+573001112233")
    await back.begins()
    assert await store.fallbacks.answered_from(back.id) == (await store.talks.get(her.id)).case_id


async def test_desk_and_turn_do_not_lose_each_others_memory(store: Any) -> None:
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    await her.writes("hola")
    (claimed,) = await store.inbox.claim()
    turns = Turns(store, None)
    context = await turns._context(await store.inbox.load(claimed.message_id))
    assert await store.replies.write(her.id, "ana", "hola", "n1")
    context.memory["seen"] = 1
    from amparo.bot.turn import commit

    await commit(context)
    assert not await store.replies.write(her.id, "ana", "hola", "n1")  # the nonce is still known
    assert (await store.talks.get(her.id)).memory["seen"] == 1


async def test_a_claim_during_her_turn_makes_it_the_counselors(store: Any, monkeypatch: Any) -> None:
    """She cries for help while the bot still thinks and a counselor claims: no bot answer, and the desk rings."""
    await on_shift(store, "ana")
    her = Woman(store)
    await her.says(token="human")
    await her.writes("me tienen encerrada")
    (claimed,) = await store.inbox.claim()
    original, calls = Turns._context, []

    async def slow(self: Turns, message: Any) -> Any:
        context = await original(self, message)
        if not calls:
            await her.fire(Event.CLAIM, "ana", alias="Ana")
        calls.append(1)
        return context

    monkeypatch.setattr(Turns, "_context", slow)
    await Turns(store, None).run(claimed.message_id)
    assert len(calls) == 2
    assert await her.reads() == [said(store, "handoff_introduction", alias="Ana")]
    async with store.db.read() as connection:
        feed = [row.what for row in (await connection.execute(sa.select(tables.changes))).all()]
    assert "alarm:danger" in feed
    assert "danger_at" in (await store.talks.get(her.id)).memory


async def test_quiet_over_every_state_sends_nothing_whatever_staff_and_clock_do(store: Any, clock: FixedClock) -> None:
    """State x event through talk, teller, outbox and the jobs: not one text goes out before she writes (DH-1)."""
    from amparo.jobs.timeouts import Timeouts

    await on_shift(store, "ana", "eva")
    her = Woman(store)
    await her.says(token="human")
    await her.reads()
    tried = 0
    for state in State:
        for event in sorted(STAFF | CLOCK):
            for cause in ("exit", "presence", "staff"):
                async with store.db.write() as connection:
                    await connection.execute(tables.outbox.delete())
                    values = {"state": state.value, "owner": "ana" if state.human else "", "quiet": cause, "covered": int(state.human)}
                    values.update(said_yes=1, life_signs=1, changed_at=0.0, muted_until=0.0, heard=0, memory_enc=None)
                    await connection.execute(tables.conversations.update().values(**values))
                await her.fire(event, "eva", alias="Eva", to="Eva", why="x")
                if tried % 7 == 0:
                    await Timeouts(store).round()
                assert await her.reads() == [], (state, event, cause)
                tried += 1
    assert tried == len(State) * len(STAFF | CLOCK) * 3
    async with store.db.read() as connection:
        assert (await connection.execute(sa.select(sa.func.count()).select_from(tables.outbox))).scalar_one() == 0


async def test_first_sixty_characters_of_every_handoff_text_are_neutral(store: Any) -> None:
    from amparo.store.content_check import LEAD, _plain
    from amparo.store.yaml_files import read

    for language in LANGUAGES:
        words = [str(word) for word in read(ROOT / "content" / "safety" / f"{language}.yml")["lock_screen"]]
        keys = read(ROOT / "content" / "messages" / f"{language}.d" / "handoff.yml")
        for key, entry in keys.items():
            lead = _plain(str(entry["text"]))[:LEAD].split()
            assert not set(words) & set(lead), (language, key)


async def talking(store: Any, language: str = "es") -> Woman:
    """Somebody in a talk with Ana, who has read the introduction."""
    await on_shift(store, "ana")
    her = Woman(store, "telegram", "99", language)
    await her.begins()
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    return her


ANA = Counselor("ana", "Ana", "counselor", ("es",), "es", False, 5, False)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_end_agreed_in_writing_feedback_and_her_data_choices(store: Any, language: str) -> None:
    her = await talking(store, language)
    await moves.close(store, her.id, ANA, "safety_plan", "mañana 10:00")
    texts = await her.reads()
    assert near(store, "closing_agreed_ask", texts, language) and not any("10:00" in text for text in texts)  # only where she wants it
    texts = await her.says(token="agreed_yes")
    assert texts == [said(store, "closing_agreed", language, agreed="mañana 10:00"), said(store, "feedback_ask", language)]
    texts = await her.says(token="feedback_good")
    days = str(store.retention.days_after_case)
    assert texts == [said(store, "feedback_thanks", language), said(store, "closing_data", language, case_days=days)]
    assert near(store, "delete_confirm", await her.says(token="delete"), language)


async def test_the_end_without_the_written_word(store: Any) -> None:
    her = await talking(store)
    await moves.close(store, her.id, ANA, "safety_plan", "mañana 10:00")
    await her.reads()
    texts = await her.says(token="agreed_no")
    assert texts == [said(store, "feedback_ask")]
    assert "agreed" not in (await store.talks.get(her.id)).memory
    texts = await her.says(token="feedback_bad")
    assert near(store, "feedback_hurt", texts) and not near(store, "closing_data", texts)


@pytest.mark.parametrize(("tap", "start"), [("earlier_yes", "all"), ("earlier_no", "since_risk")])
async def test_the_earlier_chat_opens_only_with_her_tap(store: Any, tap: str, start: str) -> None:
    her = await talking(store)
    case = (await store.talks.get(her.id)).case_id
    await moves.ask_her(store, her.id, ANA, "earlier_ask")
    assert await her.reads() == [said(store, "earlier_ask", alias="Ana")]
    assert (await store.talks.case(case))["start_with"] == "since_risk"
    assert await her.says(token=tap) == []  # a human has the talk: nothing automatic
    assert (await store.talks.case(case))["start_with"] == start


async def test_three_words_are_told_to_her(store: Any) -> None:
    her = await talking(store)
    words = await store.case_codes.make((await store.talks.get(her.id)).case_id, "ana", store.content.codewords)
    await moves.ask_her(store, her.id, ANA, "case_code_tell", words=" · ".join(words))
    (text,) = await her.reads()
    assert " · ".join(words) in text
    second = Woman(store, "sms", "+573000000001")
    await second.says(" ".join(words))
    ((back),) = await store.case_codes.earlier(second.id)
    assert back.conversation_id == her.id


@pytest.mark.parametrize("tap", ["referral_yes", "referral_no"])
async def test_consent_is_asked_for_one_place_and_its_contents(store: Any, tap: str) -> None:
    her = await talking(store)
    about = {"id": "r1", "contents": ["safety_plan"]}
    await moves.ask_her(store, her.id, ANA, "referral_ask", about, place="Casa Norte", contents="plan")
    assert await her.reads() == [said(store, "referral_ask", place="Casa Norte", contents="plan")]
    assert await her.says(token=tap) == []
    memory = (await store.talks.get(her.id)).memory
    assert {k: memory["referral_answer"][k] for k in ("id", "token", "contents")} == {"id": "r1", "token": tap, "contents": ["safety_plan"]}
    await moves.ask_her(store, her.id, ANA, "referral_ask", {"id": "r2", "contents": []}, place="Otra", contents="plan")
    assert "referral_answer" not in (await store.talks.get(her.id)).memory  # a yes to one place is none to the next


@pytest.mark.parametrize(
    ("what", "ground", "key"),
    [("number", "she_asked", "glass_number"), ("number", "life_at_risk", "glass_life"), ("earlier_chat", "life_at_risk", "glass_earlier")],
)
async def test_she_is_told_what_two_people_opened(store: Any, what: str, ground: str, key: str) -> None:
    her = await talking(store)
    await on_shift(store, "sol", role="supervisor")
    case = (await store.talks.get(her.id)).case_id
    for tell_her in (True, False):
        grant = await store.break_glass.ask(case, "ana", what, ground, "pidió que la llamemos", tell_her=tell_her)
        await glass.approve(store, grant, "sol")
        assert await her.reads() == ([said(store, key, alias="Ana")] if tell_her else [])


async def test_nothing_is_asked_in_quiet(store: Any) -> None:
    her = await talking(store)
    await her.fire(Event.STAFF_QUIET)
    with pytest.raises(NotAllowed):
        await moves.ask_her(store, her.id, ANA, "earlier_ask")
    await on_shift(store, "sol", role="supervisor")
    grant = await store.break_glass.ask((await store.talks.get(her.id)).case_id, "ana", "number", "life_at_risk", "no contesta más")
    await glass.approve(store, grant, "sol")
    assert await her.reads() == []


async def interprets(store: Any, name: str, languages: str) -> None:
    async with store.db.write() as connection:
        await connection.execute(team_tables.interpreters.insert().values(counselor_id=name, languages=languages, town="Cusco"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answer", ["interp_yes", "interp_woman", "interp_no", "nadie de mi pueblo"])
async def test_an_interpreter_is_asked_for_while_she_waits_if_one_is_here(store: Any, language: str, answer: str) -> None:
    await on_shift(store, "ana", "rosa")
    await interprets(store, "rosa", "qu ay")
    her = Woman(store, language=language)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.memory["other_language"] = "qu"
    texts = await her.says(token="human")
    assert near(store, "intake_interpreter", texts, language), texts
    assert not near(store, "intake_no_interpreter", texts, language)
    await her.says(**({"token": answer} if answer.startswith("interp_") else {"text": answer}))
    case = (await store.talks.case((await store.talks.get(her.id)).case_id))["intake"]
    assert case["interpreter_language"] == "qu"
    assert case["interpreter"] == {"interp_yes": "yes", "interp_woman": "woman", "interp_no": "no"}.get(answer, answer)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_an_interpreter_here_she_reads_so_with_numbers(store: Any, language: str) -> None:
    await on_shift(store, "ana")
    her = Woman(store, language=language)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.memory["other_language"] = "gn"
        talk.set(where_now="CO")
    texts = await her.says(token="human")
    assert near(store, "intake_no_interpreter", texts, language) and not near(store, "intake_interpreter", texts, language), texts
    assert any("123" in text for text in texts)


async def test_who_speaks_a_language_of_somebody_here_is_asked_nothing(store: Any) -> None:
    await on_shift(store, "ana", "rosa")
    await interprets(store, "rosa", "qu es")
    texts = await Woman(store).says(token="human")
    assert not near(store, "intake_interpreter", texts) and not near(store, "intake_no_interpreter", texts)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no hablo bien español, hablo quechua", "qu"),
        ("mi lengua es guaraní", "gn"),
        ("I speak Quechua", "qu"),
        ("m pale wolof", "wo"),
        ("el hombre es ruso y no habla", ""),
        ("no hablo ruso", ""),
        ("hablo español", ""),
    ],
)
def test_the_language_that_she_names(store: Any, text: str, language: str) -> None:
    assert store.languages.spoken(text) == language


@pytest.mark.parametrize("tap", ["interpreter_yes", "interpreter_other", "interpreter_no"])
async def test_her_tap_on_an_interpreter_reaches_the_desk_and_is_not_answered(store: Any, tap: str) -> None:
    her = await talking(store)
    async with store.talks.open(her.id) as talk:
        talk.memory["interpreter"] = {"id": "rosa", "name": "Rosa", "language": "qu", "answer": "", "since": 0.0}
    assert await her.says(token=tap) == []
    memory = (await store.talks.get(her.id)).memory
    assert memory["interpreter"]["answer"] == tap.removeprefix("interpreter_")
    assert memory.get("interpreters_refused", []) == ([] if tap == "interpreter_yes" else ["rosa"])


WORDS = {"es": ("sí", "no"), "pt": ("sim", "não"), "en": ("yes", "no"), "fr": ("oui", "non"), "ht": ("wi", "non")}


async def asked_about_rosa(store: Any, language: str) -> Woman:
    from amparo.desk import interpreting

    await on_shift(store, "ana", "rosa")
    await interprets(store, "rosa", "qu")
    her = Woman(store, "sms", CHANNELS["sms"], language)
    await her.begins()
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")
    await her.reads()
    await interpreting.ask(store, her.id, ANA, "rosa")
    assert near(store, "interpreter_ask", await her.reads(), language, "sms")
    return her


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [0, 1])
async def test_her_typed_yes_or_no_answers_the_question_about_an_interpreter(store: Any, language: str, place: int) -> None:
    """SMS has no buttons: the word counts like the button and its number."""
    her = await asked_about_rosa(store, language)
    assert await her.says(WORDS[language][place]) == []
    memory = (await store.talks.get(her.id)).memory
    assert memory["interpreter"]["answer"] == ("yes", "no")[place]
    assert memory.get("interpreters_refused", []) == ([], ["rosa"])[place]


async def test_a_yes_to_what_the_counselor_asked_since_is_no_consent_to_an_interpreter(store: Any, clock: FixedClock) -> None:
    her = await asked_about_rosa(store, "es")
    clock.move(20)
    await store.replies.write(her.id, "ana", "¿Estás sola ahora?", "n1")
    await her.reads()
    await her.says("sí")
    assert (await store.talks.get(her.id)).memory["interpreter"]["answer"] == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [0, 1])
async def test_a_typed_word_answers_whether_she_wants_an_interpreter(store: Any, language: str, place: int) -> None:
    await on_shift(store, "ana", "rosa")
    await interprets(store, "rosa", "qu")
    her = Woman(store, "sms", CHANNELS["sms"], language)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.memory["other_language"] = "qu"
    await her.says(token="human")
    await her.says(WORDS[language][place])
    assert (await store.talks.case((await store.talks.get(her.id)).case_id))["intake"]["interpreter"] == ("yes", "no")[place]
