"""Answers on SMS: at most three GSM-7 segments in every language, with source and year."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from amparo.bot.replies import LINE_KEYS
from amparo.bot.voice import Voice
from amparo.core import answering
from amparo.core.model import LANGUAGES
from amparo.core.render import Renderer
from amparo.store.content_files import ContentFiles
from channels.text import segments, to_gsm

ROOT = Path(__file__).resolve().parents[1]
MAX = 3


@pytest.fixture(scope="module")
def content() -> ContentFiles:
    return ContentFiles(ROOT / "content")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_answer_fits_three_segments(content: ContentFiles, lang: str) -> None:
    voice = Voice(content, Renderer(content), lang, "sms", time.time())
    lines = answering.Lines(**{name: voice.raw(key) for name, key in LINE_KEYS.items()})
    long = []
    for fact in content.knowledge.facts.values():
        text = answering.answer_text(fact, lang, voice.chain, voice.today, lines, short=True)
        if segments(to_gsm(text)) > MAX:
            long.append((fact.id, len(text)))
    assert long == []


def test_the_year_stands_in_every_short_answer_that_has_one(content: ContentFiles) -> None:
    voice = Voice(content, Renderer(content), "es", "sms", time.time())
    lines = answering.Lines(**{name: voice.raw(key) for name, key in LINE_KEYS.items()})
    fact = content.knowledge.facts["pe-passport"]
    text = answering.answer_text(fact, "es", voice.chain, voice.today, lines, short=True)
    assert answering.year_of(fact.source_seen)[:4] in text
    assert fact.official_url in text


def test_a_lone_no_is_not_a_sentence() -> None:
    assert answering.sentences_of("No. Tu pasaporte es tuyo. Nadie puede.") == ["No. Tu pasaporte es tuyo.", "Nadie puede."]
    assert answering.sentences_of("") == []
