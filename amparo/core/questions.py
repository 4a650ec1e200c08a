"""Questions of ours that a plain yes or no in words answers: many channels have no buttons (SMS). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ASKS = {
    "offer": "offer",
    "offer_minor": "offer",
    "offer_minor_untrained": "offer",
    "offer_other": "offer",
    "offer_urgent": "offer",
    "concern_line": "offer",
    "delete_confirm": "delete",
    "handoff_transfer_ask": "transfer",
    "handoff_shift": "shift",
    "handoff_callback_ask": "callback",
    "feedback_ask": "feedback",
    "earlier_ask": "earlier",
    "referral_ask": "referral",
    "interpreter_ask": "interpreter",
}
"""Which pending question a text leaves behind; a plain yes or no answers the last one."""

DESK_ASKS = frozenset({"earlier", "referral", "interpreter"})
"""Questions that a counselor's button asks in her talk; the answer is `<question>_yes` or `<question>_no`."""
AT_ONCE = {"delete": 600, "offer": 3600}
"""Questions that only her very next message answers, within so many seconds: a late yes, or a yes to what was said since, erases
nothing and calls nobody (DH-23). An offer after harm was told has a state of its own, which waits longer."""


def open_question(memory: dict[str, Any], now: float) -> str:
    """The question that a plain yes or no of this message answers, ''. What counts only at once is forgotten by this message."""
    asked, at = str(memory.get("ask") or ""), float(memory.get("ask_at") or 0.0)
    if asked not in AT_ONCE:
        return asked
    memory.pop("ask", None)
    memory.pop("ask_at", None)
    return asked if now - at <= AT_ONCE[asked] else ""


def asked(key: str, at: float) -> dict[str, Any]:
    """What is remembered of the text `key` written at `at` (unix seconds): nothing where it asks nothing."""
    return {"ask": ASKS[key], "ask_at": at} if key in ASKS else {}


def desk_answer(memory: Mapping[str, Any], kind: str, last_out_at: float) -> str:
    """The choice that a plain yes or no (`kind` of the exact words) stands for in a human's talk, or ''.

    Only right after the question: once anything else was written to her, a "yes" may answer that, and is no consent.
    """
    question, at = str(memory.get("ask") or ""), float(memory.get("ask_at") or 0.0)
    if question not in DESK_ASKS or last_out_at > at:
        return ""
    if kind in ("yes", "thumbs_up"):
        return f"{question}_yes"
    return f"{question}_no" if kind in ("no", "not_now") else ""
