"""Exact words: what counts, where it counts, and what must not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from amparo.core.model import Risk
from amparo.core.phrases import ExactWords, completes_open_sentence
from amparo.store.phrase_files import exact_words

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture(scope="module")
def words() -> ExactWords:
    return exact_words(CONTENT)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("esta aqui", "presence"),
        ("ÉL ESTÁ AQUÍ!!", "presence"),
        ("he is here", "presence"),
        ("il monte", "presence"),
        ("li la", "presence"),
        ("ele acordou", "presence"),
        ("me tienen encerrada en un cuarto", "danger"),
        ("me tienen encerada", "danger"),
        ("m gen pwazon an nan men m", "suicide"),
        ("ya tengo las pastillas aqui", "suicide"),
        ("salir", "exit"),
        ("salir por favor", "exit"),
        ("🛑", "exit"),
        ("00", "exit"),
        ("👍", "thumbs_up"),
        ("AYUDAAAA", "help_cry"),
        ("help", "help_cry"),
        ("sekou", "help_cry"),
        ("quiero hablar con una persona", "human"),
        ("borra mis datos", "delete"),
        ("ya puedo hablar", "can_talk_again"),
    ],
)
def test_kind(words: ExactWords, text: str, kind: str) -> None:
    found = words.match(text)
    assert found is not None
    assert found.kind == kind
    assert found.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "no puedo hablar español",
        "he is here legally",
        "il est la depuis 2 ans",
        "m pa ka pale panyol",
        "nao posso falar ingles",
        "como puedo salir de venezuela con mis hijos",
        "i am hiding a gift",
        "necesito ayuda con la visa",
        "",
        "😭😭",
        "?",
    ],
)
def test_ordinary_text_is_no_exact_word(words: ExactWords, text: str) -> None:
    assert words.match(text) is None


@pytest.mark.parametrize("text", ["ayuda", "help", "socorro", "au secours", "sekou", "🆘", "me quiero morir", "m vle mouri"])
def test_a_cry_is_imminent(words: ExactWords, text: str) -> None:
    found = words.match(text)
    assert found is not None
    assert found.risk is Risk.IMMINENT


def test_exit_word_that_ends_an_open_sentence() -> None:
    assert completes_open_sentence("no me dejan", "salir", "es")
    assert completes_open_sentence("yo pa kite m", "soti", "ht")
    assert not completes_open_sentence("gracias.", "salir", "es")
    assert not completes_open_sentence("no me dejan", "🛑", "es")


def test_a_very_long_text_is_answered(words: ExactWords) -> None:
    found = words.match("hola " * 2000 + "me quiero morir")
    assert found is not None
    assert found.kind == "suicide"
