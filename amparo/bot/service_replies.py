"""Helplines as she reads them: few, near, not only police, and the emergency number of the place beside them (DH-2, DH-5, DH-14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amparo.bot.features import plain
from amparo.bot.passages import NEED
from amparo.bot.voice import Said, Voice
from amparo.core import services
from amparo.core.answering import Decision, Query
from amparo.core.knowledge import Service, text_in
from amparo.core.model import Rendered, Topic, Understanding
from amparo.store.contacts import country_name

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
    ("missing_person", "family_search"),
)
NO_COMPLAINT = (
    *("sin denuncia", "sin denunciar", "no quiero denunciar", "sem denuncia", "sem denunciar", "nao quero denunciar", "without report"),
    *(
        "without a complaint",
        "don't want to report",
        "dont want to report",
        "sans porter plainte",
        "sans plainte",
        "san pote plent",
        "pa vle pote plent",
    ),
)


class ServiceReplies:
    """Helplines for one reader."""

    def __init__(self, base: Any, voice: Voice) -> None:
        self._base = base
        self._voice = voice

    def answer(self, query: Query, decision: Decision, understood: Understanding, minor: bool) -> Said:
        """At most three helplines of the country asked about, else of where she is; asks for the country once if neither is known."""
        first = decision.fact_ids[0] if decision.fact_ids else ""
        named = self._named(decision, query)
        country = query.named[0] if query.named else query.where_now or (named.country if named else "")
        need = (
            first.removeprefix(NEED)
            if first.startswith(NEED) and named is None
            else services.need_of_kind(named.kind)
            if named
            else need_of(understood)
        )
        chosen = services.choose(self._base.knowledge.services.values(), self._wish(country, need, understood, minor), self._needs())
        if named is not None and named.country == country:
            chosen = tuple({s.id: s for s in (named, *chosen)}.values())[: services.MAX_SHOWN]
        ids = tuple(service.id for service in chosen)
        if not country:
            texts = (self._voice.say("service_where"),)
            return Said(texts, {"pending": "service_country"}, Decision("clarify" if ids else "abstain", ids))
        if not chosen:
            return Said((self._voice.say("service_none"),), {"pending": None}, Decision("abstain"))
        return Said(self._texts(chosen, country, need), {"pending": None, "destination": country}, Decision("answer", ids))

    def _named(self, decision: Decision, query: Query) -> Service | None:
        """The service that is meant: the best answer itself, or where no country is known one that is called by its name."""
        ids = decision.fact_ids[:1] if query.named or query.where_now else decision.fact_ids
        return next((self._base.knowledge.services[i] for i in ids if i in self._base.knowledge.services), None)

    def one(self, service_id: str) -> Said:
        """One helpline that she picked."""
        service = self._base.knowledge.services[service_id]
        return Said(self._texts((service,), service.country, ""), {"pending": None}, Decision("answer", (service_id,)))

    def _wish(self, country: str, need: str, understood: Understanding, minor: bool) -> services.Wish:
        said = plain(understood.text)
        return services.Wish(
            country,
            need,
            self._voice.lang,
            minor or understood.at_risk_age.minor or understood.writer_age.minor,
            no_complaint=any(words in said for words in NO_COMPLAINT),
        )

    def _needs(self) -> Mapping[str, tuple[str, ...]]:
        return {need.id: need.kinds for need in self._base.knowledge.needs.values()}

    def _texts(self, chosen: tuple[Service, ...], country: str, need: str) -> tuple[Rendered, ...]:
        """One message; on SMS one service a message with the rest named by "1 = next" on request."""
        place = country_name(country, self._voice.lang)
        local = tuple(s for s in chosen if s.country == country) or chosen
        shown = local[:1] if self._voice.short else local
        lines = [self._voice.text("service_intro", place=place), *(self._line(service) for service in shown)]
        number = services.emergency(self._base.knowledge.services.values(), country)
        if need != "emergency" and number and not any(number in line for line in lines):
            lines.append(self._voice.text("service_now", place=place, number=number))
        elif not number:
            lines.append(self._voice.text("service_now_anywhere"))
        return (Rendered("\n".join(lines)),)

    def _line(self, service: Service) -> str:
        voice = self._voice
        line = voice.text("service_line", name=service.name, contact=contact_of(service), purpose=self._purpose(service))
        facts = self._facts(service)
        note, _ = text_in(service.note, voice.chain)
        tail = f" ({'; '.join(facts)})" if facts else ""
        return f"- {line}{tail}{' ' + note if note and not voice.short else ''}"

    def _purpose(self, service: Service) -> str:
        return service.purpose.get(self._voice.lang) or self._voice.text(f"service_kind_{service.kind}")

    def _facts(self, service: Service) -> list[str]:
        """Who answers, whether a complaint is asked for, whether the number is sure; hours and cost where there is room."""
        voice = self._voice
        found = [voice.text(f"service_{service.authority}")] if service.authority in ("police", "immigration") else []
        if service.complaint_required == "yes":
            found.append(voice.text("service_complaint"))
        if service.confidence != "high" and service.kind != "emergency" and service.phones and service.shows_phone:
            found.append(voice.text("service_check"))
        if not voice.short:
            hours = services.hours_in(service.hours, voice.text("days_short").split())
            if hours:
                found.append(voice.text("service_hours", hours=hours))
            if service.cost == "free":
                found.append(voice.text("service_free"))
        return found


def contact_of(service: Service) -> str:
    """Its numbers where they may be shown, else WhatsApp, else its page."""
    numbers = ", ".join(phone.number for phone in service.phones[:2]) if service.shows_phone else ""
    return numbers or (service.whatsapp[0] if service.whatsapp and service.shows_phone else "") or service.web


def need_of(understood: Understanding) -> str:
    """Which kind of service fits what happens to her, where her words ask for none."""
    names = understood.signal_names()
    for signal, need in NEED_BY_SIGNAL:
        if signal in names:
            return need
    return "legal" if understood.topic is Topic.RIGHTS else "any"
