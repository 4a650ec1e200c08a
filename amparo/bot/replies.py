"""What the custom actions say: facts, services, the job-offer check. Everything said is content; this module only chooses.

A `Said` is texts with buttons; memory goes back to Rasa as slots. The same functions serve `amparo answer` and `amparo check-offer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from amparo.bot import asking
from amparo.bot.knowledge_base import KnowledgeBase
from amparo.bot.offer_replies import OfferReplies
from amparo.bot.passages import NEED
from amparo.bot.service_replies import ServiceReplies
from amparo.bot.voice import Said, Voice
from amparo.core import answering
from amparo.core.answering import Decision, Lines, Query
from amparo.core.knowledge import Amount, Fact, text_in
from amparo.core.model import Button, Rendered, Understanding
from amparo.store.contacts import country_name

FACT_TOKEN = "fact_"
LINE_KEYS = {
    "free": "fact_free",
    "cost": "fact_cost",
    "cost_year": "fact_cost_year",
    "withheld": "fact_withheld",
    "checked": "fact_checked",
    "page_dated": "fact_page_dated",
    "not_checked": "fact_not_checked",
    "unsure": "fact_unsure",
    "closed": "fact_closed",
}
MAX_TOKEN, MAX_TITLE = 64, 60
ALIKE = 3
"""Countries whose facts answer alike, from which it is asked which country is meant."""


class Replies:
    """Answers for one reader. `language` and `channel` as in the message's metadata; `now`: unix seconds."""

    def __init__(self, base: KnowledgeBase, language: str, channel: str, now: float) -> None:
        self._base = base
        self._voice = Voice(base.content, base.renderer, language, channel, now)
        self.offers = OfferReplies(base, self._voice)
        self.help = ServiceReplies(base, self._voice)

    # --- one question -------------------------------------------------------------------------------------------------

    def answer(self, understood: Understanding, slots: Mapping[str, Any], where_now: str = "", minor: bool = False) -> Said:
        """One fact, helplines, a question which one, or an honest no."""
        understood = self._placed(understood)
        query = asking.remembered(understood, slots, self._base.knowledge, where_now)
        followed = self._followed(query, understood)
        if followed is not None:
            return followed
        both = self._compared(query, understood)
        if both is not None:
            return both
        decision = self._base.find(query, may_clarify=slots.get("pending") not in ("which", "which_country"))
        keep = self._keep(query)
        if decision.kind == "answer":
            if self._is_help(decision.fact_ids[0]):
                return self.help.answer(query, decision, understood, minor)
            countries = self._which_country(query, decision) if slots.get("pending") != "which_country" else ()
            return self._ask_country(query, countries, keep) if countries else self._answered(decision, keep)
        if decision.kind == "clarify":
            return self._which(decision, keep)
        return Said((self._unknown(query),), {**keep, "pending": None}, decision)

    def services(self, understood: Understanding, slots: Mapping[str, Any], where_now: str, minor: bool) -> Said:
        """Helplines of where she is; asks for the country once if it is not known."""
        understood = self._placed(understood)
        query = asking.remembered(understood, slots, self._base.knowledge, where_now)
        both = self._compared(query, understood)
        if both is not None:
            return both
        decision = self._base.find(query)
        if decision.kind == "answer" and not self._is_help(decision.fact_ids[0]) and slots.get("pending") != "service_country":
            return self._answered(decision, self._keep(query))
        found = decision if decision.kind == "answer" and self._is_help(decision.fact_ids[0]) else Decision("answer")
        return self.help.answer(query, found, understood, minor)

    def by_id(self, fact_id: str) -> Said:
        """What she picked from a question of ours."""
        if fact_id in self._base.knowledge.services:
            return self.help.one(fact_id)
        if fact_id not in self._base.knowledge.facts:
            return Said((self._voice.say("fact_unknown"),))
        return self._answered(Decision("answer", (fact_id,)), {})

    def follow(self, understood: Understanding, slots: Mapping[str, Any]) -> Said | None:
        """How long, how much or which papers, asked of the last answer, whatever the model took the text for; None otherwise."""
        understood = self._placed(understood)
        return self._followed(asking.remembered(understood, slots, self._base.knowledge), understood)

    def may_answer(self, understood: Understanding, slots: Mapping[str, Any], where_now: str = "") -> bool:
        """True where something is known for this text, whatever the model took it for."""
        understood = self._placed(understood)
        return self._base.find(asking.remembered(understood, slots, self._base.knowledge, where_now)).kind == "answer"

    def _placed(self, understood: Understanding) -> Understanding:
        """With the places that the newest gazetteer knows."""
        others = tuple(e for e in understood.entities if e.kind not in ("country", "city", "nationality"))
        places = tuple(e for e in self._base.places(understood.text) if e.kind in ("country", "city", "nationality"))
        return replace(understood, entities=(*places, *others))

    def _is_help(self, owner: str) -> bool:
        return owner.startswith(NEED) or owner in self._base.knowledge.services

    def _keep(self, query: Query) -> dict[str, Any]:
        country = query.destination or (query.named[0] if query.named else "")
        return {"destination": country or None, "nationality": query.nationality or None, "candidates": None}

    # --- facts ----------------------------------------------------------------------------------------------------------

    def _answered(self, decision: Decision, keep: Mapping[str, Any]) -> Said:
        decision = replace(decision, fact_ids=tuple(i for i in decision.fact_ids if not i.startswith(NEED)))
        fact = self._base.knowledge.facts[decision.fact_ids[0]]
        texts = [Rendered(self._fact_text(fact))]
        extra = self._more(fact)
        if extra and not self._voice.short:
            texts.append(Rendered(extra))
        return Said(tuple(texts), {**keep, "last_facts": [fact.id], "pending": None}, decision)

    def _fact_text(self, fact: Fact) -> str:
        """The fact; on SMS with its neutral lead already, so that lead and source share three segments."""
        voice, lines = self._voice, self._lines()
        text = answering.answer_text(fact, voice.lang, voice.chain, voice.today, lines, voice.short)
        lead = voice.lead(text) if voice.short else ""
        return answering.answer_text(fact, voice.lang, voice.chain, voice.today, lines, True, lead) if lead else text

    def _more(self, fact: Fact) -> str:
        """For a scam: what can be checked for free."""
        steps = self._voice.first_list(fact.lists.get("how_to_check", {}))
        return self._voice.text("fact_check", steps=" ".join(steps[:3])) if steps else ""

    def _followed(self, query: Query, understood: Understanding) -> Said | None:
        """How long, how much or which papers, asked of the fact before; None where that fact does not tell."""
        aspect = asking.aspect_of(query, understood.text)
        fact = self._base.knowledge.facts.get(query.last[0]) if aspect else None
        named = asking.query_of(understood).named
        if fact is None or (named and fact.country not in named):
            return None
        text = self._aspect_text(fact, aspect)
        if not text:
            return None
        lines = [text, answering.honest_line(fact, self._lines(), self._voice.short)]
        slots = {"last_facts": [fact.id], "pending": None}
        return Said((Rendered("\n".join(line for line in lines if line)),), slots, Decision("answer", (fact.id,)))

    def _aspect_text(self, fact: Fact, aspect: str) -> str:
        voice = self._voice
        if aspect == "time":
            told, _ = text_in(fact.texts.get("time", {}), voice.chain)
            return voice.text("fact_time", text=told.rstrip(".")) if told and not fact.stale(voice.today) else ""
        if aspect == "papers":
            papers = voice.first_list(fact.lists.get("requirements", {}))
            return voice.text("fact_papers", text="; ".join(papers[:6])) if papers else ""
        if isinstance(fact.cost, Amount) or fact.cost == "free":
            told = answering.cost_line(fact, voice.lang, voice.today, self._lines(), repeat=True)
            return told or voice.text("fact_withheld")
        return ""

    def _compared(self, query: Query, understood: Understanding) -> Said | None:
        """Both countries' facts where she holds two against each other and both are known."""
        pair = asking.compared(understood)
        if len(pair) != 2 or (query.last and asking.aspect_of(query, understood.text)):
            return None
        found = [self._base.find(replace(query, named=(country,), destination=country), may_clarify=False) for country in pair]
        facts = [self._first_of(d, country) for d, country in zip(found, pair, strict=True)]
        one, other = facts
        if one is None or other is None or one.subtopic != other.subtopic:
            return None
        lang = self._voice.lang
        texts = [
            Rendered(self._voice.text("fact_of_place", place=country_name(f.country, lang), text=self._fact_text(f))) for f in (one, other)
        ]
        slots = {"last_facts": [one.id, other.id], "pending": None, "destination": None}
        return Said(tuple(texts), slots, Decision("answer", (one.id, other.id)))

    def _first_of(self, decision: Decision, country: str) -> Fact | None:
        """The best fact of this country, helplines left aside."""
        known = self._base.knowledge.facts
        return next((known[i] for i in decision.fact_ids if i in known and known[i].country == country), None)

    # --- one clarifying question ----------------------------------------------------------------------------------------

    def _which(self, decision: Decision, keep: Mapping[str, Any]) -> Said:
        ids = [i for i in decision.fact_ids if not i.startswith(NEED)][:3]
        if len(ids) < 2:
            return Said((self._voice.say("fact_unknown"),), {**keep, "pending": None}, Decision("abstain"))
        buttons = tuple(Button(f"{FACT_TOKEN}{i}"[:MAX_TOKEN], self._title(i)[:MAX_TITLE]) for i in ids)
        text = Rendered(self._voice.text("fact_which"), buttons, button_label=self._voice.text("fact_which"))
        return Said((text,), {**keep, "pending": "which"}, replace(decision, fact_ids=tuple(ids)))

    def _title(self, owner: str) -> str:
        service = self._base.knowledge.services.get(owner)
        if service is not None:
            return service.name
        questions = self._voice.first_list(self._base.knowledge.facts[owner].questions)
        return questions[0] if questions else owner

    def _which_country(self, query: Query, decision: Decision) -> tuple[str, ...]:
        """The facts of several countries that answer alike where she named none."""
        knowledge = self._base.knowledge
        first = knowledge.facts[decision.fact_ids[0]]
        if query.named or query.where_now or first.country in (answering.REGIONAL, query.nationality, query.destination):
            return ()
        alike = self._base.alike(query, first)
        return alike if len(alike) >= ALIKE else ()

    def _ask_country(self, query: Query, countries: tuple[str, ...], keep: Mapping[str, Any]) -> Said:
        slots = {**keep, "pending": "which_country", "candidates": {"text": query.text, "topic": query.topic}}
        return Said((self._voice.say("fact_which_country"),), slots, Decision("clarify", countries[:3]))

    def _unknown(self, query: Query) -> Rendered:
        if len(query.named) == 1:
            return self._voice.say("fact_unknown_country", place=country_name(query.named[0], self._voice.lang))
        return self._voice.say("fact_unknown")

    def _lines(self) -> Lines:
        return Lines(**{name: self._voice.raw(key) for name, key in LINE_KEYS.items()})
