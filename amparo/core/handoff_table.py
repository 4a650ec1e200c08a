"""The conversation's states and what each event does to them, as data. `amparo.core.handoff.apply` walks it.

Sources: handoff-and-desk.md and DH-1, DH-8, DH-11, DH-12, DH-16, DH-18, DH-24.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    OUT_OF_HOURS = "out_of_hours"  # follows her yes in the same turn where nobody can come now
    ASK_CALLBACK = "ask_callback"
    LEAVE = "leave"
    EXIT = "exit"
    PRESENCE = "presence"
    RETURN = "return"
    WROTE = "wrote"  # any message of hers while quiet or cover lies over the talk
    MAY_WRITE = "may_write"  # she agreed to a sign of life
    DONT_WRITE = "dont_write"
    DELETE = "delete"
    ACCEPT_TRANSFER = "accept_transfer"
    REFUSE_TRANSFER = "refuse_transfer"
    # staff
    CLAIM = "claim"
    TRANSFER = "transfer"
    HAND_OVER = "hand_over"  # the next person accepted the case at the end of a shift
    CONFIRM = "confirm"  # a supervisor lets the next person go on where she could not be asked, or did not answer
    JOIN = "join"  # a supervisor reads along
    CLOSE = "close"
    REOPEN = "reopen"
    SET_CALLBACK = "set_callback"
    STAFF_QUIET = "staff_quiet"
    NOT_HER = "not_her"
    UNCOVER = "uncover"
    OPEN_SILENT = "open_silent"  # a supervisor decides about danger shown in quiet, without her yes (DH-1)
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
class Transition:
    """`to`: next state. `tell`: message key or ''. `prompted`: the text answers a message of hers, so quiet lets it pass.

    `life_sign`: told only where she agreed to be written to while she waits.
    """

    to: State
    tell: str = ""
    prompted: bool = False
    alarm: str = ""  # what the desk is told
    life_sign: bool = False


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
    **{
        (state, event): T(S.WAITING, "handoff_queued", True, "new_case")
        for state in (S.BOT, S.OFFERED, S.CALLBACK, S.CLOSING)
        for event in (E.YES, E.ASK_HUMAN)
    },
    **{(S.WAITING, event): T(S.WAITING, "handoff_still_waiting", True) for event in (E.YES, E.ASK_HUMAN)},
    **{(S.AWAY, event): T(S.AWAY, "handoff_still_away", True) for event in (E.YES, E.ASK_HUMAN)},
    # a time that she chose, from wherever the bot has the talk
    **{
        (state, E.ASK_CALLBACK): T(S.CALLBACK, "handoff_callback_agreed", True, "callback_asked")
        for state in (S.BOT, S.OFFERED, S.WAITING, S.AWAY, S.CALLBACK, S.CLOSING)
    },
    # waiting: she may leave, nobody may come
    **{
        (state, event): T(S.BOT, "handoff_left", True, "left")
        for state in (S.WAITING, S.AWAY, S.CALLBACK)
        for event in (E.LEAVE, E.NOT_NOW)
    },
    (S.WAITING, E.OUT_OF_HOURS): T(S.AWAY, "handoff_away", True, "away"),
    (S.WAITING, E.NOBODY_CAME): T(S.AWAY, "handoff_nobody", False, "nobody_claimed", life_sign=True),
    (S.AWAY, E.SOMEBODY_CAME_ON): T(S.WAITING, "handoff_somebody_on", False, "new_case", life_sign=True),
    **{(state, E.CLAIM): T(S.ACTIVE, "handoff_introduction") for state in (S.WAITING, S.AWAY, S.CALLBACK)},
    **{(state, E.SET_CALLBACK): T(S.CALLBACK, "handoff_callback_set") for state in (S.WAITING, S.AWAY, S.ACTIVE, S.TRANSFERRING)},
    (S.CALLBACK, E.SET_CALLBACK): T(S.CALLBACK),
    (S.CALLBACK, E.CALLBACK_DUE): T(S.WAITING, alarm="callback_due"),
    # a human talks
    (S.ACTIVE, E.TRANSFER): T(S.TRANSFERRING, "handoff_transfer_ask"),
    (S.TRANSFERRING, E.ACCEPT_TRANSFER): T(S.WAITING, "handoff_transfer_yes", True, "transferred"),
    (S.TRANSFERRING, E.REFUSE_TRANSFER): T(S.ACTIVE, "handoff_transfer_no", True),
    (S.TRANSFERRING, E.TRANSFER_EXPIRED): T(S.ACTIVE, alarm="transfer_unanswered"),
    **{(state, E.HAND_OVER): T(S.ACTIVE, "handoff_shift", alarm="handed_over") for state in (S.ACTIVE, S.TRANSFERRING)},
    (S.CALLBACK, E.HAND_OVER): T(S.CALLBACK, alarm="handed_over"),
    (S.ACTIVE, E.ACCEPT_TRANSFER): T(S.ACTIVE, prompted=True),
    (S.ACTIVE, E.CONFIRM): T(S.ACTIVE),
    (S.ACTIVE, E.REFUSE_TRANSFER): T(S.WAITING, "handoff_shift_no", True, "shift_refused"),
    **{(state, E.JOIN): T(state, "handoff_supervisor_joins") for state in (S.ACTIVE, S.TRANSFERRING)},
    **{(state, E.CLOSE): T(S.CLOSING, "handoff_closed") for state in (S.ACTIVE, S.TRANSFERRING)},
    **{(state, E.CLOSE): T(S.BOT) for state in (S.WAITING, S.AWAY, S.CALLBACK)},
    **{(state, E.COUNSELOR_GONE): T(S.WAITING, "handoff_counselor_gone", False, "counselor_gone") for state in (S.ACTIVE, S.TRANSFERRING)},
    **{(state, E.LEAVE): T(S.CLOSING, "handoff_she_left", True, "left") for state in (S.ACTIVE, S.TRANSFERRING)},
    (S.CLOSING, E.REOPEN): T(S.ACTIVE, "handoff_reopened"),
    (S.CLOSING, E.CLOSING_DONE): T(S.BOT),
    (S.CLOSING, E.NOT_NOW): T(S.BOT, "handoff_not_now", True),
    # danger shown in quiet: a supervisor opens a case that stays silent
    **{(state, E.OPEN_SILENT): T(S.WAITING, alarm="silent_case") for state in (S.BOT, S.OFFERED, S.CLOSING)},
}
"""(state, event) -> what happens. Exit, presence, return, deletion, quiet and mute lie over every state (see `handoff.apply`)."""

DAY = 24 * 3600

TIMEOUTS: Mapping[State, tuple[Event, int]] = {
    State.OFFERED: (Event.OFFER_EXPIRED, DAY),
    State.WAITING: (Event.NOBODY_CAME, 20 * 60),
    State.TRANSFERRING: (Event.TRANSFER_EXPIRED, 10 * 60),
    State.CALLBACK: (Event.CALLBACK_DUE, 31 * DAY),  # a net under the agreed time, which the callbacks table holds
    State.CLOSING: (Event.CLOSING_DONE, 15 * 60),
}
"""State -> (event, seconds since `changed_at`) that `jobs` fires. Quiet and covered conversations never time out (DH-1).

Besides, `jobs` fires SOMEBODY_CAME_ON over AWAY, COUNSELOR_GONE over ACTIVE and TRANSFERRING, and CALLBACK_DUE at the agreed time.
"""
