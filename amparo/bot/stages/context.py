"""What the stages of one turn share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amparo.core.conversation import Conversation, Message
from amparo.core.handoff import Event
from amparo.core.model import Kind, Rendered, Risk, Say, Understanding
from amparo.core.phrases import ExactMatch
from amparo.core.questions import asked
from amparo.core.triage import Numbers

TELLING = frozenset({"human", "yes", "not_now", "exit", "delete", "privacy", "callback", "leave"})
"""Choices that tell whoever holds the phone what else this chat is for: never shown in quiet (DH-1)."""


@dataclass(frozen=True)
class Fire:
    """An event for the handoff table; its own text is said where `tell` is true."""

    event: Event
    values: Mapping[str, str] = field(default_factory=dict)
    tell: bool = True
    case: Mapping[str, Any] = field(default_factory=dict)
    callback_at: float = 0.0  # unix seconds, of a callback she asked for


@dataclass
class TurnContext:
    """One turn in the making. `acts` are said and fired in order at the end; nothing before that is on disk."""

    services: Any
    agent: Any
    message: Message
    before: Conversation
    now: float
    language: str
    memory: dict[str, Any]
    columns: dict[str, Any]
    understood: Understanding = field(default_factory=lambda: Understanding(text="", lang=""))
    exact: ExactMatch | None = None
    text: str = ""  # what she said, joined with an open sentence before it (DH-4)
    parse: dict[str, Any] | None = None  # Rasa's parse of `text`
    plain: bool = False  # quiet or covered: information only, no memory, no offers
    answer: bool = True  # her own question is to be answered
    acts: list[Say | Rendered | Fire] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    case: dict[str, Any] = field(default_factory=dict)
    status: str = "done"
    risk: Risk | None = None
    our_word: bool = False  # she gave the agreed word in this message
    fallback: str = ""  # the other channel she agreed to just now
    erase: bool = False
    finished: bool = False
    plan: Any = None
    asked: str = ""  # the question of ours that this message may answer

    def ask(self, key: str, at: float | None = None) -> None:
        """Remembers the question that the text `key` leaves open. `at`: when it was written, unix seconds; now where none is given."""
        self.memory.update(asked(key, self.now if at is None else at))

    def say(self, key: str, kind: Kind = Kind.ANSWER, **values: str) -> None:
        """Adds a text of content/messages."""
        self.acts.append(Say(key, values, kind))

    def fire(self, event: Event, tell: bool = True, case: Mapping[str, Any] | None = None, callback_at: float = 0.0, **values: str) -> None:
        """Adds an event."""
        self.acts.append(Fire(event, values, tell, case or {}, callback_at))

    def render(self, say: Say) -> Rendered:
        """The text in her language, for her channel."""
        return self.services.renderer.render(say, self.language or "es", self.before.channel.removeprefix("sim-"))

    @property
    def where_now(self) -> str:
        """Country where the person in danger is, '' if she has not said it in the last hour."""
        return str(self.columns.get("where_now", self.before.where_now))

    @property
    def minor(self) -> bool:
        return bool(self.columns.get("minor", self.before.minor))

    def numbers(self) -> Numbers:
        """Who to call where she is (DH-2)."""
        return self.services.contacts.numbers(self.where_now, self.before.prefix_country, self.language or "es")
