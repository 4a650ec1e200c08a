"""Interpreters: offered only if here now, asked about by name, sex and town, reading from her yes on, gone at her no (DH-22)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo import cli
from amparo.core import intake
from amparo.core.hours import OnShift, speakers
from amparo.core.interpreting import NONE, OFFER, Interpreter, answered, asked, may_sit, place, refusal
from amparo.desk import interpreting
from amparo.desk.accounts import AccountError
from tests.conftest import ROOT
from tests.desk.conftest import Enter
from tests.desk.test_talks import claimed, texts

ROSA = Interpreter("rosa", "Rosa", frozenset({"qu"}), "Cusco")
LEO = Interpreter("leo", "Leo", frozenset({"qu"}), woman=False)
LANGS = st.frozensets(st.sampled_from(["es", "ht", "qu", "gn"]), max_size=3)
PEOPLE = st.lists(
    st.builds(OnShift, counselor_id=st.text("ab", min_size=1), languages=LANGS, interprets=LANGS, paused=st.booleans()), max_size=5
)


@given(PEOPLE, st.sampled_from(["es", "ht", "qu", "gn"]))
def test_an_interpreter_is_offered_only_if_here_now_and_needed(people: list[OnShift], language: str) -> None:
    found = place(language, people)
    working = [c for c in people if not c.paused]
    if found == OFFER:
        assert any(language in c.interprets for c in working) and not any(language in c.languages for c in working)
    if found == NONE:
        assert not any(language in c.interprets | c.languages for c in working)
    if any(language in c.languages for c in people):
        assert speakers(people, language) == [c for c in people if language in c.languages]


def test_the_true_time_counts_whoever_can_talk_with_her_through_an_interpreter() -> None:
    ana, rosa = OnShift("ana", frozenset({"es"})), OnShift("rosa", frozenset({"es"}), interprets=frozenset({"ht"}))
    assert speakers([ana], "ht") == []
    assert speakers([ana, rosa], "ht") == [ana, rosa]
    assert speakers([ana, OnShift("rosa", paused=True, interprets=frozenset({"ht"}))], "ht") == []


STEPS = st.lists(st.tuples(st.sampled_from([ROSA, LEO]), st.sampled_from(["yes", "other", "no", ""])), max_size=8)


@given(STEPS, st.sampled_from(["", "yes", "woman", "no", "no de mi pueblo"]))
def test_her_no_stands_whatever_staff_asks(steps: list[tuple[Interpreter, str]], wish: str) -> None:
    """Nobody sits down without her yes to this person; whoever she refused is never asked about again; no to all closes it."""
    memory: dict[str, Any] = {}
    refused: set[str] = set()
    closed = wish == "no"
    for one, answer in steps:
        reason = refusal(memory, wish, one)
        assert bool(reason) == (closed or one.id in refused or (wish == "woman" and not one.woman))
        if reason:
            continue
        memory.update(asked(memory, one, "qu"))
        assert not may_sit(memory, one.id)
        memory.update(answered(memory, answer))
        assert may_sit(memory, one.id) == (answer == "yes")
        assert not may_sit(memory, ROSA.id if one is LEO else LEO.id)
        if answer in ("other", "no"):
            refused.add(one.id)
        closed = closed or answer == "no"


def test_asked_while_she_waits_only_where_needed_and_never_in_danger_now() -> None:
    assert "interpreter" in intake.steps_for(2, False, False, False, interpreter=True)
    assert "interpreter" not in intake.steps_for(2, False, False, False)
    assert "interpreter" not in intake.steps_for(3, False, False, False, interpreter=True)


async def house(enter: Enter, services: Any) -> tuple[Any, Any, str]:
    ana, rosa = await enter("Ana"), await enter("Rosa")
    await interpreting.mark(services, rosa.id, "qu", "Cusco")
    conversation = await claimed(services, ana, text="palabrasecreta", intake={"interpreter_language": "qu", "word": "mango"})
    async with services.talks.open(conversation) as talk:
        talk.memory["interpret"] = "qu"
    return ana, rosa, conversation


async def taps(services: Any, conversation: str, answer: str) -> None:
    """As the turn leaves her tap."""
    async with services.talks.open(conversation) as talk:
        talk.memory.update(answered(talk.memory, answer))


async def test_from_the_question_to_the_end(enter: Enter, services: Any, clock: Any) -> None:
    ana, rosa, conversation = await house(enter, services)
    page = (await ana.get(f"/talk/{conversation}")).text
    assert "Rosa" in page and "Cusco" in page and "quechua" in page
    assert (await rosa.post(f"/talk/{conversation}/interpret")).status_code == 409  # not before her yes
    assert (await ana.post(f"/talk/{conversation}/interpreter", who=rosa.id)).status_code == 303
    question = (await texts(services, conversation))[-1]
    assert "Rosa" in question and "mujer, Cusco" in question and "quechua" in question and "Ana" in question
    assert (await rosa.get(f"/talk/{conversation}")).status_code == 409
    assert "/interpret" not in (await rosa.get("/queue")).text
    await taps(services, conversation, "yes")
    assert f"/talk/{conversation}/interpret" in (await rosa.get("/queue")).text
    clock.move(5)
    assert (await rosa.post(f"/talk/{conversation}/interpret")).status_code == 303
    assert "Rosa" in (await texts(services, conversation))[-1] and "traduce" in (await texts(services, conversation))[-1]
    hers = (await rosa.get(f"/talk/{conversation}")).text
    assert "palabrasecreta" not in hers and "me quitaron" not in hers and "mango" not in hers  # from her yes on, and no file
    assert (await rosa.get(f"/talk/{conversation}/case")).status_code == 409
    assert (await rosa.post(f"/talk/{conversation}/close", outcome="other")).status_code == 409
    assert (await rosa.json(f"/talk/{conversation}/reply", text="Allillanchu", nonce="q")).status_code == 200
    assert (await texts(services, conversation))[-1] == "Rosa: Allillanchu"
    assert "Rosa: Allillanchu" in (await rosa.get(f"/talk/{conversation}")).text
    assert (await ana.post(f"/talk/{conversation}/leave", who=rosa.id)).status_code == 303
    assert "Rosa ya no lee" in (await texts(services, conversation))[-1]
    assert (await rosa.get(f"/talk/{conversation}")).status_code == 409


async def test_a_later_no_closes_the_seat_at_once(enter: Enter, services: Any) -> None:
    ana, rosa, conversation = await house(enter, services)
    await ana.post(f"/talk/{conversation}/interpreter", who=rosa.id)
    await taps(services, conversation, "yes")
    await rosa.post(f"/talk/{conversation}/interpret")
    await taps(services, conversation, "no")
    assert (await rosa.get(f"/talk/{conversation}")).status_code == 409
    assert (await rosa.json(f"/talk/{conversation}/reply", text="Allillanchu", nonce="q")).status_code == 409
    assert (await ana.post(f"/talk/{conversation}/interpreter", who=rosa.id)).status_code == 409


@pytest.mark.parametrize("why", ["break", "sealed", "quiet", "wish", "man"])
async def test_nobody_is_asked_about_who_is_not_here_or_not_wanted(enter: Enter, services: Any, why: str) -> None:
    ana, rosa, conversation = await house(enter, services)
    if why == "break":
        await rosa.post("/shift", paused="break")
    elif why == "sealed":
        await rosa.post(f"/talk/{conversation}/know-her")
    elif why == "quiet":
        await ana.post(f"/talk/{conversation}/cannot-talk")
    else:
        from amparo.desk import accounts

        await accounts.set_woman(services, rosa.id, why != "man", "host")
        async with services.talks.open(conversation) as talk:
            talk.set_case(intake={"interpreter": "no" if why == "wish" else "woman", "interpreter_language": "qu"})
    before = await texts(services, conversation)
    assert (await ana.post(f"/talk/{conversation}/interpreter", who=rosa.id)).status_code == 409
    assert await texts(services, conversation) == before
    if why == "break":
        assert "Ahora no hay intérprete" in (await ana.get(f"/talk/{conversation}")).text


async def test_who_interprets_and_who_is_a_man_is_marked_by_somebody_else(enter: Enter, services: Any) -> None:
    root, ana, leo = await enter("Root", "admin"), await enter("Ana"), await enter("Leo")
    await root.get("/team")
    assert (await root.post(f"/team/{leo.id}/about", man="1", interprets="qu, AY", town="Puno")).status_code == 303
    page = (await root.get("/team")).text
    assert "ay qu" in page and "Puno" in page
    assert "Hombre" in (await leo.get("/account")).text and "Puno" in (await leo.get("/account")).text
    assert "Mujer" in (await ana.get("/account")).text
    assert (await root.post(f"/team/{root.id}/about", man="1")).status_code == 409
    assert (await leo.post(f"/team/{leo.id}/about")).status_code == 403
    assert (await root.post(f"/team/{ana.id}/about", interprets="klingon")).status_code == 409
    with pytest.raises(AccountError):
        await interpreting.mark(services, ana.id, "xx")
    await interpreting.mark(services, leo.id, "")
    assert await interpreting.everybody(services) == {}


async def test_the_command_marks_accounts_too(enter: Enter, services: Any) -> None:
    leo = await enter("Leo")
    parse = cli.parser().parse_args
    assert parse(["counselor", "add", "Leo", "--man"]).man and not parse(["counselor", "add", "Eva"]).man
    for words, woman, languages in (
        (["--man", "--interprets", "qu ay", "--town", "Puno"], False, {"qu", "ay"}),
        (["--woman"], True, {"qu", "ay"}),
        (["--interprets", ""], True, set()),
    ):
        await cli._about(services, parse(["counselor", "set", "Leo", *words]))
        one = (await interpreting.everybody(services)).get(leo.id)
        assert set(one.languages if one else ()) == languages and (one is None or one.woman == woman)
    with pytest.raises(AccountError):
        await cli._about(services, parse(["counselor", "set", "Nobody", "--man"]))


def test_nothing_translates_by_machine() -> None:
    """No text leaves for a translation service, and none is built in: no such library is required (DH-22)."""
    required = (ROOT / "requirements.in").read_text(encoding="utf-8").lower()
    assert not [name for name in ("translat", "deepl", "argos", "marian", "opus-mt", "sentencepiece") if name in required]
