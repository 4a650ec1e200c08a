"""Warning signs in the words of an offer, with quotes: clauses held against examples of every sign and of ordinary offers, by meaning.

A clause is a sign where it is near enough to an example, and nearer to it than to anything that ordinary offers say. A clause that says
that something is not asked or not done ("no cobramos", "contract before you travel") is no sign of it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from amparo.bot.embeddings import E5_DIM, CachedEmbedder, SentenceEmbedder, Vectors
from amparo.bot.features import clean, plain
from amparo.bot.gloss import Gloss
from amparo.bot.offer_words import refused
from amparo.core.job_offer import Sign
from amparo.core.knowledge import Knowledge

CLAUSE = re.compile(r"[^.!?\n;:,()•]+(?:[.!?,](?=\S)[^.!?\n;:,()•]*)*")
CONNECTED = re.compile(r"\s(?:y|e|and|et|epi|pero|mas|but|mais|men)\s")
MAX_CLAUSES = 40
MIN_WORDS = 3
MAX_WORDS = 26
MAX_SIGNS = 6
MAX_READ = 4000


@dataclass(frozen=True)
class Limits:
    """`near`: least similarity to an example; `lead`: how much nearer than to anything ordinary; `strong`: added for a strong sign;
    `sure`: similarity from which a clause counts whatever it is near to. Set on the adverts with odd numbers of
    tests/benchmark/adverts.jsonl; see docs/evaluation-knowledge.md."""

    near: float = 0.64
    lead: float = 0.08
    strong: float = 0.02
    sure: float = 0.85


FAMILY_EXTRA: Mapping[str, float] = {"recruitment_red_flag": 0.0, "ilo_forced_labour": 0.03}
"""Added to `near` and `lead` by family: signs of recruitment are what an offer is read for, the others need plainer words."""
OTHER_FAMILY = 0.12


class OfferSigns:
    """The examples of one content version, ready to compare."""

    def __init__(
        self, knowledge: Knowledge, embedder: SentenceEmbedder, cache: Path, gloss: Gloss | None = None, limits: Limits | None = None
    ) -> None:
        self._knowledge = knowledge
        self._embedder = embedder
        self._gloss = gloss
        self._limits = limits or Limits()
        rows = [(i.id, text) for i in knowledge.indicators.values() for texts in i.phrases.values() for text in texts]
        rows += [(name, text) for name, by_lang in knowledge.offers.signs.items() for texts in by_lang.values() for text in texts]
        plain_rows = [("", text) for texts in knowledge.offers.ordinary.values() for text in texts]
        self._patterns = {name: [re.compile(one) for one in some] for name, some in knowledge.offers.patterns.items()}
        names = sorted({owner for owner, _ in rows})
        at = {name: i for i, name in enumerate(names)}
        rows.sort(key=lambda row: at[row[0]])
        self._names = names
        self._starts = np.searchsorted([at[owner] for owner, _ in rows], np.arange(len(names)))
        self._signs = _halved(CachedEmbedder(embedder, cache / "indicators").encode([clean(text) for _, text in rows]))
        self._ordinary = _halved(CachedEmbedder(embedder, cache / "ordinary").encode([clean(text) for _, text in plain_rows]))

    def find(self, text: str, lang: str = "") -> tuple[Sign, ...]:
        """Signs, the strongest and surest first, one per indicator; each quote stands in `text` to the letter."""
        clauses = clauses_of(text)
        if not clauses:
            return ()
        near, ordinary = self._compare([clean(clause) for clause in clauses], lang)
        best = self._worded(clauses)
        for row, clause in enumerate(clauses):
            for column in np.argsort(-near[row])[:3]:
                name, score = self._names[column], float(near[row, column])
                if not self._counts(name, score, float(ordinary[row])) or refused(name, clause):
                    continue
                if score > best.get(name, (0.0, ""))[0]:
                    best[name] = (score, clause)
        weights = self._knowledge.indicators
        ranked = sorted(best.items(), key=lambda item: (not weights[item[0]].strong, -item[1][0]))[:MAX_SIGNS]
        return tuple(Sign(name, quote) for name, (_, quote) in ranked)

    def _worded(self, clauses: Sequence[str]) -> dict[str, tuple[float, str]]:
        """Signs whose pattern stands in a clause; the shortest such clause is the quote."""
        found: dict[str, tuple[float, str]] = {}
        for clause in sorted(clauses, key=len):
            folded = plain(clause).replace("’", "'")
            for name, patterns in self._patterns.items():
                if name not in found and any(pattern.search(folded) for pattern in patterns) and not refused(name, clause):
                    found[name] = (1.0, clause)
        return found

    def scores(self, text: str, lang: str = "") -> list[tuple[str, str, float, float]]:
        """(clause, nearest sign, its similarity, the similarity of the nearest ordinary text), for measuring."""
        clauses = clauses_of(text)
        near, ordinary = self._compare([clean(clause) for clause in clauses], lang)
        tops = near.argmax(axis=1)
        return [(c, self._names[t], float(near[i, t]), float(ordinary[i])) for i, (c, t) in enumerate(zip(clauses, tops, strict=True))]

    def _compare(self, clauses: Sequence[str], lang: str) -> tuple[Vectors, Vectors]:
        wordings = [list(clauses)]
        if self._gloss is not None and lang:
            glossed = [self._gloss(clause, lang) for clause in clauses]
            if any(glossed):
                wordings.append([gloss or clause for gloss, clause in zip(glossed, clauses, strict=True)])
        near = ordinary = None
        for texts in wordings:
            vectors = _halved(self._embedder.encode(texts))
            signs = np.maximum.reduceat(vectors @ self._signs.T, self._starts, axis=1)
            plain_ones = (vectors @ self._ordinary.T).max(axis=1)
            near = signs if near is None else np.maximum(near, signs)
            ordinary = plain_ones if ordinary is None else np.maximum(ordinary, plain_ones)
        assert near is not None and ordinary is not None
        return near, ordinary

    def _counts(self, name: str, score: float, ordinary: float) -> bool:
        limits = self._limits
        indicator = self._knowledge.indicators[name]
        extra = (limits.strong if indicator.strong else 0.0) + FAMILY_EXTRA.get(indicator.family, OTHER_FAMILY)
        return score >= limits.near + extra and (score - ordinary >= limits.lead + extra or score >= limits.sure + extra / 2)


def clauses_of(text: str) -> list[str]:
    """Parts of the text that can carry a sign: clauses, their halves at "and", and pairs of neighbours; exact substrings."""
    spans = [m.span() for m in CLAUSE.finditer(text[:MAX_READ])]
    parts = [text[a:b].strip() for a, b in spans]
    for a, b in spans:
        cuts = [a, *(m.start() + 1 for m in CONNECTED.finditer(text, a, b)), b]
        if len(cuts) > 2:
            parts += [text[x:y].strip() for x, y in itertools.pairwise(cuts)]
    parts += [text[a:d].strip() for (a, _), (_, d) in itertools.pairwise(spans)]
    fitting = [part for part in parts if MIN_WORDS <= len(part.split()) <= MAX_WORDS]
    return list(dict.fromkeys(fitting))[:MAX_CLAUSES]


def _halved(vectors: Vectors) -> Vectors:
    """Both halves of unit length and of equal say."""
    e5, use = vectors[:, :E5_DIM], vectors[:, E5_DIM:]
    halves = [half / np.maximum(np.linalg.norm(half, axis=1, keepdims=True), 1e-9) for half in (e5, use)]
    return np.asarray(np.hstack(halves) / np.sqrt(2.0), dtype=np.float32)
