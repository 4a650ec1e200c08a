"""What the signs found in a job offer mean for the reply (behaviour.md, DH-19). No score, never "this is safe".

A sign is an indicator of content/indicators.yml with the words that show it. Strong = at least one of weight high or critical.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amparo.core.knowledge import Indicator


@dataclass(frozen=True)
class Sign:
    """A sign and the exact words of the offer that show it ('' where a tap told it)."""

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
    """One tap of the guided check; its text is `offer_q_<name>`. `answers`: what each answer tells ('' = nothing)."""

    name: str
    answers: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"offer_q_{self.name}"

    def token(self, answer: str) -> str:
        """The token of a button: it names its question, so that an old button is never taken for the one that is on."""
        return f"{TOKEN}{self.name}_{answer}"


TOKEN = "oq_"
YES, NO, DONT_KNOW = "yes", "no", "dk"
GUIDED: tuple[Question, ...] = (
    Question("who", {"known": "", "online": "rf_only_whatsapp", DONT_KNOW: ""}),
    Question("pay", {YES: "rf_salary_too_good", NO: "", DONT_KNOW: ""}),
    Question("trip", {YES: "rf_ticket_paid", NO: "", DONT_KNOW: ""}),
    Question("fee", {YES: "rf_upfront_fee", NO: "", DONT_KNOW: ""}),
    Question("contract", {NO: "rf_no_contract", YES: "", DONT_KNOW: ""}),
    Question("company", {NO: "rf_no_company_address", YES: "", DONT_KNOW: ""}),
    Question("papers", {YES: "rf_wants_documents", NO: "", DONT_KNOW: ""}),
    Question("photos", {YES: "rf_intimate_photos", NO: "", DONT_KNOW: ""}),
    Question("change", {YES: "rf_destination_change", NO: "", DONT_KNOW: ""}),
    Question("age", {"under": "minor", "over": "", DONT_KNOW: ""}),
)
"""At most ten taps; "don't know" is always fine. What an answer tells is an indicator id or a fact about her."""
FACTS = frozenset({"minor", "soon", *COMMITTED})


@dataclass(frozen=True)
class Check:
    """A guided check as the dialogue remembers it: it can be left and taken up again. `at`: the question that is on."""

    at: int = 0
    told: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    started: bool = False

    @classmethod
    def of(cls, data: Any) -> Check:
        """From the dialogue's memory; a fresh one where there is none."""
        if not isinstance(data, Mapping) or "at" not in data:
            return cls()
        signs = tuple(Sign(str(name), str(quote)) for name, quote in data.get("signs") or ())
        return cls(int(data["at"]), tuple(map(str, data.get("told") or ())), signs, bool(data.get("started")))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, for the dialogue's memory."""
        return {"at": self.at, "told": list(self.told), "signs": [[s.indicator, s.quote] for s in self.signs], "started": self.started}

    @property
    def question(self) -> Question | None:
        """The question that is on, None when all are asked."""
        return GUIDED[self.at] if self.at < len(GUIDED) else None

    @property
    def facts(self) -> frozenset[str]:
        """What is known besides signs."""
        return frozenset(self.told) & FACTS

    def begun(self) -> Check:
        """With the questions going on."""
        return replace(self, started=True)

    def answered(self, name: str, answer: str) -> Check | None:
        """After this answer; None where it belongs to another question (an old button) or is none."""
        on = self.question
        if on is None or on.name != name or answer not in on.answers:
            return None
        told = on.answers[answer]
        return replace(self, at=self.at + 1, told=(*self.told, told) if told else self.told)

    def heard(self, signs: Sequence[Sign], facts: frozenset[str]) -> Check:
        """With what free words added."""
        known = {sign.indicator for sign in self.signs}
        new = tuple(sign for sign in signs if sign.indicator not in known)
        return replace(self, signs=(*self.signs, *new), told=(*self.told, *sorted(facts - set(self.told))))

    def verdict(self, indicators: Mapping[str, Indicator]) -> Verdict:
        """The signs in her words first, then those that taps told."""
        said = {sign.indicator for sign in self.signs}
        tapped = tuple(Sign(name, "") for name in self.told if name in indicators and name not in said)
        return judge((*self.signs, *tapped), indicators, self.facts)


def answer_of(token: str) -> tuple[str, str]:
    """(question, answer) of a tapped button; ('', '') where it is none of ours."""
    name, _, answer = token.removeprefix(TOKEN).rpartition("_")
    return (name, answer) if token.startswith(TOKEN) else ("", "")
