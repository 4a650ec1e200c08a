"""What a counselor needs when a life is at risk now: numbers from inside and abroad, who decides, what may be said (DH-13).

Only what is on file: a field that nobody has filled in for a country is absent, and named in `missing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from amparo.core.knowledge import Service

KINDS: tuple[str, ...] = ("emergency", "trafficking_hotline", "gender_violence_hotline", "child_hotline")
RULES: tuple[str, ...] = ("who_decides", "may_say", "never_say", "before_promise", "police_part")
FIELDS: tuple[str, ...] = ("from_abroad", "police_part", "who_decides")
"""What a country's own file may hold; each is shown only where it is filled in."""


@dataclass(frozen=True)
class RescueNumber:
    """One line. `abroad`: it can be dialled from another country as it stands. `police`: police answer or are sent."""

    name: str
    number: str
    kind: str
    hours: str
    police: bool
    abroad: bool


@dataclass(frozen=True)
class RescueCard:
    """The card of a country (ISO alpha-2). `rules` and `own`: key -> text in the reader's language."""

    country: str
    numbers: tuple[RescueNumber, ...]
    rules: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def not_police(self) -> tuple[RescueNumber, ...]:
        """Lines to try first where police are part of what happens to her."""
        return tuple(one for one in self.numbers if not one.police)


def card(country: str, services: Iterable[Service], rules: Mapping[str, str], own: Mapping[str, str]) -> RescueCard:
    """The card from the directory and the organisation's own file. Emergency numbers are never hidden by confidence (DH-2)."""
    numbers = []
    for service in services:
        if service.country == country and service.kind in KINDS and service.phones and service.shows_phone:
            for phone in service.phones:
                police = service.authority == "police"
                abroad = phone.number.strip().startswith("+")
                numbers.append(RescueNumber(service.name, phone.number, service.kind, service.hours, police, abroad))
    numbers.sort(key=lambda one: (KINDS.index(one.kind), one.police))
    missing = [name for name in FIELDS if not own.get(name) and not (name == "from_abroad" and any(n.abroad for n in numbers))]
    if not any(one.kind == "emergency" for one in numbers):
        missing.insert(0, "emergency_number")
    return RescueCard(country, tuple(numbers), dict(rules), dict(own), tuple(missing))
