"""Prepared people with whom a new counselor practises: scripts as data, and what they hear in what she writes.

A person says the lines of a beat, one after the other, then listens. The first rule of the beat that fits what the counselor wrote
decides what the person says next, what the counselor is told about her own words, and which beat follows. Nothing here understands
a text: rules are word lists, so that the same words always get the same reaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from amparo.core.phrases import tokens

CHANNEL = "sim-practice"
"""The channel of every practice talk; whatever counts or alarms leaves it out."""

LISTED = ("blame", "promise", "identity", "confirms")
"""Rules that are word lists of content/training/words.yml."""
RULES = ("quiet", "reveals", *LISTED, "opener", "open_question", "closed_question", "any")
"""What a rule may listen for: the button *She cannot talk*, a word of the locked-screen list, a word list, a neutral opener, a
question that leaves her room, one that does not, anything."""


@dataclass(frozen=True)
class Reaction:
    """One rule of a beat. `tip`: the counselor is told about her own words; `go`: the next beat, '' = the same."""

    when: str
    says: tuple[str, ...] = ()
    tip: str = ""
    go: str = ""


@dataclass(frozen=True)
class Beat:
    """Lines that are said, and what is listened for after them. `wait`: seconds before each line."""

    says: tuple[str, ...] = ()
    hears: tuple[Reaction, ...] = ()
    wait: int = 3


@dataclass(frozen=True)
class Person:
    """One prepared person. `title`, `goal` and each line: language -> text. `case`: columns of the practice case."""

    key: str
    title: Mapping[str, str]
    goal: Mapping[str, str]
    case: Mapping[str, object]
    lines: Mapping[str, Mapping[str, str]]
    beats: Mapping[str, Beat]


@dataclass(frozen=True)
class WordLists:
    """language -> rule -> phrases; and what the counselor is told, tip -> language -> text."""

    phrases: Mapping[str, Mapping[str, tuple[str, ...]]]
    tips: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


FIRST = "begin"


@dataclass(frozen=True)
class Progress:
    """Where the person is. `to_say`: keys of lines still to be said; `due_at`: when the next one is, unix seconds.

    `heard`: the tips and rules that fitted so far, for the last word to the counselor.
    """

    beat: str = FIRST
    to_say: tuple[str, ...] = ()
    due_at: float = 0.0
    heard: tuple[str, ...] = ()


def hears(text: str, lists: Mapping[str, Sequence[str]], openers: Sequence[str], lock_screen: Sequence[str]) -> frozenset[str]:
    """Every rule that this text of the counselor's fits. `lists`: of the person's language."""
    said = [token.word for token in tokens(text)]
    found = {"any"}
    if text.strip() in {one.strip() for one in openers}:
        return frozenset({"any", "opener"})
    found |= {rule for rule in LISTED if any(_within(phrase, said) for phrase in lists.get(rule, ()))}
    if any(_within(word, said) for word in lock_screen):
        found.add("reveals")
    if "?" in text:
        found.add("open_question" if any(_within(word, said) for word in lists.get("open_question", ())) else "closed_question")
    elif any(_within(word, said) for word in lists.get("invites", ())):
        found.add("open_question")
    return frozenset(found)


def _within(phrase: str, said: Sequence[str]) -> bool:
    wanted = [token.word for token in tokens(phrase)]
    return bool(wanted) and any(said[i : i + len(wanted)] == wanted for i in range(len(said) - len(wanted) + 1))


def begin(person: Person, now: float) -> Progress:
    """The first beat, once a counselor has claimed her."""
    beat = person.beats[FIRST]
    return Progress(FIRST, beat.says, now + beat.wait)


def listen(person: Person, progress: Progress, found: frozenset[str], now: float) -> tuple[Progress, str]:
    """What the person does after the counselor wrote (or pressed a button), and the tip for the counselor ('' = none)."""
    rule = next((one for one in person.beats[progress.beat].hears if one.when in found), None)
    if rule is None:
        return progress, ""
    beat = person.beats[rule.go or progress.beat]
    to_say = (*rule.says, *(beat.says if rule.go else ()))
    heard = progress.heard if rule.when == "any" and not rule.tip else (*progress.heard, rule.tip or rule.when)
    return replace(progress, beat=rule.go or progress.beat, to_say=to_say, due_at=now + beat.wait, heard=heard[-12:]), rule.tip


def said(person: Person, progress: Progress, now: float) -> tuple[Progress, str]:
    """The key of the line that is due now ('' = none), and the progress after it."""
    if not progress.to_say or now < progress.due_at:
        return progress, ""
    wait = person.beats[progress.beat].wait
    return replace(progress, to_say=progress.to_say[1:], due_at=now + wait), progress.to_say[0]


def problems(person: Person, tips: Sequence[str], languages: Sequence[str]) -> list[str]:
    """What is wrong with a script, in plain words."""
    found = []
    for name, texts in {"title": person.title, "goal": person.goal, **person.lines}.items():
        found += [f"{name} has no {lang} text" for lang in languages if not str(texts.get(lang) or "").strip()]
    if FIRST not in person.beats:
        found.append(f"the beat {FIRST} is missing")
    for name, beat in person.beats.items():
        keys = [*beat.says, *(key for one in beat.hears for key in one.says)]
        found += [f"{name}: the line {key} is missing" for key in keys if key not in person.lines]
        for one in beat.hears:
            found += [f"{name}: nothing is known of {one.when}"] if one.when not in RULES else []
            found += [f"{name}: the beat {one.go} is missing"] if one.go and one.go not in person.beats else []
            found += [f"{name}: the tip {one.tip} is missing"] if one.tip and one.tip not in tips else []
    return found
