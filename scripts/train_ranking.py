"""Learns amparo/bot/ranking.json: `python scripts/train_ranking.py`. The test half of tests/benchmark/questions.jsonl is not looked at.

Learned on: the development half, each question weighing three, and questions of content/ itself, each asked with its own row hidden.
How sure `known` is comes from predictions held out by fact.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from amparo import run, wiring  # noqa: E402
from amparo.bot import knowledge_base, ranking  # noqa: E402
from amparo.bot.asking import query_of  # noqa: E402
from amparo.bot.embeddings import SHARED, CachedEmbedder  # noqa: E402
from amparo.bot.evaluate import load_agent, read_cases  # noqa: E402
from amparo.bot.passages import GAP, NEED  # noqa: E402
from amparo.bot.retrieval import FEATURES, Candidate  # noqa: E402
from amparo.bot.understand import hear  # noqa: E402
from amparo.core.answering import Hit, Query  # noqa: E402
from amparo.core.knowledge import Knowledge  # noqa: E402
from amparo.core.model import Topic, Understanding  # noqa: E402

CONTENT_QUESTIONS = 1200
FOLDS = 4
OWN_WEIGHT = 4.0
GAP_WEIGHT = 0.3


@dataclass(frozen=True)
class Asked:
    """A question with its right answers ([] = none) and its candidates."""

    gold: tuple[str, ...]
    candidates: Sequence[Candidate]
    weight: float


def right(knowledge: Knowledge, owner: str, gold: Sequence[str]) -> bool:
    """True where `owner` answers a question whose right ids are `gold`."""
    if owner.startswith(NEED) and owner not in gold:
        kinds = knowledge.needs[owner.removeprefix(NEED)].kinds[:2]
        return any(g in knowledge.services and knowledge.services[g].kind in kinds for g in gold)
    return owner in gold


class Remembering:
    """The embedder with all wordings of the content questions encoded at once, and kept on disk for the next time."""

    def __init__(self, index: Any, asked: Sequence[tuple[str, str]]) -> None:
        wordings = {w for lang, text in asked for w in index.wordings(Query(text=text, lang=lang))}
        texts = sorted(wordings)
        folder = wiring.application().settings.cache / "asked"
        self._known = dict(zip(texts, CachedEmbedder(SHARED, folder).encode(texts), strict=True))

    def encode(self, texts: Sequence[str]) -> Any:
        """Like `SentenceEmbedder.encode`."""
        return np.stack([self._known[text] if text in self._known else SHARED.encode([text])[0] for text in texts])


async def own_questions(base: Any, cases: Sequence[dict[str, Any]]) -> list[Asked]:
    """The development half, understood by the real model."""
    agent, words = load_agent(), wiring.application().content.exact_words
    found = []
    for case in cases:
        understood = (await hear(agent, words, case["text"])).understood
        understood = replace(understood, entities=base.places(case["text"]))
        hidden = {base.index.masked(case["text"])}  # where content/ took the question over, its own row does not count
        without = frozenset(i for i, row in enumerate(base.index.rows) if row.text in hidden)
        found.append(Asked(tuple(case["gold"]), base.index.search(query_of(understood), without), OWN_WEIGHT))
    return found


def content_questions(base: Any) -> list[Asked]:
    """Questions of content/ itself, each with its own row (and the same question in other languages) hidden."""
    knowledge, index = base.knowledge, base.index
    rows: dict[str, list[int]] = {}
    for i, row in enumerate(index.rows):
        rows.setdefault(row.owner, []).append(i)
    groups = [(f.id, f.questions) for f in knowledge.facts.values()]
    groups += [(NEED + n.id, n.questions) for n in knowledge.needs.values()] + [(GAP + g.id, g.questions) for g in knowledge.gaps.values()]
    asked = [(owner, lang, n, text) for owner, qs in groups for lang, texts in qs.items() for n, text in enumerate(texts)]
    random.Random(7).shuffle(asked)
    asked = asked[:CONTENT_QUESTIONS]
    index._embedder = Remembering(index, [(lang, text) for _, lang, _, text in asked])
    found = []
    for owner, lang, n, text in asked:
        hidden = {index.masked(text)}
        if n == 0 and owner in knowledge.facts:
            hidden |= {index.masked(texts[0]) for texts in knowledge.facts[owner].questions.values() if texts}
        without = frozenset(i for i in rows[owner] if index.rows[i].text in hidden)
        if len(without) < len(rows[owner]):
            understood = Understanding(text=text, lang=lang, topic=Topic.REQUIREMENTS, entities=base.places(text))
            query = query_of(understood, topic="")
            found.append(Asked((owner,), index.search(query, without), GAP_WEIGHT if owner.startswith(GAP) else 1.0))
    return found


def fit(values: Any, labels: Any, weights: Any, strength: float) -> dict[str, Any]:
    """A logistic regression as plain numbers."""
    scaler = StandardScaler().fit(values)
    model = LogisticRegression(C=strength, max_iter=3000).fit(scaler.transform(values), labels, sample_weight=weights)
    numbers = {"mean": scaler.mean_, "scale": scaler.scale_, "weights": model.coef_[0], "bias": model.intercept_[0]}
    return {name: np.round(value, 5).tolist() for name, value in numbers.items()}


def fit_pick(knowledge: Knowledge, asked: Sequence[Asked]) -> dict[str, Any]:
    """Which candidate answers, learned where one does."""
    rows = [(c.values, right(knowledge, c.owner, a.gold), a.weight) for a in asked for c in ranking.split(a.candidates)[0]]
    values, labels, weights = (np.array(column) for column in zip(*rows, strict=True))
    return fit(ranking.expanded(values), labels, weights, 0.3)


def fold_of(one: Asked) -> int:
    """By fact, so that no fact stands on both sides."""
    return zlib.crc32((one.gold or (str(one.candidates[0].values[:3]),))[0].encode()) % FOLDS


def held_out(knowledge: Knowledge, asked: Sequence[Asked]) -> list[tuple[Asked, list[Hit], Any]]:
    """(question, hits, how sure they look), each ranked by weights that never saw its fact."""
    found = []
    for fold in range(FOLDS):
        pick = ranking.Logistic.of(fit_pick(knowledge, [a for a in asked if fold_of(a) != fold]))
        for one in (a for a in asked if fold_of(a) == fold):
            real, gaps = ranking.split(one.candidates)
            if real:
                scores = pick(ranking.expanded(np.array([c.values for c in real])))
                order = np.argsort(-scores)
                hits = [Hit(real[i].owner, float(scores[i])) for i in order]
                found.append((one, hits, ranking.certainty(hits, real[order[0]].values, gaps)))
    return found


def main() -> int:
    """Learns both regressions and writes them."""
    run.prepare_environment()
    base = knowledge_base.shared()
    files = ("questions", "questions_dev", "questions_dev2")
    cases = [case for file in files for case in read_cases(ROOT / f"tests/benchmark/{file}.jsonl")]
    tested = {owner for case in cases if case["half"] == "test" for owner in case["gold"]}
    cases = [case for case in cases if case["half"] == "dev" and not tested & set(case["gold"])]
    asked = [*asyncio.run(own_questions(base, cases)), *content_questions(base)]
    knowledge = base.knowledge
    ranked = held_out(knowledge, asked)
    rows = [(sure, right(knowledge, hits[0].fact_id, one.gold), one.weight) for one, hits, sure in ranked]
    values, labels, weights = (np.array(column) for column in zip(*rows, strict=True))
    data = {"features": list(FEATURES), "pick": fit_pick(knowledge, asked), "known": fit(values, labels, weights, 0.3)}
    ranking.FILE.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    own = [(one, hits) for one, hits, _ in ranked if one.weight == OWN_WEIGHT and one.gold]
    top = np.mean([right(knowledge, hits[0].fact_id, one.gold) for one, hits in own])
    print(f"{len(asked)} questions; development half held out by fact: top-1 {top:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
