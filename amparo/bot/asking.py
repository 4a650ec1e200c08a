"""From an understood message and the dialogue's memory to a question: places and roles, follow-ups, two countries to compare."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from amparo.bot.features import plain
from amparo.core import answering
from amparo.core.answering import Query
from amparo.core.knowledge import Knowledge
from amparo.core.model import Entity, Topic, Understanding

ASPECTS: Mapping[str, tuple[str, ...]] = {
    "time": (
        *("cuanto demora", "cuanto tarda", "cuanto tiempo", "demora", "tarda", "quanto demora", "quanto tempo", "how long", "take long"),
        *("combien de temps", "ca prend combien", "ki dire", "konbyen tan", "konbyen jou"),
    ),
    "cost": (
        *("cuanto cuesta", "cuanto sale", "cuanto vale", "cuanto es", "es gratis", "quanto custa", "quanto e", "e gratis", "how much"),
        *(
            "is it free",
            "the cost",
            "combien ca coute",
            "ca coute",
            "c'est gratuit",
            "konbyen kob",
            "konbyen sa koute",
            "se gratis",
            "konbyen li koute",
        ),
    ),
    "papers": (
        *("que papeles", "que documentos", "que piden", "que necesito", "quais documentos", "que documentos", "o que pedem", "what papers"),
        *("which documents", "what documents", "what do i need", "quels papiers", "quels documents", "ki papye", "ki dokiman"),
    ),
}
"""What a follow-up asks of the fact before it."""
ASPECT_WORDS = 7
OWN_WORD_LETTERS = 2
"""A longer word that says no more than "it" stands in LEANING; any other one names a thing of its own."""
LEANING = frozenset(
    "todo toda total esto esta este eso tramite tramites proceso papel papeles documento documentos para sacar sacarlo tener hacer hacerlo "
    "pagar tengo debo necesito mas menos tambien entonces pero salir isso isto esse essa tudo tramite processo papeis documentos tirar "
    "fazer pagar tenho preciso demora tarda does take will that this have need with from cost costs long much process paper papers "
    "document documents required about dure duree cela tout faut faire pour avoir papiers demarche demarches payer temps prend "
    "los las del una uno por que con sin son ese esa hay muy ahi eso aqui alla mas dia dias the for and you get can has how its per day "
    "days all any one ele ela dos das uma com sem les des une pas est son qui sur ils ele ela ici kap pou nan yon jou mwa sou "
    "koute pran tout pou fe papye dokiman peye demach bagay ladan".split()
)
THING_BEFORE = re.compile(
    r"\b(?:visas?|viza|vistos?|hopital|hospital|lopital|embajada|embaixada|ambassade|anbasad|consulado|consulat|konsila|ley|lei|loi|lwa|"
    r"frontera|fronteira|frontiere|residencia|residence|escuela|ecole)\s+$"
)
FROM_BEFORE = re.compile(r"\b(?:desde|depuis|depi|from|soti|sot)(?:\s+(?:la|el|nan))?\s+$")
CONTRAST = re.compile(r"\b(?:o|u|ou|or|oswa|vs|versus|que|y|e|and|et|ak)\b")
BETWEEN_WORDS = 4


def query_of(understood: Understanding, topic: str | None = None, where_now: str = "") -> Query:
    """The question as her own sentence tells it. `topic`: instead of the understood one."""
    places = [e for e in understood.entities if e.kind in ("country", "city")]
    people = [e for e in understood.entities if e.kind == "nationality"]
    things = [e for e in people if THING_BEFORE.search(plain(understood.text[: e.start]))]  # "an American visa" is about the country
    if any(e.role == "destination" for e in places):  # "to Colombia from Venezuela" is a question about Colombia
        places = [e for e in places if e.role or not FROM_BEFORE.search(plain(understood.text[: e.start]))]
    origins = [e.value for e in understood.entities if e.role == "origin" and e not in things]
    named = [e.value for e in places if e.role in ("", "destination", "where_now")]
    if len({e.value for e in people}) > 1 or named or not things:
        named += [e.value for e in things]
    else:
        origins += [e.value for e in things]
    if understood.topic is Topic.SERVICES and not named:
        named = [e.value for e in places]  # a helpline is asked for the only place that is named
    return Query(
        text=understood.text,
        lang=understood.lang,
        topic=understood.topic.value if topic is None else topic,
        where_now=where_now,
        destination=next((e.value for e in places if e.role == "destination"), ""),
        named=tuple(dict.fromkeys(named)),
        nationality=origins[0] if origins else "",
    )


def remembered(understood: Understanding, slots: Mapping[str, Any], knowledge: Knowledge, where_now: str = "") -> Query:
    """The question with what the dialogue remembers: an open question, the fact before, the country, the nationality."""
    query = query_of(understood, where_now=where_now)
    query = replace(query, nationality=query.nationality or str(slots.get("nationality") or ""), last=tuple(slots.get("last_facts") or ()))
    open_question = slots.get("candidates")
    if slots.get("pending") == "which_country" and isinstance(open_question, Mapping) and query.named and len(query.text.split()) <= 4:
        return replace(query, text=str(open_question.get("text") or query.text), topic=str(open_question.get("topic") or query.topic))
    if answering.is_follow_up(query) and query.last:
        fact = knowledge.facts.get(query.last[0])
        if fact is not None:
            about = fact.questions.get(query.lang) or fact.questions.get("en") or ("",)
            named = query.named or ((fact.country,) if fact.country != answering.REGIONAL else ())
            return replace(query, text=f"{about[0]} {query.text}", named=named, topic=fact.topic)
    previous = str(slots.get("destination") or "")
    return replace(query, named=(previous,)) if previous and not query.named else query


def aspect_of(query: Query, said: str) -> str:
    """time, cost or papers, where a short follow-up asks that of the last answer; '' otherwise.

    A question that names a thing of its own ("how much is a passport") is no follow-up: it would be answered with the wrong price.
    """
    folded = plain(said)
    if not query.last or len(folded.split()) > ASPECT_WORDS:
        return ""
    for name, phrases in ASPECTS.items():
        found = max((phrase for phrase in phrases if phrase in folded), key=len, default="")
        if found:
            rest = re.findall(r"\w+", folded.replace(found, " ", 1))
            own = [word for word in rest if len(word) > OWN_WORD_LETTERS and word not in LEANING]
            return "" if own else name
    return ""


def compared(understood: Understanding) -> tuple[str, ...]:
    """The two countries that she holds against each other ("en Chile o en Perú"), else ()."""
    places = [e for e in understood.entities if e.kind in ("country", "city") and e.role != "origin"]
    for one, other in itertools.pairwise(places):
        if one.value != other.value and _contrasted(understood.text, one, other):
            return one.value, other.value
    return ()


def _contrasted(text: str, one: Entity, other: Entity) -> bool:
    between = plain(text[one.end : other.start])
    return len(between.split()) <= BETWEEN_WORDS and bool(CONTRAST.search(between))
