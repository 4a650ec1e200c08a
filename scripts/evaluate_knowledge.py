"""Measures answering and the offer check on questions and adverts of our own: `python scripts/evaluate_knowledge.py`.

Runs the production path of `amparo answer` and `amparo check-offer` and writes docs/evaluation-knowledge.md. The test half of the
questions is never used for learning or for choosing a threshold; questions of content/ that come near one of it are listed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from amparo import run  # noqa: E402
from amparo.bot import answer_cases, knowledge_base, offer_cases  # noqa: E402
from amparo.bot.evaluate import read_cases  # noqa: E402
from amparo.bot.features import plain  # noqa: E402
from amparo.core.model import LANGUAGES  # noqa: E402

BENCHMARK = ROOT / "tests" / "benchmark"
NEAR = 0.8
"""Share of common words from which a question of content/ is said to be a copy."""


def leaks(base: Any, cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Test questions that stand, nearly, in content/."""
    known = [frozenset(plain(t).split()) for f in base.knowledge.facts.values() for texts in f.questions.values() for t in texts]
    known += [
        frozenset(plain(t).split())
        for g in (*base.knowledge.gaps.values(), *base.knowledge.needs.values())
        for ts in g.questions.values()
        for t in ts
    ]
    found = []
    for case in cases:
        words = frozenset(plain(case["text"]).split())
        if any(len(words & other) / len(words | other) >= NEAR for other in known if other):
            found.append(case["id"])
    return found


def question_row(cases: Sequence[Mapping[str, Any]], got: Mapping[str, Mapping[str, Any]]) -> str:
    """One line of the table."""
    asked = [c for c in cases if c["gold"]]
    unknown = [c for c in cases if not c["gold"]]
    first = sum(bool(got[c["id"]]["fact_ids"]) and got[c["id"]]["fact_ids"][0] in c["gold"] for c in asked)
    answered = sum(got[c["id"]]["decision"] == "answer" and got[c["id"]]["fact_ids"][0] in c["gold"] for c in asked)
    among = sum(bool(set(got[c["id"]]["fact_ids"]) & set(c["gold"])) for c in asked)
    clarified = sum(got[c["id"]]["decision"] == "clarify" for c in asked)
    refused = sum(got[c["id"]]["decision"] == "abstain" for c in unknown)
    share = [f"{n / max(1, len(asked)):.2f}" for n in (first, answered, among, clarified)]
    return f"| {len(asked)} | {' | '.join(share)} | {len(unknown)} | {refused / max(1, len(unknown)):.2f} |"


def question_tables(cases: Sequence[Mapping[str, Any]], got: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A table for each half."""
    lines = []
    for half, name in (("test", "Test half (never learned from)"), ("dev", "Development half (learned from)")):
        lines += [
            f"### {name}",
            "",
            "| language | answerable | first | answered right | among those shown | asked back | unanswerable | refused |",
        ]
        lines += ["| --- |" + " --- |" * 7]
        mine = [c for c in cases if c["half"] == half]
        lines += [f"| {lang} {question_row([c for c in mine if c['lang'] == lang], got)}" for lang in LANGUAGES]
        lines += [f"| all {question_row(mine, got)}", ""]
    return lines


def advert_tables(cases: Sequence[Mapping[str, Any]], got: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Strength told against strength found, and signs found."""
    lines = ["| written as | none | some | strong |", "| --- | --- | --- | --- |"]
    for strength in ("none", "some", "strong"):
        mine = [got[c["id"]]["strength"] for c in cases if c["strength"] == strength]
        lines.append(f"| {strength} | {' | '.join(str(mine.count(found)) for found in ('none', 'some', 'strong'))} |")
    wanted = [(c["id"], sign) for c in cases for sign in c["gold"]]
    hit = sum(sign in [s["id"] for s in got[i]["signs"]] for i, sign in wanted)
    quotes = all(s["quote"] in c["text"] for c in cases for s in got[c["id"]]["signs"])
    return [
        *lines,
        "",
        f"Signs found: {hit} of {len(wanted)}. Every quote stands in its advert to the letter: {'yes' if quotes else 'NO'}.",
    ]


def main() -> int:
    """Measures and writes the page."""
    run.prepare_environment()
    files = ("questions", "questions_dev", "questions_dev2")
    questions = [case for file in files for case in read_cases(BENCHMARK / f"{file}.jsonl")]
    adverts = read_cases(BENCHMARK / "adverts.jsonl")
    answers = {row["id"]: row for row in asyncio.run(answer_cases.answers(questions))}
    offers = {row["id"]: row for row in asyncio.run(offer_cases.verdicts(adverts))}
    copied = leaks(knowledge_base.shared(), [c for c in questions if c["half"] == "test"])
    page = ROOT / "docs" / "evaluation-knowledge.md"
    head = (ROOT / "docs" / "evaluation-knowledge.head.md").read_text(encoding="utf-8")
    lines = [head.rstrip(), "", "## Questions", "", *question_tables(questions, answers)]
    lines += [f"Test questions that stand nearly word for word in content/: {', '.join(copied) or 'none'}.", "", "## Adverts", ""]
    lines += advert_tables(adverts, offers)
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    wrong = [
        (c["lang"], c["text"], c["gold"], answers[c["id"]]["decision"], answers[c["id"]]["fact_ids"])
        for c in questions
        if c["half"] == "dev" and _wrong(c, answers[c["id"]])
    ]  # the errors of the test half are never looked at
    for row in wrong:
        print(*row, sep=" | ")
    print("\n".join(lines[-60:]))
    return 0


def _wrong(case: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    if not case["gold"]:
        return bool(answer["decision"] != "abstain")
    return answer["decision"] != "answer" or answer["fact_ids"][0] not in case["gold"]


if __name__ == "__main__":
    raise SystemExit(main())
