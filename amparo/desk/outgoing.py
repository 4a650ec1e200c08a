"""What a text of ours may hold before she reads it: no phone, link or handle that is not of the directory (DH-17).

The check reads through what hides a contact: dots, spaces or underscores between digits, short links, "instagram: name". Dates, hours
and amounts pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from amparo.core.errors import NotAllowed
from amparo.core.knowledge import Knowledge

TOP = "com|org|net|info|biz|io|me|co|gob|gov|edu|int|ly|gg|gl|xyz|app|link|site|online|page|chat|club|shop|store|dev|tk|tv|ee"
LINK = re.compile(
    rf"(?:https?://|www\.)[^\s<>\"']+"
    rf"|\b[\w-]+(?:\.[\w-]+)*\.(?:{TOP})(?:\.[a-z]{{2}})?\b(?:/[^\s<>\"']*)?"
    rf"|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{{2,}}/[^\s<>\"']+",
    re.I,
)
SPOKEN_LINK = re.compile(
    rf"\w\s*(?:\(\s*)?\b(?:punto|ponto|dot|point|pwen)\b(?:\s*\))?\s*(?:{TOP})\b|\w\s+\.\s*(?:{TOP})\b|\w\.\s+(?:{TOP})\s*/", re.I
)
HANDLE = re.compile(r"(?<![\w.])@\s?[A-Za-z0-9_.]{3,}|\b[\w.+-]+@[\w-]+\.[\w.-]+")
NETWORK = (
    r"(?:instagram|insta|ig|facebook|face|fb|tik\s?tok|telegram|tg|snapchat|snap|discord|twitter|signal|skype|messenger"
    r"|whats\s?app|wsp|wpp)"
)
CALLED = r"(?:usuario|usu[aá]ria|user(?:\s?name)?|nombre|nome|name|nom|non|cuenta|conta|account|compte|kont|perfil|profile|profil)"
NAMED = re.compile(
    rf"\b{NETWORK}(?:\s+(?:es|is|[eé]|est|se))?\s*[:=@]\s*(?P<a>[\w.-]{{3,}})"
    rf"|\b{NETWORK}\s+{CALLED}\b(?:\s+(?:es|is|[eé]|est|se))?\s*[:=]?\s*(?P<b>[\w.-]{{3,}})"
    rf"|\b(?:ig|insta|fb|tg)\s+(?P<c>[\w.-]{{3,}})"
    rf"|\b{NETWORK}\s+(?P<d>\w+[._\d][\w.]*)",
    re.I,
)
PLAIN_WORDS = frozenset(
    (
        "está esta tiene porque para que con como cuando aunque pero por del los las una este ese también pode para porque com não mas "
        "está também and the that with has was not but also because when est avec pour mais qui que pas aussi pou paske men tou "
        "sin sem sans without solo only seulement"
    ).split()
)
"""Words that go on after "her ig …" without naming anybody."""
SEPARATORS = r"[\s().\-/_·•*~|\\]|[,:](?=\d)"
NUMBER = re.compile(rf"\+?\d(?:(?:{SEPARATORS})*\d){{6,}}")
DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:(?:19|20)\d\d|\d\d))(?!\d)"
)
TIME = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3])[:.h][0-5]\d(?!\d)")
MONEY = re.compile(r"(?<![\d.,])\d{1,3}(?:[.,]\d{3}){1,2}(?:[.,]\d{1,2})?(?![\d])(?![.,]\d)")
CURRENCY = re.compile(r"(?:[$€£]|S/\.?|R\$|\b(?:USD|EUR|COP|CLP|MXN|BRL|PEN|DOP|HTG|VES|Bs)\.?)\s*$", re.I)
CURRENCY_AFTER = re.compile(
    r"^\s*(?:[$€£]|(?:USD|EUR|COP|CLP|MXN|BRL|PEN|DOP|HTG|VES|Bs)\b|(?:d[oó]lar|dollar|dola|euro|peso|sol(?:es)?\b|reais|real\b|gou?rd|bol[ií]var|lempira|quetzal|col[oó]n|guaran))",
    re.I,
)
MIN_DIGITS = 7
"""Shorter ones are emergency numbers, amounts, hours or ages."""
SPARE_DIGITS = 2
"""So many digits beside a date or an hour are a count ("24/11/2026, 2 people"), not the rest of a phone."""
SHARED = frozenset(
    (
        "wa.me t.me facebook.com m.facebook.com fb.com instagram.com twitter.com x.com youtube.com youtu.be tiktok.com linktr.ee bit.ly "
        "tinyurl.com discord.gg discord.com google.com docs.google.com forms.gle goo.gl"
    ).split()
)
"""Hosts on which anybody has a page: the whole address must be the directory's."""


@dataclass(frozen=True)
class Contacts:
    """What the directory and the facts name: digits of numbers, hosts, whole pages on shared hosts, addresses."""

    numbers: frozenset[str]
    hosts: frozenset[str]
    pages: frozenset[str]
    handles: frozenset[str]
    lines: tuple[str, ...] = ()  # several contacts in one field, inserted as they stand


def check(text: str, knowledge: Knowledge) -> None:
    """Raises NotAllowed("contact_not_in_directory") where the text leads her to somebody whom the organisation does not know."""
    known = _known(knowledge)
    plain = _plain(text)
    for line in known.lines:
        plain = plain.replace(line, " ; ")
    unknown = (
        any(not _link_known(link, known) for link in LINK.findall(_without(plain, HANDLE)))
        or SPOKEN_LINK.search(plain) is not None
        or any(handle.replace(" ", "").lower() not in known.handles for handle in HANDLE.findall(plain))
        or any(_names_somebody(found) for found in NAMED.finditer(_without(plain, LINK)))
        or _number_unknown(_without(plain, LINK), known)
    )
    if unknown:
        raise NotAllowed("contact_not_in_directory")


def _plain(text: str) -> str:
    """Compatibility forms resolved (full-width and keycap digits), invisible characters gone."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf" and char not in "\ufe0f\u20e3")


def _names_somebody(found: re.Match[str]) -> bool:
    name = next(value for value in found.groupdict().values() if value)
    return name.lower() not in PLAIN_WORDS and any(char.isalpha() for char in name)


def _number_unknown(text: str, known: Contacts) -> bool:
    return any(_leads_away(found, text, known) for found in NUMBER.finditer(text))


def _leads_away(found: re.Match[str], text: str, known: Contacts) -> bool:
    """What is left of a run of digits without dates, hours, amounts and the directory's own numbers is a phone of somebody else's."""
    run = found.group()
    if _same_number(_digits(run), known.numbers):
        return False
    money = _money(found, text)
    pieces = [piece for piece in re.split(r"\s+[/|·•]\s+", run) if not _same_number(_digits(piece), known.numbers)]
    rest = " / ".join(pieces)
    left = _digits(_without(MONEY.sub(" ", rest) if money else rest, DATE, TIME))
    if left == _digits(rest):
        return len(left) >= MIN_DIGITS
    return len(left) > SPARE_DIGITS


def _money(found: re.Match[str], text: str) -> bool:
    """An amount: grouped in threes, at most nine digits, and round or with a currency beside it."""
    amounts = MONEY.findall(found.group())
    named = CURRENCY.search(text[: found.start()]) or CURRENCY_AFTER.match(text[found.end() :])
    return bool(amounts) and all(named or re.search(r"(?:[.,]000|00)(?:[.,]\d\d?)?$", amount) for amount in amounts)


def _link_known(link: str, known: Contacts) -> bool:
    host = _host(link)
    if host in SHARED:
        return _page(link) in known.pages
    return any(host == one or host.endswith(f".{one}") for one in known.hosts)


def _without(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(" ; ", text)
    return text


def _same_number(digits: str, known: frozenset[str]) -> bool:
    """A number of the directory: the same, or the same with or without the country's code."""
    if digits in known:
        return True
    return len(digits) >= MIN_DIGITS and any(one.endswith(digits) or digits.endswith(one) for one in known if len(one) >= MIN_DIGITS)


_CACHE: list[tuple[Knowledge, Contacts]] = []


def _known(knowledge: Knowledge) -> Contacts:
    if _CACHE and _CACHE[0][0] is knowledge:
        return _CACHE[0][1]
    services = knowledge.services.values()
    fields = [n for s in services for n in (*(p.number for p in s.phones), *s.whatsapp, *s.sms)]
    numbers = {_digits(number) for field in fields for number in re.split(r"[;,/]", field)}
    pages = [page for page in (*(s.web for s in services), *(f.official_url for f in knowledge.facts.values())) if page]
    found = Contacts(
        frozenset(numbers - {""}),
        frozenset(_hosts(pages)),
        frozenset(map(_page, pages)),
        frozenset(h.lower() for s in services for h in HANDLE.findall(s.web)),
        tuple(_plain(s.web) for s in services if " " in s.web.strip()),
    )
    _CACHE[:] = [(knowledge, found)]
    return found


def _hosts(pages: Iterable[str]) -> set[str]:
    return {_host(page) for page in pages} - SHARED


def _page(link: str) -> str:
    return re.sub(r"^https?://", "", link.strip().lower()).removeprefix("www.").rstrip(".,;:)/")


def _host(link: str) -> str:
    return _page(link).split("/")[0].split("?")[0].rstrip(".,;:)")


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())
