"""Word-by-word help for the sentence encoders: Creole words beside their French ones, patois and texting spellings beside the usual ones.

The encoders were trained on hardly any Haitian Creole and on no "xq", "mw" or "nuh". Replacing word by word makes the sentence
readable enough for them; nobody ever sees the result. The lexicons stand in data/spelling/<lang>.txt, one `word = replacement` a line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from amparo.bot.features import plain
from amparo.core.model import LANGUAGES

FOLDER = Path("data/spelling")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*", re.UNICODE)


class Spelling:
    """Replaces the words of one language; all others stay."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)

    def __call__(self, text: str) -> str:
        """`text` with each known word replaced."""
        if not self._words:
            return text
        return _WORD.sub(lambda m: self._one(m.group()), text)

    def _one(self, word: str) -> str:
        folded = plain(word).replace("’", "'")
        return self._words.get(folded) or self._words.get(folded.replace("'", "")) or word


@lru_cache(maxsize=8)
def spellings(folder: Path = FOLDER) -> Mapping[str, Spelling]:
    """A lexicon for each of our languages; an empty one where the file is missing."""
    return {code: Spelling(read(folder / f"{code}.txt")) for code in LANGUAGES}


def read(path: Path) -> dict[str, str]:
    """The lexicon of one file; lines without '=' and comments (#) are skipped."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, sign, replacement = line.partition("=")
        if sign and not line.startswith("#") and word.strip() and replacement.strip():
            found.setdefault(plain(word.strip()).replace("’", "'"), replacement.strip())
    return found
