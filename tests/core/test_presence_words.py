"""Somebody is beside her, or a child is being touched: said in plain words, in every language, without any model (DH-1, DH-14)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES, Risk
from amparo.core.phrases import ExactWords
from amparo.store.content_files import ContentFiles, load_messages
from amparo.store.phrase_files import exact_words
from amparo.store.yaml_files import read

ROOT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture(scope="module")
def words() -> ExactWords:
    return exact_words(ROOT)


def kind(words: ExactWords, text: str, lang: str | None = None) -> str:
    match = words.match(text, lang)
    return match.kind if match else ""


@pytest.mark.parametrize(
    "text",
    [
        "llego mi jefe", "ya llegó mi jefe", "mi esposo está aquí", "Mi padrastro me está mirando", "viene la señora", "alguien viene",
        "no escribo mas, llego mi marido", "ese hombre esta a mi lado", "mi cuñado ya entró", "el padrote está leyendo",
        "meu marido ta aqui", "ele ta olhando", "chegou meu patrão", "a patroa chegou", "meu padrasto tá lendo", "o cafetão ta vindo",
        "mon mari est la", "mon mari est là", "quelqu'un vient", "mon beau-père me regarde", "la patronne est arrivée", "le mac arrive",
        "mari m la", "msye a la", "bòs la ap vini", "madanm nan rive", "bòpè m ap gade m", "nonm nan antre",
        "someone is coming", "he just walked in", "my boss is here", "my boss is here!!", "wait, my husband just came home",
        "the madam is watching me", "my stepdad is reading this", "my pimp is coming", "he’s looking at me",
    ],
)  # fmt: skip
def test_somebody_beside_her_is_presence(words: ExactWords, text: str) -> None:
    assert kind(words, text) == "presence"


@pytest.mark.parametrize(
    "text",
    [
        "mi jefe es bueno", "mi esposo llegó a Perú en 2019", "mi esposo está aquí con papeles", "mi jefe llegó con la visa lista",
        "¿cuándo llegó mi jefe?", "mi hermana llegó bien", "quiero que mi marido esté aquí conmigo en chile",
        "meu marido chegou no Brasil em 2020", "meu chefe é legal", "meu marido está aqui com visto",
        "my husband is here in Chile with papers", "my husband is here, in Chile, with a visa", "my boss is nice", "is my husband here?",
        "my husband arrived in Peru in 2019", "mon mari est là depuis 2019 avec un visa", "mon patron est gentil",
        "mari m la depi 2019 li gen papye", "bòs mwen bon", "someone is coming to pick up my passport next week at the embassy",
        "im here", "i'm back", "I am coming",
    ],
)  # fmt: skip
def test_ordinary_sentences_about_the_same_people_are_none(words: ExactWords, text: str) -> None:
    assert kind(words, text) != "presence"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("mwen gen 11 an tonton m ap manyen m", "ht"), ("bòpè m konn manyen m leswa", "ht"), ("mennaj manman m vin nan kabann mwen", "ht"),
        ("tengo 11 años y mi tío me toca", "es"), ("mi padrastro siempre me manosea", "es"),
        ("el novio de mi mamá se mete en mi cama", "es"),
        ("tenho 11 anos meu tio passa a mão em mim", "pt"), ("meu padrasto mexe comigo de noite", "pt"),
        ("im 11 and my uncle touches me", "en"), ("my moms boyfriend comes in my bed", "en"), ("my stepdad keep touching me", "en"),
        ("j'ai 11 ans mon oncle me touche", "fr"), ("le copain de ma mère vient dans mon lit", "fr"), ("tonton me touche la nuit", "fr"),
    ],
)  # fmt: skip
def test_a_child_says_that_she_is_touched(words: ExactWords, text: str, lang: str) -> None:
    match = words.match(text, lang)
    assert match is not None and match.kind == "touched" and match.risk is Risk.DISCLOSURE and match.lang == lang
    assert [name for name, _ in match.signals] == ["sexual_violence"] and match.quote in text


@pytest.mark.parametrize(
    "text",
    ["mañana me toca renovar la visa", "a mi tío le toca pagar", "me toca trabajar el domingo", "me toca a mi", "this touches me",
     "it is touch and go", "cette histoire me touche", "meu tio tocou violão", "li manyen papye a"],
)  # fmt: skip
def test_touching_words_of_everyday_life_are_none(words: ExactWords, text: str) -> None:
    assert kind(words, text) != "touched"


@pytest.mark.parametrize("text", ["STOP", "stop", "Stop please", "stop."])
def test_stop_alone_hides_where_no_carrier_enforces_it(words: ExactWords, text: str) -> None:
    assert kind(words, text, "en") in ("exit", "stop")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_typed_label_of_the_exit_button_hides(words: ExactWords, lang: str) -> None:
    labels = {title for entry in load_messages(ROOT)[lang].values() for token, title in entry.get("buttons") or () if token == "exit"}
    assert labels
    for label in labels:
        for typed in (label, label.lower(), label.upper()):
            assert kind(words, str(typed), lang) == "exit", typed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_the_composed_lists(lang: str) -> None:
    safety = read(ROOT / "safety" / f"{lang}.yml")
    for key in ("presence_who", "presence_does", "touched_who", "touched_does", "touched"):
        assert len(safety[key]) >= 8, key


def test_matching_stays_quick(words: ExactWords) -> None:
    text = "hola buenas tardes queria saber cuanto cuesta el pasaporte en peru y que papeles me piden para mi hijo que tiene tres años"
    began = time.perf_counter()
    for _ in range(20):
        words.match(text, "es")
    assert (time.perf_counter() - began) / 20 < 0.2
    assert ContentFiles(ROOT).exact_words.match(text, "es") is None
