"""What a counselor may write now: the reply window, the gap, opt-out, quiet, one knock per silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.core.composer import Contact, check_hold, check_knock, check_write, composer, may_release
from amparo.core.errors import NotAllowed, WindowClosed
from amparo.core.handoff import Event, Snapshot, State, apply
from channels.base import capabilities

NOW = 1_000_000.0
MINE = Snapshot(state=State.ACTIVE, owner="ana", said_yes=True)
CONTACT = Contact(last_in_at=NOW)
WHATSAPP, SMS = capabilities("whatsapp"), capabilities("sms")


def at(seconds: float, **more: object) -> Contact:
    return replace(CONTACT, last_in_at=NOW - seconds, **more)


def test_inside_the_window_anything_and_the_seconds_left() -> None:
    made = composer(MINE, "ana", WHATSAPP, at(600), NOW)
    assert (made.mode, made.seconds_left) == ("write", 24 * 3600 - 600)
    assert composer(MINE, "ana", SMS, at(600), NOW).seconds_left is None


def test_after_half_an_hour_only_an_opener() -> None:
    made = composer(MINE, "ana", WHATSAPP, at(1801), NOW)
    assert made.mode == "opener"
    check_write(made, opener=True)
    with pytest.raises(NotAllowed, match="opener_first"):
        check_write(made, opener=False)


def test_after_a_day_on_whatsapp_the_answer_is_held_and_one_template_goes() -> None:
    contact = at(24 * 3600)
    made = composer(MINE, "ana", WHATSAPP, contact, NOW)
    assert (made.mode, made.reason, made.may_template) == ("hold", "window_closed", True)
    with pytest.raises(WindowClosed):
        check_write(made, opener=True)
    check_hold(made)
    check_knock(made, fallback=False)
    again = composer(MINE, "ana", WHATSAPP, replace(contact, template_at=NOW - 10), NOW)
    with pytest.raises(NotAllowed, match="no_template"):
        check_knock(again, fallback=False)
    assert composer(MINE, "ana", SMS, contact, NOW).mode == "opener"  # no window there


def test_who_wants_to_write_first_is_never_knocked_at() -> None:
    for seconds in (1801, 25 * 3600):
        made = composer(MINE, "ana", WHATSAPP, at(seconds, she_writes_first=True, fallback="sms", unreachable=True), NOW)
        assert (made.mode, made.may_template, made.may_fallback) == ("hold", False, False)


def test_opted_out_is_said_and_the_agreed_other_channel_is_offered() -> None:
    made = composer(MINE, "ana", SMS, at(60, opted_out=True, fallback="whatsapp"), NOW)
    assert (made.mode, made.reason, made.may_fallback) == ("hold", "opted_out", True)
    with pytest.raises(NotAllowed, match="opted_out"):
        check_write(made, opener=True)
    assert not composer(MINE, "ana", SMS, at(60, fallback="whatsapp"), NOW).may_fallback  # nothing is broken


SNAPSHOTS = st.sampled_from(
    [
        MINE,
        replace(MINE, owner="eva"),
        replace(MINE, quiet="exit", covered=True),
        replace(MINE, state=State.WAITING, owner=""),
        apply(MINE, Event.NOT_HER, NOW).after,
    ]
)


@given(SNAPSHOTS, st.sampled_from(["whatsapp", "sms", "telegram"]), st.floats(0, 10**6), st.booleans(), st.booleans(), st.floats(0, NOW))
def test_nothing_leaves_unless_the_talk_is_mine_and_open(
    snapshot: Snapshot, channel: str, ago: float, out: bool, first: bool, knocked: float
) -> None:
    contact = at(ago, opted_out=out, she_writes_first=first, template_at=knocked, fallback="sms", unreachable=True)
    made = composer(snapshot, "ana", capabilities(channel), contact, NOW)
    mine = snapshot == MINE
    assert (made.mode == "locked") == (not mine)
    if not mine:
        assert not made.may_template and not made.may_fallback
        with pytest.raises(NotAllowed):
            check_hold(made)
        with pytest.raises(NotAllowed):
            check_write(made, opener=True)
    if out or (channel == "whatsapp" and ago >= 24 * 3600):
        assert made.mode not in ("write", "opener")
    if ago > 1800:
        assert made.mode != "write"


def test_held_answers_wait_for_her_and_for_a_look() -> None:
    assert may_release(MINE, "ana", NOW - 100, NOW - 200, False, NOW) == "she_has_not_written"
    assert may_release(MINE, "ana", NOW - 300, NOW - 200, False, NOW) == ""
    assert may_release(MINE, "ana", NOW - 9000, NOW - 8000, False, NOW) == "gap"
    assert may_release(MINE, "eva", NOW - 300, NOW - 200, True, NOW) == "not_yours"
    assert may_release(replace(MINE, quiet="exit"), "ana", NOW - 300, NOW - 200, True, NOW) == "quiet"
    assert may_release(Snapshot(), "ana", NOW - 300, NOW - 200, True, NOW) == "not_yours"
