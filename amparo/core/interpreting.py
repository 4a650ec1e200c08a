"""Interpreters: who may be offered to her, and what her answers close (DH-22). Pure.

An interpreter is an account of the team, on shift and not on a break: never a relative, never a child, never a machine. She is asked
about each one by name, sex and town before that person reads a word; what is read is only what is written from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amparo.core.hours import OnShift
from amparo.core.model import LANGUAGES

OFFER, NONE = "offer", "none"
SEAT, REFUSED, WANTED = "interpreter", "interpreters_refused", "interpret"
"""Keys of a conversation's memory: who was asked about, who was refused, which language she needs."""


@dataclass(frozen=True)
class Interpreter:
    """Somebody of the team who interprets. `languages`: codes; `town`: '' where she does not say."""

    id: str
    name: str
    languages: frozenset[str]
    town: str = ""
    woman: bool = True


def place(language: str, on_shift: Sequence[OnShift]) -> str:
    """What can truly be said to a speaker of `language` now: OFFER, NONE, or '' where she needs no interpreter."""
    working = [c for c in on_shift if not c.paused]
    if any(language in c.languages for c in working) or (not working and language in LANGUAGES):
        return ""
    return OFFER if any(language in c.interprets for c in working) else NONE


def refusal(memory: Mapping[str, Any], wish: str, one: Interpreter) -> str:
    """Why this person may not be asked about, as the reason of a NotAllowed, or ''. `wish`: her answer while she waited."""
    seat = dict(memory.get(SEAT) or {})
    if wish == "no" or seat.get("answer") == "no" or one.id in refused(memory):
        return "she_said_no"
    if wish == "woman" and not one.woman:
        return "prefers_woman"
    return ""


def refused(memory: Mapping[str, Any]) -> list[str]:
    """Ids of whom she did not want."""
    return [str(one) for one in memory.get(REFUSED) or ()]


def asked(memory: Mapping[str, Any], one: Interpreter, language: str) -> dict[str, Any]:
    """What is remembered of the question about this person."""
    return {SEAT: {"id": one.id, "name": one.name, "language": language, "answer": "", "since": 0.0}}


def answered(memory: Mapping[str, Any], answer: str) -> dict[str, Any]:
    """What is remembered after her tap: yes, other (not this person), no (nobody)."""
    seat = dict(memory.get(SEAT) or {})
    if not seat or answer not in ("yes", "other", "no"):
        return {}
    kept = {SEAT: {**seat, "answer": answer}}
    return kept if answer == "yes" else {**kept, REFUSED: sorted({*refused(memory), str(seat["id"])})}


def seat_of(memory: Mapping[str, Any], counselor_id: str) -> dict[str, Any] | None:
    """The seat of this counselor as an interpreter in the talk, or None where she has none (or is somebody else)."""
    seat = dict(memory.get(SEAT) or {})
    return seat if seat.get("id") == counselor_id else None


def may_sit(memory: Mapping[str, Any], counselor_id: str) -> bool:
    """Her yes to this person stands. A later no closes it at once."""
    seat = seat_of(memory, counselor_id)
    return seat is not None and seat.get("answer") == "yes"
