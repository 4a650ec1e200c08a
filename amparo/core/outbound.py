"""What may leave the house, decided again at the moment of sending (DH-1, DH-3), and how a failed send goes on."""

from __future__ import annotations

from enum import Enum

from amparo.core.errors import NotAllowed, WindowClosed
from amparo.core.handoff import Snapshot
from amparo.core.model import Capabilities, Kind


class Release(str, Enum):
    SEND = "send"
    HOLD = "held"  # a human's text that waits on the desk
    DROP = "dropped"  # a bot's text that is not true any more


def release(kind: Kind, epoch: int, prompted: bool, snapshot: Snapshot) -> Release:
    """May this row be handed to the provider now?

    A cover line always may. A counselor's text may unless quiet lies over the talk. Anything of the bot's may only in the
    epoch in which it was written (nobody else took over since), never its answers while a human has the talk, and, in quiet, only
    as an answer to her own message.
    """
    if kind is Kind.COVER:
        return Release.SEND
    if kind is Kind.COUNSELOR:
        return Release.HOLD if snapshot.quiet or snapshot.covered else Release.SEND
    if epoch != snapshot.epoch:
        return Release.DROP
    if kind is Kind.ANSWER and not snapshot.bot_speaks:
        return Release.DROP
    if snapshot.quiet and not prompted:
        return Release.DROP
    return Release.SEND


BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
MAX_ATTEMPTS = 60


def next_attempt(attempts: int, now: float, wish: float | None, jitter: float) -> float:
    """When to try again after `attempts` failures; a provider's own wish wins. `jitter` is in 0..1 and adds up to a quarter."""
    wait = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1] if attempts else 0.0
    return now + max(wish or 0.0, wait * (1 + jitter / 4))


def window_left(capabilities: Capabilities, last_in_at: float, now: float) -> float | None:
    """Seconds left in the channel's reply window; None where it has none, 0 or less where it is over."""
    if capabilities.window_hours is None:
        return None
    return last_in_at + capabilities.window_hours * 3600 - now


GAP_SECONDS = 30 * 60
"""After so long without a word of hers a counselor's next text must be a neutral opener (DH-12)."""


def check_counselor_reply(
    snapshot: Snapshot, counselor: str, capabilities: Capabilities, last_in_at: float, opted_out: bool, now: float
) -> None:
    """Raises NotAllowed or WindowClosed unless this counselor may write to her at all; `core.composer` knows the finer rules."""
    if not snapshot.state.human or snapshot.owner != counselor:
        raise NotAllowed("not_yours")
    if snapshot.quiet or snapshot.covered:
        raise NotAllowed("quiet")
    if opted_out:
        raise NotAllowed("opted_out")
    left = window_left(capabilities, last_in_at, now)
    if left is not None and left <= 0:
        raise WindowClosed("window_closed")
