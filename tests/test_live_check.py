"""`amparo live-check` names what is missing: reviews per language, called numbers, policy, cards, people of the house (DH-15, DH-20)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES
from amparo.live_check import SIGNED, missing
from tests.conftest import ROOT

TODAY = date(2026, 11, 25)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "content", tmp_path / "content"))


def test_nothing_signed_names_every_text_and_role(content: Path) -> None:
    (content / "live.yml").unlink(missing_ok=True)
    lines = missing(content, TODAY)
    for language in LANGUAGES:
        for text in SIGNED:
            assert f"{language}: nobody has signed the {text} texts" in lines
    assert "no country is named in content/live.yml" in lines
    assert {"supervisor is missing in content/live.yml", "on call is missing in content/live.yml"} <= set(lines)


def test_a_country_needs_called_numbers_a_policy_and_whole_cards(content: Path) -> None:
    reviewed = "\n".join(f"  {language}: [{', '.join(SIGNED)}]" for language in LANGUAGES)
    (content / "live.yml").write_text(
        f"countries: [CO]\nreviewed:\n{reviewed}\nsupervisor: Sara\non_call: Eva\ndata_protection_assessment: 2026-11-01\n",
        encoding="utf-8",
    )
    lines = missing(content, TODAY)
    assert not [line for line in lines if "nobody has signed the" in line or line.endswith("content/live.yml")]
    assert "CO: no emergency number was called within 90 days" in lines
    assert "CO: no policy file signed by a lawyer" in lines
    assert [line for line in lines if line.startswith("CO:") and "is missing in content/policy/co.yml" in line]
