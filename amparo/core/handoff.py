"""The conversation's states as data: who owns the talk, what each event does, what she is told.

One table, `TRANSITIONS`; a pair that is not in it changes nothing. Quiet (DH-1) is not a state but a cover over all of
them: `apply` drops every unprompted text while it lies. Sources: handoff-and-desk.md and DH-1, DH-8, DH-11, DH-12, DH-16.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum


class State(str, Enum):
    BOT = "bot"
    OFFERED = "offered"
    WAITING = "waiting"
    AWAY = "away"
    ACTIVE = "active"
    TRANSFERRING = "transferring"
    CALLBACK = "callback"
    CLOSING = "closing"

    @property
    def human(self) -> bool:
        """A counselor owns the talk; the bot is silent."""
        return self in (State.ACTIVE, State.TRANSFERRING)

    @property
    def queued(self) -> bool:
        """She said yes and nobody has taken her yet."""
        return self in (State.WAITING, State.AWAY)


class Event(str, Enum):
    # hers
    OFFER = "offer"
    YES = "yes"
    NOT_NOW = "not_now"
    ASK_HUMAN = "ask_human"
    LEAVE = "leave"
    EXIT = "exit"
    PRESENCE = "presence"
    RETURN = "return"
    DELETE = "delete"
    ACCEPT_TRANSFER = "accept_transfer"
    REFUSE_TRANSFER = "refuse_transfer"
    # staff
    CLAIM = "claim"
    TRANSFER = "transfer"
    CLOSE = "close"
    SET_CALLBACK = "set_callback"
    STAFF_QUIET = "staff_quiet"
    NOT_HER = "not_her"
    UNCOVER = "uncover"
    MUTE = "mute"
    UNMUTE = "unmute"
    # the clock
    OFFER_EXPIRED = "offer_expired"
    NOBODY_CAME = "nobody_came"
    SOMEBODY_CAME_ON = "somebody_came_on"
    COUNSELOR_GONE = "counselor_gone"
    TRANSFER_EXPIRED = "transfer_expired"
    CALLBACK_DUE = "callback_due"
    CLOSING_DONE = "closing_done"
    MUTE_OVER = "mute_over"


HERS = frozenset(list(Event)[: list(Event).index(Event.CLAIM)])
STAFF = frozenset(list(Event)[list(Event).index(Event.CLAIM) : list(Event).index(Event.OFFER_EXPIRED)])
CLOCK = frozenset(list(Event)[list(Event).index(Event.OFFER_EXPIRED) :])


@dataclass(frozen=True)
class Snapshot:
    """The part of a conversation that the table reads and writes. Times are unix seconds."""

    state: State = State.BOT
    owner: str = ""  # counselor id while a human owns the talk
    previous_owner: str = ""
    next_owner: str = ""  # who was named to her for a transfer; '' = whoever comes
    quiet: str = ""  # '' or why: exit, presence, staff
    covered: bool = False
    muted_until: float = 0.0
    said_yes: bool = False  # since the last end; survives quiet (DH-8)
    said_no: bool = False  # not now is respected until a new sign
    queued_at: float = 0.0
    changed_at: float = 0.0
    epoch: int = 0  # grows with every change of owner; outbox rows carry it

    @property
    def bot_speaks(self) -> bool:
        """True where the bot may answer her own message."""
        return not self.state.human or self.covered


@dataclass(frozen=True)
class Transition:
    """`to`: next state. `tell`: message key or ''. `prompted`: the text answers a message of hers, so quiet lets it pass."""

    to: State
    tell: str = ""
    prompted: bool = False
    alarm: str = ""  # what the desk is told


_HERS, _STAFF = True, False
T = Transition
S = State
E = Event

TRANSITIONS: Mapping[tuple[State, Event], Transition] = {
    # offered: the true time was said, she decides
    (S.BOT, E.OFFER): T(S.OFFERED, prompted=True),
    (S.OFFERED, E.OFFER): T(S.OFFERED, prompted=True),
    (S.CALLBACK, E.OFFER): T(S.CALLBACK, prompted=True),
    (S.CLOSING, E.OFFER): T(S.OFFERED, prompted=True),
    (S.OFFERED, E.NOT_NOW): T(S.BOT, "handoff_not_now", True),
    (S.OFFERED, E.OFFER_EXPIRED): T(S.BOT),
    # her yes is enough (DH-8), and so is asking for a person
    (S.BOT, E.YES): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.OFFERED, E.YES): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.CALLBACK, E.YES): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.CLOSING, E.YES): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.BOT, E.ASK_HUMAN): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.OFFERED, E.ASK_HUMAN): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.CALLBACK, E.ASK_HUMAN): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.CLOSING, E.ASK_HUMAN): T(S.WAITING, "handoff_queued", True, "new_case"),
    (S.WAITING, E.ASK_HUMAN): T(S.WAITING, "handoff_still_waiting", True),
    (S.AWAY, E.ASK_HUMAN): T(S.AWAY, "handoff_still_away", True),
    # waiting: she may leave, nobody may come
    (S.WAITING, E.LEAVE): T(S.BOT, "handoff_left", True, "left"),
    (S.AWAY, E.LEAVE): T(S.BOT, "handoff_left", True, "left"),
    (S.CALLBACK, E.LEAVE): T(S.BOT, "handoff_left", True, "left"),
    (S.WAITING, E.NOT_NOW): T(S.BOT, "handoff_left", True, "left"),
    (S.AWAY, E.NOT_NOW): T(S.BOT, "handoff_left", True, "left"),
    (S.WAITING, E.NOBODY_CAME): T(S.AWAY, "handoff_nobody", False, "nobody_claimed"),
    (S.AWAY, E.SOMEBODY_CAME_ON): T(S.WAITING),
    (S.WAITING, E.CLAIM): T(S.ACTIVE, "handoff_introduction", False),
    (S.AWAY, E.CLAIM): T(S.ACTIVE, "handoff_introduction", False),
    (S.CALLBACK, E.CLAIM): T(S.ACTIVE, "handoff_introduction", False),
    (S.WAITING, E.SET_CALLBACK): T(S.CALLBACK, "handoff_callback_set", False),
    (S.AWAY, E.SET_CALLBACK): T(S.CALLBACK, "handoff_callback_set", False),
    (S.CALLBACK, E.CALLBACK_DUE): T(S.CALLBACK, "", False, "callback_due"),
    # a human talks
    (S.ACTIVE, E.TRANSFER): T(S.TRANSFERRING, "handoff_transfer_ask", False),
    (S.TRANSFERRING, E.ACCEPT_TRANSFER): T(S.WAITING, "handoff_transfer_yes", True, "transferred"),
    (S.TRANSFERRING, E.REFUSE_TRANSFER): T(S.ACTIVE, "handoff_transfer_no", True),
    (S.TRANSFERRING, E.TRANSFER_EXPIRED): T(S.ACTIVE, "", False, "transfer_unanswered"),
    (S.ACTIVE, E.SET_CALLBACK): T(S.CALLBACK, "handoff_callback_set", False),
    (S.ACTIVE, E.CLOSE): T(S.CLOSING, "handoff_closed", False),
    (S.TRANSFERRING, E.CLOSE): T(S.CLOSING, "handoff_closed", False),
    (S.CALLBACK, E.CLOSE): T(S.BOT),
    (S.WAITING, E.CLOSE): T(S.BOT),
    (S.AWAY, E.CLOSE): T(S.BOT),
    (S.ACTIVE, E.COUNSELOR_GONE): T(S.WAITING, "handoff_counselor_gone", False, "counselor_gone"),
    (S.TRANSFERRING, E.COUNSELOR_GONE): T(S.WAITING, "handoff_counselor_gone", False, "counselor_gone"),
    (S.ACTIVE, E.LEAVE): T(S.CLOSING, "handoff_closed", True, "left"),
    (S.TRANSFERRING, E.LEAVE): T(S.CLOSING, "handoff_closed", True, "left"),
    (S.CLOSING, E.CLOSING_DONE): T(S.BOT),
    (S.CLOSING, E.NOT_NOW): T(S.BOT),
}
"""(state, event) -> what happens. EXIT, PRESENCE, RETURN, DELETE, quiet and mute events lie over every state (see `apply`)."""


@dataclass(frozen=True)
class Step:
    """The result of one event: the next snapshot, what she is told ('' = nothing) and what the desk is told."""

    after: Snapshot
    tell: str = ""
    alarm: str = ""
    changed: bool = False


QUIET_EVENTS: Mapping[Event, str] = {Event.EXIT: "exit", Event.PRESENCE: "presence", Event.STAFF_QUIET: "staff"}
MUTE_SECONDS = 24 * 3600


def apply(before: Snapshot, event: Event, now: float, actor: str = "") -> Step:
    """One event over one snapshot; total: every state x event has an answer, and an unknown pair changes nothing.

    `actor`: the counselor id for CLAIM. A claim without an actor is refused (nothing changes).
    """
    overlay = _overlay(before, event, now)
    if overlay is not None:
        return overlay
    row = TRANSITIONS.get((before.state, event))
    if row is None or (event is Event.CLAIM and not actor):
        return Step(before)
    after = _owned(before, row.to, event, actor, now)
    silent = bool(before.quiet) and not row.prompted
    return Step(after, "" if silent else row.tell, row.alarm, changed=True)


def _overlay(before: Snapshot, event: Event, now: float) -> Step | None:
    if event in QUIET_EVENTS:
        # a new epoch: whatever the bot wrote before the exit word is never released after it
        after = replace(before, quiet=QUIET_EVENTS[event], covered=before.state.human, epoch=before.epoch + 1)
        return Step(after, "", "quiet" if before.state is not State.BOT else "", changed=True)
    if event is Event.RETURN:
        return Step(replace(before, quiet="", covered=False), "", "returned" if before.quiet else "", bool(before.quiet))
    if event is Event.NOT_HER:
        to = State.BOT if before.state is State.CALLBACK else before.state
        after = replace(before, state=to, quiet="staff", covered=to.human, epoch=before.epoch + 1)
        return Step(after, "", "not_her", True)
    if event is Event.UNCOVER:
        return Step(replace(before, covered=False, quiet=""), "", "", before.covered)
    if event is Event.MUTE:
        return Step(replace(before, muted_until=now + MUTE_SECONDS), "", "", True)
    if event in (Event.UNMUTE, Event.MUTE_OVER):
        return Step(replace(before, muted_until=0.0), "", "", before.muted_until > 0)
    if event is Event.DELETE:
        return Step(Snapshot(epoch=before.epoch + 1, changed_at=now), "", "deleted", True)
    return None


def _owned(before: Snapshot, to: State, event: Event, actor: str, now: float) -> Snapshot:
    """The snapshot in state `to` with owner, queue place and epoch as the change of state asks."""
    after = replace(before, state=to, changed_at=now)
    if event is Event.CLAIM:
        after = replace(after, owner=actor, covered=bool(before.quiet), said_no=False)
    elif not to.human and before.owner:
        after = replace(after, owner="", previous_owner=before.owner, covered=False)
    if event in (Event.YES, Event.ASK_HUMAN) and to is State.WAITING and not before.state.queued:
        after = replace(after, said_yes=True, said_no=False, queued_at=now)
    if event is Event.COUNSELOR_GONE or event is Event.ACCEPT_TRANSFER:
        after = replace(after, queued_at=before.queued_at or now)  # back with her place
    if event in (Event.NOT_NOW, Event.LEAVE):
        after = replace(after, said_no=True, said_yes=False, queued_at=0.0)
    if to in (State.BOT, State.CLOSING):
        after = replace(after, said_yes=False, queued_at=0.0)
    if before.bot_speaks != after.bot_speaks or before.owner != after.owner:
        after = replace(after, epoch=before.epoch + 1)
    return after


TIMEOUTS: Mapping[State, tuple[Event, int]] = {
    State.OFFERED: (Event.OFFER_EXPIRED, 24 * 3600),
    State.WAITING: (Event.NOBODY_CAME, 20 * 60),
    State.TRANSFERRING: (Event.TRANSFER_EXPIRED, 10 * 60),
    State.CLOSING: (Event.CLOSING_DONE, 15 * 60),
}
"""State -> (event, seconds since `changed_at`) that `jobs` fires. Quiet and covered conversations never time out (DH-1)."""


def due(snapshot: Snapshot, now: float) -> Event | None:
    """The clock event that is due, or None. Nothing is due in quiet."""
    if snapshot.muted_until and now >= snapshot.muted_until:
        return Event.MUTE_OVER
    if snapshot.quiet or snapshot.covered:
        return None
    row = TIMEOUTS.get(snapshot.state)
    if row is None or now - snapshot.changed_at < row[1]:
        return None
    return row[0]
