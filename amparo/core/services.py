"""Which helplines to name: few, near, not only police, and numbers only with their country (DH-2, DH-5, DH-14, SP-81)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from amparo.core import service_hours
from amparo.core.knowledge import Service

MAX_SHOWN = 3

NEEDS: Mapping[str, tuple[str, ...]] = {
    "trafficking": ("trafficking_hotline", "gender_violence_hotline", "ngo", "ombudsman", "legal_aid"),
    "violence": ("gender_violence_hotline", "shelter_referral", "ngo", "ombudsman", "legal_aid"),
    "child": ("child_hotline", "ngo", "ombudsman", "un_agency"),
    "asylum": ("asylum", "un_agency", "legal_aid", "ngo"),
    "legal": ("legal_aid", "ombudsman", "labour_inspection", "ngo", "un_agency"),
    "labour": ("labour_inspection", "trafficking_hotline", "legal_aid", "ombudsman", "ngo"),
    "migration": ("un_agency", "ngo", "legal_aid", "migration_authority", "asylum"),
    "health": ("health", "ngo", "un_agency", "gender_violence_hotline"),
    "suicide": ("suicide_crisis", "health", "emergency"),
    "shelter": ("shelter_referral", "gender_violence_hotline", "ngo", "un_agency"),
    "any": ("gender_violence_hotline", "trafficking_hotline", "ngo", "un_agency", "ombudsman", "child_hotline"),
}
"""What she needs -> kinds of service, nearest need first."""

CONFIDENCE = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Wish:
    """What is looked for. `no_complaint`: she does not want to report, so services that ask for it are left out. `moment` (aware):
    what is known to be closed then comes after what may be open; None = hours do not count."""

    country: str
    need: str = "any"
    language: str = "es"
    minor: bool = False
    no_complaint: bool = False
    moment: datetime | None = None


def need_of_kind(kind: str) -> str:
    """The need that a kind of service answers first."""
    return next((need for need, kinds in NEEDS.items() if kinds[0] == kind), "any")


def choose(services: Iterable[Service], wish: Wish, needs: Mapping[str, tuple[str, ...]] = NEEDS) -> tuple[Service, ...]:
    """At most three for this country, at least one of them not police; worldwide ones fill up. `needs`: need -> kinds."""
    kinds = needs.get(wish.need) or NEEDS.get(wish.need) or NEEDS["any"]
    if wish.minor and "child_hotline" not in kinds[:1]:
        kinds = ("child_hotline", *kinds)
    near = [
        s
        for s in services
        if s.country in (wish.country, "INT")
        and s.kind in kinds
        and _reachable(s)
        and not (wish.no_complaint and s.complaint_required == "yes")
    ]
    near.sort(key=lambda s: (s.country != wish.country, _closed(s, wish), kinds.index(s.kind), *_preference(s, wish)))
    chosen: list[Service] = []
    for service in near:
        if len(chosen) == MAX_SHOWN:
            break
        chosen.append(service)
    if chosen and all(s.authority == "police" for s in chosen):
        other = next((s for s in near if s.authority != "police"), None)
        if other is not None:
            chosen[-1] = other
    return tuple(chosen)


def _reachable(service: Service) -> bool:
    return bool((service.phones and service.shows_phone) or service.web or service.whatsapp)


def _closed(service: Service, wish: Wish) -> bool:
    return wish.moment is not None and service_hours.closed(service.hours, service.country, wish.moment)


def _preference(service: Service, wish: Wish) -> tuple[int, ...]:
    return (
        int(service.complaint_required == "yes"),
        int(service.authority in ("police", "immigration")),
        CONFIDENCE.get(service.confidence, 2),
        int(wish.language not in service.languages),
        int(not service.phones),
    )


def emergency(services: Iterable[Service], country: str) -> str:
    """The emergency number of a country as dialled there, '' where none is on file. Never hidden by confidence (DH-2)."""
    found = [s for s in services if s.country == country and s.kind == "emergency" and s.phones]
    found.sort(key=lambda s: (CONFIDENCE.get(s.confidence, 2), s.authority != "police"))
    return found[0].phones[0].number if found else ""


def suicide(services: Iterable[Service], country: str) -> str:
    """A crisis line of a country, '' where none of sufficient confidence is on file."""
    found = [s for s in services if s.country == country and s.kind == "suicide_crisis" and s.phones and s.shows_phone]
    found.sort(key=lambda s: CONFIDENCE.get(s.confidence, 2))
    return found[0].phones[0].number if found else ""


def text_contact(services: Iterable[Service], country: str) -> str:
    """A way to reach somebody there without speaking (SMS or WhatsApp), '' where none is on file (DH-10)."""
    kinds = ("emergency", "gender_violence_hotline", "trafficking_hotline")
    for service in sorted(services, key=lambda s: kinds.index(s.kind) if s.kind in kinds else 9):
        if service.country == country and service.kind in kinds and service.shows_phone and (service.sms or service.whatsapp):
            return f"SMS {service.sms[0]}" if service.sms else f"WhatsApp {service.whatsapp[0]}"
    return ""


def all_day(services: Iterable[Service], country: str) -> tuple[str, str] | None:
    """(name, contact) of a line of this country that never closes and is not the police; None where none is on file."""
    kinds = ("gender_violence_hotline", "trafficking_hotline", "suicide_crisis", "child_hotline")
    found = [s for s in services if s.country == country and s.kind in kinds and s.phones and s.shows_phone and s.hours == "24/7"]
    found = [s for s in found if s.authority not in ("police", "immigration")]
    found.sort(key=lambda s: (kinds.index(s.kind), CONFIDENCE.get(s.confidence, 2)))
    return (found[0].name, found[0].phones[0].number) if found else None
