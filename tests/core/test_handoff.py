"""The handoff table: one owner, a way out of every state, a next step after every timeout, quiet over everything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.core.handoff import CLOCK, HERS, STAFF, TIMEOUTS, TRANSITIONS, Event, Snapshot, State, Step, apply, due
from amparo.core.model import Kind
from amparo.core.outbound import Release, release

EVENTS = st.sampled_from(list(Event))
STEPS = st.lists(st.tuples(EVENTS, st.sampled_from(["ana", "eva", ""])), max_size=40)
NOW = 1_000_000.0
BOTS = [kind for kind in Kind if kind not in (Kind.COVER, Kind.COUNSELOR)]


def walk(events: list[tuple[Event, str]], start: Snapshot | None = None) -> list[Step]:
    snapshot, steps = start or Snapshot(), []
    for number, (event, actor) in enumerate(events):
        step = apply(snapshot, event, NOW + number, actor=actor)
        steps.append(step)
        snapshot = step.after
    return steps


def last(events: list[tuple[Event, str]]) -> Snapshot:
    steps = walk(events)
    return steps[-1].after if steps else Snapshot()


def go(snapshot: Snapshot, *events: Event, actor: str = "ana") -> Snapshot:
    for event in events:
        step = apply(snapshot, event, NOW, actor=actor)
        assert step.changed, (snapshot.state, event)
        snapshot = step.after
    return snapshot


ACTIVE = go(Snapshot(), Event.YES, Event.CLAIM)


@given(STEPS)
@settings(max_examples=600, deadline=None)
def test_one_owner_at_a_time(events: list[tuple[Event, str]]) -> None:
    for step in walk(events):
        after = step.after
        assert bool(after.owner) == after.state.human
        assert after.bot_speaks == (not after.state.human or after.covered)
        assert after.covered is False or (after.state.human and bool(after.quiet))
        assert not after.state.human or after.said_yes
        assert not (after.next_owner and not after.state.human)


@given(STEPS)
@settings(max_examples=600, deadline=None)
def test_the_epoch_grows_with_every_change_of_who_speaks(events: list[tuple[Event, str]]) -> None:
    """What was written under one owner is never released under another: no bot text in a human's talk, however late its retry."""
    before = Snapshot()
    for step in walk(events):
        after = step.after
        assert after.epoch >= before.epoch
        if (before.owner, before.bot_speaks) != (after.owner, after.bot_speaks):
            assert after.epoch > before.epoch
            for kind in BOTS:
                assert release(kind, before.epoch, True, after) is Release.DROP
        if not after.bot_speaks:
            assert release(Kind.ANSWER, after.epoch, True, after) is Release.DROP
        before = after


@given(STEPS)
@settings(max_examples=600, deadline=None)
def test_quiet_is_ended_by_her_alone_or_by_staff_after_she_wrote(events: list[tuple[Event, str]]) -> None:
    before, wrote = Snapshot(), False
    for (event, actor), step in zip(events, walk(events), strict=True):
        wrote = (wrote or event is Event.WROTE) if before.quiet else False
        if before.quiet and not step.after.quiet:
            assert event in (Event.RETURN, Event.DELETE) or (event is Event.UNCOVER and wrote), (event, actor)
        if step.after.quiet and event in STAFF | CLOCK:
            assert step.tell == "" or not before.quiet
        if before.quiet and event in STAFF | CLOCK:
            assert step.tell == ""
        if event in (Event.EXIT, Event.PRESENCE, Event.STAFF_QUIET, Event.NOT_HER):
            wrote = False
        before = step.after


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_every_state_has_a_way_back_to_the_bot(events: list[tuple[Event, str]]) -> None:
    snapshot = last(events)
    for event in (Event.RETURN, Event.LEAVE, Event.NOT_NOW, Event.CLOSING_DONE):
        snapshot = apply(snapshot, event, NOW).after
    assert (snapshot.state, snapshot.quiet, snapshot.owner) == (State.BOT, "", "")


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_the_clock_alone_never_leaves_her_without_a_next_step(events: list[tuple[Event, str]]) -> None:
    """Whatever happened: if nobody does anything any more, the clock ends in the bot, in a queue that alarms, or in a human's talk."""
    snapshot, now = last(events), NOW
    for _ in range(12):
        now += 32 * 86400
        event = due(snapshot, now)
        if event is None:
            break
        step = apply(snapshot, event, now)
        assert step.changed, (snapshot.state, event)
        snapshot = step.after
    assert due(snapshot, now) is None
    assert snapshot.quiet or snapshot.state in (State.BOT, State.AWAY, State.ACTIVE)
    assert not snapshot.muted_until


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_her_yes_keeps_her_place_until_somebody_ends_it(events: list[tuple[Event, str]]) -> None:
    for step in walk(events):
        after = step.after
        if after.state.queued:
            assert after.queued_at > 0
        if after.state in (State.BOT, State.OFFERED, State.CLOSING):
            assert not after.said_yes and not after.life_signs


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", sorted(STAFF | CLOCK))
def test_quiet_sends_nothing_unprompted(state: State, event: Event) -> None:
    """State x event: what staff or the clock do in quiet never tells her anything (DH-1)."""
    owner = "ana" if state.human else ""
    before = Snapshot(state=state, owner=owner, quiet="exit", covered=state.human, said_yes=True, life_signs=True)
    for actor in ("ana", "eva"):
        assert apply(before, event, NOW, actor=actor).tell == ""
    assert due(before, NOW + 10**9) is None


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", [Event.EXIT, Event.PRESENCE, Event.STAFF_QUIET])
def test_exit_hides_in_every_state_and_keeps_her_place(state: State, event: Event) -> None:
    before = Snapshot(state=state, owner="ana" if state.human else "", queued_at=5.0, epoch=3)
    after = apply(before, event, NOW).after
    assert after.quiet and after.state is state and after.queued_at == 5.0
    assert release(Kind.ANSWER, 3, True, after) is Release.DROP  # what the bot wrote before never comes after
    assert release(Kind.COVER, 3, True, after) is Release.SEND
    assert release(Kind.COUNSELOR, 3, False, after) is Release.HOLD
    for kind in Kind:
        if kind is not Kind.COVER:
            assert release(kind, after.epoch, False, after) is not Release.SEND


@pytest.mark.parametrize("state", [s for s in State if not s.human])
def test_a_yes_queues_at_once(state: State) -> None:
    """Her yes, or asking for a person, is enough, from wherever the bot owns the talk (DH-8)."""
    for event in (Event.YES, Event.ASK_HUMAN):
        step = apply(Snapshot(state=state, queued_at=1.0), event, NOW)
        assert step.after.state.queued
        assert step.tell


@pytest.mark.parametrize("state", [s for s in State if not s.human])
@pytest.mark.parametrize("event", [Event.YES, Event.ASK_HUMAN, Event.ASK_CALLBACK, Event.NOT_NOW])
def test_her_choice_is_never_met_with_silence(state: State, event: Event) -> None:
    step = apply(Snapshot(state=state), event, NOW)
    assert step.tell or (event is Event.NOT_NOW and state is State.BOT)  # the turn answers a no where nothing was offered


def test_timeouts_lead_somewhere() -> None:
    for state, (event, seconds) in TIMEOUTS.items():
        assert (state, event) in TRANSITIONS
        assert event in CLOCK
        assert due(Snapshot(state=state, changed_at=NOW), NOW + seconds) is event
        assert due(Snapshot(state=state, changed_at=NOW), NOW + seconds - 1) is None
        assert due(Snapshot(state=state, changed_at=NOW, quiet="exit"), NOW + 10 * seconds) is None


def test_same_person_three_times() -> None:
    snapshot = Snapshot()
    for counselor in ("ana", "eva", "ana"):
        snapshot = go(snapshot, Event.OFFER, Event.YES, Event.CLAIM, actor=counselor)
        assert snapshot.owner == counselor
        snapshot = go(snapshot, Event.CLOSE, Event.CLOSING_DONE)
        assert snapshot.state is State.BOT and not snapshot.said_yes


def test_bot_text_is_never_released_after_a_claim() -> None:
    waiting = go(Snapshot(), Event.YES)
    active = go(waiting, Event.CLAIM)
    assert release(Kind.ANSWER, waiting.epoch, True, active) is Release.DROP
    assert release(Kind.HANDOFF, active.epoch, False, active) is Release.SEND


def test_vanished_counselor_gives_her_place_back() -> None:
    step = apply(Snapshot(state=State.ACTIVE, owner="ana", queued_at=7.0, said_yes=True), Event.COUNSELOR_GONE, NOW)
    assert (step.after.state, step.after.queued_at, step.after.previous_owner) == (State.WAITING, 7.0, "ana")
    assert (step.tell, step.alarm) == ("handoff_counselor_gone", "counselor_gone")
    quiet = apply(go(ACTIVE, Event.EXIT), Event.COUNSELOR_GONE, NOW)
    assert (quiet.after.state, quiet.after.quiet, quiet.tell) == (State.WAITING, "exit", "")


def test_claim_needs_an_actor_her_yes_and_only_the_first_wins() -> None:
    waiting = go(Snapshot(), Event.YES)
    assert not apply(waiting, Event.CLAIM, NOW).changed
    active = go(waiting, Event.CLAIM)
    assert apply(active, Event.CLAIM, NOW, actor="eva").after.owner == "ana"


def test_danger_in_quiet_without_her_yes_is_a_silent_case_that_nobody_claims() -> None:
    hidden = go(Snapshot(), Event.PRESENCE)
    assert not apply(Snapshot(), Event.OPEN_SILENT, NOW, actor="sol").changed
    silent = go(hidden, Event.OPEN_SILENT)
    assert silent.state is State.WAITING and not silent.said_yes
    assert not apply(silent, Event.CLAIM, NOW, actor="sol").changed
    back = go(silent, Event.RETURN)
    assert (back.state, back.quiet) == (State.BOT, "")  # she is asked like anybody else
    assert go(back, Event.YES, Event.CLAIM).owner == "ana"


def test_a_yes_before_quiet_keeps_her_place_through_it() -> None:
    back = go(Snapshot(), Event.YES, Event.EXIT, Event.RETURN)
    assert back.state is State.WAITING and back.said_yes


def test_staff_do_not_lift_the_cover_before_she_wrote() -> None:
    covered = go(ACTIVE, Event.NOT_HER)
    assert covered.covered and covered.bot_speaks
    assert not apply(covered, Event.UNCOVER, NOW).changed
    lifted = go(covered, Event.WROTE, Event.UNCOVER)
    assert (lifted.covered, lifted.quiet, lifted.owner) == (False, "", "ana")
    assert lifted.epoch > covered.epoch


def test_named_transfer_goes_to_the_named_one_only_with_her_yes() -> None:
    asked = apply(ACTIVE, Event.TRANSFER, NOW, actor="eva").after
    assert (asked.owner, asked.next_owner) == ("ana", "eva")
    yes = apply(asked, Event.ACCEPT_TRANSFER, NOW)
    assert (yes.after.owner, yes.after.state, yes.tell) == ("eva", State.ACTIVE, "handoff_transfer_named")
    no = apply(asked, Event.REFUSE_TRANSFER, NOW).after
    assert (no.owner, no.next_owner, no.state) == ("ana", "", State.ACTIVE)
    silent = apply(asked, Event.TRANSFER_EXPIRED, NOW)
    assert (silent.after.owner, silent.alarm) == ("ana", "transfer_unanswered")
    team = apply(ACTIVE, Event.TRANSFER, NOW, actor="").after
    assert apply(team, Event.ACCEPT_TRANSFER, NOW).after.state is State.WAITING


def test_end_of_shift_moves_the_talk_and_she_may_still_say_no() -> None:
    step = apply(ACTIVE, Event.HAND_OVER, NOW, actor="eva")
    after = step.after
    assert (after.owner, after.previous_owner, after.unconfirmed, step.tell) == ("eva", "ana", True, "handoff_shift")
    assert not apply(after, Event.HAND_OVER, NOW, actor="eva").changed
    confirmed = apply(after, Event.CONFIRM, NOW)  # a supervisor, where she could not be asked
    assert (confirmed.after.owner, confirmed.after.unconfirmed, confirmed.tell) == ("eva", False, "")
    assert not apply(confirmed.after, Event.CONFIRM, NOW).changed
    agreed = apply(after, Event.ACCEPT_TRANSFER, NOW)
    assert (agreed.after.owner, agreed.after.unconfirmed, agreed.tell) == ("eva", False, "")
    refused = apply(after, Event.REFUSE_TRANSFER, NOW)
    assert (refused.after.state, refused.tell, refused.alarm) == (State.WAITING, "handoff_shift_no", "shift_refused")
    assert refused.after.queued_at == ACTIVE.queued_at
    assert not apply(agreed.after, Event.REFUSE_TRANSFER, NOW).changed
    parked = apply(go(ACTIVE, Event.SET_CALLBACK), Event.HAND_OVER, NOW, actor="eva").after
    assert (parked.state, parked.previous_owner, parked.owner) == (State.CALLBACK, "eva", "")


def test_a_callback_comes_back_to_the_queue_and_not_her_cancels_it() -> None:
    agreed = go(Snapshot(), Event.ASK_CALLBACK)
    assert agreed.state is State.CALLBACK and agreed.said_yes
    due_now = apply(agreed, Event.CALLBACK_DUE, NOW)
    assert (due_now.after.state, due_now.tell, due_now.alarm) == (State.WAITING, "", "callback_due")
    assert go(due_now.after, Event.CLAIM).owner == "ana"
    assert go(agreed, Event.NOT_HER).state is State.BOT
    assert due(go(agreed, Event.EXIT), NOW + 10**9) is None


def test_a_sign_of_life_only_if_she_wanted_one() -> None:
    waiting = go(Snapshot(), Event.YES)
    assert apply(waiting, Event.NOBODY_CAME, NOW).tell == ""
    wanted = go(waiting, Event.MAY_WRITE)
    assert apply(wanted, Event.NOBODY_CAME, NOW).tell == "handoff_nobody"
    assert apply(go(wanted, Event.NOBODY_CAME), Event.SOMEBODY_CAME_ON, NOW).tell == "handoff_somebody_on"
    assert apply(go(wanted, Event.DONT_WRITE), Event.NOBODY_CAME, NOW).tell == ""
    assert apply(go(wanted, Event.EXIT), Event.NOBODY_CAME, NOW).tell == ""


def test_reopening_is_possible_only_right_after_the_end() -> None:
    closing = go(ACTIVE, Event.CLOSE)
    again = go(closing, Event.REOPEN)
    assert (again.state, again.owner, again.said_yes) == (State.ACTIVE, "ana", True)
    assert not apply(go(closing, Event.CLOSING_DONE), Event.REOPEN, NOW, actor="ana").changed


def test_every_event_is_somebodys() -> None:
    assert frozenset(Event) == HERS | STAFF | CLOCK
    assert not (HERS & STAFF or STAFF & CLOCK or HERS & CLOCK)
