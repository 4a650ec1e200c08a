"""`make evaluate`: the production understanding on our own benchmark, all languages in one run; tables and plots in docs/evaluation/."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amparo import run as runner  # noqa: E402
from amparo.bot import evaluate  # noqa: E402
from amparo.bot.evaluation_report import write_report  # noqa: E402
from amparo.core.model import LANGUAGES  # noqa: E402


def main() -> int:
    runner.prepare_environment()
    cases = [case for lang in LANGUAGES for case in evaluate.read_cases(ROOT / "tests" / "benchmark" / f"{lang}.jsonl")]
    said, times = asyncio.run(evaluate.predict(cases))
    folder = ROOT / "docs" / "evaluation"
    write_report(cases, said, times, folder)
    print((folder / "table.md").read_text(encoding="utf-8").split("\n| signal")[0])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
