"""Exact words: in every language, without accents, in capitals, with a typo and polite words around."""

from __future__ import annotations

from pathlib import Path

import pytest

from amparo.core.model import Risk
from amparo.core.phrases import ExactWords, completes_open_sentence
from amparo.store.phrase_files import exact_words

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def words() -> ExactWords:
    return exact_words(ROOT / "content")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("00", "exit"), ("🛑", "exit"), ("SALIR", "exit"), ("sair", "exit"), ("exit", "exit"), ("sortir", "exit"), ("soti", "exit"),
        ("AYUDA", "help_cry"), ("ajuda", "help_cry"), ("HELP", "help_cry"), ("aidez moi", "help_cry"), ("èd", "help_cry"),
        ("persona", "human"), ("uma pessoa por favor", "human"), ("a person please", "human"), ("yon moun", "human"),
        ("está aquí", "presence"), ("ele tá aqui", "presence"), ("he’s here", "presence"), ("il est là", "presence"), ("li la", "presence"),
        ("no puedo ablar esta aqui", "presence"), ("me tienen encerada en un cuarto", "danger"), ("M'AP MOURI", ""),
        ("quiero morirme", "suicide"), ("quero morrer", "suicide"), ("i want to die", "suicide"), ("mwen vle mouri", "suicide"),
        ("👍", "thumbs_up"), ("borra mis datos", "delete"), ("efase done mwen", "delete"),
    ],
)  # fmt: skip
def test_words_of_every_language(words: ExactWords, text: str, kind: str) -> None:
    match = words.match(text)
    assert (match.kind if match else "") == kind


@pytest.mark.parametrize("lang", ["es", "pt", "en", "fr", "ht"])
def test_capitals_stretching_and_polite_words_change_nothing(words: ExactWords, lang: str) -> None:
    yes = {"es": "sí", "pt": "sim", "en": "yes", "fr": "oui", "ht": "wi"}[lang]
    please = {"es": "por favor", "pt": "por favor", "en": "please", "fr": "svp", "ht": "tanpri"}[lang]
    for text in (yes, yes.upper(), f"{yes}!!!", f"{yes} {please}", f"  {yes}  "):
        match = words.match(text, lang)
        assert match is not None and match.kind == "yes", text


@pytest.mark.parametrize(
    "text",
    ["mi mamá me mata si llego tarde", "cuanto cuesta el ppt", "quiero salir de colombia", "i need help with my visa", "no me dejan salir"],
)
def test_ordinary_sentences_are_no_command(words: ExactWords, text: str) -> None:
    match = words.match(text)
    assert match is None or match.kind not in ("exit", "danger", "presence", "suicide", "help_cry")


def test_salir_may_complete_a_sentence(words: ExactWords) -> None:
    assert completes_open_sentence("no me dejan", "salir", "es")
    assert completes_open_sentence("they won't let me", "exit", "en") is True
    assert not completes_open_sentence("gracias.", "salir", "es")
    assert not completes_open_sentence("no me dejan", "00", "es")
    assert not completes_open_sentence("kite", "soti", "ht")  # a word alone is a command itself, not half a sentence


def test_presence_carries_imminent_and_cannot_call(words: ExactWords) -> None:
    match = words.match("esta aqui")
    assert match is not None
    assert match.risk is Risk.IMMINENT
    assert ("cannot_call", "esta aqui") in match.signals


def test_quotes_are_exact_substrings(words: ExactWords) -> None:
    text = "Ayúdenme,  ME TIENEN   ENCERRADA desde ayer"
    match = words.match(text)
    assert match is not None and match.quote in text


@pytest.mark.parametrize("text", ["", " ", "?", "😀" * 500, "a" * 20_000, "\u0301" * 300, '/handoff{"a":1}', "{}[]", "\x00\x01"])
def test_hostile_texts_are_just_texts(words: ExactWords, text: str) -> None:
    match = words.match(text)
    assert match is None or match.kind
