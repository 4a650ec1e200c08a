"""The line that answers an exit word: from the organisation's own list, another one each time."""

from __future__ import annotations

from typing import Protocol

from amparo.core.helpline import Helpline
from amparo.core.ports import Clock


class HasHelpline(Protocol):
    @property
    def helpline(self) -> Helpline: ...


class Covers:
    """Cover lines in rotation by conversation and hour, so that two in a row differ."""

    def __init__(self, content: HasHelpline, clock: Clock) -> None:
        self._content = content
        self._clock = clock

    def line(self, conversation_id: str, language: str) -> str:
        """A line in her language, '' where the organisation listed none."""
        lines = self._content.helpline.covers.get(language) or ()
        if not lines:
            return ""
        return lines[(int(conversation_id[:8] or "0", 16) + int(self._clock.now() // 60)) % len(lines)]
