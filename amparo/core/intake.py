"""What is asked while she waits: one question a message, all may be skipped, none asked twice, everything stops at the claim.

Limits of confidentiality come before the first open question (DH-6, DH-8); for somebody in danger now only the safe-contact
question is left; a child under 13 is asked nothing (DH-14).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step. `open`: the answer is free text. `asks` is False for what is only told."""

    name: str
    key: str
    answers: Mapping[str, str]
    free_text: bool = False
    asks: bool = True


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step("limits", "intake_limits", {}, asks=False),
        Step(
            "interpreter",
            "intake_interpreter",
            {"interp_yes": "yes", "interp_woman": "woman", "interp_no": "no"},
            free_text=True,
        ),
        Step("age", "intake_age", {"age_under": "under_18", "age_over": "adult"}),
        Step("phone", "intake_phone", {"phone_mine": "mine", "phone_shared": "shared"}),
        Step(
            "summary",
            "intake_summary",
            {"summary_ok": "ok", "summary_change": "change", "summary_nothing": "nothing"},
        ),
        Step("change", "intake_summary_change", {}, free_text=True),
        Step("safe", "intake_safe", {"safe_always": "any_time", "safe_wait": "wait_for_me"}, free_text=True),
        Step("word", "intake_word", {}, free_text=True),
        Step("life", "intake_life", {"life_yes": "yes", "life_no": "no"}),
        Step("other", "intake_other", {"other_stop": "stop", "other_neutral": "one_neutral_line"}),
        Step("prefer", "intake_prefer", {"prefer_woman": "woman", "prefer_any": "any", "prefer_man": "man"}),
        Step("fallback", "intake_fallback", {"fallback_yes": "yes", "fallback_no": "no"}),
    )
}
SKIP = "skip"

FULL = ("limits", "interpreter", "age", "phone", "summary", "safe", "word", "life", "other", "prefer", "fallback")
SHORT = ("limits", "safe")
WRITES_FIRST = frozenset({"life", "fallback"})
"""Not asked of somebody who wants us to wait until she writes."""


def steps_for(
    severity: int, minor: bool, under_13: bool, age_known: bool, other_channel: bool = False, interpreter: bool = False
) -> tuple[str, ...]:
    """The steps for this person, in order. `other_channel`: there is another way to reach the same number.

    `interpreter`: nobody on shift speaks her language, and an interpreter of the team is here now (DH-22).
    """
    if under_13:
        return ("limits",)
    if severity >= 3:
        return SHORT
    left_out = {"age"} if age_known or minor else set()
    left_out |= {name for name, wanted in (("fallback", other_channel), ("interpreter", interpreter)) if not wanted}
    return tuple(step for step in FULL if step not in left_out)


def begin(steps: tuple[str, ...]) -> dict[str, Any]:
    """A fresh intake, kept in the conversation's memory."""
    return {"steps": list(steps), "at": 0, "answers": {}}


def current(intake: Mapping[str, Any]) -> Step | None:
    """The step that is on, or None when all are done."""
    steps, at = intake.get("steps", ()), intake.get("at", 0)
    return STEPS[steps[at]] if at < len(steps) else None


def answer(intake: Mapping[str, Any], token: str, text: str) -> dict[str, Any] | None:
    """The intake after her answer; None where this was no answer to the question that is on (it stays open, unasked)."""
    step = current(intake)
    if step is None or not step.asks:
        return None
    if token == SKIP:
        value: str | None = ""
    elif token in step.answers:
        value = step.answers[token]
    elif step.free_text and text and not token:
        value = text[:500]
    else:
        return None
    answers = {**intake.get("answers", {}), **({step.name: value} if value else {})}
    steps = list(intake["steps"])
    if step.name == "summary" and value == "change":
        steps.insert(intake["at"] + 1, "change")
    if step.name == "safe" and value == "wait_for_me":
        steps = [name for at, name in enumerate(steps) if at <= intake["at"] or name not in WRITES_FIRST]
    return {"steps": steps, "at": intake["at"] + 1, "answers": answers}


def told(intake: Mapping[str, Any]) -> dict[str, Any]:
    """The intake after a step that only tells."""
    return {**intake, "at": intake["at"] + 1}
