"""Phrases that point to a signal, quoted as she wrote them."""

from __future__ import annotations

import pytest

from amparo.bot.lexicon import SignalLexicon, read_lexicon
from amparo.core.model import LANGUAGES, SIGNALS
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def lexicon() -> SignalLexicon:
    return read_lexicon(ROOT / "content" / "safety")


@pytest.mark.parametrize(
    ("lang", "text", "name", "quote"),
    [
        ("es", "Mi jefe me QUITÓ el pasaporte ayer", "documents_retained", "QUITÓ el pasaporte"),
        ("es", "me quito el pasaprte", "documents_retained", "quito el pasaprte"),
        ("fr", "il m'a pris mon passeport", "documents_retained", "pris mon passeport"),
    ],
)
def test_her_words_are_quoted(lexicon: SignalLexicon, lang: str, text: str, name: str, quote: str) -> None:
    found = {signal.name: signal.quote for signal in lexicon.find(text, lang)}
    assert quote in found[name]
    assert found[name] in text


def test_a_gap_holds_up_to_three_words() -> None:
    lexicon = SignalLexicon({"es": {"documents_retained": ["tiene * pasaporte"]}})
    assert lexicon.find("tiene guardado bajo llave pasaporte", "es")
    assert not lexicon.find("tiene una casa muy grande y mi pasaporte", "es")


def test_other_languages_and_empty_texts_have_none(lexicon: SignalLexicon) -> None:
    assert lexicon.find("me quito el pasaporte", "qu") == ()
    assert lexicon.find("", "es") == ()


def test_unknown_signals_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown signal"):
        SignalLexicon({"es": {"sadness": ["lloro"]}})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_signal_has_phrases_in_every_language(lexicon: SignalLexicon, lang: str) -> None:
    assert lexicon.names(lang) == frozenset(SIGNALS)
