"""2,000 generated dialogues: every number, link and phone of a reply stands in the entries that it names, or in content/messages."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from amparo import wiring
from amparo.bot.embeddings import SHARED
from amparo.bot.knowledge_base import KnowledgeBase
from amparo.bot.replies import FACT_TOKEN, Replies
from amparo.bot.voice import Said
from amparo.core import services
from amparo.core.model import LANGUAGES, Topic, Understanding
from tests.conftest import ROOT, settings_for

pytestmark = pytest.mark.slow
DIALOGUES = 2000
QUESTIONS = 150
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LINK = re.compile(r"https?://[^\s)»,;]+")
FOLLOWS = {
    "es": ("y cuanto demora?", "y cuanto cuesta?", "y que papeles piden?", "y para mi hijo?"),
    "pt": ("e quanto demora?", "e quanto custa?", "e quais documentos?", "e pra criança?"),
    "en": ("and how long?", "and how much?", "and what documents?", "and for my child?"),
    "fr": ("et combien de temps ?", "et combien ca coute ?", "et quels papiers ?", "et pour mon enfant ?"),
    "ht": ("e konbyen tan?", "e konbyen kob?", "e ki papye?", "e pou pitit mwen?"),
}
OFFERS = (
    "Chicas para bar en Aruba, pagamos el pasaje de 900 dólares y luego se descuenta del sueldo, llama al 555 0199",
    "Restaurante familiar busca mesera, contrato desde el primer día y sueldo mínimo",
)


class Remembering:
    """The embedder with a memory of this test: the same texts come again and again."""

    dim = SHARED.dim

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def encode(self, texts: Any) -> Any:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, SHARED.encode(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    app = wiring.Application(settings_for("sqlite+aiosqlite://", ROOT / "var"))
    made = KnowledgeBase(app.content, app.renderer, ROOT / "var" / "cache")
    made.index._embedder = Remembering()  # type: ignore[assignment]
    made.signs._embedder = Remembering()  # type: ignore[assignment]
    return made


def digits(text: str) -> set[str]:
    """Numbers without separators; cents of whole amounts dropped, as money is written."""
    return {re.sub(r"\D", "", found) for found in NUMBER.findall(text)}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, float):
        yield f"{value:.2f}"
        yield f"{value:.0f}"
    elif value is not None:
        yield str(value)


class Allowed:
    """What a reply may hold: its entries' own numbers and links, the fixed texts, and the emergency number of its country."""

    def __init__(self, base: KnowledgeBase) -> None:
        knowledge = base.knowledge
        self._entries = {**knowledge.facts, **knowledge.services}
        self._strings: dict[str, tuple[str, ...]] = {}
        self._all_services = list(knowledge.services.values())
        fixed = "\n".join(str((base.content.entry(lang, key) or {}).get("text")) for lang in LANGUAGES for key in base.content.keys(lang))
        self._fixed = digits(fixed)

    def numbers(self, ids: Any) -> set[str]:
        found = set(self._fixed)
        for identifier in ids:
            entry = self._entries[identifier]
            found |= {number for text in self._of(identifier) for number in digits(text)}
            found |= digits(services.emergency(self._all_services, entry.country))
        return found

    def links(self, ids: Any) -> str:
        return "\n".join(text for identifier in ids for text in self._of(identifier))

    def _of(self, identifier: str) -> tuple[str, ...]:
        if identifier not in self._strings:
            self._strings[identifier] = tuple(strings(asdict(self._entries[identifier])))
        return self._strings[identifier]


def holds(said: Said, allowed: Allowed, ids: Any, hers: str = "") -> None:
    text = "\n".join(one.text for one in said.texts)
    invented = digits(text) - allowed.numbers(ids) - digits(hers)
    assert not invented, f"{invented} in {text}"
    known = allowed.links(ids)
    for link in LINK.findall(text):
        assert link.rstrip(".") in known or link in known, link


def understood(base: KnowledgeBase, text: str, lang: str, topic: Topic) -> Understanding:
    return Understanding(text=text, lang=lang, topic=topic, entities=base.places(text))


def test_no_number_link_or_phone_is_invented(base: KnowledgeBase) -> None:
    chance = random.Random(11)
    facts = chance.sample(sorted(base.knowledge.facts.values(), key=lambda f: f.id), QUESTIONS)
    asked = [(lang, text) for fact in facts for lang, texts in sorted(fact.questions.items()) for text in texts[:1]]
    asked += [
        (lang, f"{texts[0]} {place}")
        for n in base.knowledge.needs.values()
        for lang, texts in n.questions.items()
        for place in ("chile", "haiti")
    ]
    allowed = Allowed(base)
    now = time.time()
    answered = 0
    for number in range(DIALOGUES):
        lang, text = chance.choice(asked)
        channel = chance.choice(("telegram", "whatsapp", "sms"))
        replies = Replies(base, chance.choice((lang, lang, chance.choice(LANGUAGES))), channel, now + chance.choice((0, 0, 400 * 86_400)))
        topic = chance.choice((Topic.REQUIREMENTS, Topic.COSTS, Topic.RIGHTS, Topic.SERVICES))
        slots: dict[str, Any] = {}
        first = replies.answer(understood(base, text, lang, topic), slots)
        ids = first.decision.fact_ids
        holds(first, allowed, ids)
        slots.update(first.slots)
        answered += first.decision.kind == "answer"
        then = replies.answer(understood(base, chance.choice(FOLLOWS[lang]), lang, topic), slots)
        holds(then, allowed, {*ids, *then.decision.fact_ids})
        buttons = [b.token for one in first.texts for b in one.buttons if b.token.startswith(FACT_TOKEN)]
        for token in buttons[:1]:
            picked = replies.by_id(token.removeprefix(FACT_TOKEN))
            holds(picked, allowed, picked.decision.fact_ids)
        if number % 40 == 0:
            offer = chance.choice(OFFERS)
            holds(replies.offers.heard(understood(base, offer, "es", Topic.JOB_OFFER), {}), allowed, (), offer)
    assert answered > DIALOGUES / 3


def test_a_stale_fact_shows_no_amount(base: KnowledgeBase) -> None:
    later = time.time() + 3 * 365 * 86_400
    fact = base.knowledge.facts["pe-passport"]
    for lang in LANGUAGES:
        text = Replies(base, lang, "telegram", later).by_id(fact.id).texts[0].text
        assert "120" not in text and fact.official_url in text
