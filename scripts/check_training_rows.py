"""Fails where training rows are near-duplicates of each other or stand in the benchmark: `python scripts/check_training_rows.py`.

Near-duplicate: two rows of different scenarios of one language that share more than NEAR of their four-letter pieces. Leak: a
benchmark text that shares more than LEAK of them with a training row or an intent example.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amparo.bot.features import plain  # noqa: E402
from amparo.bot.rows import intent_rows, risk_rows  # noqa: E402
from amparo.core.model import LANGUAGES  # noqa: E402

NEAR, LEAK = 0.8, 0.7


def pieces(text: str) -> frozenset[str]:
    """Four-letter pieces of the folded text; a shorter text is its own piece."""
    folded = "".join(c for c in plain(text) if c.isalnum() or c == " ").strip()
    return frozenset(folded[i : i + 4] for i in range(max(1, len(folded) - 3)))


def close_pairs(texts: list[str], queries: Iterable[str], least: float) -> list[tuple[int, str]]:
    """(index in `texts`, query) for every query that is that close to an earlier text."""
    known = [pieces(text) for text in texts]
    where: dict[str, list[int]] = defaultdict(list)
    for index, parts in enumerate(known):
        for part in parts:
            where[part].append(index)
    found = []
    for query in queries:
        mine = pieces(query)
        shared = Counter(i for part in mine for i in where.get(part, ()))
        found += [(i, query) for i, n in shared.items() if n / (len(mine) + len(known[i]) - n) > least]
    return found


def problems(root: Path) -> list[str]:
    """What is wrong, in plain words; empty where nothing is."""
    found = []
    rows = risk_rows(root / "data" / "risk")
    intents = intent_rows(root / "data" / "nlu")
    for lang in LANGUAGES:
        mine = [row for row in rows if row.lang == lang]
        texts = [row.text for row in mine]
        for index, query in close_pairs(texts, texts, NEAR):
            later = texts.index(query)
            if index < later and mine[index].scenario != mine[later].scenario:
                found.append(f"{lang}: near-duplicate rows: {texts[index][:60]!r} ~ {query[:60]!r}")
        bench = root / "tests" / "benchmark" / f"{lang}.jsonl"
        if bench.exists():
            cases = [json.loads(line)["text"] for line in bench.read_text(encoding="utf-8").splitlines() if line.strip()]
            trained = [*texts, *(text for text, _, code in intents if code == lang)]
            found += [f"{lang}: benchmark text stands in training: {query[:60]!r}" for _, query in close_pairs(trained, cases, LEAK)]
    return found


if __name__ == "__main__":
    wrong = problems(ROOT)
    print("\n".join(wrong) or "training rows: no near-duplicates, nothing of the benchmark")
    raise SystemExit(1 if wrong else 0)
