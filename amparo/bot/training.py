"""Trains the recognizer, with thresholds and calibration chosen on scenarios that the fold's model has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold

from amparo.bot.embeddings import DEEP_PARTS, Vectors, unit
from amparo.bot.kernel import Floats, Grams, KernelMachine, Projection
from amparo.bot.labels import RISKS, Targets, columns, shares, targets
from amparo.bot.recognizer import Recognizer, Thresholds, decide
from amparo.bot.rows import RiskRow
from amparo.core.model import SIGNALS, Risk

FOLDS, JUDGED = 4, 2
"""Scenarios are split into FOLDS parts; JUDGED of them are held out in turn: enough to choose thresholds, in half the time."""
INTENT_STEP = 4
FALSE_ALARMS = 0.08
"""Share of none rows that may be taken for disclosure or imminent when the threshold is chosen; the goal is 0.04 on unseen people."""
SAME_STORY = 0.92
"""Cosine of two languages' vectors from which mutual nearest neighbours count as one story."""
IMMINENT_EXACT = 0.90
"""Share of the imminent rows found severe that must be called imminent; imminent wins ties."""
SHARPNESSES = tuple(np.arange(2.0, 16.5, 0.5))


@dataclass(frozen=True)
class Corpus:
    """Rows and intent examples as the encoders saw them: `texts` and `deep` hold the rows first, then the intents."""

    rows: Sequence[RiskRow]
    intents: Sequence[tuple[str, str, str]]
    texts: Sequence[str]
    deep: Vectors


def train(corpus: Corpus) -> Recognizer:
    """The whole recognizer from all rows; thresholds from held-out folds."""
    prepared = Prepared.of(corpus)
    kept = teaching(corpus, np.arange(len(corpus.rows)))
    gram = KernelMachine().gram(prepared.dense[kept], prepared.sparse[kept])
    judged, held = held_out(corpus, prepared, gram)
    thresholds = choose(held, [corpus.rows[i].risk for i in judged], prepared.wanted.values[judged])
    machine = KernelMachine().fit(*prepared.part(kept), gram)
    return Recognizer(prepared.projection, prepared.grams, machine, questions(corpus, prepared, kept), thresholds)


def teaching(corpus: Corpus, rows: NDArray[Any]) -> NDArray[Any]:
    """These rows and every INTENT_STEP-th intent example: enough to show what ordinary questions sound like."""
    return np.concatenate([rows, np.arange(len(corpus.rows), len(corpus.texts), INTENT_STEP)])


def questions(corpus: Corpus, prepared: Prepared, kept: NDArray[Any]) -> KernelMachine:
    """Intents, from the intent examples and from those of the `kept` rows that show no harm."""
    harmless = [i for i in kept if i < len(corpus.rows) and not corpus.rows[i].risk.severe]
    dense, grams, values, _ = prepared.part(np.array(harmless + list(range(len(corpus.rows), len(corpus.texts))), dtype=int))
    return KernelMachine(grams=0.5, trust=6.0).fit(dense, grams, values[:, columns("intent")], np.ones(len(dense), dtype=np.float32))


@dataclass(frozen=True)
class Prepared:
    """What all folds share: it looks at texts only, never at labels."""

    projection: Projection
    grams: Grams
    dense: Floats
    sparse: sparse.csr_matrix
    wanted: Targets

    @classmethod
    def of(cls, corpus: Corpus) -> Prepared:
        projection, grams = Projection.fit(corpus.deep), Grams()
        seen = grams.fit(corpus.texts)
        return cls(projection, grams, projection(corpus.deep), seen, targets(corpus.rows, corpus.intents))

    def part(self, rows: NDArray[Any]) -> tuple[Floats, sparse.csr_matrix, Floats, Floats]:
        """What a machine is fitted on, for these rows."""
        return self.dense[rows], self.sparse[rows], self.wanted.values[rows], self.wanted.weights[rows]


def held_out(corpus: Corpus, prepared: Prepared, gram: Floats) -> tuple[NDArray[Any], Floats]:
    """Rows and their [rows, columns] raw numbers, each judged by a model that saw nothing of its scenario.

    `gram`: the kernel of `teaching` of all rows.
    """
    rows = np.arange(len(corpus.rows))
    intents = np.arange(len(rows), len(gram))
    groups = families(corpus)
    splits = list(GroupKFold(min(FOLDS, len(set(groups)))).split(rows, groups=groups))[:JUDGED]
    raw = []
    for seen, unseen in splits:
        there = np.concatenate([seen, intents])
        machine = KernelMachine().fit(*prepared.part(teaching(corpus, seen)), gram[np.ix_(there, there)])
        raw.append(machine.raw(prepared.dense[unseen], prepared.sparse[unseen]))
    return np.concatenate([unseen for _, unseen in splits]), np.concatenate(raw)


def families(corpus: Corpus) -> NDArray[Any]:
    """[rows] a number per scenario; scenarios that tell the same story in two languages count as one.

    Two rows tell the same story where each is the other's nearest in that language and their vectors are SAME_STORY alike.
    Without this a fold would be scored on translations of what its model has read.
    """
    rows = corpus.rows
    vectors = unit(corpus.deep[: len(rows), DEEP_PARTS[3]])
    names = [f"{row.lang}:{row.scenario}" for row in rows]
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    places = {lang: np.array([i for i, row in enumerate(rows) if row.lang == lang]) for lang in {row.lang for row in rows}}
    pairs = []
    for a, b in combinations(sorted(places), 2):
        block = vectors[places[a]] @ vectors[places[b]].T
        there, back = block.argmax(axis=1), block.argmax(axis=0)
        for i, j in enumerate(there):
            if back[j] == i and block[i, j] >= SAME_STORY:
                pairs.append((number[names[places[a][i]]], number[names[places[b][j]]]))
    one, two = np.array(pairs, dtype=int).reshape(-1, 2).T
    links = sparse.coo_matrix((np.ones(len(one)), (one, two)), shape=(len(number), len(number)))
    _, family = connected_components(links, directed=False)
    return np.array([family[number[name]] for name in names])


def choose(raw: Floats, gold: Sequence[Risk], wanted: Floats) -> Thresholds:
    """Of held-out rows, their risks and their targets [rows, columns]: where the rule cuts.

    Sharpness by log loss; the lowest severe cut under FALSE_ALARMS; imminent's part; the concern cut; a cut for each signal.
    """
    truth = np.array([RISKS.index(risk.value) for risk in gold])
    sharpness = float(min(SHARPNESSES, key=lambda s: _log_loss(shares(raw, "risk", s), truth)))
    scores = shares(raw, "risk", sharpness)
    severe = scores[:, 2] + scores[:, 3]
    none = truth == 0
    cut = next((float(t) for t in np.arange(0.10, 0.86, 0.01) if (severe[none] >= t).mean() <= FALSE_ALARMS), 0.85)
    of_imminent = (scores[:, 3] / np.maximum(severe, 1e-9))[(truth == 3) & (severe >= cut)]
    imminent = float(np.clip(np.quantile(of_imminent, 1 - IMMINENT_EXACT), 0.15, 0.5)) if len(of_imminent) else 0.5
    any_risk = 1.0 - scores[:, 0]

    def concern_balance(t: float) -> float:
        return float((any_risk[truth == 1] >= t).mean() - 0.6 * (any_risk[none] >= t).mean())

    concern = max((float(t) for t in np.arange(0.25, 0.66, 0.02)), key=concern_balance) if (truth == 1).any() else 0.5
    return Thresholds(imminent, cut, min(concern, cut), sharpness, _signal_cuts(raw, wanted))


def _signal_cuts(raw: Floats, wanted: Floats) -> tuple[float, ...]:
    """For each signal the cut with the best F1 on held-out rows."""
    part, truth = raw[:, columns("signal")], wanted[:, columns("signal")] > 0.5
    grid = np.arange(0.15, 0.61, 0.03)
    cuts = []
    for column in range(len(SIGNALS)):
        said = part[:, column, None] >= grid
        hits = (said & truth[:, column, None]).sum(axis=0)
        f1 = 2 * hits / np.maximum(1, said.sum(axis=0) + truth[:, column].sum())
        cuts.append(float(grid[int(f1.argmax())]))
    return tuple(cuts)


def _log_loss(scores: Any, truth: Any) -> float:
    return float(-np.log(scores[np.arange(len(truth)), truth] + 1e-9).mean())


def report(corpus: Corpus) -> dict[str, dict[str, float]]:
    """Held-out figures per language, for development: recall, imminent, concern, false alarms."""
    prepared = Prepared.of(corpus)
    kept = teaching(corpus, np.arange(len(corpus.rows)))
    judged, raw = held_out(corpus, prepared, KernelMachine().gram(prepared.dense[kept], prepared.sparse[kept]))
    rows = [corpus.rows[i] for i in judged]
    cut = choose(raw, [row.risk for row in rows], prepared.wanted.values[judged])
    scores = shares(raw, "risk", cut.sharpness)
    table = {}
    for lang in sorted({row.lang for row in rows}):
        picked = [i for i, row in enumerate(rows) if row.lang == lang]
        table[lang] = figures([rows[i].risk for i in picked], [decide(scores[i], cut) for i in picked])
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
