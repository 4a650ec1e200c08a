"""The handoff table: one owner, a way out of every state, quiet over everything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.core.handoff import CLOCK, HERS, STAFF, TIMEOUTS, TRANSITIONS, Event, Snapshot, State, Step, apply, due
from amparo.core.model import Kind
from amparo.core.outbound import Release, release

EVENTS = st.sampled_from(list(Event))
NOW = 1_000_000.0


def walk(events: list[Event]) -> list[Step]:
    snapshot, steps = Snapshot(), []
    for number, event in enumerate(events):
        step = apply(snapshot, event, NOW + number, actor="ana")
        steps.append(step)
        snapshot = step.after
    return steps


@given(st.lists(EVENTS, max_size=25))
@settings(max_examples=400, deadline=None)
def test_one_owner_at_a_time(events: list[Event]) -> None:
    for step in walk(events):
        after = step.after
        assert bool(after.owner) == after.state.human
        assert after.bot_speaks == (not after.state.human or after.covered)


@given(st.lists(EVENTS, max_size=25))
@settings(max_examples=400, deadline=None)
def test_every_state_has_a_way_back_to_the_bot(events: list[Event]) -> None:
    snapshot = walk(events)[-1].after if events else Snapshot()
    for event in (Event.RETURN, Event.UNCOVER, Event.LEAVE, Event.NOT_NOW, Event.CLOSING_DONE, Event.CLOSE, Event.CLOSING_DONE):
        snapshot = apply(snapshot, event, NOW).after
    assert snapshot.state is State.BOT


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", sorted(STAFF | CLOCK))
def test_quiet_sends_nothing_unprompted(state: State, event: Event) -> None:
    """State x event: what staff or the clock do in quiet never tells her anything (DH-1)."""
    before = Snapshot(state=state, owner="ana" if state.human else "", quiet="exit", covered=state.human)
    assert apply(before, event, NOW, actor="ana").tell == ""
    assert due(before, NOW + 10**9) is None


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", [Event.EXIT, Event.PRESENCE])
def test_exit_hides_in_every_state_and_keeps_her_place(state: State, event: Event) -> None:
    before = Snapshot(state=state, owner="ana" if state.human else "", queued_at=5.0, epoch=3)
    after = apply(before, event, NOW).after
    assert after.quiet and after.state is state and after.queued_at == 5.0
    assert release(Kind.ANSWER, 3, True, after) is Release.DROP  # what the bot wrote before never comes after
    assert release(Kind.COVER, 3, True, after) is Release.SEND
    assert release(Kind.COUNSELOR, 3, False, after) is Release.HOLD


@pytest.mark.parametrize("state", [s for s in State if not s.human])
def test_a_yes_queues_at_once(state: State) -> None:
    """Her yes, or asking for a person, is enough, from wherever the bot owns the talk (DH-8)."""
    for event in (Event.YES, Event.ASK_HUMAN):
        after = apply(Snapshot(state=state), event, NOW).after
        assert after.state.queued or (event is Event.YES and state.queued)


def test_timeouts_lead_somewhere() -> None:
    for state, (event, seconds) in TIMEOUTS.items():
        assert (state, event) in TRANSITIONS
        assert due(Snapshot(state=state, changed_at=NOW), NOW + seconds) is event
        assert due(Snapshot(state=state, changed_at=NOW), NOW + seconds - 1) is None


def test_same_person_three_times() -> None:
    snapshot = Snapshot()
    for _ in range(3):
        for event, state in (
            (Event.YES, State.WAITING),
            (Event.CLAIM, State.ACTIVE),
            (Event.CLOSE, State.CLOSING),
            (Event.CLOSING_DONE, State.BOT),
        ):
            snapshot = apply(snapshot, event, NOW, actor="ana").after
            assert snapshot.state is state


def test_bot_text_is_never_released_after_a_claim() -> None:
    waiting = apply(Snapshot(), Event.YES, NOW).after
    active = apply(waiting, Event.CLAIM, NOW, actor="ana").after
    assert release(Kind.ANSWER, waiting.epoch, True, active) is Release.DROP
    assert release(Kind.HANDOFF, active.epoch, False, active) is Release.SEND


def test_vanished_counselor_gives_her_place_back() -> None:
    active = Snapshot(state=State.ACTIVE, owner="ana", queued_at=7.0)
    step = apply(active, Event.COUNSELOR_GONE, NOW)
    assert step.after.state is State.WAITING
    assert step.after.queued_at == 7.0
    assert step.alarm == "counselor_gone"


def test_claim_needs_an_actor_and_only_the_first_wins() -> None:
    waiting = Snapshot(state=State.WAITING)
    assert not apply(waiting, Event.CLAIM, NOW).changed
    active = apply(waiting, Event.CLAIM, NOW, actor="ana").after
    assert apply(active, Event.CLAIM, NOW, actor="eva").after.owner == "ana"


def test_every_event_is_somebodys() -> None:
    assert frozenset(Event) == HERS | STAFF | CLOCK
    assert not (HERS & STAFF or STAFF & CLOCK or HERS & CLOCK)
