"""In quiet nothing is remembered or told of her; a confirmation answers only the question before it; she may leave at any time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions import actions
from amparo.core.handoff import Event, State
from amparo.core.model import LANGUAGES, Say
from channels.telegram import COMMANDS
from tests.support.clock import FixedClock
from tests.support.people import Woman, on_shift

LEAVE = {"es": "dejar", "pt": "deixar", "en": "leave", "fr": "laisser", "ht": "kite"}
DELETE = {
    "es": ("borra mis datos", "si"),
    "pt": ("apaga meus dados", "sim"),
    "en": ("delete my data", "yes"),
    "fr": ("efface mes donnees", "oui"),
    "ht": ("efase done mwen", "wi"),
}


def done(store: Any, language: str) -> str:
    return str(store.renderer.render(Say("delete_done"), language, "telegram").text)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_late_yes_erases_nothing(store: Any, language: str) -> None:
    her = Woman(store, "telegram", "77", language)
    await her.begins()
    ask, yes = DELETE[language]
    said = await her.says(ask)
    assert said
    await her.says("???")
    assert done(store, language) not in await her.says(yes)
    assert await her.says(token="delete_yes") == said  # an old button asks again
    await her.says("...")
    assert done(store, language) not in await her.says("1")  # nor does the number of an old menu
    await her.says(ask)
    assert await her.says(yes) == [done(store, language)]


async def test_a_yes_after_ten_minutes_erases_nothing(store: Any, clock: FixedClock) -> None:
    her = Woman(store, "telegram", "77", "es")
    await her.begins()
    await her.says("borra mis datos")
    clock.move(601)
    assert done(store, "es") not in await her.says("si")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_she_leaves_a_talk_at_any_time(store: Any, language: str) -> None:
    await on_shift(store, "ana")
    her = Woman(store, "telegram", "77", language)
    await her.begins()
    await her.says(token="human")
    async with store.talks.open(her.id) as talk:
        talk.fire(Event.CLAIM, actor="ana")
    await her.reads()
    assert len(await her.says(LEAVE[language])) == 1
    assert (await store.talks.get(her.id)).snapshot.state is State.CLOSING


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_word_we_give_for_not_waiting_leaves_the_queue(store: Any, language: str) -> None:
    await on_shift(store, "ana")
    her = Woman(store, "telegram", "77", language)
    await her.begins()
    await her.says(token="human")
    await her.says(LEAVE[language])
    snapshot = (await store.talks.get(her.id)).snapshot
    assert snapshot.state is State.BOT and not snapshot.quiet


def test_help_of_telegram_is_a_cry_and_no_menu() -> None:
    assert "help" not in COMMANDS and COMMANDS["start"] == "menu"


def tracker(plain: bool) -> Any:
    slots = {"destination": "PE", "last_facts": ["pe-passport"], "pending": "offer"}
    return SimpleNamespace(slots=slots, latest_message={"metadata": {"plain": plain}})


def test_actions_remember_nothing_in_quiet() -> None:
    from amparo.bot.voice import Said

    assert actions.slots_of(tracker(plain=True)) == {} and actions.slots_of(tracker(plain=False))["destination"] == "PE"
    said = Said((), {"destination": "CL"})
    dispatcher: Any = SimpleNamespace(utter_message=lambda **kwargs: None)
    assert actions.say(dispatcher, said, tracker(plain=True)) == []
    assert len(actions.say(dispatcher, said, tracker(plain=False))) == 1


def test_in_quiet_nothing_speaks_of_hiding_or_persons() -> None:
    spoken: list[str] = []
    dispatcher: Any = SimpleNamespace(utter_message=lambda **kwargs: spoken.append(kwargs["response"]))
    for response in ("utter_delete_this_chat", "utter_privacy", "utter_who_are_you", "utter_did_not_understand_twice"):
        actions.speak(dispatcher, tracker(plain=True), response)
    assert spoken == ["utter_hello", "utter_plain_about", "utter_plain_about", "utter_did_not_understand"]


async def test_buttons_in_quiet_do_not_tell_what_the_chat_is_for(store: Any) -> None:
    her = Woman(store, "telegram", "77", "es")
    await her.begins()
    await her.says("00")
    await her.says("asdf qwer")
    memory = (await store.talks.get(her.id)).memory
    assert not set(memory.get("choices") or ()) & {"human", "exit", "yes", "delete"}


YES = {"es": "sí", "pt": "sim", "en": "yes", "fr": "oui", "ht": "wi"}


async def offered(store: Any, language: str) -> Woman:
    """The second time that she is not understood, a person is offered by a choice that can be written too."""
    her = Woman(store, "sms", "+573001112233", language)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.memory.update(ask="offer", ask_at=talk.now)
    return her


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_plain_yes_joins_only_right_after_the_offer(store: Any, language: str, clock: FixedClock) -> None:
    her = await offered(store, language)
    await her.says(YES[language])
    assert (await store.talks.get(her.id)).snapshot.state.queued


@pytest.mark.parametrize("between", ["hours", "answer"])
async def test_a_plain_yes_later_or_after_another_answer_calls_nobody(store: Any, between: str, clock: FixedClock) -> None:
    her = await offered(store, "es")
    if between == "hours":
        clock.move(3601)
    else:
        await her.says("asdf qwer")
    await her.says("si")
    assert (await store.talks.get(her.id)).snapshot.state is State.BOT


async def test_yes_to_a_question_of_the_offer_check_is_no_yes_to_a_person(store: Any) -> None:
    her = Woman(store)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.fire(Event.OFFER)
        talk.memory["choices"] = ["oq_fee_yes", "oq_fee_no", "oq_fee_dk"]
    await her.says("si")
    assert (await store.talks.get(her.id)).snapshot.state is State.OFFERED
