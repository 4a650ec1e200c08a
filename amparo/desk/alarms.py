"""What each alarm of the live feed says on the desk, and to whom: everybody on shift, whoever has the talk open, or supervisors only."""

from __future__ import annotations

import json
from collections.abc import Mapping

ALL, TALK, SUPERVISOR = "all", "talk", "supervisor"

ALARMS: Mapping[str, str] = {
    "new_case": ALL,
    "nobody_claimed": ALL,
    "counselor_gone": ALL,
    "callback_due": ALL,
    "shift_refused": ALL,
    "handover_refused": ALL,
    "danger": ALL,
    "risk_rose": TALK,
    "our_word": TALK,
    "maybe_not_her": TALK,
    "undelivered": TALK,
    "opted_out": TALK,
    "erase_asked": TALK,
    "case_code": ALL,
    "late_yes": ALL,
    "interpreter_yes": ALL,
    "interpreter_other": TALK,
    "interpreter_no": TALK,
    "danger_unanswered": SUPERVISOR,
    "no_answer": SUPERVISOR,
    "cannot_talk": SUPERVISOR,
    "late_risk": SUPERVISOR,
    "silent_case": SUPERVISOR,
    "break_glass": SUPERVISOR,
    "threat": SUPERVISOR,
    "cannot_go_on": SUPERVISOR,
    "transfer_unanswered": SUPERVISOR,
    "shift_unanswered": SUPERVISOR,
    "hurt": SUPERVISOR,  # what hurt her bypasses the counselor (DH-17)
}
"""Alarm -> who hears it. One that is not named here is only a change of the page."""


def heard(what: str, role: str) -> bool:
    """May a desk of this role be told of this line of the feed at all?"""
    return role == SUPERVISOR or ALARMS.get(what.removeprefix("alarm:")) != SUPERVISOR or not what.startswith("alarm:")


def spoken(words: Mapping[str, str], role: str) -> str:
    """JSON for the page: alarm -> [where, text]."""
    return json.dumps(
        {name: [where, words[f"alarm_{name}"]] for name, where in ALARMS.items() if where != SUPERVISOR or role == SUPERVISOR}
    )
