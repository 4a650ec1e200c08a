"""Facts, services and warning signs as values: what is known, where from, how sure, and until when.

All texts are per language ({"es": …}). Amounts are fields behind placeholders, never prose, so that a stale one can be withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

ANY = "any"


@dataclass(frozen=True)
class Amount:
    """Money with its currency (ISO 4217) and the year it was seen in, 0 where unknown."""

    amount: float
    currency: str
    year: int = 0
    what: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fact:
    """One fact. `country`: ISO code, XX = more than one; `nationality`: codes or ("any",). `cost`: Amount, "free" or None."""

    id: str
    country: str
    topic: str
    subtopic: str
    nationality: tuple[str, ...]
    questions: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str]
    sms: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    cost: Amount | str | None = None
    fields: Mapping[str, Amount] = field(default_factory=dict)
    audience: str = ""
    official_url: str = ""
    source_url: str = ""
    source_seen: str = ""
    basis: str = "memory"
    confidence: str = "low"
    volatile: bool = False
    verified_on: date | None = None
    review_by: date | None = None
    status: str = "open"

    def stale(self, today: date) -> bool:
        """True past its review date: amounts are withheld."""
        return self.review_by is not None and today > self.review_by

    def fits_nationality(self, nationality: str) -> bool:
        """True where the fact is for everybody or for her."""
        return not nationality or ANY in self.nationality or nationality in self.nationality


@dataclass(frozen=True)
class Phone:
    """A number as dialled inside its country. `short`: only means something there."""

    number: str
    short: bool = False


@dataclass(frozen=True)
class Service:
    """A helpline or office. `authority`: police, immigration, other_state, ngo, un. Never an address."""

    id: str
    country: str
    name: str
    kind: str
    phones: tuple[Phone, ...] = ()
    whatsapp: tuple[str, ...] = ()
    sms: tuple[str, ...] = ()
    web: str = ""
    hours: str = ""
    languages: tuple[str, ...] = ()
    cost: str = "unknown"
    complaint_required: str = "unknown"
    authority: str = "other_state"
    purpose: Mapping[str, str] = field(default_factory=dict)
    note: Mapping[str, str] = field(default_factory=dict)
    basis: str = "memory"
    confidence: str = "low"
    called_on: date | None = None
    source_url: str = ""

    @property
    def shows_phone(self) -> bool:
        """A number of low confidence stays hidden until somebody called it; emergency numbers are never hidden (DH-2)."""
        return self.kind == "emergency" or self.confidence != "low" or self.called_on is not None


@dataclass(frozen=True)
class Indicator:
    """A warning sign. `weight`: low, medium, high, critical; high and critical are strong."""

    id: str
    family: str
    weight: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    advice: Mapping[str, str]
    phrases: Mapping[str, tuple[str, ...]]

    @property
    def strong(self) -> bool:
        return self.weight in ("high", "critical")


@dataclass(frozen=True)
class Need:
    """What people ask a service for. `kinds`: kinds of service that answer it, nearest first."""

    id: str
    kinds: tuple[str, ...]
    questions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Gap:
    """What people also ask and nobody has a fact for: an honest no."""

    id: str
    questions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Offers:
    """How offers say it: `signs`: indicator id -> language -> texts; `ordinary`: language -> texts of ordinary offers;
    `patterns`: indicator id -> regular expressions over lower-case text without accents."""

    signs: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    ordinary: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Knowledge:
    """Everything known, by id."""

    facts: Mapping[str, Fact]
    services: Mapping[str, Service]
    indicators: Mapping[str, Indicator]
    needs: Mapping[str, Need] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    offers: Offers = field(default_factory=Offers)


def text_in(texts: Mapping[str, str], chain: tuple[str, ...]) -> tuple[str, str]:
    """(text, language) in the first language of the chain that has it; ("", "") where none has."""
    for code in chain:
        if texts.get(code):
            return texts[code], code
    return "", ""
