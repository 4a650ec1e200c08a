"""Warning signs in the words of an offer, with quotes: clauses held against the example phrases of every indicator, by meaning."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np

from amparo.bot.embeddings import CachedEmbedder, SentenceEmbedder
from amparo.bot.features import clean, plain
from amparo.core.job_offer import Sign
from amparo.core.knowledge import Knowledge

CLAUSE = re.compile(r"[^.!?\n;:,()•\-]+(?:[.!?](?=\S)[^.!?\n;:,()]*)*")
MAX_CLAUSES = 24
MIN_WORDS = 3
THRESHOLD = 0.80
MAX_SIGNS = 6
NOT_ASKED = re.compile(
    r"\b(?:sin costo|sin pago|no (?:se )?(?:cobra|pide|paga|solicita|pagas|debes pagar|tienes que pagar)|gratis|gratuit[oa]|nunca pedimos|"
    r"sem custo|nao cobra|nunca cobra|gratuito|no fee|no charge|free of charge|never ask|do not pay|nobody pays|sans frais|"
    r"jamais d'argent|ne demand|gratui|pa mande|san peye|gratis|pa gen fre)\b"
)
MONEY_FAMILY = frozenset({"rf_upfront_fee", "rf_ticket_paid"})


class OfferSigns:
    """The indicator phrases of one content version, ready to compare."""

    def __init__(self, knowledge: Knowledge, embedder: SentenceEmbedder, cache: Path) -> None:
        self._knowledge = knowledge
        self._embedder = embedder
        rows = [(i.id, text) for i in knowledge.indicators.values() for texts in i.phrases.values() for text in texts]
        self._owners = [owner for owner, _ in rows]
        vectors = CachedEmbedder(embedder, cache / "indicators").encode([text for _, text in rows])
        self._matrix = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def find(self, text: str) -> tuple[Sign, ...]:
        """Signs, the surest first, one per indicator; each quote stands in `text` to the letter."""
        clauses = clauses_of(text)
        if not clauses:
            return ()
        vectors = self._embedder.encode([clean(clause) for clause in clauses])
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        similarity = vectors @ self._matrix.T
        best: dict[str, tuple[float, str]] = {}
        for row, clause in enumerate(clauses):
            refused = bool(NOT_ASKED.search(plain(clause)))
            for column in np.argsort(-similarity[row])[:3]:
                score, owner = float(similarity[row, column]), self._owners[column]
                if score < THRESHOLD or (refused and owner in MONEY_FAMILY):
                    continue
                if score > best.get(owner, (0.0, ""))[0]:
                    best[owner] = (score, clause)
        ranked = sorted(best.items(), key=lambda item: -item[1][0])[:MAX_SIGNS]
        return tuple(Sign(indicator, quote) for indicator, (_, quote) in ranked)


def clauses_of(text: str) -> list[str]:
    """Parts of the text that can carry a sign: clauses of three words and more, and pairs of neighbours; exact substrings."""
    spans = [m.span() for m in CLAUSE.finditer(text[:4000])]
    parts = [text[a:b].strip() for a, b in spans if len(text[a:b].split()) >= MIN_WORDS]
    pairs = [text[a:d].strip() for (a, _), (_, d) in itertools.pairwise(spans) if 3 <= len(text[a:d].split()) <= 24]
    return list(dict.fromkeys(part for part in [*parts, *pairs] if part))[:MAX_CLAUSES]
