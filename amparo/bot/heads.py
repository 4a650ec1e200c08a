"""Models over the features: risk (kernel ridge on the vectors, calibrated); intent, signals, speaker and ages (linear).

All train in seconds and answer in microseconds; docs/decisions/0010 holds what was compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Scores = NDArray[np.float64]


class Head:
    """A multi-class logistic regression that also takes a single class."""

    def __init__(self, strength: float = 8.0) -> None:
        """`strength`: inverse regularisation (C)."""
        self.strength = strength
        self.classes: list[str] = []
        self._model: LogisticRegression | None = None

    def fit(self, features: Any, labels: Sequence[str], weights: Sequence[float] | None = None) -> Head:
        self.classes = sorted(set(labels))
        if len(self.classes) > 1:
            self._model = LogisticRegression(C=self.strength, max_iter=300, solver="lbfgs", multi_class="multinomial", tol=1e-3)
            self._model.fit(features, np.array(labels), sample_weight=weights)
            self.classes = [str(c) for c in self._model.classes_]
        return self

    def scores(self, features: Any) -> Scores:
        """[n, classes], each row sums to 1."""
        if self._model is None:
            return np.ones((features.shape[0], max(1, len(self.classes))))
        return np.asarray(self._model.predict_proba(features))

    def shrink(self) -> None:
        """Stores coefficients in single precision: half the size on disk and in memory."""
        if self._model is not None:
            self._model.coef_ = self._model.coef_.astype(np.float32)


class KernelHead:
    """Kernel ridge regression (RBF) over dense vectors, one column per class, softmax on top: the risk head.

    Near neighbours decide more than single directions, which suits disclosures without any keyword. Solved in closed form:
    a second for a thousand rows, O(n^3) in time and 8 n^2 bytes while training.
    """

    def __init__(self, strength: float = 10.0, gamma: float = 0.7, sharpness: float = 6.0) -> None:
        """`strength`: trust in each row (times its weight); `gamma`: 1 / squared width of the kernel."""
        self.strength, self.gamma, self.sharpness = strength, gamma, sharpness
        self.classes: list[str] = []
        self._rows: NDArray[Any] = np.zeros((0, 0), dtype=np.float32)
        self._weights: NDArray[Any] = np.zeros((0, 0), dtype=np.float32)
        self._prior: NDArray[Any] = np.zeros(0, dtype=np.float32)

    def fit(self, dense: Any, labels: Sequence[str], weights: Sequence[float]) -> KernelHead:
        self.classes = sorted(set(labels))
        rows = np.asarray(dense, dtype=np.float64)
        wanted = (np.array(labels)[:, None] == np.array(self.classes)).astype(np.float64)
        prior = wanted.mean(axis=0)
        gram = self._kernel(rows, rows)
        gram[np.diag_indices_from(gram)] += 1.0 / (self.strength * np.asarray(weights, dtype=np.float64))
        self._weights = np.linalg.solve(gram, wanted - prior).astype(np.float32)
        self._rows, self._prior = rows.astype(np.float32), prior.astype(np.float32)
        return self

    def scores(self, dense: Any) -> Scores:
        """[n, classes], each row sums to 1."""
        raw = (self._kernel(np.asarray(dense, dtype=np.float32), self._rows) @ self._weights + self._prior) * self.sharpness
        raised = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)

    def _kernel(self, a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        apart = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
        return np.exp(-self.gamma * np.maximum(apart, 0.0))


class SignalHead:
    """One yes-no model per signal, over dense features only (fast, and few rows per signal)."""

    def __init__(self, strength: float = 6.0) -> None:
        self.strength = strength
        self.names: list[str] = []
        self._weights: NDArray[np.float32] | None = None
        self._bias: NDArray[np.float32] | None = None
        self.thresholds: NDArray[np.float32] | None = None

    def fit(self, features: Any, signals: Sequence[Sequence[str]], least: int = 8) -> SignalHead:
        names = sorted({name for row in signals for name in row})
        rows, bias, kept = [], [], []
        for name in names:
            labels = np.array([name in row for row in signals])
            if labels.sum() < least:
                continue
            model = LogisticRegression(C=self.strength, max_iter=200, solver="liblinear", class_weight={True: 3.0, False: 1.0})
            model.fit(features, labels)
            rows.append(model.coef_[0])
            bias.append(model.intercept_[0])
            kept.append(name)
        self.names = kept
        self._weights = np.asarray(rows, dtype=np.float32)
        self._bias = np.asarray(bias, dtype=np.float32)
        return self

    def scores(self, features: Any) -> Scores:
        """[n, signals], each between 0 and 1."""
        if self._weights is None or not len(self.names):
            return np.zeros((features.shape[0], 0))
        logits = np.asarray(features @ self._weights.T) + self._bias
        return 1.0 / (1.0 + np.exp(-logits))


@dataclass(frozen=True)
class Temperature:
    """Calibration: probabilities are sharpened or softened by one number, fitted on held-out scenarios."""

    value: float = 1.0

    def apply(self, scores: Scores) -> Scores:
        """Rows still sum to 1."""
        logits = np.log(np.clip(scores, 1e-9, 1.0)) / self.value
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    @classmethod
    def fit(cls, scores: Scores, gold: Sequence[int]) -> Temperature:
        """The temperature with the least log loss on held-out rows."""
        index = np.arange(len(gold))

        def loss(value: float) -> float:
            return float(-np.log(cls(value).apply(scores)[index, gold] + 1e-9).mean())

        return cls(min((t / 20 for t in range(8, 61)), key=loss))
