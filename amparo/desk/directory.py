"""The directory beside a talk: services found by what was typed, and the text that goes to her, in her language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amparo.core.knowledge import Service, text_in
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


def insertion(services: Any, service: Service, language: str, where_now: str) -> str:
    """The service in her language: name, what it does, how to reach it from where she is, and its warning. Short codes only inside."""
    chain = services.content.chain(language)
    lines = [f"{service.name} ({country_name(service.country, language)})" if service.country != "INT" else service.name]
    lines.append(text_in(service.purpose, chain)[0])
    inside = service.country in (where_now, "INT") or not where_now
    phones = [p.number for p in service.phones if service.shows_phone and (inside or not p.short)]
    lines.append(" / ".join(phones[:2]))
    lines += [f"WhatsApp {service.whatsapp[0]}"] if service.whatsapp else []
    lines.append(service.web)
    lines.append(text_in(service.note, chain)[0])
    return "\n".join(line for line in lines if line)
