"""Our encoders and kernel machine on HWU64, fold 1 (Liu, Eshghi, Swietojanski, Rieser 2019; CC BY 4.0): a public benchmark of intents.

`python scripts/hwu64.py [FOLDER]`: FOLDER holds hwu64_fold1_train.jsonl and hwu64_fold1_test.jsonl (default ../shared/data). The data
is for measuring only and stays out of the repository; nothing learnt here reaches the assistant.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from amparo.bot.embeddings import SHARED, CachedEmbedder  # noqa: E402
from amparo.bot.features import clean, plain  # noqa: E402
from amparo.bot.kernel import Grams, KernelMachine, Projection  # noqa: E402


def read(path: Path) -> tuple[list[str], list[str]]:
    """Texts and intents of one file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [plain(clean(row["text"])) for row in rows], [row["intent"] for row in rows]


def accuracy(folder: Path) -> float:
    """Share of the test fold's intents that come out right."""
    texts, labels = read(folder / "hwu64_fold1_train.jsonl")
    asked, gold = read(folder / "hwu64_fold1_test.jsonl")
    embedder = CachedEmbedder(SHARED, ROOT / "var" / "cache" / "hwu64")
    deep = embedder.deep([*texts, *asked])
    began = time.perf_counter()
    projection, grams = Projection.fit(deep[: len(texts)]), Grams()
    seen = grams.fit(texts)
    names = sorted(set(labels))
    targets = (np.array(labels)[:, None] == np.array(names)).astype(np.float32)
    machine = KernelMachine().fit(projection(deep[: len(texts)]), seen, targets, np.ones(len(texts), dtype=np.float32))
    print(f"trained on {len(texts)} rows in {time.perf_counter() - began:.0f} s (embeddings apart)")
    raw = machine.raw(projection(deep[len(texts) :]), grams(asked))
    said = [names[i] for i in raw.argmax(axis=1)]
    return sum(a == b for a, b in zip(said, gold, strict=True)) / len(gold)


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    if not (folder / "hwu64_fold1_test.jsonl").exists():
        print(f"No HWU64 in {folder}: not measured.")
        return 0
    print(f"HWU64 fold 1, intent accuracy: {accuracy(folder):.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
