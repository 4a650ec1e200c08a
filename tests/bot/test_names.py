"""What tells a country without naming it, and whom a fact is for."""

from __future__ import annotations

import pytest

from amparo.bot.names import Names, words
from tests.conftest import ROOT

NAMES = Names(ROOT / "content" / "places.yml")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("¿y el PPT?", "CO"),
        ("kijan m ka kontakte COMAR", "MX"),
        ("que arraigo me toca", "ES"),
        ("o SUS atende gestante?", "BR"),
        ("is cbp-one coming back", "US"),
    ],
)
def test_a_name_tells_the_country(text: str, country: str) -> None:
    assert NAMES.countries(text) == {country}


def test_everyday_words_tell_none() -> None:
    for text in ("sus hijos van a la escuela", "okay thanks, so what now", "la precaria situacion de mi mama", "onde fica a loja"):
        assert NAMES.countries(text) == frozenset()


def test_punctuation_is_no_part_of_a_word() -> None:
    assert words("¿El PPT?, (Permiso)") == ["el", "ppt", "permiso"]
