"""Trains the recognizer, with thresholds and calibration chosen on scenarios that the fold's model has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from amparo.bot.embeddings import Vectors
from amparo.bot.features import Features, windows
from amparo.bot.heads import Head, SignalHead, Temperature
from amparo.bot.recognizer import RISKS, Recognizer, Thresholds, decide, order
from amparo.bot.rows import RiskRow
from amparo.core.model import Risk

FOLDS = 5
RISK_STRENGTH = 6.0
MISS_WEIGHT = {"none": 1.0, "concern": 1.2, "disclosure": 1.4, "imminent": 1.6}
"""A miss costs more than a false alarm."""
FALSE_ALARMS = 0.03
"""Share of none rows that may be taken for disclosure or imminent when the threshold is chosen; the goal is 0.04 on unseen people."""


@dataclass(frozen=True)
class Corpus:
    """Rows with their embeddings: `dense[i]` belongs to `rows[i].text`, `intent_dense` to the intent examples."""

    rows: Sequence[RiskRow]
    dense: Vectors
    intents: Sequence[tuple[str, str, str]]
    intent_dense: Vectors


def train(corpus: Corpus) -> Recognizer:
    """The whole recognizer from all rows; thresholds from held-out folds."""
    texts = [row.text for row in corpus.rows]
    intent_texts = [text for text, _, _ in corpus.intents]
    features = Features().fit([*texts, *intent_texts])
    labels, weights, extra = _risk_labels(corpus)
    matrix = features.transform(texts, corpus.dense)
    all_matrix = matrix if not extra else _stack(matrix, features.transform([intent_texts[i] for i in extra], corpus.intent_dense[extra]))
    held = held_out(corpus, features)
    temperature = Temperature.fit(held, [RISKS.index(row.risk.value) for row in corpus.rows])
    calibrated = temperature.apply(held)
    thresholds = choose(calibrated, [row.risk for row in corpus.rows])
    risk = Head(RISK_STRENGTH).fit(all_matrix, labels, weights)
    severe = [i for i, row in enumerate(corpus.rows) if row.risk is not Risk.NONE or i % 3 == 0]
    recognizer = Recognizer(
        features=features,
        risk=risk,
        intent=_intent_head(corpus, features),
        signals=SignalHead().fit(corpus.dense[severe], [corpus.rows[i].signals for i in severe]),
        speaker=Head(4.0).fit(matrix, [row.speaker.value for row in corpus.rows]),
        writer_age=Head(4.0).fit(matrix, [row.writer_age.value for row in corpus.rows]),
        at_risk_age=Head(4.0).fit(matrix, [row.at_risk_age.value for row in corpus.rows]),
        temperature=temperature,
        thresholds=thresholds,
    )
    for head in (recognizer.risk, recognizer.intent, recognizer.speaker, recognizer.writer_age, recognizer.at_risk_age):
        head.shrink()
    return recognizer


SAFE_INTENTS = frozenset(
    "requirements costs rights route services trafficking_info smalltalk out_of_scope language privacy menu affirm deny delete_data "
    "who_are_you scams human".split()
)
"""Intents whose examples are ordinary questions: they also teach the risk head what is harmless."""


def _risk_labels(corpus: Corpus) -> tuple[list[str], list[float], list[int]]:
    labels = [row.risk.value for row in corpus.rows]
    weights = [MISS_WEIGHT[label] for label in labels]
    extra = [i for i, (_, intent, _) in enumerate(corpus.intents) if intent in SAFE_INTENTS]
    return labels + ["none"] * len(extra), weights + [0.6] * len(extra), extra


def _stack(first: Any, second: Any) -> Any:
    from scipy import sparse

    return sparse.vstack([first, second], format="csr")


def _intent_head(corpus: Corpus, features: Features) -> Head:
    """Intent examples and the topics of the risk rows together."""
    texts = [text for text, _, _ in corpus.intents] + [row.text for row in corpus.rows]
    labels = [intent for _, intent, _ in corpus.intents] + [row.topic.value for row in corpus.rows]
    dense = np.concatenate([corpus.intent_dense, corpus.dense]) if len(corpus.intents) else corpus.dense
    return Head(6.0).fit(features.transform(texts, dense), labels)


def held_out(corpus: Corpus, features: Features) -> Any:
    """[rows, 4] uncalibrated risk scores, each row scored by a model that saw nothing of its scenario."""
    rows = corpus.rows
    groups = np.array([f"{row.lang}:{row.scenario}" for row in rows])
    matrix = features.transform([row.text for row in rows], corpus.dense)
    labels, weights, extra = _risk_labels(corpus)
    extra_matrix = features.transform([corpus.intents[i][0] for i in extra], corpus.intent_dense[extra]) if extra else None
    scores = np.zeros((len(rows), len(RISKS)))
    folds = min(FOLDS, len(set(groups)))
    for train_index, test_index in GroupKFold(folds).split(matrix, groups=groups):
        part = matrix[train_index]
        part_labels = [labels[i] for i in train_index]
        part_weights = [weights[i] for i in train_index]
        if extra_matrix is not None:
            part = _stack(part, extra_matrix)
            part_labels += ["none"] * len(extra)
            part_weights += weights[len(rows) :]
        head = Head(RISK_STRENGTH).fit(part, part_labels, part_weights)
        scores[test_index] = order(head, head.scores(matrix[test_index]))
    return scores


def choose(scores: Any, gold: Sequence[Risk]) -> Thresholds:
    """The lowest severe cut that keeps false alarms under FALSE_ALARMS; then imminent and concern cuts."""
    severe = scores[:, 2] + scores[:, 3]
    none = np.array([risk is Risk.NONE for risk in gold])
    grid = np.arange(0.10, 0.71, 0.01)
    cut = next((float(t) for t in grid if (severe[none] >= t).mean() <= FALSE_ALARMS), 0.7)
    imminent_rows = np.array([risk is Risk.IMMINENT for risk in gold])
    disclosure_rows = np.array([risk is Risk.DISCLOSURE for risk in gold])

    def balance(t: float) -> float:
        return float((scores[imminent_rows, 3] >= t).mean() - 0.7 * (scores[disclosure_rows, 3] >= t).mean())

    imminent = max((float(t) for t in np.arange(0.2, 0.61, 0.02)), key=balance) if imminent_rows.any() else 0.5
    concern_rows = np.array([risk is Risk.CONCERN for risk in gold])
    any_risk = 1.0 - scores[:, 0]

    def concern_balance(t: float) -> float:
        return float((any_risk[concern_rows] >= t).mean() - 1.0 * (any_risk[none] >= t).mean())

    concern = max((float(t) for t in np.arange(0.25, 0.66, 0.02)), key=concern_balance) if concern_rows.any() else 0.5
    return Thresholds(imminent=max(imminent, 0.2), severe=cut, concern=concern)


def report(corpus: Corpus, features: Features) -> dict[str, dict[str, float]]:
    """Held-out figures per language, for development: recall, imminent, concern, false alarms."""
    scores = Temperature.fit(held := held_out(corpus, features), [RISKS.index(r.risk.value) for r in corpus.rows]).apply(held)
    thresholds = choose(scores, [r.risk for r in corpus.rows])
    table: dict[str, dict[str, float]] = {}
    for lang in sorted({r.lang for r in corpus.rows}):
        picked = [i for i, r in enumerate(corpus.rows) if r.lang == lang]
        table[lang] = figures([corpus.rows[i].risk for i in picked], [decide(scores[i], thresholds) for i in picked])
    return table


def figures(gold: Sequence[Risk], said: Sequence[Risk]) -> dict[str, float]:
    """The figures of understanding.md for one set of rows; a figure without rows is left out."""
    pairs = list(zip(gold, said, strict=True))
    wanted = {
        "severe_recall": [s.severe for g, s in pairs if g.severe],
        "imminent_as_severe": [s.severe for g, s in pairs if g is Risk.IMMINENT],
        "imminent_exact": [s is Risk.IMMINENT for g, s in pairs if g is Risk.IMMINENT],
        "concern_recall": [s is not Risk.NONE for g, s in pairs if g is Risk.CONCERN],
        "false_alarms": [s.severe for g, s in pairs if g is Risk.NONE],
        "exact": [g is s for g, s in pairs],
    }
    return {name: round(sum(hits) / len(hits), 4) for name, hits in wanted.items() if hits}


def whole(text: str) -> str:
    """The piece of a training text that stands for it."""
    return windows(text)[0]
