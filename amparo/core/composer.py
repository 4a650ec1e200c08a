"""What a counselor may write to her now, decided before she types and again when she sends (DH-1, DH-3, DH-12; channels.md).

`write`: anything. `opener`: half an hour of silence lies between, the next text is a neutral opener. `hold`: the channel's reply
window is over, an answer is kept until she writes. `locked`: nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from amparo.core.errors import NotAllowed, WindowClosed
from amparo.core.handoff import Snapshot
from amparo.core.model import Capabilities
from amparo.core.outbound import GAP_SECONDS, window_left


@dataclass(frozen=True)
class Contact:
    """How she can be reached, as far as composing needs it. Times are unix seconds, 0 = never.

    `template_at`: the last template or opener outside the window. `she_writes_first`: she asked us to wait until she writes.
    `fallback`: the other channel she agreed to, ''. `template`: the channel has an approved neutral template in her language.
    """

    last_in_at: float
    template_at: float = 0.0
    opted_out: bool = False
    unreachable: bool = False
    she_writes_first: bool = False
    fallback: str = ""
    template: bool = True


@dataclass(frozen=True)
class Composer:
    """What the desk shows. `seconds_left` of the reply window, None where the channel has none. `reason`: why not just write."""

    mode: str
    reason: str = ""
    seconds_left: float | None = None
    may_template: bool = False
    may_fallback: bool = False


def composer(snapshot: Snapshot, counselor: str, capabilities: Capabilities, contact: Contact, now: float) -> Composer:
    """The one decision about writing to her."""
    left = window_left(capabilities, contact.last_in_at, now)
    locked = _locked(snapshot, counselor)
    if locked:
        return Composer("locked", locked, left)
    closed = left is not None and left <= 0
    fresh = not contact.template_at or contact.template_at < contact.last_in_at  # one knock per silence, never a second
    knock = fresh and not contact.she_writes_first
    broken = contact.opted_out or contact.unreachable or closed
    fallback = bool(contact.fallback) and broken and knock
    if contact.opted_out:
        return Composer("hold", "opted_out", left, False, fallback)
    if closed:
        return Composer("hold", "window_closed", left, capabilities.templates and contact.template and knock, fallback)
    if now - contact.last_in_at > GAP_SECONDS:
        reason = "gap" if not contact.she_writes_first else "she_writes_first"
        return Composer("opener" if not contact.she_writes_first else "hold", reason, left, False, fallback)
    return Composer("write", "unreachable" if contact.unreachable else "", left, False, fallback)


def _locked(snapshot: Snapshot, counselor: str) -> str:
    if not snapshot.state.human or snapshot.owner != counselor:
        return "not_yours"
    if snapshot.quiet or snapshot.covered:
        return "quiet"
    return "unconfirmed" if snapshot.unconfirmed else ""


def check_write(made: Composer, opener: bool) -> None:
    """Raises NotAllowed or WindowClosed unless this text may go out now. `opener`: it is one of the neutral openers, word for word."""
    if made.mode == "write" or (made.mode == "opener" and opener):
        return
    if made.mode == "opener":
        raise NotAllowed("opener_first")
    if made.reason == "window_closed":
        raise WindowClosed("window_closed")
    raise NotAllowed(made.reason)


def check_hold(made: Composer) -> None:
    """Raises NotAllowed unless an answer may be kept for her until she writes."""
    if made.mode == "locked":
        raise NotAllowed(made.reason)


def check_knock(made: Composer, fallback: bool) -> None:
    """Raises NotAllowed unless the neutral template (or the opener on the agreed other channel) may be sent now."""
    if made.mode == "locked":
        raise NotAllowed(made.reason)
    if not (made.may_fallback if fallback else made.may_template):
        raise NotAllowed("no_fallback" if fallback else "no_template")


def may_release(snapshot: Snapshot, author: str, held_at: float, last_in_at: float, our_word: bool, now: float) -> str:
    """'' where a held answer may go out, else why not. With our word it goes by itself; without, a counselor has looked (DH-12).

    `author`: counselor id who wrote it, or who releases it. `our_word`: the word was given in her last message.
    """
    if not snapshot.state.human:
        return "not_yours"
    if snapshot.quiet or snapshot.covered:
        return "quiet"
    if snapshot.owner != author:
        return "not_yours"
    if last_in_at <= held_at:
        return "she_has_not_written"
    if now - last_in_at > GAP_SECONDS and not our_word:
        return "gap"
    return ""
