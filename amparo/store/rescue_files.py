"""content/rescue: the rules that hold everywhere, and what an organisation has filled in for a country."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.core.knowledge import Knowledge
from amparo.core.rescue_card import FIELDS, RULES, RescueCard, card
from amparo.store.yaml_files import ContentError, read

Texts = Mapping[str, Mapping[str, str]]


def load_rescue(folder: Path) -> dict[str, Texts]:
    """'common' and lower-case country code -> field -> language -> text. Raises ContentError on an unknown field."""
    found: dict[str, Texts] = {}
    for path in sorted(folder.glob("*.yml")):
        data: dict[str, Any] = read(path) or {}
        allowed = set(RULES) if path.stem == "common" else {*FIELDS, "source_url", "called_on"}
        unknown = set(data) - allowed
        if unknown:
            raise ContentError(path, 1, f"{sorted(unknown)[0]} is no field of a rescue card")
        found[path.stem] = {name: text for name, text in data.items() if isinstance(text, Mapping)}
    return found


def rescue_card(texts: Mapping[str, Texts], knowledge: Knowledge, country: str, chain: tuple[str, ...]) -> RescueCard:
    """The card of a country for a reader of the languages of `chain`."""
    rules = _spoken(texts.get("common", {}), chain)
    return card(country, knowledge.services.values(), rules, _spoken(texts.get(country.lower(), {}), chain))


def _spoken(fields: Texts, chain: tuple[str, ...]) -> dict[str, str]:
    found = {name: next((text[code] for code in chain if text.get(code)), "") for name, text in fields.items()}
    return {name: text for name, text in found.items() if text}
