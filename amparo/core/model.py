"""The nouns everybody shares: what a message is, what was understood of it, and what is to be said.

Standard library only. All values are immutable; dictionaries at the edges are JSON-able.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

LANGUAGES: tuple[str, ...] = ("es", "pt", "en", "fr", "ht")
"""Languages of the first release, ISO 639-1, in the order of the menu."""


class Risk(str, Enum):
    """How safe she is; ordered by `Risk.rank`."""

    NONE = "none"
    CONCERN = "concern"
    DISCLOSURE = "disclosure"
    IMMINENT = "imminent"

    @property
    def rank(self) -> int:
        """0 (none) to 3 (imminent)."""
        return list(Risk).index(self)

    @property
    def severe(self) -> bool:
        """True where a person is offered before anything else: disclosure or imminent."""
        return self.rank >= 2


class Topic(str, Enum):
    """What she needs."""

    REQUIREMENTS = "requirements"
    COSTS = "costs"
    JOB_OFFER = "job_offer"
    SCAMS = "scams"
    RIGHTS = "rights"
    ROUTE = "route"
    SERVICES = "services"
    TRAFFICKING_INFO = "trafficking_info"
    DISCLOSURE = "disclosure"
    HUMAN = "human"
    EXIT = "exit"
    PRIVACY = "privacy"
    LANGUAGE = "language"
    SMALLTALK = "smalltalk"
    OUT_OF_SCOPE = "out_of_scope"


class Speaker(str, Enum):
    """Who writes, as far as the text shows it."""

    SELF = "self"
    RELATIVE = "relative"
    FRIEND = "friend"
    MAY_BE_CONTROLLER = "may_be_controller"
    OFFICIAL_PRESS = "official_press"
    UNKNOWN = "unknown"


class AgeGroup(str, Enum):
    """Age of the writer or of the person at risk, as far as the text shows it."""

    UNDER_13 = "under_13"
    TEEN = "13_17"
    ADULT = "adult"
    UNKNOWN = "unknown"

    @property
    def minor(self) -> bool:
        return self in (AgeGroup.UNDER_13, AgeGroup.TEEN)


SIGNALS: tuple[str, ...] = tuple(
    (
        "documents_retained debt_bondage wages_withheld confinement isolation surveillance physical_violence sexual_violence "
        "sexual_exploitation threats blackmail_images deception_about_job forced_labour domestic_servitude forced_criminality "
        "forced_marriage minor grooming_online missing_person moved_by_others suicide_self_harm partner_violence child_at_risk "
        "upfront_fee no_contract ticket_paid_by_recruiter asks_photos secrecy smuggler authority_abuse "
        "kidnap_ransom immigration_detention recent_rape urgent_medical forced_pregnancy cannot_call"
    ).split()
)
"""Every signal the understanding may report (understanding.md and DH-20)."""


@dataclass(frozen=True)
class Signal:
    """A pointer to risk and the exact words of hers that triggered it ('' where only the model saw it)."""

    name: str
    quote: str = ""


@dataclass(frozen=True)
class Entity:
    """Something named in the text. `kind`: country, nationality, city, money, age, time; `value`: ISO code, number or text."""

    kind: str
    value: str
    quote: str
    start: int
    end: int
    role: str = ""  # for countries: "where_now", "destination", "origin" or "" when the sentence does not tell


@dataclass(frozen=True)
class Understanding:
    """All that was understood of one inbound text. `scores` holds the four risks and sums to 1."""

    text: str
    lang: str
    risk: Risk = Risk.NONE
    topic: Topic = Topic.OUT_OF_SCOPE
    intent: str = ""
    intent_confidence: float = 0.0
    lang_confidence: float = 0.0
    signals: tuple[Signal, ...] = ()
    speaker: Speaker = Speaker.UNKNOWN
    writer_age: AgeGroup = AgeGroup.UNKNOWN
    at_risk_age: AgeGroup = AgeGroup.UNKNOWN
    entities: tuple[Entity, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    exact: bool = False  # an exact phrase of content/safety decided, no model was needed

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form, read back by `from_dict`."""
        return {
            "text": self.text,
            "lang": self.lang,
            "lang_confidence": round(self.lang_confidence, 4),
            "risk": self.risk.value,
            "topic": self.topic.value,
            "intent": self.intent,
            "intent_confidence": round(self.intent_confidence, 4),
            "signals": [[s.name, s.quote] for s in self.signals],
            "speaker": self.speaker.value,
            "ages": {"writer": self.writer_age.value, "at_risk": self.at_risk_age.value},
            "entities": [[e.kind, e.value, e.quote, e.start, e.end, e.role] for e in self.entities],
            "scores": {k: round(v, 6) for k, v in self.scores.items()},
            "exact": self.exact,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Understanding:
        """Reads what `to_dict` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            text=data["text"],
            lang=data["lang"],
            lang_confidence=data["lang_confidence"],
            risk=Risk(data["risk"]),
            topic=Topic(data["topic"]),
            intent=data["intent"],
            intent_confidence=data["intent_confidence"],
            signals=tuple(Signal(n, q) for n, q in data["signals"]),
            speaker=Speaker(data["speaker"]),
            writer_age=AgeGroup(data["ages"]["writer"]),
            at_risk_age=AgeGroup(data["ages"]["at_risk"]),
            entities=tuple(Entity(*e) for e in data["entities"]),
            scores=dict(data["scores"]),
            exact=data["exact"],
        )

    def signal_names(self) -> frozenset[str]:
        return frozenset(s.name for s in self.signals)


class Kind(str, Enum):
    """What an outbound text is; decides how long it may wait (DH-3) and who may release it."""

    COVER = "cover"
    RISK = "risk"
    COUNSELOR = "counselor"
    HANDOFF = "handoff"
    TEMPLATE = "template"  # an approved template or a neutral opener outside the reply window, on a counselor's click
    ANSWER = "answer"


EXPIRES_AFTER: Mapping[Kind, int] = {
    Kind.COVER: 10,
    Kind.RISK: 300,
    Kind.COUNSELOR: 300,
    Kind.HANDOFF: 300,
    Kind.TEMPLATE: 300,
    Kind.ANSWER: 1800,
}
"""Seconds from writing after which an outbound row is never sent (DH-3)."""


@dataclass(frozen=True)
class Button:
    """A choice. `token`: short opaque id (<= 32 ASCII characters) that comes back when she taps or picks its number."""

    token: str
    title: str


@dataclass(frozen=True)
class Say:
    """One thing to say: a key of content/messages and its values; the renderer picks language and channel variant."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = Kind.ANSWER


@dataclass(frozen=True)
class Rendered:
    """A text ready for a channel."""

    text: str
    buttons: tuple[Button, ...] = ()
    kind: Kind = Kind.ANSWER
    button_label: str = ""  # title of a list opener where the channel shows one


class Media(str, Enum):
    """What came besides text. Never fetched by the assistant (DH-7, DH-10)."""

    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    LOCATION = "location"
    CONTACT = "contact"
    DOCUMENT = "document"
    STICKER = "sticker"
    OTHER = "other"


@dataclass(frozen=True)
class Inbound:
    """One message from a person, parsed by a channel adapter and not yet stored.

    `address` is opaque (a phone, a chat id, a business-scoped id), canonical per channel. `provider_id` is the provider's own id
    of the message, unique per channel. `sent_at` is the provider's timestamp in unix seconds, or None. `token` is set
    when she tapped a button. `recovered` marks what was fetched late from the provider (DH-3).
    """

    channel: str
    address: str
    provider_id: str
    text: str = ""
    token: str = ""
    media: tuple[Media, ...] = ()
    media_ref: str = ""  # the provider's handle of a voice note, kept sealed (DH-10)
    sent_at: float | None = None
    language_hint: str = ""
    reply_address: str = ""  # where replies go, when it differs from `address`
    recovered: bool = False
    opt: str = ""  # "stop" or "start" when the carrier itself opted her out or in


@dataclass(frozen=True)
class Capabilities:
    """What a channel can do. Lengths in characters."""

    max_text: int
    max_buttons: int
    button_title: int
    max_rows: int
    row_title: int
    numbered: bool  # buttons become a numbered menu
    window_hours: int | None = None  # free replies only within so many hours of her last message
    segments: bool = False  # text is billed and limited in SMS segments
    delivery_receipts: bool = True
    templates: bool = False
