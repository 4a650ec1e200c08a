"""Opening hours of a service as somebody noted them ("Mon-Fri 8:00-17:00"): open now, closed now, or not known; and in her language.

Only what reads cleanly counts. A note such as "varies by province" is never taken for hours and never shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from amparo.core.zones import office_zone

ALWAYS = "24/7"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS, DAILY = (0, 4), (0, 6)
_REMARK = re.compile(r"\s*\([^)]*\)")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_PART = re.compile(
    r"(?P<days>weekdays|daily|[a-z]{3}(?:-[a-z]{3})?) (?P<times>\d{1,2}:\d{2}-\d{1,2}:\d{2}(?:(?: and |, )\d{1,2}:\d{2}-\d{1,2}:\d{2})*)"
)


@dataclass(frozen=True)
class Stretch:
    """Open from `start` to `end`, local time, on the days `first`..`last` (0 = Monday). `said`: the times as they were noted."""

    first: int
    last: int
    start: time
    end: time
    said: str


def stretches(hours: str) -> tuple[Stretch, ...]:
    """The hours of a note; () where it says 24/7, nothing, or something that does not read cleanly."""
    bare = _REMARK.sub("", hours).strip().lower()
    rest = _PART.sub("", bare)
    if not bare or rest.strip(" ,;"):
        return ()
    return tuple(one for part in _PART.finditer(bare) for one in _stretches(part["days"], part["times"]))


def _stretches(days: str, times: str) -> list[Stretch]:
    named = {"weekdays": WEEKDAYS, "daily": DAILY}.get(days)
    first, _, last = days.partition("-")
    if named is None and (first not in DAYS or (last or first) not in DAYS):
        return []
    start, end = named or (DAYS.index(first), DAYS.index(last or first))
    found = []
    for a, b, c, d in _TIMES.findall(times):
        if int(a) < 24 and int(c) < 24:
            found.append(Stretch(start, end, time(int(a), int(b)), time(int(c), int(d)), f"{a}:{b}-{c}:{d}"))
    return found


def always(hours: str) -> bool:
    """True where it never closes."""
    return _REMARK.sub("", hours).strip() == ALWAYS


def closed(hours: str, country: str, moment: datetime) -> bool:
    """True only where it is known to be closed at `moment` (aware): by the clock of the country's seat of government."""
    known, zone = stretches(hours), office_zone(country)
    if not known or not zone:
        return False
    local = moment.astimezone(ZoneInfo(zone))
    return not any(s.first <= local.weekday() <= s.last and s.start <= local.time() < s.end for s in known)


def spoken(hours: str, days: Sequence[str]) -> str:
    """The hours with the names of the days in her language, '' where they are not known. `days`: seven names from Monday."""
    if always(hours):
        return ALWAYS
    said: dict[str, list[str]] = {}
    for one in stretches(hours):
        name = days[one.first] if one.first == one.last else f"{days[one.first]}-{days[one.last]}"
        said.setdefault(name, []).append(one.said)
    return ", ".join(f"{name} {' / '.join(times)}" for name, times in said.items())
