"""From a key of content/messages to a text that fits the channel: language chain first, channel variant second."""

from __future__ import annotations

import string
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from amparo.core.errors import NotFound
from amparo.core.lock_screen import LockScreen
from amparo.core.model import Button, Rendered, Say
from amparo.core.ports import Messages


class _Strict(string.Formatter):
    """Fills {names}; a missing value is an error of ours, never a hole in a text she reads."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        if isinstance(key, int):
            raise KeyError(f"positional placeholder {key}")
        return kwargs[key]


_FILL = _Strict()
LEAD_KEYS = ("neutral_lead_1", "neutral_lead_2", "neutral_lead_3")
"""Leads in order of length on SMS, where characters cost; elsewhere each fills the preview by itself."""


_lock_screen = lru_cache(maxsize=2)(LockScreen)


class Renderer:
    """Renders `Say` values; holds nothing but the texts."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def has(self, key: str, language: str) -> bool:
        """True where some language of the chain has the key."""
        return any(self._messages.entry(code, key) for code in self._messages.chain(language))

    def render(self, say: Say, language: str, channel: str) -> Rendered:
        """The text in the nearest language that has the key. Raises NotFound where no language has it."""
        for code in self._messages.chain(language):
            entry = self._messages.entry(code, say.key)
            if entry is not None:
                return self._fill(entry, say, channel)
        raise NotFound(f"no text for key {say.key}")

    def outbound(self, message: Rendered, language: str, channel: str) -> Rendered:
        """The message as it may go out: with a neutral lead where a locked phone would tell what it is about (DH-9)."""
        return _lock_screen(self._messages.lock_screen()).covered(message, self.leads(message.text, language, channel))

    def lead(self, text: str, language: str, channel: str) -> str:
        """The neutral lead that this text needs, '' where it needs none."""
        return _lock_screen(self._messages.lock_screen()).lead(text, self.leads(text, language, channel))

    def leads(self, text: str, language: str, channel: str) -> tuple[str, ...]:
        """The reviewed leads, on SMS the shortest first, elsewhere begun with another one for another text."""
        leads = tuple(self.render(Say(key), language, channel).text for key in LEAD_KEYS)
        turn = 0 if channel == "sms" else len(text) % len(leads)
        return leads[turn:] + leads[:turn]

    def _fill(self, entry: Mapping[str, Any], say: Say, channel: str) -> Rendered:
        text = str(entry.get(channel) or entry["text"])
        return Rendered(
            text=_FILL.vformat(text, (), dict(say.values)).strip(),
            buttons=tuple(
                Button(str(token), _FILL.vformat(str(title), (), dict(say.values))) for token, title in entry.get("buttons") or ()
            ),
            kind=say.kind,
            button_label=str(entry.get("button_label") or ""),
        )
