"""The job-offer check as she reads it: free words and taps mixed, never a verdict that it is safe, never a tip-off (DH-19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amparo.bot.voice import Said, Voice
from amparo.core import job_offer
from amparo.core.job_offer import Check
from amparo.core.knowledge import text_in
from amparo.core.model import Rendered, Understanding

MIN_WORDS = 6
MAX_LINES = 4
OPEN = "offer"
"""`pending` while free words are taken for the offer."""


class OfferReplies:
    """The check for one reader. State is a slot; leaving it and coming back loses nothing."""

    def __init__(self, base: Any, voice: Voice) -> None:
        self._base = base
        self._voice = voice

    def start(self, slots: Mapping[str, Any]) -> Said:
        """Asks for the offer in her words, or offers the questions."""
        check = Check.of(slots.get("offer"))
        if check.started and check.question is not None:
            return Said((self._voice.say("offer_resume"),), {"pending": OPEN})
        return Said((self._voice.say("offer_start"),), {"pending": OPEN, "offer": Check().to_dict()})

    def heard(self, understood: Understanding, slots: Mapping[str, Any]) -> Said:
        """Free words: signs in them; during the questions they are noted and the question stays on."""
        check = Check.of(slots.get("offer"))
        if len(understood.text.split()) < MIN_WORDS:
            return self.ask(check) if check.started and check.question else self.start(slots)
        check = check.heard(self._base.signs.find(understood.text, understood.lang), offer_facts(understood))
        if check.started and check.question is not None:
            asked = self.ask(check)
            return Said((self._voice.say("offer_noted"), *asked.texts), asked.slots)
        return self.result(check)

    def wants(self, understood: Understanding, slots: Mapping[str, Any]) -> bool:
        """True where words that are no question tell more of the offer, while its questions are on."""
        if not self.active(slots) or "?" in understood.text:
            return False
        return len(understood.text.split()) >= MIN_WORDS and bool(self._base.signs.find(understood.text, understood.lang))

    def active(self, slots: Mapping[str, Any]) -> bool:
        """True while the questions are on, also after something else was asked in between."""
        check = Check.of(slots.get("offer"))
        return check.started and check.question is not None

    def guide(self, slots: Mapping[str, Any]) -> Said:
        """Begins the questions, or goes on with them; after a result a new check begins, of which nothing is known yet."""
        check = Check.of(slots.get("offer"))
        return self.ask((Check() if check.question is None else check).begun())

    def ask(self, check: Check) -> Said:
        """The question that is on; the result when all are asked."""
        if check.question is None:
            return self.result(check)
        return Said((self._voice.say(check.question.key),), {"pending": OPEN, "offer": check.to_dict()})

    def tapped(self, token: str, slots: Mapping[str, Any]) -> Said:
        """An answer to a question; an old button only shows the question that is on."""
        check = Check.of(slots.get("offer"))
        name, answer = job_offer.answer_of(token)
        return self.ask((check.answered(name, answer) or check).begun())

    def worded(self, answer: str, slots: Mapping[str, Any]) -> Said | None:
        """Yes, no or "don't know" in words; None where no question of yes and no is on."""
        check = Check.of(slots.get("offer"))
        if not check.started or check.question is None:
            return None
        after = check.answered(check.question.name, answer)
        return self.ask(after) if after is not None else None

    def resume(self, slots: Mapping[str, Any]) -> tuple[Rendered, ...]:
        """The way back, said after another question was answered in between."""
        return (self._voice.say("offer_resume"),) if self.active(slots) else ()

    def result(self, check: Check) -> Said:
        """The reply to everything told; free words may still add to it."""
        verdict = check.verdict(self._base.knowledge.indicators)
        kept = Check(len(job_offer.GUIDED), check.told, check.signs).to_dict()
        return Said(tuple(self.texts(verdict)), {"pending": OPEN, "offer": kept})

    def texts(self, verdict: job_offer.Verdict) -> list[Rendered]:
        """Signs in her own words, why they matter, free checks, what to keep with her."""
        voice = self._voice
        checks = voice.text("offer_check_steps")
        if not verdict.signs:
            parts = [voice.text("offer_none", checks=checks)]
        else:
            lines = "\n".join(self._sign_line(sign) for sign in verdict.signs[:MAX_LINES])
            parts = [voice.text("offer_signs", signs=lines), voice.text("offer_checks", checks=checks)]
        parts.append(voice.text("offer_ask_recruiter" if verdict.ask_recruiter else "offer_dont_tell"))
        parts.append(voice.text("offer_keep"))
        return [Rendered("\n".join(parts)), voice.say("offer_person" if verdict.offer_person else "offer_more")]

    def _sign_line(self, sign: job_offer.Sign) -> str:
        indicator = self._base.knowledge.indicators[sign.indicator]
        name, _ = text_in(indicator.name, self._voice.chain)
        why = indicator.advice.get(self._voice.lang, "")
        quote = f"«{sign.quote}»: " if sign.quote else ""
        return f"- {quote}{name}." + (f" {why}" if why else "")


def offer_facts(understood: Understanding) -> frozenset[str]:
    """What her words tell besides signs: a minor, travel soon, money or papers already given."""
    facts = set()
    if understood.at_risk_age.minor or understood.writer_age.minor:
        facts.add("minor")
    if any(e.kind == "time" for e in understood.entities):
        facts.add("soon")
    names = understood.signal_names()
    for signal, fact in (("documents_retained", "gave_papers"), ("debt_bondage", "owes")):
        if signal in names:
            facts.add(fact)
    return frozenset(facts)
