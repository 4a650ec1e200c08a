"""Whose fact it is: of which country, for which people; and what a Creole question is looked up as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amparo.bot.asking import query_of
from amparo.bot.gloss import Gloss
from amparo.bot.offer_words import refused
from amparo.bot.passages import Mask
from amparo.bot.places import Places
from amparo.bot.retrieval import FactIndex
from amparo.core.answering import Cuts, Hit, Query, decide
from amparo.core.model import Topic, Understanding
from amparo.store import knowledge_files

CONTENT = Path(__file__).resolve().parents[2] / "content"


class Blank:
    """An embedder that knows nothing: what fits is decided by codes alone."""

    dim = 896

    def encode(self, texts: Any) -> Any:
        return np.ones((len(texts), self.dim), dtype=np.float32)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FactIndex:
    knowledge = knowledge_files.load(CONTENT)
    return FactIndex(knowledge, Blank(), tmp_path_factory.mktemp("index"), Mask(CONTENT / "places.yml"))  # type: ignore[arg-type]


def fitting(index: FactIndex, **asked: Any) -> set[str]:
    query = Query(text="x", lang="es", topic="requirements", where_now="", destination="", **asked)
    return {owner for owner, fits in zip(index.owners, index._fits(query, index.asked(query)), strict=True) if fits}


def test_a_cuban_is_not_answered_with_the_visa_of_venezuelans(index: FactIndex) -> None:
    assert "pa-ve-visa" not in fitting(index, named=("PA",), nationality="CU")
    assert "pa-ve-visa" in fitting(index, named=("PA",), nationality="VE")


def test_mercosur_in_paraguay_is_not_the_one_of_chile(index: FactIndex) -> None:
    found = fitting(index, named=("PY",), nationality="")
    assert "py-mercosur" in found and "cl-mercosur" not in found
    assert "us-tps-ht-ve" in fitting(index, named=("HT",), nationality="")


def test_to_one_country_from_another_is_a_question_about_the_first() -> None:
    text = "para entrar a colombia desde venezuela que me piden"
    understood = Understanding(text=text, lang="es", topic=Topic.REQUIREMENTS, entities=Places(CONTENT / "places.yml").find(text))
    query = query_of(understood)
    assert query.named == ("CO",) and query.nationality == ""


def test_a_candidate_that_hardly_fits_is_no_answer_however_sure_the_rest_looks() -> None:
    assert decide([Hit("pa-ve-visa", 0.06)], 0.99, Cuts()).kind == "abstain"
    assert decide([Hit("pa-ve-visa", 0.4)], 0.99, Cuts()).kind == "answer"


@pytest.mark.parametrize(
    ("text", "gloss"),
    [
        ("apostiy kisa sa ye", "apostille qu'est-ce que c'est"),
        ("kat imanite la", "carte humanitaire"),
        ("eske azil se gratis", "est-ce que asile c'est gratuit"),
    ],
)
def test_small_creole_words_are_not_glossed_as_others(text: str, gloss: str) -> None:
    assert Gloss(CONTENT / "gloss")(text, "ht") == gloss


def test_wages_are_named_by_their_money_too() -> None:
    assert not refused("ilo_wages_withheld", "epi li pa janm ban m yon goud")
    assert refused("ilo_wages_withheld", "li pa janm ban m manje")
