"""The training rows: readable, every language and label there, no near-duplicates, nothing of the benchmark."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path

import pytest

from amparo.bot.rows import intent_rows, risk_rows
from amparo.core.model import LANGUAGES, Risk

ROOT = Path(__file__).resolve().parents[2]
LEAST_ROWS = 1_500
LEAST_EXAMPLES = 60


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_every_risk(lang: str) -> None:
    counts = Counter(row.risk for row in risk_rows(ROOT / "data" / "risk") if row.lang == lang)
    assert sum(counts.values()) >= LEAST_ROWS
    assert all(counts[risk] >= 20 for risk in Risk)


def test_every_language_has_every_intent() -> None:
    by_language = {lang: {intent for _, intent, code in intent_rows(ROOT / "data" / "nlu") if code == lang} for lang in LANGUAGES}
    assert len(by_language["es"]) == 20
    assert all(by_language[lang] == by_language["es"] for lang in LANGUAGES)


def test_no_near_duplicates_and_no_leak() -> None:
    spec = importlib.util.spec_from_file_location("check_training_rows", ROOT / "scripts" / "check_training_rows.py")
    assert spec is not None
    assert spec.loader is not None
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    assert check.problems(ROOT) == []
