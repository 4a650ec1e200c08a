"""content/rescue: the rules that hold everywhere, and what an organisation has filled in for a country."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.core.knowledge import Knowledge
from amparo.core.rescue_card import RULES, RescueCard, card
from amparo.store.yaml_files import ContentError, read

Texts = Mapping[str, Mapping[str, str]]


COUNTRY_FIELDS: Mapping[str, str] = {
    "numbers_from_abroad": "from_abroad",
    "where_police_are_part_of_it": "police_part",
    "who_decides": "who_decides",
}
"""Field of a country's card (content/schemas) -> what the desk calls it. Numbers inside come from the directory."""


def load_rescue(folder: Path) -> dict[str, Texts]:
    """'common' and lower-case country code -> field -> language -> text. Raises ContentError on an unknown rule of 'common'."""
    found: dict[str, Texts] = {}
    for path in sorted(folder.glob("*.yml")):
        data: dict[str, Any] = read(path) or {}
        if path.stem == "common":
            unknown = set(data) - set(RULES)
            if unknown:
                raise ContentError(path, 1, f"{sorted(unknown)[0]} is no rule of a rescue card")
            found["common"] = data
            continue
        fields = data.get("fields") or {}
        found[path.stem] = {ours: fields[theirs]["text"] for theirs, ours in COUNTRY_FIELDS.items() if fields.get(theirs)}
    return found


def rescue_card(texts: Mapping[str, Texts], knowledge: Knowledge, country: str, chain: tuple[str, ...]) -> RescueCard:
    """The card of a country for a reader of the languages of `chain`."""
    rules = _spoken(texts.get("common", {}), chain)
    return card(country, knowledge.services.values(), rules, _spoken(texts.get(country.lower(), {}), chain))


def _spoken(fields: Texts, chain: tuple[str, ...]) -> dict[str, str]:
    found = {name: next((text[code] for code in chain if text.get(code)), "") for name, text in fields.items()}
    return {name: text for name, text in found.items() if text}
