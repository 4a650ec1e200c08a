"""The lines of `amparo evaluate`, without a model: exact words still count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amparo.bot import evaluate, evaluation_report

CASES = [
    {"id": "a", "text": "me quiero morir", "risk": "imminent", "topic": "disclosure", "lang": "es", "signals": ["suicide_self_harm"]},
    {"id": 2, "text": "cuanto cuesta la visa", "risk": "none", "topic": "costs", "lang": "es", "signals": []},
    {"id": "c", "text": ""},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(case) for case in CASES), encoding="utf-8")
    return path


def test_lines_come_out_in_order_and_whole(cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    assert evaluate.run(cases, out, None, model=tmp_path / "none.tar.gz") == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["a", 2, "c"]
    assert lines[0]["risk"] == "imminent"
    assert lines[0]["signals"] == ["suicide_self_harm"]
    for line, case in zip(lines, CASES, strict=True):
        assert sum(line["scores"].values()) == pytest.approx(1.0)
        assert all(quote in case["text"] for quote in line["quotes"])


def test_unreadable_cases_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": 1}\n', encoding="utf-8")
    assert evaluate.run(bad, tmp_path / "p.jsonl") == 2


def test_figures_count_what_understanding_md_counts() -> None:
    said = [{"risk": "disclosure", "topic": "x", "lang": "es"}, {"risk": "none", "topic": "costs", "lang": "pt"}]
    figures = evaluation_report.figures(list(zip(CASES[:2], said, strict=True)))
    assert figures["severe_recall"] == 1.0
    assert figures["imminent_exact"] == 0.0
    assert figures["false_alarms"] == 0.0
    assert figures["topic"] == 1.0
    assert figures["language"] == 0.5
