"""A word-by-word gloss of a language that the sentence embeddings know badly into one that they know well.

Creole shares most of its words with French in another spelling. The gloss is looked up beside the question itself and never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from amparo.bot.features import plain
from amparo.store.yaml_files import read

LONGEST = 3
"""Words of the longest entry."""


class Gloss:
    """Glosses per language. `folder`: content/gloss, one file a language."""

    def __init__(self, folder: Path) -> None:
        self._words: dict[str, Mapping[str, str]] = {}
        for path in sorted(folder.glob("*.yml")):
            entries = (read(path) or {}).get("words") or {}
            self._words[path.stem] = {plain(str(word)): str(text or "") for word, text in entries.items()}

    def __call__(self, text: str, lang: str) -> str:
        """The gloss of `text`, '' where its language needs none or nothing of it is known."""
        words = self._words.get(lang)
        if not words:
            return ""
        said = "".join(c if c.isalnum() else " " for c in plain(text)).split()
        out: list[str] = []
        known = at = 0
        while at < len(said):
            for length in range(min(LONGEST, len(said) - at), 0, -1):
                entry = words.get(" ".join(said[at : at + length]))
                if entry is not None:
                    out.append(entry)
                    known += 1
                    at += length
                    break
            else:
                out.append(said[at])
                at += 1
        return " ".join(part for part in out if part) if known else ""


@lru_cache(maxsize=4)
def gloss_of(folder: Path) -> Gloss:
    """The glosses of a content folder, read once."""
    return Gloss(folder)
