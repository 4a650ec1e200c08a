"""What can be found: every text by which a fact, a service, a need or a gap is known, without the places named in it.

Places are taken out of texts and questions alike and compared as codes: "a passport in Peru" and "a passport in Chile" are one question
asked of two countries, and the sentence embeddings would mostly compare the countries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.matcher import PhraseMatcher

from amparo.bot.features import clean, plain
from amparo.bot.places import APOSTROPHE, fold_same_length
from amparo.core.knowledge import Fact, Knowledge, Service

ANSWER_CHARS = 220
NEED, GAP = "need:", "gap:"
_SPACES = re.compile(r"\s+")
_EDGES = re.compile(r"^[\s:;,.–-]+|\s+(?=[?!.,;:])")


@dataclass(frozen=True)
class Passage:
    """A row of the index. `owner`: a fact's or service's id, need:<id> or gap:<id>; `kind`: question, answer or name."""

    owner: str
    text: str
    lang: str
    kind: str


class Mask:
    """Takes the names of places and peoples out of a text. `file`: content/places.yml."""

    def __init__(self, file: Path) -> None:
        self._nlp = spacy.blank("xx")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        entries: Mapping[str, Mapping[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for code, entry in entries.items():
            names = [plain(str(name)) for key in ("names", "people", "cities") for name in entry.get(key) or ()]
            self._matcher.add(code, [self._nlp.make_doc(name) for name in names])

    def __call__(self, text: str) -> str:
        """The text without places; the text itself where nothing else would be left."""
        text = clean(text)
        doc = self._nlp.make_doc(APOSTROPHE.sub(" ", fold_same_length(text)))
        spans = spacy.util.filter_spans([doc[start:end] for _, start, end in self._matcher(doc)])
        kept, at = [], 0
        for span in spans:
            kept.append(text[at : span.start_char])
            at = span.end_char
        kept.append(text[at:])
        bare = _EDGES.sub("", _SPACES.sub(" ", " ".join(kept))).strip()
        return bare if len(bare) > 2 else text


@lru_cache(maxsize=4)
def mask_of(file: Path) -> Mask:
    """The mask of a gazetteer, built once."""
    return Mask(file)


def passages(knowledge: Knowledge, mask: Mask) -> list[Passage]:
    """Every row, each owner's text once."""
    rows = dict.fromkeys(Passage(owner, mask(text), lang, kind) for owner, text, lang, kind in _texts(knowledge))
    return [row for row in rows if row.text]


def _texts(knowledge: Knowledge) -> Iterator[tuple[str, str, str, str]]:
    for fact in knowledge.facts.values():
        yield from _of_fact(fact)
    for service in knowledge.services.values():
        yield from _of_service(service)
    for need in knowledge.needs.values():
        yield from ((NEED + need.id, text, lang, "question") for lang, texts in need.questions.items() for text in texts)
    for gap in knowledge.gaps.values():
        yield from ((GAP + gap.id, text, lang, "question") for lang, texts in gap.questions.items() for text in texts)


def _of_fact(fact: Fact) -> Iterator[tuple[str, str, str, str]]:
    for lang, questions in fact.questions.items():
        yield from ((fact.id, question, lang, "question") for question in questions)
    for lang, answer in fact.answers.items():
        yield fact.id, answer[:ANSWER_CHARS], lang, "answer"
    for lang, name in fact.texts.get("name", {}).items():
        yield fact.id, name, lang, "name"


def _of_service(service: Service) -> Iterator[tuple[str, str, str, str]]:
    yield service.id, service.name, "", "name"
    for lang, purpose in service.purpose.items():
        yield service.id, purpose[:ANSWER_CHARS], lang, "answer"
