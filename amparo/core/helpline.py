"""The organisation's own facts: opening hours, retention, cover lines, caps, who is on call. Read from content/helpline.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from amparo.core.hours import Schedule


@dataclass(frozen=True)
class Retention:
    """Days that message text is kept, and everything else of a person."""

    days_without_handoff: int = 7
    days_after_case: int = 90
    days_silent_person: int = 30
    hours_voice_note: int = 24


@dataclass(frozen=True)
class Helpline:
    """content/helpline.yml."""

    name: str = "Amparo"
    schedule: Schedule = field(default_factory=lambda: Schedule("America/Bogota"))
    retention: Retention = field(default_factory=Retention)
    covers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    minutes_each: int = 15
    caseload_cap: int = 5
    claim_alarm_minutes: int = 5
    gone_minutes: int = 15
    safeguarding: str = ""
    alarm_language: str = "es"
    queue_alarm: int = 10
    calendars: Mapping[str, date] = field(default_factory=dict)  # country -> last day its holiday table covers
