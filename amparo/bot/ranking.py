"""From what was measured to probabilities: which candidate answers, and whether any of them does.

Two logistic regressions with their weights in ranking.json, learned by scripts/train_ranking.py on questions of our own, held out by
fact. They are small on purpose: a person can read which way each measurement pulls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.bot.passages import GAP
from amparo.bot.retrieval import FEATURES, Candidate
from amparo.core.answering import Hit

FILE = Path(__file__).with_name("ranking.json")
CROSSED: tuple[tuple[str, str], ...] = (
    ("both", "asked_here"),
    ("words", "same_language"),
    ("lead", "asked_here"),
    ("both", "both"),
    ("chars", "chars"),
    ("words", "chars"),
    ("alien", "both"),
    ("both", "is_need"),
    ("chars", "is_service"),
)
"""Products of two measurements that are measured too."""
AT = {name: i for i, name in enumerate(FEATURES)}
SURE: tuple[str, ...] = (
    *("alien", "both", "chars", "words", "near3", "topic", "idle", "asked_here", "is_need", "is_service"),
    *("rare", "regional_abroad", "papers_abroad", "unasked", "for_her", "not_for_her", "implied"),
)
"""Measurements of the best candidate that tell whether it answers at all."""
NEAR: tuple[str, ...] = ("both", "near3", "chars", "words")
"""Measurements in which the best candidate is held against the nearest gap."""


def expanded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, FEATURES] with the crossed columns beside."""
    values = np.atleast_2d(values)
    crossed = [values[:, AT[a]] * values[:, AT[b]] for a, b in CROSSED]
    return np.column_stack([values, *crossed])


@dataclass(frozen=True)
class Logistic:
    """One logistic regression over standardised inputs."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Logistic:
        """From ranking.json."""
        mean, scale, weights = (np.array(data[name], dtype=np.float64) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(data["bias"]))

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities 0..1."""
        return np.asarray(1.0 / (1.0 + np.exp(-(((values - self.mean) / self.scale) @ self.weights + self.bias))))


@dataclass(frozen=True)
class Ranking:
    """`pick`: does this candidate answer; `known`: does the best one."""

    pick: Logistic
    known: Logistic

    def rank(self, candidates: Sequence[Candidate]) -> tuple[list[Hit], float]:
        """(hits, best first, with their probabilities; the probability 0..1 that the best one answers)."""
        real, gaps = split(candidates)
        if not real:
            return [], 0.0
        table = np.array([one.values for one in real])
        scores = self.pick(expanded(table))
        order = np.argsort(-scores)
        hits = [Hit(real[i].owner, float(scores[i])) for i in order]
        return hits, float(self.known(certainty(hits, table[order[0]], gaps)[None])[0])


def split(candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """(candidates that can answer, gaps)."""
    gaps = [one for one in candidates if one.owner.startswith(GAP)]
    return [one for one in candidates if one.fits and not one.owner.startswith(GAP)], gaps


def nearer_than_gaps(owner: str, candidates: Sequence[Candidate]) -> bool:
    """True where the question is nearer to this owner than to anything that nobody has a fact for."""
    both = AT["both"]
    mine = next((float(one.values[both]) for one in candidates if one.owner == owner), 0.0)
    return mine > max((float(one.values[both]) for one in split(candidates)[1]), default=0.0)


def certainty(hits: Sequence[Hit], best: NDArray[np.float64], gaps: Sequence[Candidate]) -> NDArray[np.float64]:
    """The inputs of `Ranking.known`. `hits`: ranked; `best`: what was measured of the first."""
    scores = [hits[0].score, hits[1].score if len(hits) > 1 else 0.0]
    near = [max((gap.values[AT[name]] for gap in gaps), default=0.0) for name in NEAR]
    ahead = [best[AT[name]] - gap for name, gap in zip(NEAR, near, strict=True)]
    return np.array([*(_logit(score) for score in scores), *near, *ahead, *(best[AT[name]] for name in SURE)])


def _logit(score: float) -> float:
    clipped = min(max(score, 1e-4), 1 - 1e-4)
    return float(np.log(clipped / (1 - clipped)))


@lru_cache(maxsize=1)
def shared() -> Ranking:
    """The ranking of ranking.json."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    if data["features"] != list(FEATURES):
        raise ValueError("ranking.json was learned for other measurements: run scripts/train_ranking.py")
    return Ranking(Logistic.of(data["pick"]), Logistic.of(data["known"]))
