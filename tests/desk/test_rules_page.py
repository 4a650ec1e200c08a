"""docs/safety-rules.md holds one row per rule, in order, and names only files that exist."""

from __future__ import annotations

import re

from tests.conftest import ROOT

ROW = re.compile(r"^\| DH-(\d+) ([^|]+)\| (.+) \|$", re.M)
PATH = re.compile(r"\b(?:tests|docs|content|amparo|core|store|bot|desk|jobs)/[\w./-]*\w")
LAYERS = ("core", "store", "bot", "desk", "jobs")


def test_every_rule_has_one_row_in_order_with_a_test_or_a_human_check() -> None:
    rows = ROW.findall((ROOT / "docs/safety-rules.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in rows] == list(range(1, 26))
    for number, _, shown in rows:
        assert "tests/" in shown or "named human check" in shown, number


def test_every_file_that_a_row_names_is_there() -> None:
    for _, _, shown in ROW.findall((ROOT / "docs/safety-rules.md").read_text(encoding="utf-8")):
        for named in PATH.findall(shown):
            path = f"amparo/{named}" if named.split("/")[0] in LAYERS else named
            stem = ROOT / path.rpartition(".")[0]
            found = (ROOT / path).exists() or (ROOT / f"{path}.py").exists() or stem.with_suffix(".py").exists()
            assert found, named
