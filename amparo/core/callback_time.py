"""From her choice ("in the morning") to a moment, in her own time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SOON = timedelta(hours=2)
HOURS: Mapping[str, int] = {"callback_morning": 9, "callback_evening": 18}
LEAD = timedelta(minutes=30)
"""An hour that is nearer than this is meant for tomorrow."""


def moment_of(token: str, now: datetime, zone: str) -> datetime | None:
    """When she wants to be written to, aware, in `zone`; None for an unknown choice. `now` is aware."""
    local = now.astimezone(ZoneInfo(zone))
    if token == "callback_soon":
        return local + SOON
    hour = HOURS.get(token)
    if hour is None:
        return None
    wanted = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return wanted if wanted - local >= LEAD else wanted + timedelta(days=1)


def day_key(moment: datetime, now: datetime) -> str:
    """Key of the word for its day, seen from `now`: day_today or day_tomorrow."""
    return "day_today" if moment.date() == now.astimezone(moment.tzinfo).date() else "day_tomorrow"
