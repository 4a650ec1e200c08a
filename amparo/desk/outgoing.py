"""What a counselor's text may hold: no phone, link or handle that is not of the directory (DH-17); a neutral opener after a gap (DH-12)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from amparo.core.errors import NotAllowed
from amparo.core.knowledge import Knowledge

LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"']+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|io|me|co|gob|gov|edu)(?:\.[a-z]{2})?\b(?:/\S*)?", re.I
)
HANDLE = re.compile(r"(?<![\w.])@[A-Za-z0-9_.]{3,}|\b[\w.+-]+@[\w-]+\.[\w.-]+")
NUMBER = re.compile(r"\+?\d[\d\s().\-/]{5,}\d")
DATE = re.compile(r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b")
MONEY = re.compile(r"\b\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?\b")
TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b")
MIN_DIGITS = 7
"""Shorter ones are emergency numbers, amounts, hours or ages."""


def check(text: str, knowledge: Knowledge) -> None:
    """Raises NotAllowed("contact_not_in_directory") where the text leads her to somebody whom the organisation does not know."""
    known = _known(knowledge)
    for link in LINK.findall(_without(text, HANDLE)):
        if not any(_host(link) == host or _host(link).endswith(f".{host}") for host in known[1]):
            raise NotAllowed("contact_not_in_directory")
    if any(handle.lower() not in known[2] for handle in HANDLE.findall(text)):
        raise NotAllowed("contact_not_in_directory")
    for number in NUMBER.findall(_without(text, DATE, MONEY, TIME, LINK)):
        digits = _digits(number)
        if len(digits) >= MIN_DIGITS and not _same_number(digits, known[0]):
            raise NotAllowed("contact_not_in_directory")


def _without(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(" · ", text)
    return text


def _same_number(digits: str, known: frozenset[str]) -> bool:
    """The same with or without the country's code: the last seven digits and one being the end of the other."""
    return any(one.endswith(digits) or digits.endswith(one) for one in known if len(one) >= MIN_DIGITS)


_CACHE: list[tuple[Knowledge, tuple[frozenset[str], frozenset[str], frozenset[str]]]] = []


def _known(knowledge: Knowledge) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """(digits of numbers, hosts, addresses) of the directory and of the facts' own pages."""
    if _CACHE and _CACHE[0][0] is knowledge:
        return _CACHE[0][1]
    services = knowledge.services.values()
    numbers = {_digits(n) for s in services for n in (*(p.number for p in s.phones), *s.whatsapp, *s.sms)}
    pages = [s.web for s in services] + [f.official_url for f in knowledge.facts.values()]
    found = (frozenset(numbers), frozenset(_hosts(pages)), frozenset(h.lower() for s in services for h in HANDLE.findall(s.web)))
    _CACHE[:] = [(knowledge, found)]
    return found


def _hosts(pages: Iterable[str]) -> set[str]:
    return {_host(page) for page in pages if page}


def _host(link: str) -> str:
    plain = re.sub(r"^https?://", "", link.strip().lower()).removeprefix("www.")
    return plain.split("/")[0].split("?")[0].rstrip(".,;:)")


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
