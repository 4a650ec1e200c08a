"""Finding the fact that answers a question, by meaning and words, whatever language either is in.

Every fact is indexed by its questions and answers in all its languages; a fact's score is its best row. Country, nationality and
topic then agree or not: a question that names a country is never answered with another country's fact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from amparo.bot.embeddings import CachedEmbedder, SentenceEmbedder, Vectors
from amparo.bot.features import clean, plain
from amparo.core.answering import REGIONAL, Hit, Query
from amparo.core.knowledge import Fact, Knowledge

TOPIC_BONUS = 0.03
COUNTRY_BONUS = 0.05
NATIONALITY_BONUS = 0.03
NATIONALITY_MALUS = 0.06
LEXICAL_WEIGHT = 0.12
CANDIDATES = 10
REGIONAL_BONUS = 0.02
UNLIKELY_TOPICS = frozenset({"out_of_scope", "smalltalk", "exit", "language", "human"})
RELATED_TOPICS = {
    "costs": frozenset({"requirements", "costs"}),
    "requirements": frozenset({"requirements", "route", "costs"}),
    "rights": frozenset({"rights", "trafficking_info"}),
    "disclosure": frozenset({"rights", "trafficking_info"}),
    "job_offer": frozenset({"scams"}),
    "scams": frozenset({"scams"}),
    "route": frozenset({"route", "requirements"}),
    "trafficking_info": frozenset({"trafficking_info", "rights"}),
}


class FactIndex:
    """The index of one content version. Build once, ask often."""

    def __init__(self, knowledge: Knowledge, embedder: SentenceEmbedder, cache: Path) -> None:
        self._knowledge = knowledge
        self._embedder = embedder
        rows = [(fact.id, text) for fact in knowledge.facts.values() for text in texts_of(fact)]
        self._owners = np.array([owner for owner, _ in rows])
        self._matrix = _normal(CachedEmbedder(embedder, cache / "facts").encode([text for _, text in rows]))
        self._grams = [grams(text) for _, text in rows]
        self._weights = _weights(self._grams)
        self.digest = hashlib.sha256("".join(text for _, text in rows).encode()).hexdigest()

    def search(self, query: Query, vector: Vectors | None = None) -> list[Hit]:
        """The best candidates, best first. `vector`: the query's embedding where it is known already."""
        text = clean(query.text)
        dense = _normal(vector if vector is not None else self._embedder.encode([text]))[0]
        similarity = self._matrix @ dense
        top = np.argsort(-similarity)[: CANDIDATES * 12]
        said = grams(text)
        best: dict[str, float] = {}
        for row in top:
            fact_id = str(self._owners[row])
            score = float(similarity[row]) + LEXICAL_WEIGHT * self._overlap(said, self._grams[row])
            best[fact_id] = max(best.get(fact_id, 0.0), score)
        hits = [self._agree(self._knowledge.facts[fact_id], score, query) for fact_id, score in best.items()]
        hits.sort(key=lambda hit: (not hit.country_fits, -hit.score))
        return hits[:CANDIDATES]

    def _overlap(self, said: frozenset[str], other: frozenset[str]) -> float:
        shared = sum(self._weights.get(g, 0.0) for g in said & other)
        return shared / (sum(self._weights.get(g, 3.0) for g in said) or 1.0)

    def _agree(self, fact: Fact, score: float, query: Query) -> Hit:
        asked = countries_asked(query)
        fits = not asked or fact.country in asked or fact.country == REGIONAL
        strange = int(bool(asked) and fact.country == REGIONAL) + int(query.topic in UNLIKELY_TOPICS)
        if fact.country in asked:
            score += COUNTRY_BONUS
        elif not asked and fact.country == REGIONAL:
            score += REGIONAL_BONUS
        elif not asked and query.where_now and fact.country == query.where_now:
            score += COUNTRY_BONUS / 2
        if query.nationality:
            exact = query.nationality in fact.nationality
            score += NATIONALITY_BONUS if exact else 0.0 if fact.fits_nationality(query.nationality) else -NATIONALITY_MALUS
        if fact.topic in RELATED_TOPICS.get(query.topic, frozenset()):
            score += TOPIC_BONUS
        return Hit(fact.id, score, fits, strange)


def countries_asked(query: Query) -> frozenset[str]:
    """The countries that the question is about: a destination, else those it names, else nothing."""
    if query.destination:
        return frozenset({query.destination})
    return frozenset(query.named)


def texts_of(fact: Fact) -> Sequence[str]:
    """What a fact is found by: its questions, and its answers' first sentences, in every language it has."""
    texts = [question for questions in fact.questions.values() for question in questions]
    texts += [answer[:220] for answer in fact.answers.values()]
    texts += list(fact.texts.get("name", {}).values())
    return texts


def grams(text: str) -> frozenset[str]:
    """Words of three letters and more, cut to six: enough to tell PPT from PTP."""
    return frozenset(word[:6] for word in plain(text).split() if len(word) > 2)


def _weights(rows: Sequence[frozenset[str]]) -> dict[str, float]:
    counts: dict[str, int] = {}
    for row in rows:
        for gram in row:
            counts[gram] = counts.get(gram, 0) + 1
    return {gram: float(np.log(1 + len(rows) / n)) for gram, n in counts.items()}


def _normal(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
