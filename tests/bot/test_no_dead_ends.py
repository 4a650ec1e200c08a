"""From every state of the handoff a person and the exit are at most two messages away, in every language; no model is loaded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from amparo.core.handoff import Event, State
from amparo.core.model import LANGUAGES
from tests.support.people import Woman, on_shift

PERSON = {"es": "persona", "pt": "pessoa", "en": "person", "fr": "personne", "ht": "moun"}
NEAR = 2
"""Messages within which she must arrive."""


async def _claimed(her: Woman) -> None:
    await her.says(token="human")
    await her.fire(Event.CLAIM, "ana", alias="Ana")


async def bot(her: Woman) -> None:
    await her.says("hola")


async def offered(her: Woman) -> None:
    await her.fire(Event.OFFER)


async def waiting(her: Woman) -> None:
    await her.says(token="human")


async def away(her: Woman) -> None:
    await her.says(token="human")
    await her.fire(Event.OUT_OF_HOURS)


async def callback(her: Woman) -> None:
    await away(her)
    await her.fire(Event.ASK_CALLBACK)


async def active(her: Woman) -> None:
    await _claimed(her)


async def transferring(her: Woman) -> None:
    await _claimed(her)
    await her.fire(Event.TRANSFER, "ana")


async def closing(her: Woman) -> None:
    await _claimed(her)
    await her.fire(Event.CLOSE, alias="Ana")


async def quiet(her: Woman) -> None:
    await her.says("00")


async def quiet_over_a_talk(her: Woman) -> None:
    await _claimed(her)
    await her.says("00")


async def quiet_while_waiting(her: Woman) -> None:
    await her.says(token="human")
    await her.says("00")


WAYS: tuple[tuple[Callable[[Woman], Awaitable[None]], State | None], ...] = (
    (bot, State.BOT),
    (offered, State.OFFERED),
    (waiting, State.WAITING),
    (away, State.AWAY),
    (callback, State.CALLBACK),
    (active, State.ACTIVE),
    (transferring, State.TRANSFERRING),
    (closing, State.CLOSING),
    (quiet, None),
    (quiet_over_a_talk, None),
    (quiet_while_waiting, None),
)


def test_the_walk_begins_in_every_state_there_is() -> None:
    assert {state for _, state in WAYS if state is not None} == set(State)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("way", "state"), WAYS, ids=[way.__name__ for way, _ in WAYS])
async def test_a_person_is_two_messages_away_at_most(store: Any, way: Any, state: State | None, language: str) -> None:
    her = await _in_state(store, way, state, language)
    for _ in range(NEAR):
        if await _with_a_person(her):
            break
        await her.says(PERSON[language])
    assert await _with_a_person(her), (await her.snapshot()).state


@pytest.mark.parametrize(("way", "state"), WAYS, ids=[way.__name__ for way, _ in WAYS])
@pytest.mark.parametrize("word", ["00", "🛑"])
async def test_the_exit_is_one_message_away_and_one_line_at_most(store: Any, way: Any, state: State | None, word: str) -> None:
    her = await _in_state(store, way, state, "es")
    assert len(await her.says(word)) <= 1
    assert (await her.snapshot()).quiet == "exit"
    assert await her.reads() == []


async def _in_state(store: Any, way: Any, state: State | None, language: str) -> Woman:
    await on_shift(store, "ana")
    her = Woman(store, "telegram", "77", language)
    await her.begins()
    await way(her)
    await her.reads()
    if state is not None:
        assert (await her.snapshot()).state is state
    return her


async def _with_a_person(her: Woman) -> bool:
    """She waits for a person or talks with one, and no quiet lies over it."""
    snapshot = await her.snapshot()
    return (snapshot.state.queued or snapshot.state.human) and not snapshot.quiet
