"""What the custom actions say: facts, services, the job-offer check. Everything said is content; this module only chooses.

A `Said` is a text with buttons; memory goes back to Rasa as slots. The same functions serve `amparo answer` and `amparo check-offer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from amparo.bot.knowledge_base import KnowledgeBase
from amparo.core import answering, job_offer, services
from amparo.core.answering import Decision, Lines, Query
from amparo.core.errors import NotFound
from amparo.core.knowledge import Fact, Service, text_in
from amparo.core.model import Button, Rendered, Say, Topic, Understanding
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
NEED_BY_SIGNAL = (
    ("suicide_self_harm", "suicide"),
    ("minor", "child"),
    ("child_at_risk", "child"),
    ("partner_violence", "violence"),
    ("physical_violence", "violence"),
    ("sexual_violence", "violence"),
    ("forced_labour", "trafficking"),
    ("debt_bondage", "trafficking"),
    ("documents_retained", "trafficking"),
    ("sexual_exploitation", "trafficking"),
    ("confinement", "trafficking"),
    ("wages_withheld", "labour"),
    ("immigration_detention", "legal"),
)
NEED_WORDS: Mapping[str, tuple[str, ...]] = {
    "shelter": (
        "albergue",
        "refugio",
        "donde dormir",
        "abrigo",
        "onde dormir",
        "shelter",
        "sleep",
        "hebergement",
        "dormir",
        "abri",
        "kote pou domi",
    ),
    "legal": ("abogad", "legal", "advogad", "lawyer", "avocat", "avoka", "juridi"),
    "asylum": ("asilo", "refugiad", "asylum", "refugee", "asile", "azil", "refijye"),
    "child": ("niñ", "nina", "menor", "hija", "hijo", "crianca", "filh", "child", "kid", "enfant", "timoun", "pitit"),
    "health": ("medic", "hospital", "salud", "saude", "health", "doctor", "sante", "lopital", "dokte", "embaraz", "gravid", "pregnan"),
    "violence": ("golpe", "pega", "violen", "marido", "pareja", "bate", "hits", "beat", "frappe", "bat m", "esposo"),
    "labour": ("trabajo", "sueldo", "jefe", "trabalho", "salario", "work", "wage", "boss", "travail", "patron", "travay"),
}


@dataclass(frozen=True)
class Said:
    """Texts to say and slots to keep."""

    texts: tuple[Rendered, ...]
    slots: Mapping[str, Any] = field(default_factory=dict)
    decision: Decision = Decision("abstain")


class Replies:
    """Answers for one reader. `language` and `channel` as in the message's metadata."""

    def __init__(self, base: KnowledgeBase, language: str, channel: str, now: float) -> None:
        self._base = base
        self._lang = language or "es"
        self._channel = channel
        self._chain = base.content.chain(self._lang)
        self._today = datetime.fromtimestamp(now, timezone.utc).date()

    # --- facts --------------------------------------------------------------------------------------------------------

    def query(self, understood: Understanding, slots: Mapping[str, Any], where_now: str = "") -> Query:
        """The question with what her sentence and the dialogue's memory tell."""
        places = [e for e in understood.entities if e.kind in ("country", "city")]
        destination = next((e.value for e in places if e.role == "destination"), "")
        named = tuple(dict.fromkeys(e.value for e in places if e.role in ("", "destination", "where_now")))
        origin = next((e.value for e in understood.entities if e.role == "origin"), "")
        last = tuple(slots.get("last_facts") or ())
        query = Query(
            text=understood.text,
            lang=understood.lang,
            topic=understood.topic.value,
            where_now=where_now,
            destination=destination,
            named=named,
            nationality=origin or str(slots.get("nationality") or ""),
            last=last,
        )
        return self._follow(query, slots)

    def _follow(self, query: Query, slots: Mapping[str, Any]) -> Query:
        """A follow-up, or a question that names no country, stands on what was said before."""
        previous = str(slots.get("destination") or "")
        if answering.is_follow_up(query) and not query.named and query.last:
            first = self._base.knowledge.facts.get(query.last[0])
            if first is not None:
                about = first.questions.get(query.lang) or first.questions.get("en") or ("",)
                named = (first.country,) if first.country != answering.REGIONAL else ()
                return Query(**{**vars(query), "text": f"{about[0]} {query.text}", "named": named})
        if not query.named and previous:
            return Query(**{**vars(query), "named": (previous,)})
        return query

    def answer(self, understood: Understanding, slots: Mapping[str, Any], where_now: str = "") -> Said:
        """One fact, a question which one, or an honest no."""
        query = self.query(understood, slots, where_now)
        hits = self._base.index.search(query)
        decision = answering.decide(hits, self._base.cuts, may_clarify=slots.get("pending") != "which")
        keep = {"destination": (query.destination or (query.named[0] if query.named else "")) or None}
        keep["nationality"] = query.nationality or None
        if decision.kind == "answer":
            return self._answered(decision, keep)
        if decision.kind == "clarify":
            return self._which(decision, keep)
        return Said((self._unknown(query),), {**keep, "pending": None}, decision)

    def by_id(self, fact_id: str) -> Said:
        """The fact she picked from a question of ours."""
        if fact_id not in self._base.knowledge.facts:
            return Said((self._say("fact_unknown"),))
        return self._answered(Decision("answer", (fact_id,)), {})

    def _answered(self, decision: Decision, keep: Mapping[str, Any]) -> Said:
        fact = self._base.knowledge.facts[decision.fact_ids[0]]
        short = self._channel == "sms"
        text = answering.answer_text(fact, self._lang, self._chain, self._today, self._lines(), short)
        texts = [Rendered(text)]
        extra = self._more(fact)
        if extra and not short:
            texts.append(Rendered(extra))
        return Said(tuple(texts), {**keep, "last_facts": list(decision.fact_ids[:1]), "pending": None}, decision)

    def _more(self, fact: Fact) -> str:
        """For a scam: what can be checked for free."""
        steps, _ = _list_in(fact.lists.get("how_to_check", {}), self._chain)
        return self._text("fact_check", steps=" ".join(steps[:3])) if steps else ""

    def _which(self, decision: Decision, keep: Mapping[str, Any]) -> Said:
        buttons = []
        for fact_id in decision.fact_ids[:3]:
            fact = self._base.knowledge.facts[fact_id]
            title, _ = _list_in(fact.questions, self._chain)
            buttons.append(Button(f"{FACT_TOKEN}{fact_id}"[:64], (title[0] if title else fact_id)[:60]))
        text = Rendered(self._text("fact_which"), tuple(buttons), button_label=self._text("fact_which"))
        return Said((text,), {**keep, "pending": "which"}, decision)

    def _unknown(self, query: Query) -> Rendered:
        if len(query.named) == 1:
            return self._say("fact_unknown_country", place=country_name(query.named[0], self._lang))
        return self._say("fact_unknown")

    def _lines(self) -> Lines:
        return Lines(**{name: self._raw(key) for name, key in LINE_KEYS.items()})

    # --- services -------------------------------------------------------------------------------------------------------

    def services(self, understood: Understanding, slots: Mapping[str, Any], where_now: str, minor: bool) -> Said:
        """At most three helplines of where she is; asks for the country once if it is not known."""
        query = self.query(understood, slots, where_now)
        country = where_now or (query.named[0] if query.named else "")
        if not country:
            return Said((self._say("service_where"),), {"pending": "service_country"})
        need = need_of(understood)
        wish = services.Wish(country, need, self._lang, minor or understood.at_risk_age.minor)
        chosen = services.choose(self._base.knowledge.services.values(), wish)
        local = tuple(s for s in chosen if s.country == country) or chosen
        if not local:
            return Said((self._say("service_none"),), {"pending": None})
        shown = local[:1] if self._channel == "sms" else local
        lines = [self._text("service_intro", place=country_name(country, self._lang))]
        lines += [self._service_line(service) for service in shown]
        ids = tuple(service.id for service in chosen)
        return Said((Rendered("\n".join(lines)),), {"pending": None, "destination": country}, Decision("answer", ids))

    def _service_line(self, service: Service) -> str:
        contact = ", ".join(p.number for p in service.phones[:2]) if service.shows_phone else ""
        contact = contact or (service.whatsapp[0] if service.whatsapp else "") or service.web
        purpose = service.purpose.get(self._lang) or self._text(f"service_kind_{service.kind}")
        note, _ = text_in(service.note, self._chain)
        warnings = [self._text(f"service_{service.authority}")] if service.authority in ("police", "immigration") else []
        if service.complaint_required == "yes":
            warnings.append(self._text("service_complaint"))
        if service.confidence != "high" and service.kind != "emergency" and service.phones:
            warnings.append(self._text("service_check"))
        line = self._text("service_line", name=service.name, contact=contact, purpose=purpose)
        tail = f" ({'; '.join(warnings)})" if warnings else ""
        return f"- {line}{tail}{' ' + note if note and self._channel != 'sms' else ''}"

    # --- the job-offer check ----------------------------------------------------------------------------------------------

    def offer(self, understood: Understanding, slots: Mapping[str, Any]) -> Said:
        """Signs in her own words, why they matter, what can be checked; never a verdict that it is safe."""
        if len(understood.text.split()) < 6:
            return Said((self._say("offer_start"),), {"pending": "offer"})
        signs = self._base.signs.find(understood.text)
        verdict = job_offer.judge(signs, self._base.knowledge.indicators, offer_facts(understood))
        return Said(tuple(self.offer_texts(verdict)), {"pending": None, "offer": {"strength": verdict.strength}})

    def offer_texts(self, verdict: job_offer.Verdict) -> list[Rendered]:
        """The reply to a verdict."""
        checks = self._text("offer_check_steps")
        if not verdict.signs:
            parts = [self._text("offer_none", checks=checks)]
        else:
            lines = "\n".join(self._sign_line(sign) for sign in verdict.signs[:4])
            parts = [self._text("offer_signs", signs=lines), self._text("offer_checks", checks=checks)]
        parts.append(self._text("offer_ask_recruiter" if verdict.ask_recruiter else "offer_dont_tell"))
        parts.append(self._text("offer_keep"))
        last = self._say("offer_person" if verdict.offer_person else "offer_more")
        return [Rendered("\n".join(parts)), last]

    def _sign_line(self, sign: job_offer.Sign) -> str:
        indicator = self._base.knowledge.indicators[sign.indicator]
        name, _ = text_in(indicator.name, self._chain)
        why, said_in = text_in(indicator.advice, self._chain[:1])
        return f"- «{sign.quote}»: {name}." + (f" {why}" if said_in else "")

    # --- texts ------------------------------------------------------------------------------------------------------------

    def _say(self, key: str, **values: str) -> Rendered:
        return self._base.renderer.render(Say(key, values), self._lang, self._channel)

    def _text(self, key: str, **values: str) -> str:
        return self._say(key, **values).text

    def _raw(self, key: str) -> str:
        """A phrase whose placeholders are filled later."""
        for code in self._chain:
            entry = self._base.content.entry(code, key)
            if entry is not None:
                return str(entry["text"])
        raise NotFound(key)


def _list_in(texts: Mapping[str, Sequence[str]], chain: Sequence[str]) -> tuple[Sequence[str], str]:
    for code in chain:
        if texts.get(code):
            return texts[code], code
    return (), ""


def need_of(understood: Understanding) -> str:
    """Which kind of service her words ask for; what happens to her decides where the words do not."""
    folded = understood.text.lower()
    for need, words in NEED_WORDS.items():
        if any(word in folded for word in words):
            return need
    names = understood.signal_names()
    for signal, need in NEED_BY_SIGNAL:
        if signal in names:
            return need
    return "legal" if understood.topic is Topic.RIGHTS else "any"


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
