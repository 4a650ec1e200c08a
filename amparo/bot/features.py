"""From a text to numbers: sentence embeddings beside character and word n-grams; long texts in windows.

Head and tail count most ("the last words matter"), and one sentence of danger in a long story must not be averaged away: a long
text is read as a whole and in windows, and the heads take the worst window (heads.RiskHead).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from amparo.bot.embeddings import Vectors

LONG_WORDS = 34
WINDOW_WORDS = 28
STEP_WORDS = 24
MAX_WINDOWS = 4
MAX_CHARS = 4000
_SPACES = re.compile(r"\s+")
_STRETCH = re.compile(r"(\w)\1{2,}", re.UNICODE)
_LOOKALIKES = str.maketrans("аеорсухіјѕԁɡАЕОРСУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορν", "aeopcyxijsdgAEOPCYXIJSABEZHIKMNOPTYXaopv")


def clean(text: str) -> str:
    """One line without stretched letters, piled-up marks (zalgo) and look-alike letters; at most MAX_CHARS characters."""
    if len(text) > MAX_CHARS:
        text = text[: MAX_CHARS // 2] + " " + text[-MAX_CHARS // 2 :]
    text = unicodedata.normalize("NFKC", text)
    if any("Ͱ" <= c <= "ӿ" for c in text) and any(c.isascii() and c.isalpha() for c in text):
        text = text.translate(_LOOKALIKES)
    kept = []
    marks = 0
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            marks += 1
            if marks > 1:
                continue
        else:
            marks = 0
        if unicodedata.category(char) in ("Cf", "Cc") and char not in "\n\t":
            continue
        kept.append(char)
    text = unicodedata.normalize("NFC", "".join(kept))
    return _STRETCH.sub(r"\1\1", _SPACES.sub(" ", text)).strip()


def plain(text: str) -> str:
    """Lower case without accents, for the n-grams."""
    lowered = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in lowered if not unicodedata.combining(c))


def windows(text: str) -> list[str]:
    """[the whole text (head and tail where it is long), window, window …]; a short text is its only window."""
    words = text.split()
    if len(words) <= LONG_WORDS:
        return [text]
    pieces = [" ".join(words[i : i + WINDOW_WORDS]) for i in range(0, max(1, len(words) - WINDOW_WORDS + STEP_WORDS), STEP_WORDS)]
    if len(pieces) > MAX_WINDOWS:
        pieces = pieces[: MAX_WINDOWS // 2] + pieces[-MAX_WINDOWS // 2 :]
    half = LONG_WORDS
    whole = text if len(words) <= 2 * half else " ".join(words[:half] + words[-half:])
    return [whole, *pieces]


class Features:
    """Dense and sparse features side by side. `fit` learns the n-gram vocabulary."""

    def __init__(self, word_features: int = 20_000, char_features: int = 40_000) -> None:
        common: dict[str, Any] = {"preprocessor": plain, "sublinear_tf": True, "dtype": np.float32}
        self.words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=word_features, token_pattern=r"\w+", **common)
        self.chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, max_features=char_features, **common)

    def fit(self, texts: Sequence[str]) -> Features:
        self.words.fit(texts)
        self.chars.fit(texts)
        return self

    def transform(self, texts: Sequence[str], dense: Vectors, dense_weight: float = 2.0) -> sparse.csr_matrix:
        """csr [n, dense + words + chars]; `dense`: embeddings of the same texts."""
        return sparse.hstack(
            [sparse.csr_matrix(dense * dense_weight), self.words.transform(texts), self.chars.transform(texts) * 0.7],
            format="csr",
        )
