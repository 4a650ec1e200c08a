"""From what was understood to what is said first, what is offered and what the desk is told. Pure; no texts, only keys.

Order (safety_practice.md): life in danger now > child safety > not exposing her > her choice > completeness. Believe and care
first, answer her question too, then offer a person (behaviour.md). Nothing is asked that the next help does not need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amparo.core.model import Kind, Risk, Say, Speaker, Topic, Understanding

OTHERS = frozenset({Speaker.RELATIVE, Speaker.FRIEND})

CARE_BY_SIGNAL: tuple[tuple[str, str], ...] = (
    ("recent_rape", "care_rape"),
    ("blackmail_images", "care_images"),
    ("urgent_medical", "care_medical"),
    ("missing_person", "care_missing"),
    ("kidnap_ransom", "care_missing"),
)
"""First signal that is present decides the care text; otherwise who speaks and how old she is."""

HEADINGS: tuple[tuple[str, frozenset[str]], ...] = (
    ("headings_urgent", frozenset({"confinement", "kidnap_ransom", "suicide_self_harm", "moved_by_others", "urgent_medical"})),
    ("headings_papers", frozenset({"documents_retained", "immigration_detention"})),
    (
        "headings_work",
        frozenset({"forced_labour", "wages_withheld", "domestic_servitude", "deception_about_job", "no_contract", "upfront_fee"}),
    ),
    ("headings_money", frozenset({"debt_bondage"})),
    ("headings_images", frozenset({"blackmail_images", "asks_photos", "grooming_online"})),
    ("headings_person_missing", frozenset({"missing_person"})),
    ("headings_family", frozenset({"partner_violence", "forced_marriage", "child_at_risk", "forced_pregnancy"})),
    ("headings_health", frozenset({"recent_rape", "urgent_medical", "physical_violence", "sexual_violence"})),
    ("headings_journey", frozenset({"smuggler", "moved_by_others", "ticket_paid_by_recruiter"})),
)
"""Which neutral heading stands for which signals on her phone (DH-8): headings only, never her story."""


@dataclass(frozen=True)
class Numbers:
    """Who to call where she is. `sure`: the country is known, not guessed. Empty strings where nothing is on file."""

    emergency: str = ""
    place: str = ""
    suicide: str = ""
    text_contact: str = ""
    sure: bool = False
    prefix_place: str = ""
    prefix_emergency: str = ""


@dataclass(frozen=True)
class Plan:
    """`first` is said before any answer, `last` after it. `answer`: her own question is answered too."""

    first: tuple[Say, ...] = ()
    last: tuple[Say, ...] = ()
    answer: bool = True
    offer: str = ""  # '', self, minor, other, urgent: a person is offered
    severity: int = 0


def plan(understood: Understanding, numbers: Numbers, minor: bool) -> Plan:
    """What this message asks of us. `minor`: she is known to be, or the person at risk is, under 18."""
    if understood.speaker is Speaker.MAY_BE_CONTROLLER and not understood.risk.severe:
        return Plan(first=(_risk("controller"),), answer=False)
    if understood.speaker is Speaker.OFFICIAL_PRESS and understood.topic is Topic.OUT_OF_SCOPE:
        return Plan(first=(_risk("press"),), answer=False)
    if understood.risk is Risk.IMMINENT:
        return _imminent(understood, numbers, minor)
    if understood.risk is Risk.DISCLOSURE:
        return Plan(
            first=(_risk(_care_key(understood, minor)),),
            answer=_asks_something(understood),
            offer=_offer_kind(understood, minor),
            severity=2,
        )
    if understood.risk is Risk.CONCERN:
        return Plan(last=(Say("concern_line", kind=Kind.ANSWER),), severity=1)
    return Plan()


def _imminent(understood: Understanding, numbers: Numbers, minor: bool) -> Plan:
    names = understood.signal_names()
    if "suicide_self_harm" in names and understood.speaker not in OTHERS:
        first: tuple[Say, ...] = (suicide_line(numbers),)
        care = ""
    else:
        first = (danger_line(numbers, other=understood.speaker in OTHERS, cannot_call="cannot_call" in names),)
        care = _care_key(understood, minor)
    says = first + ((_risk(care),) if care and "cannot_call" not in names else ())
    return Plan(
        first=says,
        answer=_asks_something(understood) and "cannot_call" not in names,
        offer=_offer_kind(understood, minor, urgent=True),
        severity=3,
    )


def danger_line(numbers: Numbers, other: bool = False, cannot_call: bool = False) -> Say:
    """The line that starts with the number (SP-39, DH-2)."""
    if cannot_call and numbers.text_contact:
        return _risk("imminent_text_only", text_contact=numbers.text_contact)
    if numbers.emergency:
        key = "imminent_other" if other else "imminent_number" if numbers.sure else "imminent_number_unsure"
        return _risk(key, number=numbers.emergency, place=numbers.place)
    if other:
        return _risk("imminent_other_unknown")
    if numbers.prefix_emergency:
        return _risk("imminent_unknown_prefix", number=numbers.prefix_emergency, place=numbers.prefix_place)
    return _risk("imminent_unknown")


def suicide_line(numbers: Numbers) -> Say:
    """Care and a line to call; without a suicide line on file, the emergency number, never an empty one (DH-2)."""
    number = numbers.suicide or numbers.emergency
    if number:
        return _risk("suicide", number=number, place=numbers.place)
    return _risk("suicide_unknown")


def headings(understood_signals: frozenset[str], minor: bool) -> tuple[str, ...]:
    """Keys of the headings that stand for these signals, at most four; 'wants to talk' where none fits."""
    found = [key for key, signals in HEADINGS if signals & understood_signals]
    if minor:
        found.append("headings_minor")
    return tuple(dict.fromkeys(found))[:4] or ("headings_talk",)


def severity(risk: Risk, asked_for_person: bool = False) -> int:
    """0 (wants a person) to 3 (imminent): the order of the queue."""
    return risk.rank


def merge_signals(known: Mapping[str, str], understood: Understanding) -> dict[str, str]:
    """Signals of the talk so far with the first words that showed each."""
    merged = dict(known)
    for signal in understood.signals:
        if not merged.get(signal.name):
            merged[signal.name] = signal.quote
    return merged


def _asks_something(understood: Understanding) -> bool:
    return understood.topic not in (Topic.DISCLOSURE, Topic.HUMAN, Topic.EXIT, Topic.SMALLTALK, Topic.OUT_OF_SCOPE)


def _offer_kind(understood: Understanding, minor: bool, urgent: bool = False) -> str:
    if understood.speaker is Speaker.MAY_BE_CONTROLLER:
        return ""
    if minor and understood.speaker not in OTHERS:
        return "minor"
    if understood.speaker in OTHERS:
        return "other"
    return "urgent" if urgent else "self"


def _care_key(understood: Understanding, minor: bool) -> str:
    names = understood.signal_names()
    if understood.speaker in OTHERS:
        return "care_missing" if names & {"missing_person", "kidnap_ransom"} else "care_other"
    for signal, key in CARE_BY_SIGNAL:
        if signal in names:
            return key
    return "care_minor" if minor else "care_self"


def _risk(key: str, **values: str) -> Say:
    return Say(key, values, Kind.RISK)
