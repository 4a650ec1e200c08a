"""Facts, their index and the offer signs of the newest good content, rebuilt when staff edit."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from amparo.bot.embeddings import SHARED
from amparo.bot.offer_signs import OfferSigns
from amparo.bot.retrieval import FactIndex
from amparo.core.answering import Cuts
from amparo.core.knowledge import Knowledge
from amparo.core.render import Renderer


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

    def _build(self) -> None:
        with self._lock:
            knowledge = self.content.knowledge
            if self._version == self.content.version:
                return
            self._index = FactIndex(knowledge, SHARED, self._cache)
            self._signs = OfferSigns(knowledge, SHARED, self._cache)
            self._version = self.content.version


@lru_cache(maxsize=1)
def shared() -> KnowledgeBase:
    """The knowledge base of this process."""
    from amparo import wiring

    app = wiring.application()
    return KnowledgeBase(app.content, app.renderer, app.settings.cache)
