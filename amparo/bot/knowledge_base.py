"""Facts, their index and the offer signs of the newest good content, rebuilt when staff edit."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from amparo.bot import ranking
from amparo.bot.embeddings import SHARED
from amparo.bot.gloss import Gloss
from amparo.bot.names import Names
from amparo.bot.offer_signs import OfferSigns
from amparo.bot.passages import Mask
from amparo.bot.places import Places
from amparo.bot.retrieval import FactIndex
from amparo.core import answering
from amparo.core.answering import Cuts, Decision, Hit, Query
from amparo.core.knowledge import Fact, Knowledge
from amparo.core.model import Entity
from amparo.core.render import Renderer

SAME_IN = 4
"""So many first candidates that ask the same of different countries make a question that only lacks its country."""


class KnowledgeBase:
    """`content`: amparo.store.content_files.ContentFiles. Index and signs follow its version."""

    def __init__(self, content: Any, renderer: Renderer, cache: Path, cuts: Cuts | None = None) -> None:
        self.content = content
        self.renderer = renderer
        self.cuts = cuts or Cuts()
        self._cache = cache
        self._version = -1
        self._index: FactIndex | None = None
        self._signs: OfferSigns | None = None
        self._places: Places | None = None
        self._lock = threading.Lock()

    @property
    def knowledge(self) -> Knowledge:
        return self.content.knowledge

    @property
    def index(self) -> FactIndex:
        """The fact index of the newest good content."""
        self._build()
        assert self._index is not None
        return self._index

    @property
    def signs(self) -> OfferSigns:
        """The offer signs of the newest good content."""
        self._build()
        assert self._signs is not None
        return self._signs

    def places(self, text: str) -> tuple[Entity, ...]:
        """Places and peoples by the newest gazetteer, which the trained model may not know yet."""
        self._build()
        return self._places.find(text) if self._places is not None else ()

    def find(self, query: Query, may_clarify: bool = True) -> Decision:
        """What answers the question; ids of facts and services, or need:<id>."""
        candidates = self.index.search(query)
        hits, known = ranking.shared().rank(candidates)
        decision = answering.decide(hits, known, self.cuts, may_clarify)
        placeless = may_clarify and not self.index.asked(query).countries and not query.where_now
        if decision.kind == "answer" or not placeless or not self._same_in_many(hits):
            return decision
        if ranking.nearer_than_gaps(hits[0].fact_id, candidates):
            return Decision("answer", tuple(hit.fact_id for hit in hits[:3]))  # known, only of which country is not
        return decision

    def _same_in_many(self, hits: Sequence[Hit]) -> bool:
        """True where the best facts are the same question in several countries: which of them answers hangs on the country alone."""
        facts = [self.knowledge.facts.get(hit.fact_id) for hit in hits[:SAME_IN]]
        countries = {fact.country for fact in facts if fact is not None and fact.country != answering.REGIONAL}
        return len({fact.subtopic if fact else "" for fact in facts}) == 1 and len(countries) == SAME_IN

    def alike(self, query: Query, fact: Fact) -> tuple[str, ...]:
        """Ids of facts of other countries that answer this question about as well, the best first (`fact` itself among them)."""
        hits, _ = ranking.shared().rank(self.index.search(query))
        best = hits[0].score if hits else 0.0
        facts = [
            self.knowledge.facts[hit.fact_id] for hit in hits if hit.fact_id in self.knowledge.facts and hit.score >= best * self.cuts.close
        ]
        same = {f.country: f.id for f in reversed(facts) if f.subtopic == fact.subtopic and f.country != answering.REGIONAL}
        return tuple(f.id for f in facts if f.id in same.values())

    def _build(self) -> None:
        with self._lock:
            knowledge = self.content.knowledge
            if self._version == self.content.version:
                return
            root = self.content.root
            self._places = Places(root / "places.yml")
            gloss = Gloss(root / "gloss")
            self._index = FactIndex(knowledge, SHARED, self._cache, Mask(root / "places.yml"), gloss, Names(root / "places.yml"))
            self._signs = OfferSigns(knowledge, SHARED, self._cache, gloss)
            self._version = self.content.version


@lru_cache(maxsize=1)
def shared() -> KnowledgeBase:
    """The knowledge base of this process."""
    from amparo import wiring

    app = wiring.application()
    return KnowledgeBase(app.content, app.renderer, app.settings.cache)
