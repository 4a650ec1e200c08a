"""One event over one conversation: who owns the talk after it, what she is told, what the desk is told.

The table stands in `handoff_table`; a pair that is not in it changes nothing. Quiet (DH-1) is not a state but a cover over all of
them: `apply` drops every unprompted text while it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from amparo.core.handoff_table import CLOCK, HERS, STAFF, TIMEOUTS, TRANSITIONS, Event, State, Transition

__all__ = ["CLOCK", "HERS", "STAFF", "TIMEOUTS", "TRANSITIONS", "Event", "Snapshot", "State", "Step", "Transition", "apply", "due"]


@dataclass(frozen=True)
class Snapshot:
    """The part of a conversation that the table reads and writes. Times are unix seconds."""

    state: State = State.BOT
    owner: str = ""  # counselor id while a human owns the talk
    previous_owner: str = ""
    next_owner: str = ""  # who was named to her: for a transfer, or (same as `owner`) after a shift, until she agreed
    quiet: str = ""  # '' or why: exit, presence, staff
    covered: bool = False
    heard: bool = False  # she wrote something since quiet or cover began
    muted_until: float = 0.0
    said_yes: bool = False  # since the last end; survives quiet (DH-8)
    said_no: bool = False  # not now is respected until a new sign
    life_signs: bool = False  # she agreed to be written to while she waits
    queued_at: float = 0.0
    changed_at: float = 0.0
    epoch: int = 0  # grows with every change of owner; outbox rows carry it

    @property
    def bot_speaks(self) -> bool:
        """True where the bot may answer her own message."""
        return not self.state.human or self.covered

    @property
    def unconfirmed(self) -> bool:
        """A new person took over at the end of a shift and she has not agreed to her yet."""
        return self.state is State.ACTIVE and bool(self.owner) and self.next_owner == self.owner


@dataclass(frozen=True)
class Step:
    """The result of one event: the next snapshot, what she is told ('' = nothing) and what the desk is told."""

    after: Snapshot
    tell: str = ""
    alarm: str = ""
    changed: bool = False


QUIET_EVENTS: Mapping[Event, str] = {Event.EXIT: "exit", Event.PRESENCE: "presence", Event.STAFF_QUIET: "staff"}
NEEDS_ACTOR = frozenset({Event.CLAIM, Event.HAND_OVER, Event.REOPEN})
MUTE_SECONDS = 24 * 3600


def apply(before: Snapshot, event: Event, now: float, actor: str = "") -> Step:
    """One event over one snapshot; total: every state x event has an answer, and an unknown pair changes nothing.

    `actor`: the counselor id for CLAIM, HAND_OVER and REOPEN; for TRANSFER who was named to her ('' = whoever comes).
    """
    overlay = _overlay(before, event, now)
    if overlay is not None:
        return overlay
    row = TRANSITIONS.get((before.state, event))
    if row is None or not _permitted(before, event, actor):
        return Step(before)
    after = _owned(before, _target(before, row, event), event, actor, now)
    silent = bool(before.quiet) and not row.prompted
    unwanted = row.life_sign and not before.life_signs
    tell = "handoff_transfer_named" if event is Event.ACCEPT_TRANSFER and after.state is State.ACTIVE else row.tell
    if event is Event.ACCEPT_TRANSFER and before.state is State.ACTIVE:
        tell = ""  # she only agreed to whom she has already read
    return Step(after, "" if silent or unwanted else tell, row.alarm, changed=True)


def _permitted(before: Snapshot, event: Event, actor: str) -> bool:
    """What a pair needs besides standing in the table."""
    if event in NEEDS_ACTOR and not actor:
        return False
    if event is Event.CLAIM:
        return before.said_yes  # without her yes nobody sits down with her, not even in danger (DH-1, DH-8)
    if event is Event.OPEN_SILENT:
        return bool(before.quiet)
    if before.state is State.ACTIVE and event in (Event.ACCEPT_TRANSFER, Event.REFUSE_TRANSFER, Event.CONFIRM):
        return before.unconfirmed
    return not (event is Event.HAND_OVER and actor == before.owner)


def _target(before: Snapshot, row: Transition, event: Event) -> State:
    """Her yes to a named person leads straight to her, without the queue."""
    named = event is Event.ACCEPT_TRANSFER and before.state is State.TRANSFERRING and before.next_owner
    return State.ACTIVE if named else row.to


def _overlay(before: Snapshot, event: Event, now: float) -> Step | None:
    if event in QUIET_EVENTS:
        # a new epoch: whatever the bot wrote before the exit word is never released after it
        after = replace(before, quiet=QUIET_EVENTS[event], covered=before.state.human, heard=False, epoch=before.epoch + 1)
        return Step(after, "", "quiet" if before.state is not State.BOT else "", changed=True)
    if event is Event.RETURN:
        return _returned(before, now)
    if event is Event.NOT_HER:
        to = State.BOT if before.state is State.CALLBACK else before.state
        after = replace(_owned(before, to, event, "", now), quiet="staff", covered=to.human, heard=False, life_signs=False)
        return Step(replace(after, epoch=before.epoch + 1), "", "not_her", True)
    if event is Event.UNCOVER:
        # never on staff's guess alone: she wrote since (DH-12)
        may = before.heard and (before.covered or bool(before.quiet))
        return Step(replace(before, covered=False, quiet="", heard=False, epoch=before.epoch + 1), changed=True) if may else Step(before)
    if event is Event.WROTE:
        new = bool(before.quiet or before.covered) and not before.heard
        return Step(replace(before, heard=True), changed=True) if new else Step(before)
    if event in (Event.MAY_WRITE, Event.DONT_WRITE):
        wanted = event is Event.MAY_WRITE and (before.state.queued or before.state is State.CALLBACK)
        return Step(replace(before, life_signs=wanted), changed=before.life_signs != wanted)
    if event is Event.MUTE:
        return Step(replace(before, muted_until=now + MUTE_SECONDS), changed=True)
    if event in (Event.UNMUTE, Event.MUTE_OVER):
        return Step(replace(before, muted_until=0.0), changed=before.muted_until > 0)
    if event is Event.DELETE:
        return Step(Snapshot(epoch=before.epoch + 1, changed_at=now), "", "deleted", True)
    return None


def _returned(before: Snapshot, now: float) -> Step:
    """She ended quiet herself. A case that a supervisor opened without her yes ends: she is asked like anybody else."""
    if not before.quiet:
        return Step(before)
    after = replace(before, quiet="", covered=False, heard=False)
    if before.state.queued and not before.said_yes:
        after = replace(after, state=State.BOT, life_signs=False, queued_at=0.0, changed_at=now)
    if after.bot_speaks != before.bot_speaks:
        after = replace(after, epoch=before.epoch + 1)  # a plain answer that still waits would speak over the counselor
    return Step(after, "", "returned", changed=True)


def _owned(before: Snapshot, to: State, event: Event, actor: str, now: float) -> Snapshot:
    """The snapshot in state `to` with owner, queue place and epoch as the change of state asks."""
    after = replace(before, state=to, changed_at=now)
    after = _seated(before, after, event, actor)
    if event in (Event.YES, Event.ASK_HUMAN, Event.ASK_CALLBACK) and not before.state.queued:
        after = replace(after, said_yes=True, said_no=False, queued_at=now)
    elif to.queued and not after.queued_at:
        after = replace(after, queued_at=now)
    if event is Event.CALLBACK_DUE:
        after = replace(after, queued_at=now)
    if event in (Event.NOT_NOW, Event.LEAVE):
        after = replace(after, said_no=True)
    if to in (State.BOT, State.CLOSING):
        after = replace(after, said_yes=False, life_signs=False, queued_at=0.0)
    if before.bot_speaks != after.bot_speaks or before.owner != after.owner:
        after = replace(after, epoch=before.epoch + 1)
    return after


def _seated(before: Snapshot, after: Snapshot, event: Event, actor: str) -> Snapshot:
    """Who owns the talk in the new state."""
    if event in (Event.CLAIM, Event.REOPEN):
        yes = True if event is Event.REOPEN else before.said_yes
        return replace(after, owner=actor, next_owner="", covered=bool(before.quiet), said_yes=yes, said_no=False)
    if event is Event.HAND_OVER and after.state.human:
        return replace(after, owner=actor, next_owner=actor, previous_owner=before.owner, covered=bool(before.quiet))
    if event is Event.HAND_OVER:
        return replace(after, previous_owner=actor)
    if event is Event.TRANSFER:
        return replace(after, next_owner=actor)
    if not after.state.human:
        return replace(after, owner="", next_owner="", previous_owner=before.owner or before.previous_owner, covered=False)
    if event is Event.ACCEPT_TRANSFER and before.state is State.TRANSFERRING:
        return replace(after, owner=before.next_owner, next_owner="", previous_owner=before.owner)
    kept = before.unconfirmed and event not in (Event.ACCEPT_TRANSFER, Event.CONFIRM)
    return after if event is Event.JOIN or kept else replace(after, next_owner="")


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
