"""Countries, nationalities, cities, money, ages and times in a sentence, with the role a country plays in it.

spaCy blank pipeline and PhraseMatcher; the gazetteer stands in content/places.yml (names, demonyms, cities). where_now, destination
and origin are three things and are never filled from one another (DH-2): a role is given only where the sentence says it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import spacy
import yaml
from babel import Locale
from spacy.matcher import PhraseMatcher

from amparo.bot.features import plain
from amparo.core.model import Entity

MAX_CHARS = 2000
EVERYDAY = frozenset({"gana", "chade", "mali", "jersey", "georgia", "togo", "omã", "jordan", "niger"})
"""Country names that are everyday words in another of our languages ("cuánto gana")."""
NO_COUNTRY = frozenset({"EU", "UN", "EZ", "XA", "XB", "ZZ", "QO", "XF", "XK"})
APOSTROPHE = re.compile("['’ʼ`]")
FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
MONEY = re.compile(
    r"(?<!\w)(?:(?:us\$|r\$|s/\.?|rd\$|\$|€)\s?\d[\d.,]*|\d[\d.,]*\s?(?:mil\s)?"
    r"(?:dolares?|dollars?|dola|usd|euros?|pesos?|soles|reais|real|gourdes?|goud|lempiras?|quetzales?|colones|bolivianos|lukas?))\b"
)
AGE = re.compile(
    r"\b(?:tengo|tiene|tenho|tem|cumpli|de|i am|i'm|im|she is|shes|she's|aged?|j'?ai|elle a|gen|mwen gen|li gen)\s+(\d{1,2})\s*"
    r"(?:anos|anitos|ano|years?|yrs?|yo|ans|an|lane|ane)?\b"
)
AGE_STRICT = re.compile(r"\b(\d{1,2})\s*(?:anos|anitos|years? old|yrs old|ans|an|lane|ane)\b")
TIME = re.compile(
    r"\b(?:hoy|esta noche|ahorita|ahora|manana|hoje|agora|amanha|essa noite|today|tonight|now|tomorrow|aujourd'?hui|ce soir|maintenant|"
    r"demain|jodi a|aswe a|kounye ?a|demen)\b"
)
_HERE = (
    "estoy estamos vivo vivimos llegue llegamos quede to estou moro moramos cheguei am im we're are living live stuck suis est habite "
    "jhabite sommes rete viv aqui aca here ici isit"
).split()
_TO = (
    "ir irme irnos voy vamos viajar viajo entrar llegar mudarme migrar emigrar pasar rumbo hacia go going travel traveling move moving "
    "enter get aller partir entrer voyager ale pati antre vwayaje visa visado visto viza visas chegar viajo ingresar cruzar"
).split()
_LINK = (
    r"(?:\s+(?:a|al|en|no|na|em|in|au|aux|nan|para|pra|por|to|into|through|de|del|do|da|pour|pou|the|la|el|las|los|o|le|ac[aá]|bien))*\s+$"
)
BEFORE_HERE = re.compile(
    rf"\b(?:{'|'.join(_HERE)}){_LINK}|\b(?:m|mwen|li|nou|mwen la)\s+nan\s+$|\b(?:esta|she is|elle est)\s+(?:en|in)\s+$"
)
BEFORE_TO = re.compile(rf"\b(?:{'|'.join(_TO)})(?:\s+\w+)?{_LINK}|\b(?:para|pra|hacia)\s+$")
BEFORE_FROM = re.compile(
    r"\b(?:soy|somos|vengo|venimos|vine|sou|venho|vim|from|suis|viens|sot|soti|moun)(?:\s+(?:de|da|do|del|from|nan|la))*\s+$"
)


PEOPLE_BEFORE = re.compile(
    r"\b(?:soy|somos|siendo|sou|somos|i'?m|am|suis|je suis|une?|una|uma|mujer|mulher|chica|amiga|esposa|persona)\s+$"
)


class Places:
    """Finds entities. `folder`: the content folder."""

    def __init__(self, file: Path) -> None:
        self._nlp = spacy.blank("xx")
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        self._values: dict[str, tuple[str, str]] = {}
        self._add_world()
        for code, entry in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
            self._add(code, "country", entry.get("names") or ())
            self._add(code, "nationality", entry.get("people") or ())
            self._add(code, "city", entry.get("cities") or ())

    def _add_world(self) -> None:
        """Every country's name in four languages (Babel): a question about Japan is not answered with Peru's fact."""
        for language in ("es", "pt", "en", "fr"):
            for code, name in Locale.parse(language).territories.items():
                if plain(name) in EVERYDAY or code in NO_COUNTRY:
                    continue
                if len(code) == 2 and code.isalpha():
                    self._add(code, "country", [name])

    def _add(self, code: str, kind: str, names: Any) -> None:
        docs = [self._nlp.make_doc(plain(str(name))) for name in names]
        label = f"{kind}:{code}"
        if docs:
            self._matcher.add(label, docs)
            self._values[label] = (kind, code)

    def find(self, text: str) -> tuple[Entity, ...]:
        """Entities in order; offsets are those of `text`."""
        text = text[:MAX_CHARS]
        folded = fold_same_length(text)
        found = [*self._named(text, folded), *self._patterns(text, folded), *self._flags(text)]
        return tuple(sorted(found, key=lambda e: (e.start, -e.end)))

    def _named(self, text: str, folded: str) -> list[Entity]:
        doc = self._nlp.make_doc(APOSTROPHE.sub(" ", folded))
        spans = spacy.util.filter_spans([doc[s:e] for _, s, e in self._matcher(doc)])
        matches = [(self._nlp.vocab.strings[label], s, e) for label, s, e in self._matcher(doc)]
        labels = {(s, e): label for label, s, e in matches}
        lands = {(s, e, self._values[label][1]) for label, s, e in matches if self._values[label][0] == "country"}
        found = []
        for span in spans:
            kind, code = self._values[labels[(span.start, span.end)]]
            if kind == "nationality" and (span.start, span.end, code) in lands and not PEOPLE_BEFORE.search(folded[: span.start_char]):
                kind = "country"  # "argentina" is a country and a woman from there
            role = _role(folded[: span.start_char], kind)
            found.append(Entity(kind, code, text[span.start_char : span.end_char], span.start_char, span.end_char, role))
        return found

    def _patterns(self, text: str, folded: str) -> list[Entity]:
        found = []
        for kind, pattern in (("money", MONEY), ("time", TIME)):
            for m in pattern.finditer(folded):
                found.append(Entity(kind, m.group().strip(), text[m.start() : m.end()], m.start(), m.end()))
        for pattern in (AGE, AGE_STRICT):
            for m in pattern.finditer(folded):
                if 3 <= int(m.group(1)) <= 99 and not any(e.kind == "age" and e.start == m.start(1) for e in found):
                    found.append(Entity("age", m.group(1), text[m.start(1) : m.end(1)], m.start(1), m.end(1)))
        return found

    def _flags(self, text: str) -> list[Entity]:
        found = []
        for m in FLAG.finditer(text):
            code = "".join(chr(ord(c) - 0x1F1E6 + 65) for c in m.group())
            found.append(Entity("country", code, m.group(), m.start(), m.end()))
        return found


def _role(before: str, kind: str) -> str:
    """What the words before a place say about it; '' where they say nothing."""
    if kind == "nationality":
        return "origin"
    tail = before[-60:]
    for role, pattern in (("origin", BEFORE_FROM), ("where_now", BEFORE_HERE), ("destination", BEFORE_TO)):
        if pattern.search(tail):
            return role
    return ""


def fold_same_length(text: str) -> str:
    """Lower case without accents, character by character, so that offsets stay those of `text`."""
    folded = []
    for char in text:
        simple = plain(char)
        folded.append(simple if len(simple) == 1 else char)
    return "".join(folded)
