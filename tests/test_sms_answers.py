"""Answers on SMS: at most three GSM-7 segments in every language, with source and year."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from amparo.bot.replies import LINE_KEYS
from amparo.bot.service_replies import DETAILS, NEXT, ServiceReplies
from amparo.bot.voice import Voice
from amparo.core import answering
from amparo.core.answering import Decision
from amparo.core.knowledge import text_in
from amparo.core.model import LANGUAGES
from amparo.core.render import Renderer
from amparo.store.content_files import ContentFiles
from channels.text import numbered, segments, to_gsm

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


def helplines(content: ContentFiles, lang: str) -> ServiceReplies:
    voice = Voice(content, Renderer(content), lang, "sms", time.time())
    return ServiceReplies(SimpleNamespace(knowledge=content.knowledge), voice)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_helpline_fits_three_segments_with_its_whole_warning(content: ContentFiles, lang: str) -> None:
    replies, long, cut, apart = helplines(content, lang), [], [], 0
    for service in content.knowledge.services.values():
        texts = [to_gsm(numbered(said.text, said.buttons)) for said in replies.one(service.id).texts]
        note, _ = text_in(service.note, content.chain(lang))
        long += [service.id for text in texts if segments(text) > MAX]
        cut += [service.id] if not any(to_gsm(note) in text for text in texts) else []
        apart += len(texts) > 1
    assert (long, cut) == ([], [])
    assert apart < 15  # a warning that leaves no room for the helpline itself is the exception


def test_helplines_come_one_by_one_and_tell_hours_and_cost_when_asked(content: ContentFiles) -> None:
    replies, services = helplines(content, "es"), content.knowledge.services
    chosen = [services[i] for i in ("cl-1455", "cl-sjm", "cl-147")]
    said = replies._said(chosen, "CL", "violence", Decision("answer", ("cl-1455",)))
    assert len(said.texts) == 1 and services["cl-sjm"].name not in said.texts[0].text
    assert [button.token for button in said.texts[0].buttons] == [NEXT, DETAILS]
    details = replies.details(said.slots).texts[0]
    assert "24/7" in details.text and [button.token for button in details.buttons] == [NEXT]
    seen = [said]
    while seen[-1].texts[0].buttons[0].token == NEXT:
        seen.append(replies.following(seen[-1].slots))
    assert [one.slots["candidates"]["shown"] for one in seen] == ["cl-1455", "cl-sjm", "cl-147"]
    assert {button.token for button in replies.following(seen[-1].slots).texts[0].buttons} == {"human", "menu"}
