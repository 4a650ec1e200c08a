"""What may be read on a locked phone: the first characters of a text, and the neutral lead that stands before it where they tell (DH-9).

Words: SP-64's list of every language (content/safety). Leads: content/messages `neutral_lead_<n>`, reviewed like any other text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from amparo.core.model import Kind, Rendered

PREVIEW = 60
"""Characters of a message that a locked phone shows."""
ENDING = "(?:e?s|x)?"
_DIGIT = re.compile(r"\d{2,}")


class LockScreen:
    """The words that must not begin in the first PREVIEW characters of anything we send."""

    def __init__(self, words: Iterable[str]) -> None:
        listed = sorted({_plain(word) for word in words}, key=len, reverse=True)
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, listed))}){ENDING}\b") if listed else None

    def tells(self, text: str) -> str:
        """The first listed word (or its plural) that begins within the preview, ''."""
        hit = self._pattern.search(_plain(text)) if self._pattern else None
        return hit.group() if hit and hit.start() < PREVIEW else ""

    def lead(self, text: str, leads: Sequence[str]) -> str:
        """The first of `leads` with which the text tells nothing; '' where none is needed. A lead fills the preview or is skipped.

        Raises ValueError where no lead is long enough.
        """
        if not self.tells(text):
            return ""
        for lead in leads:
            if not self.tells(f"{lead}\n{text}"):
                return lead
        raise ValueError("no neutral lead is long enough")

    def covered(self, message: Rendered, leads: Sequence[str]) -> Rendered:
        """The message with a lead where it needs one; a number for danger now and a cover line stay as they are."""
        if message.kind is Kind.COVER or (message.kind is Kind.RISK and _DIGIT.search(message.text)):
            return message
        seen = "\n".join([message.text, *(button.title for button in message.buttons)])
        lead = self.lead(seen, leads)
        return replace(message, text=f"{lead}\n{message.text}") if lead else message


def _plain(text: str) -> str:
    """Lower case without accents, a character for a character."""
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text.lower())
