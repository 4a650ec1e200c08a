"""`amparo evaluate`: understands the texts of a JSONL file with the pipeline that answers people, and scores them where labelled.

In: one JSON object a line with `id` and `text`; every other key is ignored while predicting. Out: a line each, in the same order.
Each line is a new person: no remembered language, no memory of the line before.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amparo.bot.understand import hear
from amparo.core.model import LANGUAGES, Risk, Understanding
from amparo.store.content_files import ContentFiles

MODEL = Path("models/amparo.tar.gz")
NO_MODEL = "amparo evaluate: no model; only the exact words count. Train with `make train`."


@dataclass(frozen=True)
class Case:
    """One line of the cases. `raw` holds the gold labels, which only the report reads."""

    id: Any
    text: str
    raw: dict[str, Any]


def read_cases(path: Path) -> list[Case]:
    """Lines of a JSONL file. Raises ValueError naming the line that is no object or has no text."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            cases.append(Case(raw["id"], str(raw["text"]), raw))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}, line {number}: {error!r}") from None
    return cases


def prediction(case_id: Any, text: str, understood: Understanding) -> dict[str, Any]:
    """The line that goes out. Quotes are exact parts of `text`; scores sum to 1."""
    quotes = dict.fromkeys(s.quote for s in understood.signals if s.quote and s.quote in text)
    shares = {risk.value: max(0.0, float(understood.scores.get(risk.value, 0.0))) for risk in Risk}
    total = sum(shares.values())
    scores = {name: value / total for name, value in shares.items()} if total else {r.value: float(r is understood.risk) for r in Risk}
    return {
        "id": case_id,
        "lang": understood.lang or LANGUAGES[0],
        "risk": understood.risk.value,
        "topic": understood.topic.value,
        "signals": [s.name for s in understood.signals],
        "quotes": list(quotes),
        "speaker": understood.speaker.value,
        "ages": {"writer": understood.writer_age.value, "at_risk": understood.at_risk_age.value},
        "scores": scores,
    }


async def predict(agent: Any, words: Any, cases: Sequence[Case]) -> tuple[list[dict[str, Any]], list[float]]:
    """Predictions and seconds per text, in the order of the cases."""
    lines, seconds = [], []
    for case in cases:
        started = time.perf_counter()
        heard = await hear(agent, words, case.text)
        seconds.append(time.perf_counter() - started)
        lines.append(prediction(case.id, case.text, heard.understood))
    return lines, seconds


def load_agent(model: Path = MODEL) -> Any:
    """The trained assistant, or None where there is no model (exact words still count)."""
    if not model.exists():
        print(NO_MODEL, file=sys.stderr)
        return None
    from rasa.core.agent import Agent

    return Agent.load(str(model))


def run(cases: Path, out: Path, report: Path | None = None, model: Path = MODEL) -> int:
    """Writes predictions to `out`, and tables and plots to `report`. Returns an exit code: 0 done, 2 unreadable cases."""
    try:
        read = read_cases(cases)
    except (OSError, ValueError) as error:
        print(f"amparo evaluate: {error}", file=sys.stderr)
        return 2
    words = ContentFiles(Path(os.environ.get("AMPARO_CONTENT", "content"))).exact_words
    agent = load_agent(model)
    lines, seconds = asyncio.run(_warm(agent, words, read))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    if report is not None:
        from amparo.bot import evaluation_report

        evaluation_report.write(report, [case.raw for case in read], lines, seconds)
    return 0


async def _warm(agent: Any, words: Any, cases: Sequence[Case]) -> tuple[list[dict[str, Any]], list[float]]:
    """The first text loads the embeddings; it must not stand in the times of the others."""
    await hear(agent, words, "hola")
    return await predict(agent, words, cases)
