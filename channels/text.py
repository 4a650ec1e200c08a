"""Fitting a text to a channel: SMS alphabets and segments, numbered menus, lengths.

GSM 03.38 holds é è ù ì ò à ñ ü ¿ ¡ but not á í ó ú ã õ ç â ê ô; one foreign character switches the whole SMS to UCS-2 and more
than doubles its price, so those letters lose their accent on SMS. Source: GSM 03.38 / 3GPP TS 23.038.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator

from amparo.core.model import Button, Capabilities, Rendered

GSM_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = set("^{}\\[~]|€")
PLAIN = str.maketrans(
    {
        "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "‘": "'", "’": "'", "ʼ": "'", "–": "-", "—": "-", "…": "...", "•": "-",
        "·": "-", "→": ">", "≥": ">=", "≤": "<=", "×": "x", "\u00a0": " ", "\u202f": " ", "\u200b": "", "\u200d": "",
        "\ufe0f": "", "´": "'", "`": "'", "œ": "oe", "Œ": "OE", "º": "o", "ª": "a", "°": "o", "✓": "-", "\t": " ",
    }
)  # fmt: skip


def to_gsm(text: str) -> str:
    """The text in the GSM-7 alphabet: accents that it lacks are dropped, what cannot be written is left out."""
    return "".join(_letters(text.translate(PLAIN)))


def _letters(text: str) -> Iterator[str]:
    for char in text:
        if char in GSM_BASIC or char in GSM_EXTENDED:
            yield char
            continue
        plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
        yield "".join(c for c in plain if c in GSM_BASIC or c in GSM_EXTENDED)


def is_gsm(text: str) -> bool:
    """True where the whole text fits GSM-7."""
    return all(char in GSM_BASIC or char in GSM_EXTENDED for char in text)


def segments(text: str) -> int:
    """How many SMS segments the text costs (160/153 septets in GSM-7, 70/67 UTF-16 units otherwise); 0 for nothing."""
    if not text:
        return 0
    if is_gsm(text):
        size, one, more = sum(2 if char in GSM_EXTENDED else 1 for char in text), 160, 153
    else:
        size, one, more = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if size <= one else math.ceil(size / more)


def numbered(text: str, buttons: tuple[Button, ...]) -> str:
    """The text with its choices as numbers. The exit is always 00, never a number that shifts."""
    lines = [text] if text else []
    for index, button in enumerate(buttons, 1):
        number = "00" if button.token == "exit" else str(index)
        lines.append(f"{number} = {button.title}")
    return "\n".join(lines)


def fits_buttons(buttons: tuple[Button, ...], capabilities: Capabilities) -> bool:
    """True where the channel can show all choices as reply buttons."""
    return 0 < len(buttons) <= capabilities.max_buttons and all(len(b.title) <= capabilities.button_title for b in buttons)


def fits_list(buttons: tuple[Button, ...], capabilities: Capabilities) -> bool:
    """True where the channel can show all choices as a list."""
    return 0 < len(buttons) <= capabilities.max_rows and all(len(b.title) <= capabilities.row_title for b in buttons)


def flat(message: Rendered, capabilities: Capabilities) -> str:
    """The message as one plain text with numbered choices, in the channel's alphabet."""
    text = numbered(message.text, message.buttons)
    return to_gsm(text) if capabilities.segments else text


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, cut at a line, sentence or space where one is near; nothing is lost."""
    pieces: list[str] = []
    rest = text
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        pieces.append(rest)
    return pieces or ([""] if text == "" else [])


def _cut(text: str, limit: int) -> int:
    for mark in ("\n\n", "\n", ". ", " "):
        at = text.rfind(mark, limit // 2, limit + 1 - len(mark))
        if at > 0:
            return at + len(mark)
    return limit
