"""One kernel machine for every label: kernel ridge regression over deep vectors and n-grams, solved once for all columns.

Kernel: a Gaussian over the deep vectors (near stories decide) plus a linear one over word and character n-grams (spellings that no
encoder knows). Both are shared by risk, intent, signals, speaker and ages, which differ only in their columns of targets.
Time of training O(n^3): about 10 s for 14,000 rows on two cores; an answer takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from amparo.bot.embeddings import DEEP_PARTS, Vectors, unit
from amparo.bot.features import plain

Floats = NDArray[np.float32]
PART_WEIGHTS = (0.6, 0.7, 0.7, 0.7, 0.5, 1.0)
"""How much each part of a deep vector counts (embeddings.DEEP_PARTS), found on held-out stories."""
COMMON, MANY = 0.1, 1000
"""Of MANY texts and more, an n-gram that stands in a greater share than COMMON is left out: half the time, the same held-out figures."""
KEPT = 512
"""Principal directions of the weighted parts that are kept: as good as all 2,432 on held-out stories, and five times faster."""


@dataclass(frozen=True)
class Projection:
    """Standardises the parts of deep vectors, weighs them and keeps the principal directions."""

    mean: Floats
    scale: Floats
    centre: Floats
    directions: Floats

    @classmethod
    def fit(cls, deep: Vectors) -> Projection:
        """From the training rows [n, 2432]."""
        mean, scale = deep.mean(axis=0), deep.std(axis=0) + 1e-6
        mean[DEEP_PARTS[5]], scale[DEEP_PARTS[5]] = 0.0, 1.0
        joined = _joined(deep, mean, scale)
        centre = joined.mean(axis=0)
        spread = (joined - centre).T @ (joined - centre)
        width = len(spread)
        _, vectors = linalg.eigh(spread.astype(np.float64), subset_by_index=(max(0, width - KEPT), width - 1), check_finite=False)
        return cls(mean, scale, centre, np.ascontiguousarray(vectors[:, ::-1]).astype(np.float32))

    def __call__(self, deep: Vectors) -> Floats:
        """[n, KEPT]."""
        return np.asarray((_joined(deep, self.mean, self.scale) - self.centre) @ self.directions, dtype=np.float32)


def _joined(deep: Vectors, mean: Floats, scale: Floats) -> Floats:
    standard = (deep - mean) / scale
    return unit(np.concatenate([unit(standard[:, part]) * w for part, w in zip(DEEP_PARTS, PART_WEIGHTS, strict=True)], axis=1))


class Grams:
    """Word and character n-grams as one sparse matrix, its rows of length about 1."""

    def __init__(self, words: int = 30_000, chars: int = 60_000) -> None:
        common: dict[str, Any] = {"preprocessor": plain, "sublinear_tf": True, "dtype": np.float32, "min_df": 2}
        self._words = TfidfVectorizer(ngram_range=(1, 2), max_features=words, token_pattern=r"\w+", **common)
        self._chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), max_features=chars, **common)

    def fit(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Learns the n-grams of these texts; their rows, as a call gives them."""
        for part in (self._words, self._chars):
            part.max_df = COMMON if len(texts) >= MANY else 1.0
        return self._joined([part.fit_transform(texts) for part in (self._words, self._chars)])

    def __call__(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """csr [n, words + chars]."""
        return self._joined([part.transform(texts) for part in (self._words, self._chars)])

    @staticmethod
    def _joined(parts: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
        return sparse.hstack([part * np.float32(0.5**0.5) for part in parts], format="csr")


class KernelMachine:
    """Fitted columns of targets; `raw` gives a number near 0 or 1 for each."""

    def __init__(self, gamma: float = 1.2, grams: float = 0.3, trust: float = 10.0) -> None:
        """`gamma`: 1 / squared width of the Gaussian; `grams`: weight of the n-gram kernel; `trust`: in a row of weight 1."""
        self.gamma, self.grams, self.trust = gamma, grams, trust
        self._rows: Floats = np.zeros((0, 0), dtype=np.float32)
        self._dual: Floats = np.zeros((0, 0), dtype=np.float32)
        self.primal: Floats = np.zeros((0, 0), dtype=np.float32)
        self._prior: Floats = np.zeros(0, dtype=np.float32)

    def gram(self, dense: Floats, grams: sparse.csr_matrix) -> Floats:
        """The kernel of these rows with each other [n, n]: half of the work of `fit`, the same for every part of the rows."""
        gram = self._gaussian(dense, dense)
        gram += self.grams * np.asarray((grams @ grams.T).todense(), dtype=np.float32)
        return gram

    def fit(self, dense: Floats, grams: sparse.csr_matrix, targets: Floats, weights: Floats, gram: Floats | None = None) -> KernelMachine:
        """`dense` [n, d], `grams` csr [n, g], `targets` [n, c] with NaN where a row says nothing of a column, `weights` [n].

        `gram`: what `gram` gives for these rows, where it is known; it is overwritten.
        """
        self._prior = np.nan_to_num(np.nanmean(targets, axis=0)).astype(np.float32)
        wanted = np.where(np.isnan(targets), 0.0, targets - self._prior).astype(np.float32)
        if gram is None:
            gram = self.gram(dense, grams)
        gram[np.diag_indices_from(gram)] += 1.0 / (self.trust * weights)
        factor = linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
        self._dual = linalg.cho_solve(factor, wanted, check_finite=False).astype(np.float32)
        self.primal = np.asarray(grams.T @ self._dual * self.grams, dtype=np.float32)
        self._rows = dense
        return self

    def raw(self, dense: Floats, grams: sparse.csr_matrix) -> Floats:
        """[n, c]."""
        return np.asarray(self._gaussian(dense, self._rows) @ self._dual + grams @ self.primal + self._prior, dtype=np.float32)

    def _gaussian(self, a: Floats, b: Floats) -> Floats:
        apart = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
        return np.asarray(np.exp(-self.gamma * np.maximum(apart, 0.0)), dtype=np.float32)
