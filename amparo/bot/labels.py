"""The columns of the kernel machine: which label stands where, targets from rows, and raw numbers back to shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.bot.rows import RiskRow
from amparo.core.model import SIGNALS, AgeGroup, Risk, Speaker, Topic

Floats = NDArray[np.float32]
RISKS = tuple(r.value for r in Risk)
TOPICS = tuple(t.value for t in Topic)
FINER_INTENTS = ("affirm", "deny", "menu", "delete_data", "who_are_you")
INTENTS = TOPICS + FINER_INTENTS
SPEAKERS = tuple(s.value for s in Speaker)
AGES = tuple(a.value for a in AgeGroup)
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("risk", RISKS),
    ("intent", INTENTS),
    ("signal", SIGNALS),
    ("speaker", SPEAKERS),
    ("writer_age", AGES),
    ("at_risk_age", AGES),
)
WIDTH = sum(len(names) for _, names in GROUPS)
MISS_WEIGHT = {"none": 1.0, "concern": 1.2, "disclosure": 1.4, "imminent": 1.6}
"""A miss costs more than a false alarm."""
INTENT_WEIGHT = 0.6
SAFE_INTENTS = frozenset(INTENTS) - {"disclosure", "job_offer"}
"""Intents whose examples are ordinary questions: they also teach what is harmless."""


def columns(group: str) -> slice:
    """Where a group's columns stand."""
    start = 0
    for name, labels in GROUPS:
        if name == group:
            return slice(start, start + len(labels))
        start += len(labels)
    raise KeyError(group)


@dataclass(frozen=True)
class Targets:
    """`values` [n, WIDTH] with NaN where a row says nothing, `weights` [n]."""

    values: Floats
    weights: Floats


def targets(rows: Sequence[RiskRow], intents: Sequence[tuple[str, str, str]]) -> Targets:
    """Of the labelled rows, then of the intent examples (text, intent, language)."""
    values = np.full((len(rows) + len(intents), WIDTH), np.nan, dtype=np.float32)
    for place, row in enumerate(rows):
        _set(values[place], "risk", [row.risk.value])
        _set(values[place], "intent", [row.topic.value])
        _set(values[place], "signal", row.signals)
        _set(values[place], "speaker", [row.speaker.value])
        _set(values[place], "writer_age", [row.writer_age.value])
        _set(values[place], "at_risk_age", [row.at_risk_age.value])
    for place, (_, intent, _lang) in enumerate(intents, len(rows)):
        _set(values[place], "intent", [intent])
        if intent in SAFE_INTENTS:
            _set(values[place], "risk", ["none"])
            _set(values[place], "signal", ())
    weights = [MISS_WEIGHT[row.risk.value] for row in rows] + [INTENT_WEIGHT] * len(intents)
    return Targets(values, np.array(weights, dtype=np.float32))


def _set(row: Floats, group: str, names: Sequence[str]) -> None:
    place = columns(group)
    labels = dict(GROUPS)[group]
    row[place] = 0.0
    for name in names:
        row[place.start + labels.index(name)] = 1.0


def shares(raw: Floats, group: str, sharpness: float) -> NDArray[np.float64]:
    """[n, labels]: softmax of a group's raw numbers; rows sum to 1."""
    return softmax(raw[:, columns(group)] * sharpness)


def softmax(numbers: Floats) -> NDArray[np.float64]:
    """Each row as shares that sum to 1."""
    raised = np.exp(numbers.astype(np.float64) - numbers.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
