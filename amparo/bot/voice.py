"""The texts of one reader: language, channel, and the chain of languages to fall back on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any

from amparo.core.answering import Decision
from amparo.core.errors import NotFound
from amparo.core.model import Rendered, Say


@dataclass(frozen=True)
class Said:
    """Texts to say, slots to keep, and the decision behind them (its ids stand in content/)."""

    texts: tuple[Rendered, ...]
    slots: Mapping[str, Any] = field(default_factory=dict)
    decision: Decision = Decision("abstain")


class Voice:
    """Renders keys of content/messages for one reader. `now`: unix seconds."""

    def __init__(self, content: Any, renderer: Any, language: str, channel: str, now: float) -> None:
        self.content = content
        self.lang = language or "es"
        self.channel = channel
        self.chain: tuple[str, ...] = content.chain(self.lang)
        self.now = now
        self.today: date = datetime.fromtimestamp(now, timezone.utc).date()
        self._renderer = renderer

    @property
    def short(self) -> bool:
        """True where a channel counts segments."""
        return self.channel == "sms"

    def say(self, key: str, **values: str) -> Rendered:
        """A text with its buttons. Raises NotFound."""
        rendered: Rendered = self._renderer.render(Say(key, values), self.lang, self.channel)
        return rendered

    def text(self, key: str, **values: str) -> str:
        """Only the text."""
        return self.say(key, **values).text

    def lead(self, text: str) -> str:
        """The neutral lead that a locked phone asks for before this text, '' where none is needed (DH-9)."""
        return str(self._renderer.lead(text, self.lang, self.channel))

    def raw(self, key: str) -> str:
        """A phrase whose placeholders are filled later. Raises NotFound."""
        for code in self.chain:
            entry = self.content.entry(code, key)
            if entry is not None:
                return str(entry["text"])
        raise NotFound(key)

    def first_list(self, texts: Mapping[str, Sequence[str]]) -> Sequence[str]:
        """The list in the first language of the chain that has it."""
        return next((texts[code] for code in self.chain if texts.get(code)), ())
