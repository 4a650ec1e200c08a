"""How easy texts read, per language: the ease formula made for each (0 hard … 100 easy), and plain counts where there is none.

English: Flesch 1948. Spanish: Fernández Huerta 1959. French: Kandel and Moles 1958. Portuguese: Martins and others 1996. Haitian Creole
has no formula; its spelling is near to sounds, so words per sentence and long words are counted, as for all.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VOWELS = re.compile(r"[aeiouy]+")
WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
END = re.compile(r"[.!?]+(?:\s|$)|\n")
LONG_WORD = 10
FORMULA: Mapping[str, tuple[float, float, float]] = {
    "en": (206.835, 1.015, 84.6),
    "es": (206.84, 1.02, 60.0),
    "fr": (207.0, 1.015, 73.6),
    "pt": (248.835, 1.015, 84.6),
}
"""base, per word in a sentence, per syllable in a word."""
EASY = 60.0
"""From here a text is called plain (13 to 15 years of age)."""


@dataclass(frozen=True)
class Reading:
    """Medians over texts. `ease` is None where the language has no formula; `long_words` is a share 0..1."""

    ease: float | None
    words_per_sentence: float
    long_words: float


def syllables(word: str) -> int:
    """Groups of vowels, at least one; a silent e at the end of English and French words is left to the formula's spread."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    return max(1, len(VOWELS.findall(bare)))


def ease(text: str, lang: str) -> float | None:
    """The ease of one text, None where there is no formula or nothing to read."""
    words = WORD.findall(text)
    if lang not in FORMULA or not words:
        return None
    base, per_word, per_syllable = FORMULA[lang]
    return base - per_word * len(words) / _sentences(text) - per_syllable * sum(map(syllables, words)) / len(words)


def _sentences(text: str) -> int:
    return max(1, len([part for part in END.split(text) if WORD.search(part)]))


def reading(texts: Sequence[str], lang: str) -> Reading:
    """Medians over many texts."""
    filled = [text for text in texts if WORD.search(text)]
    scores = [score for text in filled if (score := ease(text, lang)) is not None]
    lengths = [len(WORD.findall(text)) / _sentences(text) for text in filled]
    shares = [statistics.mean(len(word) >= LONG_WORD for word in WORD.findall(text)) for text in filled]
    median = statistics.median
    return Reading(median(scores) if scores else None, median(lengths) if lengths else 0.0, median(shares) if shares else 0.0)
