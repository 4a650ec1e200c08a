"""The rescue card of a country (DH-13), only from what is on file, field by field: what is missing is shown as missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import phonenumbers

from amparo.core.knowledge import Service, text_in

KINDS = ("emergency", "trafficking_hotline", "gender_violence_hotline", "child_hotline", "suicide_crisis")


@dataclass(frozen=True)
class Line:
    """One number. `inside`: as dialled there; `abroad`: the full international number, '' where there is none (a short code)."""

    name: str
    kind: str
    inside: str
    abroad: str
    authority: str
    called_on: str
    note: str


@dataclass(frozen=True)
class RescueCard:
    """What is known of a country. `decides`: who decides over a rescue there, '' where no policy says so."""

    country: str
    lines: tuple[Line, ...]
    police_lines: int
    decides: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields that nobody has filled."""
        found = [] if self.decides else ["decides"]
        found += [] if any(one.abroad for one in self.lines) else ["abroad"]
        found += [] if any(one.called_on for one in self.lines) else ["called"]
        return tuple(found)


def card(services: Iterable[Service], country: str, chain: tuple[str, ...], policy: Mapping[str, str] | None = None) -> RescueCard:
    """The card; emergency first, then the lines that can act."""
    near = [s for s in services if s.country == country and s.kind in KINDS and s.phones and s.shows_phone]
    near.sort(key=lambda s: (KINDS.index(s.kind), s.name))
    lines = tuple(
        Line(s.name, s.kind, p.number, _abroad(p.number, p.short, country), s.authority, str(s.called_on or ""), text_in(s.note, chain)[0])
        for s in near
        for p in s.phones[:2]
    )
    return RescueCard(country, lines, sum(one.authority == "police" for one in lines), (policy or {}).get("rescue_decides", ""))


def _abroad(number: str, short: bool, country: str) -> str:
    if short:
        return ""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
