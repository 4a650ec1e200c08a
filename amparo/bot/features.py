"""From a text to what the encoders read: cleaned, folded, glossed, and cut into windows where it is long.

Accents and capitals are folded before encoding, so that the same sentence with or without them is the same sentence by
construction. One sentence of danger in a long story must not be averaged away: windows are scored beside the whole (recognizer.pooled).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from amparo.core.phrases import latin

WINDOW_WORDS = 28
MAX_WINDOWS = 4
"""Windows that are encoded: the head, the tail, and in between those that `skim` finds most telling."""
MAX_CHARS = 10_000
_SPACES = re.compile(r"\s+")
_STRETCH = re.compile(r"(\w)\1{2,}", re.UNICODE)

Skim = Callable[[Sequence[str]], Sequence[float]]
"""Gives each window a number: higher is more telling."""


def clean(text: str) -> str:
    """One line without stretched letters, piled-up marks (zalgo) and look-alike letters; at most MAX_CHARS characters."""
    if len(text) > MAX_CHARS:
        text = text[: MAX_CHARS // 2] + " " + text[-MAX_CHARS // 2 :]
    text = unicodedata.normalize("NFKC", text)
    text = " ".join(latin(word) for word in text.split(" "))
    kept = []
    marks = 0
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            marks += 1
            if marks > 1:
                continue
        else:
            marks = 0
        if unicodedata.category(char) in ("Cf", "Cc") and char not in "\n\t":
            continue
        kept.append(char)
    text = unicodedata.normalize("NFC", "".join(kept))
    return _STRETCH.sub(r"\1\1", _SPACES.sub(" ", text)).strip()


def plain(text: str) -> str:
    """Lower case without accents."""
    lowered = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in lowered if not unicodedata.combining(c))


_OPEN = (
    r"hola+|buen[ao]s?(?: (?:dias?|tardes?|noches?))?|disculpe?n?(?: la molestia)?|perd[oe]n[ea]?|oi+|ola|bom dia|boa (?:tarde|noite)|"
    r"desculp[ae](?: incomodar)?|hi+|hello|hey|good (?:morning|afternoon|evening|day)|sorry(?: to (?:bother|disturb) you)?|excuse me|"
    r"bonjour|bonsoir|salut|excusez[ -]moi(?: de vous deranger)?|pardon|bonjou|bonswa|padon(?: si m deranje w)?|eskize m"
)
_CLOSE = (
    r"(?:muchas |mil )?gracias(?: de antemano)?|por favor|porfa+(?:vor)?|(?:muito )?obrigad[ao]|pfv|please|"
    r"thank you(?: so much| very much)?|thanks|"
    r"merci(?: beaucoup| d.avance)?|s.?il vous plait|svp|mesi(?: anpil)?|tanpri|souple|silvouple"
)
_COURTESY = re.compile(rf"^(?:(?:{_OPEN}|{_CLOSE})\b\W*)+|(?:\W*\b(?:{_CLOSE}))+\W*$")


def without_courtesy(folded: str) -> str:
    """A folded text (`plain`) without greetings before it and thanks after it; the text itself where little else is left.

    Polite people are mostly harmless in any training data; the same sentence between a greeting and thanks must keep its risk.
    """
    bare = _COURTESY.sub("", folded)
    bare = _COURTESY.sub("", bare).strip()
    return bare if len(bare.split()) >= 4 else folded


def windows(text: str, skim: Skim | None = None) -> list[str]:
    """Consecutive windows of WINDOW_WORDS words; a text of up to one and a half windows is its only window."""
    words = text.split()
    if len(words) <= WINDOW_WORDS * 3 // 2:
        return [text]
    pieces = [" ".join(words[i : i + WINDOW_WORDS]) for i in range(0, len(words), WINDOW_WORDS)]
    if len(pieces) > 1 and len(pieces[-1].split()) < WINDOW_WORDS // 3:
        pieces[-2:] = [" ".join(pieces[-2:])]
    if len(pieces) <= MAX_WINDOWS:
        return pieces
    inner = range(1, len(pieces) - 1)
    telling = list(skim([pieces[i] for i in inner])) if skim else [-abs(i - len(pieces) / 2) for i in inner]
    best = sorted(inner, key=lambda i: -telling[i - 1])[: MAX_WINDOWS - 2]
    return [pieces[0], *(pieces[i] for i in sorted(best)), pieces[-1]]
