"""`amparo content check`: what is wrong in content/, with file, line and the problem in plain words."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import phonenumbers

from amparo.core.answering import MAX_SENTENCES, sentences_of
from amparo.core.knowledge import Fact, Knowledge, Service
from amparo.core.model import LANGUAGES
from amparo.core.practice import problems as script_problems
from amparo.store import content_files, content_schema, content_warnings, content_wording, knowledge_files, phrase_files, training_files
from amparo.store.yaml_files import ContentError, line_of, read

AMOUNT = re.compile(
    r"(?:US\$|R\$|S/\.?|RD\$|C\$|€|£)\s?\d|\b\d[\d.,]*\s?(?:USD|EUR|COP|CLP|MXN|BRL|dollars?|dólares|euros?|pesos|soles|reais|lempiras)\b"
)
LINK = re.compile(r"https?://\S+")
NUMBER = re.compile(r"\d[\d.,/:-]*\d|\d")
SHORT = re.compile(r"^\*?\d{2,6}$")
LEAD = 60
MAX_SEGMENTS = 3
LATER = ("imminent", "attack", "service_police", "service_immigration", "service_complaint", "service_kind_", "service_now")
"""Keys that may name such words: emergency numbers, and fragments that never begin a message."""


@dataclass(frozen=True)
class Problem:
    """One finding. `line` is 1-based."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def check(root: Path) -> list[Problem]:
    """Everything that is wrong; an empty list where all is well."""
    try:
        messages = content_files.load_messages(root)
        content_files.load_helpline(root / "helpline.yml")
        phrase_files.exact_words(root)
        phrase_files.languages(root)
        knowledge_files.check_lookups(root)
        knowledge = knowledge_files.load(root)
        people, words = training_files.load_people(root / "training"), training_files.load_words(root / "training")
    except ContentError as error:
        return [Problem(error.file, error.line, error.problem)]
    found = [*_messages(root, messages), *_lock_screen(root, messages)]
    found += _codewords(root)
    for key, person in people.items():
        wrong = script_problems(person, list(words.tips), LANGUAGES)
        found += [Problem(root / "training" / f"{key}.yml", 1, text) for text in wrong]
    found += [*_facts(root, knowledge), *_services(root, knowledge), *_phrases(root)]
    return [*found, *_shapes(root), *_short_texts(root, knowledge), *_wording(root, knowledge)]


def _shapes(root: Path) -> Iterator[Problem]:
    """Every file against the schema of its kind (content/schemas)."""
    import jsonschema

    validators = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in content_schema.SCHEMAS.items()}
    for path in sorted(root.rglob("*.yml")):
        kind = content_schema.kind_of(path, root)
        for error in validators[kind].iter_errors(_dates_written(read(path))) if kind else ():
            where = _place(error)
            yield Problem(path, line_of(path, where) if where else 1, f"{where or kind}: {error.message[:160]}")


def _dates_written(data: Any) -> Any:
    """The data with dates as text: an editor may write 2027-02-22 with or without quotes."""
    if isinstance(data, Mapping):
        return {key: _dates_written(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_dates_written(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


def _place(error: Any) -> str:
    """The id of the entry in which the schema found something, else its key."""
    steps = list(error.absolute_path)
    return str(steps[-1]) if steps and isinstance(steps[-1], str) else ""


def _short_texts(root: Path, knowledge: Knowledge) -> Iterator[Problem]:
    """SMS texts fit three GSM-7 segments with the longest honest line; answers have at most five sentences."""
    for fact in knowledge.facts.values():
        for lang, text in fact.sms.items():
            if segments(text) > MAX_SEGMENTS - 1:
                yield _at(root / "knowledge", fact.id, f"the {lang} SMS text leaves no room for source and year in {MAX_SEGMENTS} segments")
        for lang, text in fact.answers.items():
            if len(sentences_of(text)) > MAX_SENTENCES:
                yield _at(root / "knowledge", fact.id, f"the {lang} answer has more than {MAX_SENTENCES} sentences")


def _wording(root: Path, knowledge: Knowledge) -> Iterator[Problem]:
    for folder, owner, text in content_wording.problems(knowledge):
        yield _at(root / folder if folder else root, owner, text)
    for country, owner, text in content_warnings.problems(knowledge):
        yield _at(root / "services" / f"{country}.yml", owner, text)


def segments(text: str) -> int:
    """GSM-7 segments of a text whose accents are written without them where GSM-7 has no such letter; 1 to 160, then 153 each."""
    length = len(text)
    return 1 if length <= 160 else -(-length // 153)


def _messages(root: Path, messages: dict[str, dict[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    """The same keys, placeholders and choices in every language."""
    first = messages[LANGUAGES[0]]
    for lang in LANGUAGES:
        path = root / "messages" / f"{lang}.yml"
        for key in sorted(set(first) - set(messages[lang])):
            yield Problem(path, 1, f"{key} is missing")
        for key, entry in messages[lang].items():
            other = first.get(key)
            where = line_of(path, f"{key}:")
            if other is None:
                yield Problem(path, where, f"{key} exists in no other language")
                continue
            if _fields(entry) != _fields(other):
                yield Problem(path, where, f"{key}: the placeholders differ from {LANGUAGES[0]}")
            if _tokens(entry) != _tokens(other):
                yield Problem(path, where, f"{key}: the choices differ from {LANGUAGES[0]}")


def _fields(entry: Mapping[str, Any]) -> set[str]:
    text = str(entry["text"])
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _tokens(entry: Mapping[str, Any]) -> list[str]:
    return [str(token) for token, _ in entry.get("buttons") or ()]


def _lock_screen(root: Path, messages: dict[str, dict[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    """The first 60 characters can be read on a locked screen (DH-9); only an emergency number may break it."""
    for lang in LANGUAGES:
        words = [str(word) for word in read(root / "safety" / f"{lang}.yml").get("lock_screen") or ()]
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b") if words else None
        path = root / "messages" / f"{lang}.yml"
        for key, entry in messages[lang].items():
            lead = _plain(str(entry["text"]))[:LEAD]
            hit = pattern.search(lead) if pattern and not key.startswith(LATER) else None
            if hit:
                yield Problem(path, line_of(path, f"{key}:"), f"{key}: «{hit.group()}» would be read on a locked screen")


def _plain(text: str) -> str:
    import unicodedata

    lowered = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in lowered if not unicodedata.combining(c))


def _facts(root: Path, knowledge: Knowledge) -> Iterator[Problem]:
    for fact in knowledge.facts.values():
        path = root / "knowledge"
        for lang, text in fact.answers.items():
            if AMOUNT.search(text):
                yield _at(path, fact.id, f"an amount of money stands in the {lang} text: put it into fields")
            missing = {name for _, name, _, _ in string.Formatter().parse(text) if name} - set(fact.fields)
            if missing:
                yield _at(path, fact.id, f"{{{sorted(missing)[0]}}} of the {lang} text has no field")
        yield from _same_numbers(path, fact)
        if not fact.source_url and fact.basis == "source":
            yield _at(path, fact.id, "has no source")
        if fact.review_by is None:
            yield _at(path, fact.id, "has no review date")


def _same_numbers(path: Path, fact: Fact) -> Iterator[Problem]:
    """Links and placeholders are the same in every language."""
    first = next(iter(fact.answers.values()), "")
    for lang, text in fact.answers.items():
        if set(LINK.findall(text)) != set(LINK.findall(first)):
            yield _at(path, fact.id, f"the links of the {lang} text differ")
        if set(re.findall(r"\{\w+\}", text)) != set(re.findall(r"\{\w+\}", first)):
            yield _at(path, fact.id, f"the placeholders of the {lang} text differ")


def _services(root: Path, knowledge: Knowledge) -> Iterator[Problem]:
    for service in knowledge.services.values():
        for phone in service.phones:
            if problem := _phone(service, phone.number, phone.short):
                yield _at(root / "services", service.id, problem)
        if not service.source_url:
            yield _at(root / "services", service.id, "has no source")


def _phone(service: Service, number: str, short: bool) -> str:
    if SHORT.match(number.replace(" ", "")):
        return "" if short else f"{number} is a short code: mark it short: true"
    region = service.country if len(service.country) == 2 else None
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return "" if _toll_free(number) else f"{number} is no phone number"
    return "" if phonenumbers.is_possible_number(parsed) or _toll_free(number) else f"{number} is no number of {service.country}"


def _toll_free(number: str) -> bool:
    """Toll-free and star numbers that only exist inside their country."""
    digits = re.sub(r"\D", "", number)
    return 3 <= len(digits) <= 13


def _phrases(root: Path) -> Iterator[Problem]:
    """Every language has each kind of exact word."""
    for lang in LANGUAGES:
        for folder, kinds in (
            ("safety", ("presence", "danger", "suicide")),
            ("languages", ("agree", "refuse", "exit", "human", "help_cry")),
        ):
            path = root / folder / f"{lang}.yml"
            data = read(path)
            for kind in kinds:
                if not data.get(kind):
                    yield Problem(path, 1, f"{kind} is empty")


def _codewords(root: Path) -> Iterator[Problem]:
    """Enough everyday words for a case code, none of which means something else here (DH-24)."""
    path, exact = root / "codewords.yml", phrase_files.exact_words(root)
    lists = content_files.load_codewords(path)
    for lang in LANGUAGES:
        words = set(lists.get(lang, ()))
        if len(words) < 60:
            yield Problem(path, line_of(path, f"{lang}:"), f"{len(words)} words of {lang}: at least 60 are needed")
        for word in sorted(words):
            if exact.match(word) is not None:
                yield Problem(path, line_of(path, f"{lang}:"), f"{word} has a meaning of its own here")


def _at(folder: Path, identifier: str, text: str) -> Problem:
    for path in sorted(folder.rglob("*.yml")):
        line = line_of(path, f"id: {identifier}")
        if line > 1 or f"id: {identifier}" in path.read_text(encoding="utf-8"):
            return Problem(path, line, f"{identifier}: {text}")
    return Problem(folder, 1, f"{identifier}: {text}")


def main(root: Path) -> int:
    """Prints findings; exit code 1 where there are any."""
    problems = check(root)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in {root}" if problems else f"{root}: all well")
    return 1 if problems else 0
