"""What the signs found in a job offer mean for the reply (behaviour.md, DH-19). No score, never "this is safe".

A sign is an indicator of content/indicators.yml with the words that show it. Strong = at least one of weight high or critical.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amparo.core.knowledge import Indicator


@dataclass(frozen=True)
class Sign:
    """A sign and the exact words of the offer that show it."""

    indicator: str
    quote: str


@dataclass(frozen=True)
class Verdict:
    """`strength`: none, some or strong. `ask_recruiter`: the only case in which questions to the recruiter are suggested."""

    signs: tuple[Sign, ...]
    strength: str
    ask_recruiter: bool
    offer_person: bool


COMMITTED = frozenset({"travelled", "paid", "owes", "gave_papers"})


def judge(signs: Sequence[Sign], indicators: Mapping[str, Indicator], facts: frozenset[str] = frozenset()) -> Verdict:
    """`facts`: what else is known: minor, soon (travels within days) and anything of COMMITTED."""
    strong = any(indicators[sign.indicator].strong for sign in signs)
    strength = "strong" if strong else "some" if signs else "none"
    return Verdict(
        signs=tuple(signs),
        strength=strength,
        ask_recruiter=not strong and not facts & COMMITTED,
        offer_person=strong or bool(facts & (COMMITTED | {"minor", "soon"})),
    )


@dataclass(frozen=True)
class Question:
    """One tap of the guided check. `answers`: token -> what it tells ('' = nothing)."""

    name: str
    key: str
    answers: Mapping[str, str]


GUIDED: tuple[Question, ...] = (
    Question("who", "offer_q_who", {"offer_known": "", "offer_stranger": "", "offer_dk": ""}),
    Question("fee", "offer_q_fee", {"offer_yes": "rf_upfront_fee", "offer_no": "", "offer_dk": ""}),
    Question("trip", "offer_q_trip", {"offer_yes": "rf_ticket_paid", "offer_no": "", "offer_dk": ""}),
    Question("contract", "offer_q_contract", {"offer_no": "rf_no_contract", "offer_yes": "", "offer_dk": ""}),
    Question("papers", "offer_q_papers", {"offer_yes": "rf_wants_documents", "offer_no": "", "offer_dk": ""}),
    Question("photos", "offer_q_photos", {"offer_yes": "rf_intimate_photos", "offer_no": "", "offer_dk": ""}),
    Question("secret", "offer_q_secret", {"offer_yes": "rf_secrecy", "offer_no": "", "offer_dk": ""}),
    Question("change", "offer_q_change", {"offer_yes": "rf_destination_change", "offer_no": "", "offer_dk": ""}),
    Question("age", "offer_q_age", {"offer_under": "minor", "offer_over": "", "offer_dk": ""}),
)
"""At most ten taps; "don't know" is always fine. What an answer tells is an indicator id or a fact about her."""


def start() -> dict[str, Any]:
    """A fresh guided check, kept in the dialogue's memory; it can be left and taken up again."""
    return {"at": 0, "told": []}


def question(state: Mapping[str, Any]) -> Question | None:
    """The question that is on, None when all are asked."""
    at = int(state.get("at", 0))
    return GUIDED[at] if at < len(GUIDED) else None


def answered(state: Mapping[str, Any], token: str) -> dict[str, Any] | None:
    """The check after this tap; None where the tap belongs to another question (an old button)."""
    now = question(state)
    if now is None or token not in now.answers:
        return None
    told = [*state.get("told", ()), *([now.answers[token]] if now.answers[token] else [])]
    return {**state, "at": int(state["at"]) + 1, "told": told}
