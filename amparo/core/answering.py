"""From a question and its nearest facts to a decision, and from a fact to the text she reads. Nothing here invents: every number,
link and phone of an answer is a field or a sentence of content/.

Decision: answer one fact, ask which of two or three, or say that we do not know. Thresholds are measured on our own questions
(tests/benchmark/questions) and stand in `Cuts`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from amparo.core.knowledge import Amount, Fact, text_in

REGIONAL = "XX"
MAX_SENTENCES = 5
SHORT_SENTENCES = 2
SMS_CHARS = 3 * 153
"""Characters of three GSM-7 segments."""


@dataclass(frozen=True)
class Query:
    """What is asked. Countries are ISO codes or ''. `last`: ids of the facts that the last answer stood on."""

    text: str
    lang: str
    topic: str = ""
    where_now: str = ""
    destination: str = ""
    named: tuple[str, ...] = ()
    nationality: str = ""
    last: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """A candidate: a fact's or a service's id or need:<id>. `score`: probability 0..1 that it answers."""

    fact_id: str
    score: float


@dataclass(frozen=True)
class Cuts:
    """Where the decision cuts. `answer` and `clarify`: how sure it must be that the best one answers; `contender`: the least score
    that is worth asking about; `least`: the least one that is an answer; `close`: the share of the best score from which two countries'
    facts are alternatives."""

    answer: float = 0.48
    clarify: float = 0.40
    contender: float = 0.05
    least: float = 0.1
    close: float = 0.25


@dataclass(frozen=True)
class Decision:
    """`kind`: answer, clarify or abstain; `fact_ids`: best first."""

    kind: str
    fact_ids: tuple[str, ...] = ()


def decide(hits: Sequence[Hit], known: float, cuts: Cuts, may_clarify: bool = True) -> Decision:
    """The decision over ranked candidates. `known`: how sure it is that the best one answers; after one clarifying question
    `may_clarify` is False."""
    if not hits or known < cuts.clarify:
        return Decision("abstain")
    if known >= cuts.answer and hits[0].score >= cuts.least:
        return Decision("answer", tuple(hit.fact_id for hit in hits[:3]))
    close = [hit.fact_id for hit in hits[:3] if hit.score >= cuts.contender]
    if not may_clarify:
        return Decision("abstain")
    return Decision("clarify", tuple(close)) if len(close) > 1 else Decision("abstain")


FOLLOW_STARTS: Mapping[str, tuple[str, ...]] = {
    "es": ("y ", "e ", "pero ", "entonces ", "tambien ", "y si ", "y para "),
    "pt": ("e ", "mas ", "entao ", "e se ", "e pra "),
    "en": ("and ", "but ", "so ", "what about ", "how about ", "also "),
    "fr": ("et ", "mais ", "alors ", "donc ", "et pour "),
    "ht": ("e ", "epi ", "men ", "alo ", "e pou ", "ak "),
}
FOLLOW_WORDS = 8


def is_follow_up(query: Query) -> bool:
    """True where a short question leans on the answer before it ("y cuánto demora?", "e pra criança?")."""
    folded = query.text.lower().lstrip("¿ ")
    starts = FOLLOW_STARTS.get(query.lang, ())
    return bool(query.last) and len(folded.split()) <= FOLLOW_WORDS and folded.startswith(starts)


# --- rendering -------------------------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def sentences_of(text: str) -> list[str]:
    """The sentences of an answer; a word alone at its beginning ("No.") counts with what follows."""
    found = [part for part in _SENTENCE.split(text.strip()) if part]
    return [f"{found[0]} {found[1]}", *found[2:]] if len(found) > 1 and len(found[0].split()) == 1 else found


def money(amount: Amount, lang: str) -> str:
    """An amount as people write it there: 41,90 PEN in Spanish, 41.90 PEN in English."""
    whole, _, cents = f"{amount.amount:,.2f}".partition(".")
    separator, point = (",", ".") if lang in ("en", "ht") else (".", ",")
    number = whole.replace(",", separator) if int(amount.amount) >= 10_000 else whole.replace(",", "")
    return f"{number}{point + cents if cents != '00' else ''} {amount.currency}"


@dataclass(frozen=True)
class Lines:
    """The fixed phrases around a fact, in her language (content/messages keys `fact_*`)."""

    free: str
    cost: str
    cost_year: str
    withheld: str
    checked: str
    page_dated: str
    not_checked: str
    unsure: str
    closed: str


def answer_text(fact: Fact, lang: str, chain: tuple[str, ...], today: date, lines: Lines, short: bool = False, lead: str = "") -> str:
    """The fact as she reads it: at most five sentences, then the honest line on source, year and who checked it.

    `short`: the channel counts segments (SMS): the fact's own SMS text where it has one, else its first two sentences, in what room a
    neutral `lead` leaves.
    """
    text, said_in = text_in(fact.sms if short and fact.sms.get(lang) else fact.answers, chain)
    if fact.stale(today):
        sentences = [lines.withheld]
    else:
        text = _PLACEHOLDER.sub(lambda m: money(fact.fields[m.group(1)], said_in), text) if fact.fields else text
        sentences = sentences_of(text)[: SHORT_SENTENCES if short else MAX_SENTENCES]
    closed = lines.closed if fact.status == "closed" else ""
    rest = [closed, cost_line(fact, lang, today, lines), honest_line(fact, lines, short)]
    if short:
        room = SMS_CHARS - sum(len(part) + 1 for part in (lead, *rest) if part)
        while len(sentences) > 1 and len(" ".join(sentences)) > room:
            sentences.pop()
        if len(sentences[0]) > room:
            rest[-1] = honest_line(fact, lines, short, host=True)
    return "\n".join(part for part in (lead, " ".join(sentences), *rest) if part)


def cost_line(fact: Fact, lang: str, today: date, lines: Lines, repeat: bool = False) -> str:
    """The official cost with currency and year, or that it is free; never a stale amount, and twice only where `repeat`."""
    if fact.cost == "free":
        return lines.free
    if not isinstance(fact.cost, Amount) or fact.stale(today):
        return ""
    if not repeat and any(abs(f.amount - fact.cost.amount) < 1e-6 for f in fact.fields.values()):
        return ""
    line = lines.cost_year if fact.cost.year else lines.cost
    return line.format(cost=money(fact.cost, lang), year=fact.cost.year)


def honest_line(fact: Fact, lines: Lines, short: bool, host: bool = False) -> str:
    """Who checked it and where to confirm; low confidence and memory always say so. `host`: only the site, for want of room."""
    link = fact.official_url or fact.source_url
    link = link if link.startswith("http") else ""
    link = "/".join(link.split("/")[:3]) if host else link
    if fact.verified_on is not None:
        said = lines.checked.format(date=fact.verified_on.isoformat(), link=link)
    elif fact.basis == "memory" or fact.confidence == "low":
        said = lines.unsure.format(link=link)
    elif year_of(fact.source_seen or "") and not (short and host):
        said = lines.page_dated.format(seen=year_of(fact.source_seen or ""), link=link)
    else:
        said = lines.not_checked.format(link=link)
    return said.rstrip(" :")


def year_of(seen: str) -> str:
    """The date or the years of a `source_seen` note: "undated page, about 2022-2023" -> "2022-2023"; '' without one."""
    dated = re.search(r"\d{4}-\d{2}-\d{2}|(?:19|20)\d{2}(?:\s?[-/]\s?(?:19|20)?\d{2})?", seen)
    return dated.group() if dated else ""
