"""Names that belong to one country: COMAR is Mexico, an arraigo is Spain, the PPT is Colombia, though nobody names the country."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.bot.features import plain
from amparo.store.yaml_files import read

_WORD = re.compile(r"[^\W_]+")


class Names:
    """Offices, papers and programmes per country. `file`: content/places.yml, key `terms`."""

    def __init__(self, file: Path) -> None:
        entries: Mapping[str, Mapping[str, Any]] = read(file) or {}
        self._country = {spaced(str(term)): code for code, entry in entries.items() for term in entry.get("terms") or ()}

    def countries(self, text: str) -> frozenset[str]:
        """The countries that a question tells by such a name."""
        said = spaced(text)
        return frozenset(code for term, code in self._country.items() if term in said)


def words(text: str) -> list[str]:
    """The words of a text, folded, without punctuation: "¿el PPT?" -> el, ppt."""
    return _WORD.findall(plain(text))


def spaced(text: str) -> str:
    """The words between single spaces, so that a term is found as whole words only."""
    return f" {' '.join(words(text))} "
