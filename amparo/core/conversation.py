"""A conversation as the turn, the desk and the jobs see it: where it stands, never whose phone it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amparo.core.handoff import Snapshot
from amparo.core.model import Button, Kind, Media, Rendered, Risk

FADE_SECONDS = 3600
"""Risk, age and place fade after so long without a message of hers (DH-12)."""


@dataclass(frozen=True)
class Conversation:
    """One person on one channel. Times are unix seconds, 0 = never; countries are ISO 3166 alpha-2 or ''."""

    id: str
    channel: str
    language: str = ""
    language_sure: bool = False
    where_now: str = ""
    prefix_country: str = ""
    snapshot: Snapshot = field(default_factory=Snapshot)
    case_id: str = ""
    risk: Risk = Risk.NONE
    risk_at: float = 0.0
    risk_from: int = 0
    minor: bool = False
    introduced: bool = False
    opted_out: bool = False
    unreachable: bool = False
    memory: Mapping[str, Any] = field(default_factory=dict)
    created_at: float = 0.0
    last_in_at: float = 0.0
    last_turn_at: float = 0.0
    last_out_at: float = 0.0
    version: int = 0

    def faded(self, now: float) -> bool:
        """True where an hour passed in silence while nobody human was expected."""
        idle = now - self.last_turn_at > FADE_SECONDS
        return idle and not (self.snapshot.state.human or self.snapshot.state.queued)


@dataclass(frozen=True)
class Message:
    """One stored message, decrypted."""

    id: int
    conversation_id: str
    direction: str
    author: str
    text: str
    kind: str = ""
    buttons: tuple[Button, ...] = ()
    token: str = ""
    media: tuple[Media, ...] = ()
    media_ref: str = ""
    opt: str = ""
    language: str = ""
    language_hint: str = ""
    risk: Risk = Risk.NONE
    status: str = ""
    sent_at: float = 0.0
    created_at: float = 0.0
    recovered: bool = False


@dataclass(frozen=True)
class Outgoing:
    """A text on its way into the outbox. `author`: bot, system or counselor:<id>.

    `held`: it waits on the desk until she writes. `template`: name of the approved template that stands for the text where the
    reply window is over. `channel`: the agreed other channel, '' = her own.
    """

    rendered: Rendered
    author: str = "bot"
    prompted: bool = True
    language: str = ""
    held: bool = False
    template: str = ""
    channel: str = ""

    @property
    def kind(self) -> Kind:
        return self.rendered.kind
