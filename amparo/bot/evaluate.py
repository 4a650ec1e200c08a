"""`amparo evaluate`: the production understanding over the texts of a file; with gold labels also tables and plots."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent

from amparo import wiring
from amparo.bot.understand import hear
from amparo.core.model import Understanding


def load_agent() -> Any:
    """The trained model, for understanding only; None where there is none (then only the exact words count)."""
    from rasa.core.tracker_store import InMemoryTrackerStore

    from amparo.bot.nlg import ContentNLG

    path = wiring.application().settings.models / "amparo.tar.gz"
    if not path.exists():
        print("No trained model: only the exact words count. Run `make train`.", file=sys.stderr)
        return None
    return Agent.load(str(path), tracker_store=InMemoryTrackerStore(None), generator=ContentNLG())


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file; blank lines are skipped."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """JSONL, a line each, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def prediction(identifier: Any, understood: Understanding) -> dict[str, Any]:
    """One line of the output, as understanding.md asks."""
    text = understood.text
    scores = {name: float(understood.scores.get(name, 0.0)) for name in ("none", "concern", "disclosure", "imminent")}
    total = sum(scores.values()) or 1.0
    return {
        "id": identifier,
        "lang": understood.lang,
        "risk": understood.risk.value,
        "topic": understood.topic.value,
        "signals": [signal.name for signal in understood.signals],
        "quotes": [signal.quote for signal in understood.signals if signal.quote and signal.quote in text],
        "speaker": understood.speaker.value,
        "ages": {"writer": understood.writer_age.value, "at_risk": understood.at_risk_age.value},
        "scores": {name: value / total for name, value in scores.items()},
    }


async def predict(cases: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[float]]:
    """Predictions and milliseconds per text; each line is a new person, other keys are never read."""
    agent = load_agent()
    words = wiring.application().content.exact_words
    rows, times = [], []
    for case in cases:
        began = time.perf_counter()
        text = str(case.get("text") or "")
        heard = await hear(agent, words, text)
        times.append((time.perf_counter() - began) * 1000)
        rows.append(prediction(case.get("id"), heard.understood))
    return rows, times


def run(cases: Path, out: Path, report: Path | None = None) -> int:
    """The command. Exit code 0."""
    from amparo import run as runner

    runner.prepare_environment()
    given = read_cases(cases)
    rows, times = asyncio.run(predict(given))
    write_lines(out, rows)
    if times:
        ordered = sorted(times)
        p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
        print(
            f"{len(rows)} texts in {sum(times) / 1000:.1f} s, median {ordered[len(ordered) // 2]:.0f} ms, p99 {p99:.0f} ms", file=sys.stderr
        )
    if report is not None:
        from amparo.bot.evaluation_report import write_report

        write_report(given, rows, times, report)
    return 0
