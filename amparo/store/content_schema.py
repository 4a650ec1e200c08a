"""JSON Schema (draft 2020-12) of every kind of content file, written to content/schemas/ and used by the check and by editors' tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.core.model import LANGUAGES

DATE = {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}
TEXT = {"type": "string", "minLength": 1}
LINK = {"type": "string", "pattern": r"^(https?://\S+)?$"}
LEVEL = {"enum": ["high", "medium", "low"]}
BASIS = {"enum": ["source", "memory"]}
REVIEW = {"type": "string", "description": "machine, or the role of the person who signed and the day"}
COUNTRY = {"type": "string", "pattern": "^([A-Z]{2}|INT)$"}


def by_language(inner: Mapping[str, Any]) -> dict[str, Any]:
    """A text (or list) per language."""
    return {"type": "object", "properties": {lang: inner for lang in LANGUAGES}, "additionalProperties": False}


def _object(required: tuple[str, ...], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": dict(properties), "additionalProperties": False}


AMOUNT = _object(
    ("amount", "currency"),
    {
        "amount": {"type": "number"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "year": {"type": ["integer", "null"]},
        "what": by_language(TEXT),
    },
)
LISTED = by_language({"type": "array", "items": TEXT})
SOURCE = {
    "source_url": {"type": ["string", "null"]},
    "source_seen": {"type": ["string", "null"]},
    "basis": BASIS,
    "confidence": LEVEL,
    "verified_on": DATE,
    "review_by": DATE,
}
ANSWER = _object(("text",), {"text": TEXT, "sms": TEXT, "review": REVIEW})
FACT = _object(
    ("id", "country", "topic", "answers", "source_url", "basis", "confidence", "review_by"),
    {
        **{"id": TEXT, "country": COUNTRY, "nationality": {"type": "array", "items": TEXT}, "subtopic": {"type": "string"}},
        **{"topic": {"enum": ["requirements", "costs", "route", "rights", "scams", "trafficking_info"]}, "audience": {"type": "string"}},
        **{"questions": LISTED, "answers": by_language(ANSWER), "requirements": LISTED, "red_flags": LISTED, "how_to_check": LISTED},
        **{"name": by_language(TEXT), "if_already_paid": by_language(TEXT), "time": by_language(TEXT), "note": by_language(TEXT)},
        **{
            "cost": {"anyOf": [AMOUNT, {"const": "free"}, {"type": "null"}]},
            "fields": {"type": "object", "additionalProperties": AMOUNT},
            "cost_basis": {"type": "string"},
        },
        **{
            "official_url": LINK,
            "legal_basis": {"type": "string"},
            "volatile": {"type": "boolean"},
            "status": {"enum": ["open", "closed"]},
        },
        **SOURCE,
    },
)
PHONE = _object(("number",), {"number": {"type": "string"}, "short": {"type": "boolean"}})
SERVICE = _object(
    ("id", "country", "name", "kind", "authority", "source_url", "basis", "confidence"),
    {
        **{"id": TEXT, "country": COUNTRY, "name": TEXT, "kind": TEXT, "phones": {"type": "array", "items": PHONE}},
        **{key: {"type": "array", "items": {"type": "string"}} for key in ("whatsapp", "sms", "languages")},
        **{"web": {"type": "string"}, "hours": {"type": "string"}, "cost": {"type": "string"}, "called_on": DATE, "review": REVIEW},
        **{"complaint_required": {"enum": ["yes", "no", "unknown"]}, "for": by_language(TEXT), "note": by_language(TEXT)},
        **{"authority": {"enum": ["police", "immigration", "other_state", "ngo", "un"]}},
        **SOURCE,
    },
)
INDICATOR = _object(
    ("id", "family", "weight", "name"),
    {
        **{"id": TEXT, "family": TEXT, "weight": {"enum": ["low", "medium", "high", "critical"]}, "name": by_language(TEXT)},
        **{"description": by_language(TEXT), "what_to_say": by_language(TEXT), "phrases": LISTED, "source_url": {"type": "string"}},
        **{"basis": BASIS, "review": REVIEW},
    },
)
SOURCED = _object(
    ("text", "source_url"),
    {"text": by_language(TEXT), "source_url": TEXT, "source_seen": {"type": "string"}, "basis": BASIS, "review": REVIEW},
)
CARD = {"anyOf": [SOURCED, {"type": "null"}]}


def card(fields: tuple[str, ...]) -> dict[str, Any]:
    """A card of one country: every field sourced, or empty and listed by live-check."""
    signed = {"signed_by_role": {"type": ["string", "null"]}, "signed_on": DATE}
    return _object(("country", "fields"), {"country": COUNTRY, **signed, "fields": _object((), {name: CARD for name in fields})})


POLICY_FIELDS = ("child_protection_duty", "who_decides", "who_is_told", "what_is_never_passed_on", "records_kept")
HEALTH_FIELDS = ("emergency_care", "after_rape", "pregnancy", "who_must_notify_whom", "what_is_legal", "where_without_papers")
RESCUE_FIELDS = ("who_decides", "numbers_inside", "numbers_from_abroad", "what_may_be_said", "where_police_are_part_of_it")
CARDS: Mapping[str, tuple[str, ...]] = {"policy": POLICY_FIELDS, "health": HEALTH_FIELDS, "rescue": RESCUE_FIELDS}


def _file(key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [key], "properties": {key: {"type": "array", "items": entry}}, "additionalProperties": False}


NAMED = {
    "type": "object",
    "additionalProperties": _object(("questions",), {"kinds": {"type": "array", "items": TEXT}, "questions": LISTED}),
}
WORDS = {"type": "array", "items": TEXT}
PLACE = _object(("names", "people", "cities"), dict.fromkeys(("names", "people", "cities", "terms"), WORDS))
BY_SIGN = {"type": "object", "additionalProperties": LISTED}
OFFERS = _object(
    ("signs", "ordinary"), {"signs": BY_SIGN, "ordinary": LISTED, "patterns": {"type": "object", "additionalProperties": WORDS}}
)
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "knowledge": _file("facts", FACT),
    "services": _file("services", SERVICE),
    "indicators": _file("indicators", INDICATOR),
    "needs": {"type": "object", "properties": {"needs": NAMED}, "required": ["needs"], "additionalProperties": False},
    "gaps": {"type": "object", "properties": {"gaps": NAMED}, "required": ["gaps"], "additionalProperties": False},
    "places": {"type": "object", "additionalProperties": PLACE},
    "offers": OFFERS,
    **{name: card(fields) for name, fields in CARDS.items()},
}
COMMON = "common"
"""A file of rules that hold in every country, beside the countries' cards; its reader checks it."""


def kind_of(path: Path, root: Path) -> str:
    """Which schema a file follows; '' where it has none."""
    relative = path.relative_to(root)
    name = relative.parts[0] if len(relative.parts) > 1 else relative.stem
    return name if name in SCHEMAS and path.stem != COMMON else ""


def write(folder: Path) -> None:
    """content/schemas/<kind>.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in SCHEMAS.items():
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"content: {name}", **schema}
        (folder / f"{name}.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
