"""Warnings of a helpline's note that may be missing in no language: who answers, what is passed on, what closed, and every number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from amparo.core.knowledge import Knowledge

CUES: Mapping[str, str] = {
    "police": r"polic|polis|\bpnc\b|carabiner|law enforcement|comisaria|delegacia",
    "immigration": r"migra|deport|depot|expuls|ekspils|papye|papier|asylum|azil|asil|refug",
    "closed": r"\bclos(?:ed|ing)|\bcerr(?:o|ad|ar)|\bfech(?:ou|ad|ar)|\bferm|\bfemen",
    "detains": r"\bdetain|\bdeten|\bdetien|\bdeter\b|\bdetem\b|\bprend|\bkenbe|\bdetans|\bpresas?\b|\bgardes?\b|\bestar en\b",
    "complaint": r"complaint|police report|denunc|denonc|denons|querella|quej|queix|boletim|plainte|plent|penal",
    "anonymous": r"anonym|anonim|give a name|\b(?:nombre|nome|nom)\b|(?<!-)\bnon\b(?!-)|sekre",
    "shared": r"\bshar|compart|\b(?:re)?pass?(?:e[drs]?n?|a|o|am|ou|ad[ao]s?|ent|an|arla|arse)?\b|transm"
    r"|partag|pataje|\bdonn|\bbay\b|\bvont?\b|[ck]olabor|collabor|cooper",
    "unconfirmed": r"confirm|konfime|verif|comprob|comprueb|compruev|confir|tcheke|on ne sait pas",
}
"""What a note warns of -> how the five languages say it (without accents, small letters)."""
LONG_NUMBER = re.compile(r"(?<!\d)\d[\d-]+\d(?!\d)")
"""A year or a telephone number; shorter ones may be written as words."""


def cues_of(text: str) -> frozenset[str]:
    """The warnings that a note gives."""
    flat = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return frozenset(name for name, pattern in CUES.items() if re.search(pattern, flat))


def problems(knowledge: Knowledge) -> Iterator[tuple[str, str, str]]:
    """(file of the country, id, what is missing): every language warns of what the English note warns of, with the same numbers."""
    for service in knowledge.services.values():
        source = service.note.get("en", "")
        for lang, text in service.note.items():
            if lang == "en":
                continue
            lost = sorted(cues_of(source) - cues_of(text))
            lost += sorted(set(LONG_NUMBER.findall(source)) ^ set(LONG_NUMBER.findall(text)))
            if lost:
                yield service.country, service.id, f"note.{lang} does not agree with note.en: {', '.join(lost)}"
