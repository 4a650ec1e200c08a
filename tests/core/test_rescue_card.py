"""The rescue card says what is on file, and names what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES
from amparo.core.rescue_card import RULES
from amparo.store.rescue_files import load_rescue
from amparo.store.yaml_files import ContentError
from tests.conftest import ROOT, read_content


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_are_there_in_every_language_and_nothing_is_invented(language: str) -> None:
    card = read_content(ROOT / "content").rescue_card("CO", language)
    assert set(card.rules) == set(RULES)
    assert card.numbers[0].number == "123" and card.numbers[0].kind == "emergency"
    assert card.not_police and all(not one.police for one in card.not_police)
    assert "police_part" in card.missing and card.own == {}


def test_a_country_without_numbers_says_so() -> None:
    assert read_content(ROOT / "content").rescue_card("XX", "es").missing[0] == "emergency_number"


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "common.yml").write_text("who_helps: {es: x}\n")
    with pytest.raises(ContentError):
        load_rescue(tmp_path)


def test_a_countrys_own_card_is_read(tmp_path: Path) -> None:
    (tmp_path / "co.yml").write_text(
        "country: CO\nfields:\n  who_decides: {text: {es: ella}, source_url: x}\n  numbers_from_abroad: null\n"
    )
    assert load_rescue(tmp_path) == {"co": {"who_decides": {"es": "ella"}}}
