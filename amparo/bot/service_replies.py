"""Helplines as she reads them: few, near, not only police, and the emergency number of the place beside them (DH-2, DH-5, DH-14)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from amparo.bot.features import plain
from amparo.bot.passages import NEED
from amparo.bot.voice import Said, Voice
from amparo.core import service_hours, services
from amparo.core.answering import SMS_CHARS, Decision, Query
from amparo.core.knowledge import Service, text_in
from amparo.core.lock_screen import PREVIEW
from amparo.core.model import Button, Rendered, Topic, Understanding
from amparo.store.contacts import country_name

NEXT, DETAILS = "service_next", "service_details"
"""Choices on SMS, where helplines come one by one."""
LONGEST_LEAD = "neutral_lead_3"
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
        local = tuple(s for s in chosen if s.country == country) or chosen
        return self._said(local, country, need, Decision("answer", ids))

    def _named(self, decision: Decision, query: Query) -> Service | None:
        """The service that is meant: the best answer itself, or where no country is known one that is called by its name."""
        ids = decision.fact_ids[:1] if query.named or query.where_now else decision.fact_ids
        return next((self._base.knowledge.services[i] for i in ids if i in self._base.knowledge.services), None)

    def one(self, service_id: str) -> Said:
        """One helpline that she picked."""
        service = self._base.knowledge.services[service_id]
        return self._said((service,), service.country, "", Decision("answer", (service_id,)))

    def following(self, slots: Mapping[str, Any]) -> Said:
        """The next of the helplines that SMS shows one by one; where none is left it says so."""
        kept = self._kept(slots)
        left = [self._base.knowledge.services[i] for i in kept.get("left") or () if i in self._base.knowledge.services]
        if not left:
            return Said((self._voice.say("service_last"),), {"candidates": None})
        return self._said(left, left[0].country, str(kept.get("need") or ""), Decision("answer", (left[0].id,)))

    def details(self, slots: Mapping[str, Any]) -> Said:
        """Hours, cost and the whole note of the helpline that was shown last."""
        kept = self._kept(slots)
        service = self._base.knowledge.services.get(str(kept.get("shown") or ""))
        if service is None:
            return Said((self._voice.say("service_last"),), {"candidates": None})
        found = self._hours_and_cost(service) or [self._voice.text("service_details_unknown")]
        note, _ = text_in(service.note, self._voice.chain)
        text = f"{service.name}: {'; '.join(found)}. {note}".strip()
        more = (Button(NEXT, self._voice.text("service_next")),) if kept.get("left") else ()
        return Said((Rendered(text, more),), {})

    def _kept(self, slots: Mapping[str, Any]) -> Mapping[str, Any]:
        kept = slots.get("candidates")
        return kept if isinstance(kept, Mapping) else {}

    def _said(self, chosen: Sequence[Service], country: str, need: str, decision: Decision) -> Said:
        """All of them in one message; on SMS the first with its warning, and the rest by "1 = next"."""
        slots: dict[str, Any] = {"pending": None, "destination": country}
        if not self._voice.short:
            return Said((Rendered("\n".join(self._lines(chosen, country, need))),), slots, decision)
        slots["candidates"] = {"shown": chosen[0].id, "left": [s.id for s in chosen[1:]], "need": need}
        buttons = [Button(NEXT, self._voice.text("service_next"))] if len(chosen) > 1 else []
        buttons.append(Button(DETAILS, self._voice.text("service_details")))
        room = SMS_CHARS - sum(len(button.title) + 5 for button in buttons)
        *first, last = self._fitting(chosen[0], country, need, room)
        return Said((*map(Rendered, first), Rendered(last, tuple(buttons))), slots, decision)

    def _fitting(self, service: Service, country: str, need: str, room: int) -> tuple[str, ...]:
        """The fullest wording that fits one text; where its note leaves no room, the note is a text of its own: warnings are never cut.

        Its name comes after what a locked phone shows (DH-9): behind the place and that calls leave a trace, or behind a neutral lead.
        """
        note, _ = text_in(service.note, self._voice.chain)
        intro, _, now = self._around(country, need, [])
        before = [text for text in (intro, self._voice.text(LONGEST_LEAD)) if len(text) >= PREVIEW]
        for told, purpose, first in itertools.product((note, ""), (True, False), before):
            line = self._line(service, purpose, told)
            text = "\n".join(part for part in (first, line, "" if self._names_emergency(line, country) else now) if part)
            if len(text) <= room:
                break
        return (text,) if told == note else (text, note)

    def _names_emergency(self, line: str, country: str) -> bool:
        number = services.emergency(self._base.knowledge.services.values(), country)
        return bool(number) and number in line

    def _wish(self, country: str, need: str, understood: Understanding, minor: bool) -> services.Wish:
        said = plain(understood.text)
        return services.Wish(
            country,
            need,
            self._voice.lang,
            minor or understood.at_risk_age.minor or understood.writer_age.minor,
            no_complaint=any(words in said for words in NO_COMPLAINT),
            moment=datetime.fromtimestamp(self._voice.now, timezone.utc),
        )

    def _needs(self) -> Mapping[str, tuple[str, ...]]:
        return {need.id: need.kinds for need in self._base.knowledge.needs.values()}

    def _lines(self, chosen: Sequence[Service], country: str, need: str) -> list[str]:
        shown = [self._line(service, True, text_in(service.note, self._voice.chain)[0]) for service in chosen]
        intro, told, now = self._around(country, need, shown)
        return [part for part in (intro, *told, now) if part]

    def _around(self, country: str, need: str, shown: list[str]) -> tuple[str, list[str], str]:
        """(the place and that calls leave a trace, the helplines, the emergency number where they do not name it)."""
        place = country_name(country, self._voice.lang)
        number = services.emergency(self._base.knowledge.services.values(), country)
        now = "" if number else self._voice.text("service_now_anywhere")
        if need != "emergency" and number and not any(number in line for line in shown):
            now = self._voice.text("service_now", place=place, number=number)
        return self._voice.text("service_intro", place=place), shown, now

    def _line(self, service: Service, purpose: bool, note: str) -> str:
        voice = self._voice
        said = self._purpose(service) if purpose else voice.text(f"service_kind_{service.kind}")
        line = voice.text("service_line", name=service.name, contact=contact_of(service), purpose=said)
        facts = self._facts(service)
        tail = f" ({'; '.join(facts)})" if facts else ""
        return f"- {line}{tail}{' ' + note if note else ''}"

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
        return found if voice.short else [*found, *self._hours_and_cost(service)]

    def _hours_and_cost(self, service: Service) -> list[str]:
        voice = self._voice
        hours = service_hours.spoken(service.hours, voice.text("service_days").split())
        found = [voice.text("service_hours", hours=hours)] if hours else []
        return [*found, voice.text("service_free")] if service.cost == "free" else found


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
