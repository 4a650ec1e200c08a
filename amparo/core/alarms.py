"""When on-call is told again, and how loudly. Pure; the texts are keys of content/messages and hold counts only."""

from __future__ import annotations

from collections.abc import Mapping

URGENT_MINUTES: tuple[int, ...] = (0, 2, 5, 10, 20)
FACTORS: tuple[int, ...] = (1, 2, 4, 8)
LATER_MINUTES = 30
MAX_ALARMS = 24
LOUD_LEVEL = 2
"""From this notice on, and always in danger now, the SMS goes out too."""

WAYS: Mapping[bool, tuple[str, ...]] = {False: ("email", "telegram"), True: ("email", "telegram", "sms")}
"""Loud or not -> ways that are used, where they are configured."""


def next_alarm(severity: int, opened_at: float, sent: int, first_minutes: int) -> float | None:
    """Unix seconds of the next notice about somebody whom nobody claimed; None after MAX_ALARMS.

    `sent`: notices so far. Danger now (3): at once, then after 2, 5, 10, 20 minutes; others after `first_minutes`, twice that, and so
    on; then every half hour.
    """
    if sent >= MAX_ALARMS:
        return None
    minutes = URGENT_MINUTES if severity >= 3 else tuple(first_minutes * factor for factor in FACTORS)
    beyond = sent - len(minutes) + 1
    at = minutes[sent] if beyond <= 0 else minutes[-1] + beyond * LATER_MINUTES
    return opened_at + at * 60


def loud(severity: int, level: int) -> bool:
    """True where a sound sleeper must hear it."""
    return severity >= 3 or level >= LOUD_LEVEL
