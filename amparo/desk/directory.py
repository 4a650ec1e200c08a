"""The directory beside a talk: services found by what was typed, and the text that goes to her, in her language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amparo.core.knowledge import Service
from amparo.core.model import Say
from amparo.core.phrases import tokens
from amparo.store.contacts import country_name

SHOWN = 8


def look_up(services: Iterable[Service], asked: str, country: str, language: str) -> list[Service]:
    """At most eight, those of her country and the worldwide ones, best match first; not only police (SP-81)."""
    words = [token.word for token in tokens(asked)]
    near = [s for s in services if (not country or s.country in (country, "INT")) and ((s.phones and s.shows_phone) or s.web or s.whatsapp)]
    scored = [(_score(one, words, country, language), one) for one in near]
    found = [one for score, one in sorted(scored, key=lambda pair: (-pair[0], pair[1].name)) if score > 0 or not words]
    return found[:SHOWN]


def _score(service: Service, words: list[str], country: str, language: str) -> float:
    text = " ".join((service.name, service.kind.replace("_", " "), *service.purpose.values()))
    said = {token.word for token in tokens(text)}
    hits = sum(any(one.startswith(word) for one in said) for word in words)
    if words and hits < len(words):
        return 0.0
    bonus = {"high": 0.4, "medium": 0.2}.get(service.confidence, 0.0) + 0.3 * (language in service.languages)
    return hits + bonus + 0.5 * (service.country == country) - 0.5 * (service.authority in ("police", "immigration"))


def insertion(services: Any, service: Service, language: str, where_now: str, channel: str) -> str:
    """The service as she reads it, in her language: a neutral lead (DH-9), name, how to reach it from where she is, what for, warnings.

    A short code only means something inside its country (DH-2): from elsewhere it is left out.
    """

    def said(key: str, **values: str) -> str:
        return str(services.renderer.render(Say(key, values), language, channel.removeprefix("sim-")).text)

    country = service.country if service.country != "INT" else where_now
    inside = service.country in (where_now, "INT") or not where_now
    phones = [p.number for p in service.phones if service.shows_phone and (inside or not p.short)][:2]
    contact = " / ".join([*phones, *(f"WhatsApp {n}" for n in service.whatsapp[:1]), *([service.web] if service.web else [])])
    purpose = service.purpose.get(language) or said(f"service_kind_{service.kind}")
    warnings = [said(f"service_{service.authority}")] if service.authority in ("police", "immigration") else []
    warnings += [said("service_complaint")] if service.complaint_required == "yes" else []
    warnings += [said("service_check")] if service.confidence != "high" and service.kind != "emergency" and phones else []
    line = said("service_line", name=service.name, contact=contact, purpose=purpose)
    lead = said("service_intro", place=country_name(country, language)) if country else ""
    return "\n".join(part for part in (lead, f"{line} ({'; '.join(warnings)})" if warnings else line) if part)
