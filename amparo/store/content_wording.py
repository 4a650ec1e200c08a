"""Wording that is not for the person who reads: names of our own entries, remarks of those who collected, letters that SMS lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from amparo.core.knowledge import Knowledge

_GSM = frozenset("@£$¥èéùìòÇØøÅåÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€")
_TOKEN = re.compile(r"(?<![\w./@-])[a-z0-9]+(?:[-_][a-z0-9]+)+(?![\w.@]*\w)")
REMARK = re.compile(
    r"from memory|\(memory\)|\bre-check\b|left out on purpose|\bthe writer\b|\bread in (?:a|the|an)\b|"
    r"\bde mem[oó]ria\b|se ley[oó] en|\bfo(?:i|ram) lid[oa]s?\b|de m[eé]moire|nan memwa",
    re.IGNORECASE,
)


def texts(knowledge: Knowledge) -> Iterator[tuple[str, str, str, str]]:
    """(folder, id, language, text) of everything that is read out of facts, services and signs."""
    for fact in knowledge.facts.values():
        for said in (fact.answers, fact.sms, *fact.texts.values()):
            yield from (("knowledge", fact.id, lang, text) for lang, text in said.items())
    for service in knowledge.services.values():
        for said in (service.purpose, service.note):
            yield from (("services", service.id, lang, text) for lang, text in said.items())
    for sign in knowledge.indicators.values():
        for said in (sign.name, sign.description, sign.advice):
            yield from (("", sign.id, lang, text) for lang, text in said.items())


def problems(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    """(folder, id, problem in plain words)."""
    ids = {*knowledge.facts, *knowledge.services, *knowledge.indicators}
    for folder, owner, lang, text in texts(knowledge):
        named = next((token for token in _TOKEN.findall(text) if token in ids), "")
        if named:
            yield folder, owner, f"the {lang} text names our entry {named}: write what the reader knows it by"
        remark = REMARK.search(text)
        if remark:
            yield folder, owner, f'the {lang} text has a remark that is not for the reader: "{remark.group()}"'
    for fact in knowledge.facts.values():
        for lang, text in fact.sms.items():
            foreign = sorted({char for char in text if ord(char) > 126 and char not in _GSM})
            if foreign:
                yield "knowledge", fact.id, f"the {lang} SMS text has letters that make it dear: {' '.join(foreign)}"
