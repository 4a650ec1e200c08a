"""content/knowledge, content/services and content/indicators.yml as the core's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from amparo.core.knowledge import Amount, Fact, Gap, Indicator, Knowledge, Need, Offers, Phone, Service
from amparo.store.yaml_files import ContentError, line_of, read

FACT_TEXTS = ("time", "note", "name")
FACT_LISTS = ("requirements", "red_flags", "how_to_check")
SCAM_TEXTS = ("if_already_paid",)


def load(root: Path) -> Knowledge:
    """Reads everything. Raises ContentError at the first entry that cannot be read."""
    facts: dict[str, Fact] = {}
    for path in sorted((root / "knowledge").glob("*/*.yml")):
        for entry in read(path).get("facts") or ():
            _add(facts, path, entry, _fact)
    services: dict[str, Service] = {}
    for path in sorted((root / "services").glob("*.yml")):
        for entry in read(path).get("services") or ():
            _add(services, path, entry, _service)
    indicators: dict[str, Indicator] = {}
    path = root / "indicators.yml"
    for entry in (read(path).get("indicators") or ()) if path.exists() else ():
        _add(indicators, path, entry, _indicator)
    needs, gaps = _named(root / "needs.yml", "needs", _need), _named(root / "gaps.yml", "gaps", _gap)
    return Knowledge(facts, services, indicators, needs, gaps, _offers(root / "offers.yml", indicators))


PLACE_KEYS = ("names", "people", "cities", "terms")


def check_lookups(root: Path) -> None:
    """places.yml and gloss/, which the index reads itself. Raises ContentError where it could not."""
    path = root / "places.yml"
    places = read(path) if path.exists() else {}
    for code, entry in (places or {}).items() if places is None or isinstance(places, Mapping) else (("places.yml", None),):
        lists = [entry.get(key) or [] for key in PLACE_KEYS] if isinstance(entry, Mapping) else [None]
        if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists):
            raise ContentError(path, line_of(path, f"{code}:"), f"{code}: names, people, cities and terms are lists of words")
    for path in sorted((root / "gloss").glob("*.yml")):
        data = read(path)
        if not isinstance(data, Mapping) or not isinstance(data.get("words"), Mapping):
            raise ContentError(path, 1, "words: word by word, each with its gloss")


def _offers(path: Path, indicators: Mapping[str, Indicator]) -> Offers:
    data = read(path) if path.exists() else {}
    signs, patterns = data.get("signs") or {}, _questions({"questions": data.get("patterns")})
    for name in (*signs, *patterns):
        if name not in indicators:
            raise ContentError(path, line_of(path, f"{name}:"), f"{name} is no warning sign of indicators.yml")
    for name, expressions in patterns.items():
        for expression in expressions:
            try:
                re.compile(expression)
            except re.error:
                raise ContentError(path, line_of(path, f"{name}:"), f"{name}: this pattern cannot be read: {expression}") from None
    examples = {str(name): _questions({"questions": texts}) for name, texts in signs.items()}
    return Offers(examples, _questions({"questions": data.get("ordinary")}), patterns)


def _named(path: Path, key: str, make: Any) -> dict[str, Any]:
    """Entries that are a mapping by name; none where the file is not there."""
    found: dict[str, Any] = {}
    for name, entry in ((read(path).get(key) or {}) if path.exists() else {}).items():
        _add(found, path, {**entry, "id": str(name)} if isinstance(entry, Mapping) else entry, make)
    return found


def _questions(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {lang: tuple(map(str, texts)) for lang, texts in (entry.get("questions") or {}).items()}


def _need(entry: Mapping[str, Any]) -> Need:
    return Need(str(entry["id"]), tuple(map(str, entry["kinds"])), _questions(entry))


def _gap(entry: Mapping[str, Any]) -> Gap:
    return Gap(str(entry["id"]), _questions(entry))


def _add(into: dict[str, Any], path: Path, entry: Mapping[str, Any], make: Any) -> None:
    identifier = str(entry.get("id", "")) if isinstance(entry, Mapping) else ""
    try:
        made = make(entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(path, line_of(path, identifier or "id:"), f"{identifier or 'an entry'}: {_plain(error)}") from None
    if identifier in into:
        raise ContentError(path, line_of(path, identifier), f"the id {identifier} exists twice")
    into[identifier] = made


def _plain(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else "cannot be read"


def _fact(entry: Mapping[str, Any]) -> Fact:
    answers = entry["answers"]
    cost = entry.get("cost")
    return Fact(
        id=str(entry["id"]),
        country=str(entry["country"]),
        topic=str(entry["topic"]),
        subtopic=str(entry.get("subtopic", "")),
        nationality=tuple(str(n) for n in entry.get("nationality") or ("any",)),
        questions={lang: tuple(map(str, texts)) for lang, texts in (entry.get("questions") or {}).items()},
        answers={lang: str(answer["text"]) for lang, answer in answers.items()},
        sms={lang: str(answer["sms"]) for lang, answer in answers.items() if answer.get("sms")},
        lists={name: {lang: tuple(map(str, v)) for lang, v in (entry.get(name) or {}).items()} for name in FACT_LISTS},
        texts={name: {lang: str(v) for lang, v in (entry.get(name) or {}).items() if v} for name in (*FACT_TEXTS, *SCAM_TEXTS)},
        cost=_amount(cost) if isinstance(cost, Mapping) else cost,
        fields={name: _amount(value) for name, value in (entry.get("fields") or {}).items()},
        audience=str(entry.get("audience") or ""),
        official_url=str(entry.get("official_url") or ""),
        source_url=str(entry["source_url"] or ""),
        source_seen=str(entry.get("source_seen") or ""),
        basis=str(entry["basis"]),
        confidence=str(entry["confidence"]),
        volatile=bool(entry.get("volatile")),
        verified_on=_date(entry.get("verified_on")),
        review_by=_date(entry["review_by"]),
        status=str(entry.get("status", "open")),
    )


def _amount(value: Mapping[str, Any]) -> Amount:
    return Amount(float(value["amount"]), str(value["currency"]), int(value.get("year") or 0), value.get("what") or {})


def _date(value: Any) -> date | None:
    if value in (None, ""):
        return None
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _service(entry: Mapping[str, Any]) -> Service:
    return Service(
        id=str(entry["id"]),
        country=str(entry["country"]),
        name=str(entry["name"]),
        kind=str(entry["kind"]),
        phones=tuple(Phone(str(p["number"]), bool(p.get("short"))) for p in entry.get("phones") or ()),
        whatsapp=tuple(map(str, entry.get("whatsapp") or ())),
        sms=tuple(map(str, entry.get("sms") or ())),
        web=str(entry.get("web") or ""),
        hours=str(entry.get("hours") or ""),
        languages=tuple(map(str, entry.get("languages") or ())),
        cost=str(entry.get("cost", "unknown")),
        complaint_required=str(entry.get("complaint_required", "unknown")),
        authority=str(entry["authority"]),
        purpose=entry.get("for") or {},
        note=entry.get("note") or {},
        basis=str(entry["basis"]),
        confidence=str(entry["confidence"]),
        called_on=_date(entry.get("called_on")),
        source_url=str(entry.get("source_url") or ""),
    )


def _indicator(entry: Mapping[str, Any]) -> Indicator:
    return Indicator(
        id=str(entry["id"]),
        family=str(entry["family"]),
        weight=str(entry["weight"]),
        name=entry["name"],
        description=entry.get("description") or {},
        advice=entry.get("what_to_say") or {},
        phrases={lang: tuple(map(str, texts)) for lang, texts in (entry.get("phrases") or {}).items()},
    )
