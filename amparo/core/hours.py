"""When a person can come, as a pure decision over opening hours and who is on shift (DH-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Opening:
    """One stretch of a weekday (0 = Monday), local time; `end` 24:00 is written as 00:00 of the next day."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True)
class Schedule:
    """Opening hours of the helpline. `always`: 24/7. `holidays_until`: the last day that the holiday table covers."""

    timezone: str
    always: bool = True
    openings: tuple[Opening, ...] = ()
    holidays: frozenset[date] = frozenset()
    holidays_until: date | None = None
    country: str = ""  # whose holidays are kept, ISO alpha-2


@dataclass(frozen=True)
class OnShift:
    """A counselor who could take her now. `free`: under her cap and not on break."""

    counselor_id: str
    languages: frozenset[str] = field(default_factory=frozenset)
    adolescent: bool = False
    free: bool = True
    on_call: bool = False
    paused: bool = False
    woman: bool = True
    interprets: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Promise:
    """The true time. `kind`: now, soon (in `minutes`), from (at `hour`), unknown. `zone` '' = `hour` is her own local time."""

    kind: str
    minutes: int = 0
    hour: str = ""
    trained: bool = True
    zone: str = ""

    @property
    def away(self) -> bool:
        """Nobody can come now."""
        return self.kind in ("from", "unknown")


def preferred(people: Sequence[OnShift], prefer: str) -> list[OnShift]:
    """Who may be promised to her: what she asked for, and where she asked for nothing a woman if one is there."""
    if prefer == "any":
        return list(people)
    if prefer == "man":
        return [c for c in people if not c.woman]
    women = [c for c in people if c.woman]
    return women if prefer == "woman" or women else list(people)


def speakers(people: Sequence[OnShift], language: str) -> list[OnShift]:
    """Who can talk with her: those who speak her language; where nobody does, everybody beside an interpreter who is here (DH-22)."""
    speaking = [c for c in people if not language or language in c.languages]
    return speaking or (list(people) if any(language in c.interprets and not c.paused for c in people) else [])


def may_take(prefer: str, woman: bool, women_free: bool) -> bool:
    """Does this counselor fit her wish? `women_free`: a woman who speaks her language could take her now."""
    return {"woman": woman, "man": not woman, "any": True}.get(prefer, woman or not women_free)


def is_open(schedule: Schedule, moment: datetime) -> bool:
    """Open at `moment` (aware)? Holidays are closed, unless the line never closes."""
    if schedule.always:
        return True
    local = moment.astimezone(ZoneInfo(schedule.timezone))
    if local.date() in schedule.holidays:
        return False
    now = local.time()
    return any(o.weekday == local.weekday() and o.start <= now and (now < o.end or o.end == time(0)) for o in schedule.openings)


def next_opening(schedule: Schedule, moment: datetime) -> datetime | None:
    """When the line opens next, looking two weeks ahead; None where it does not."""
    local = moment.astimezone(ZoneInfo(schedule.timezone))
    for days in range(15):
        day = local.date() + timedelta(days=days)
        if day in schedule.holidays:
            continue
        starts = sorted(o.start for o in schedule.openings if o.weekday == day.weekday())
        for start in starts:
            opens = datetime.combine(day, start, ZoneInfo(schedule.timezone))
            if opens > local:
                return opens
    return None


def promise(
    schedule: Schedule,
    moment: datetime,
    on_shift: Sequence[OnShift],
    language: str,
    minor: bool,
    ahead: int,
    minutes_each: int = 15,
    severity: int = 0,
    her_zone: str = "",
    prefer: str = "",
) -> Promise:
    """What we may truthfully say before she decides.

    `ahead`: how many wait before her. `minutes_each`: how long one talk usually holds a counselor. `severity` 3: danger now, a cap
    or a full house never holds her back. `prefer`: woman, man, any, or '' where she was not
    asked yet. `her_zone`: IANA name, '' where her country is unknown or keeps several times.
    """
    speaking = preferred(speakers(on_shift, language), "" if severity >= 3 else prefer)
    trained = [c for c in speaking if c.adolescent]
    able = trained if minor and trained else speaking
    fits = not minor or bool(trained)
    free = [c for c in able if c.free or (severity >= 3 and (c.on_call or not c.paused))]
    if len(free) > ahead:
        return Promise("now", trained=fits)
    working = [c for c in able if not c.paused]
    if working:
        waves = (ahead - len(free)) // len(working) + 1
        return Promise("soon", minutes=_rounded(waves * minutes_each), trained=fits)
    if not is_open(schedule, moment):
        opens = next_opening(schedule, moment)
        if opens is not None:
            known = her_zone or schedule.timezone
            hour = _spoken(opens.astimezone(ZoneInfo(known)), moment)
            return Promise("from", hour=hour, trained=fits, zone="" if her_zone else schedule.timezone)
    return Promise("unknown", trained=fits)


def holidays_run_out(schedule: Schedule, today: date, days: int = 45) -> bool:
    """True where the holiday table ends within `days`: the alarm comes before the table runs out."""
    if schedule.always:
        return False
    return schedule.holidays_until is None or schedule.holidays_until - today < timedelta(days=days)


def _rounded(minutes: int) -> int:
    return max(5, -(-minutes // 5) * 5)


def _spoken(opens: datetime, moment: datetime) -> str:
    same_day = opens.date() == moment.astimezone(opens.tzinfo).date()
    text = f"{opens:%H:%M}"
    return text if same_day else f"{opens:%d/%m} {text}"
