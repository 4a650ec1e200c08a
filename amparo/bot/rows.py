"""The labelled rows of data/risk and data/nlu, as typed values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from amparo.core.model import LANGUAGES, SIGNALS, AgeGroup, Risk, Speaker, Topic

INTENT_TOPICS = {
    "affirm": "smalltalk",
    "deny": "smalltalk",
    "menu": "smalltalk",
    "delete_data": "privacy",
    "who_are_you": "privacy",
}
"""Intents that are finer than topics -> their topic."""


@dataclass(frozen=True)
class RiskRow:
    """One labelled example of the risk recogniser."""

    text: str
    lang: str
    scenario: str
    risk: Risk
    topic: Topic
    signals: tuple[str, ...]
    speaker: Speaker
    writer_age: AgeGroup
    at_risk_age: AgeGroup
    voice: str = ""


def risk_rows(folder: Path) -> list[RiskRow]:
    """All rows of data/risk/<lang>.yml. Raises ValueError naming file and row where a label is unknown."""
    rows = []
    for lang in LANGUAGES:
        path = folder / f"{lang}.yml"
        for number, entry in enumerate(_load(path) if path.exists() else (), 1):
            try:
                rows.append(_risk_row(entry, lang))
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(f"{path.name}, row {number}: {error}") from None
    return rows


def _risk_row(entry: dict[str, object], lang: str) -> RiskRow:
    signals = tuple(str(s) for s in entry.get("signals") or ())  # type: ignore[attr-defined]
    unknown = set(signals) - set(SIGNALS)
    if unknown:
        raise ValueError(f"unknown signal {sorted(unknown)[0]}")
    ages = entry.get("ages") or ["unknown", "unknown"]
    return RiskRow(
        text=str(entry["text"]),
        lang=lang,
        scenario=str(entry["scenario"]),
        risk=Risk(entry["risk"]),
        topic=Topic(entry["topic"]),
        signals=signals,
        speaker=Speaker(entry.get("speaker", "unknown")),
        writer_age=AgeGroup(ages[0]),  # type: ignore[index]
        at_risk_age=AgeGroup(ages[1]),  # type: ignore[index]
        voice=str(entry.get("voice", "")),
    )


def _load(path: Path) -> list[dict[str, object]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or []


def intent_rows(folder: Path) -> list[tuple[str, str, str]]:
    """(text, intent, language) of data/nlu/<lang>.yml, in Rasa's own format."""
    rows = []
    for lang in LANGUAGES:
        path = folder / f"{lang}.yml"
        if not path.exists():
            continue
        for block in (yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader) or {}).get("nlu") or ():
            for line in str(block.get("examples", "")).splitlines():
                text = line.strip().removeprefix("- ").strip()
                if text:
                    rows.append((text, str(block["intent"]), lang))
    return rows


def digest(paths: Iterable[Path]) -> str:
    """Fingerprint of files, for Rasa's training cache: a changed row must retrain."""
    sums = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            sums.update(path.name.encode() + path.read_bytes())
    return sums.hexdigest()
