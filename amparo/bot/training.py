"""Trains the recognizer, with thresholds and calibration chosen on scenarios that the fold's model has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold

from amparo.bot.embeddings import Vectors
from amparo.bot.features import Features, windows
from amparo.bot.heads import Head, KernelHead, SignalHead, Temperature
from amparo.bot.recognizer import RISKS, Recognizer, Thresholds, decide, order
from amparo.bot.rows import RiskRow
from amparo.core.model import Risk

FOLDS = 5
MISS_WEIGHT = {"none": 1.0, "concern": 1.2, "disclosure": 1.4, "imminent": 1.6}
"""A miss costs more than a false alarm."""
FALSE_ALARMS = 0.08
"""Share of none rows that may be taken for disclosure or imminent when the threshold is chosen; the goal is 0.04 on unseen people."""
SAME_STORY = 0.72
"""Similarity (cosine of the joined vectors) from which mutual nearest neighbours of two languages count as one story."""
IMMINENT_EXACT = 0.92
"""Share of the imminent rows found severe that must be called imminent; imminent wins ties."""


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
    held = held_out(corpus)
    temperature = Temperature.fit(held, [RISKS.index(row.risk.value) for row in corpus.rows])
    calibrated = temperature.apply(held)
    thresholds = choose(calibrated, [row.risk for row in corpus.rows])
    risk = KernelHead().fit(_beside(corpus.dense, corpus.intent_dense[extra]), labels, weights)
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
    for head in (recognizer.intent, recognizer.speaker, recognizer.writer_age, recognizer.at_risk_age):
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


def _beside(first: Vectors, second: Vectors) -> Vectors:
    return np.concatenate([first, second]) if len(second) else first


def _intent_head(corpus: Corpus, features: Features) -> Head:
    """Intent examples and the topics of the risk rows together."""
    texts = [text for text, _, _ in corpus.intents] + [row.text for row in corpus.rows]
    labels = [intent for _, intent, _ in corpus.intents] + [row.topic.value for row in corpus.rows]
    dense = np.concatenate([corpus.intent_dense, corpus.dense]) if len(corpus.intents) else corpus.dense
    return Head(6.0).fit(features.transform(texts, dense), labels)


def families(corpus: Corpus) -> Any:
    """[rows] a number per scenario; scenarios that tell the same story in two languages count as one.

    Two rows tell the same story where each is the other's nearest in that language and their vectors are SAME_STORY alike.
    Without this a fold would be scored on translations of what its model has read.
    """
    rows, dense = corpus.rows, corpus.dense
    names = [f"{row.lang}:{row.scenario}" for row in rows]
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    alike = (dense @ dense.T) / max(float((dense[0] * dense[0]).sum()), 1e-9) if len(rows) else np.zeros((0, 0))
    places = {lang: np.array([i for i, row in enumerate(rows) if row.lang == lang]) for lang in {row.lang for row in rows}}
    pairs = []
    for a, b in combinations(sorted(places), 2):
        block = alike[np.ix_(places[a], places[b])]
        there, back = block.argmax(axis=1), block.argmax(axis=0)
        for i, j in enumerate(there):
            if back[j] == i and block[i, j] >= SAME_STORY:
                pairs.append((number[names[places[a][i]]], number[names[places[b][j]]]))
    one, two = np.array(pairs, dtype=int).reshape(-1, 2).T
    links = sparse.coo_matrix((np.ones(len(one)), (one, two)), shape=(len(number), len(number)))
    _, family = connected_components(links, directed=False)
    return np.array([family[number[name]] for name in names])


def held_out(corpus: Corpus) -> Any:
    """[rows, 4] uncalibrated risk scores, each row scored by a model that saw nothing of its scenario."""
    rows = corpus.rows
    groups = families(corpus)
    labels, weights, extra = _risk_labels(corpus)
    harmless = corpus.intent_dense[extra]
    scores = np.zeros((len(rows), len(RISKS)))
    folds = min(FOLDS, len(set(groups)))
    for seen, unseen in GroupKFold(folds).split(corpus.dense, groups=groups):
        part_labels = [labels[i] for i in seen] + labels[len(rows) :]
        part_weights = [weights[i] for i in seen] + weights[len(rows) :]
        head = KernelHead().fit(_beside(corpus.dense[seen], harmless), part_labels, part_weights)
        scores[unseen] = order(head, head.scores(corpus.dense[unseen]))
    return scores


def choose(scores: Any, gold: Sequence[Risk]) -> Thresholds:
    """The lowest severe cut that keeps false alarms under FALSE_ALARMS; then imminent's part of severe, then the concern cut."""
    severe = scores[:, 2] + scores[:, 3]
    none = np.array([risk is Risk.NONE for risk in gold])
    grid = np.arange(0.10, 0.86, 0.01)
    cut = next((float(t) for t in grid if (severe[none] >= t).mean() <= FALSE_ALARMS), 0.85)
    part = scores[:, 3] / np.maximum(severe, 1e-9)
    of_imminent = part[np.array([risk is Risk.IMMINENT for risk in gold]) & (severe >= cut)]
    imminent = float(np.clip(np.quantile(of_imminent, 1 - IMMINENT_EXACT), 0.15, 0.5)) if len(of_imminent) else 0.5
    concern_rows = np.array([risk is Risk.CONCERN for risk in gold])
    any_risk = 1.0 - scores[:, 0]

    def concern_balance(t: float) -> float:
        return float((any_risk[concern_rows] >= t).mean() - 0.6 * (any_risk[none] >= t).mean())

    concern = max((float(t) for t in np.arange(0.25, 0.66, 0.02)), key=concern_balance) if concern_rows.any() else 0.5
    return Thresholds(imminent=imminent, severe=cut, concern=min(concern, cut))


def report(corpus: Corpus) -> dict[str, dict[str, float]]:
    """Held-out figures per language, for development: recall, imminent, concern, false alarms."""
    scores = Temperature.fit(held := held_out(corpus), [RISKS.index(r.risk.value) for r in corpus.rows]).apply(held)
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
