"""Waits and load of the last day, from cases; for the supervisor's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import sqlalchemy as sa

from amparo.store import tables
from amparo.store.practice_tables import real

HOURS = 24
BUCKETS = ((0, 5), (5, 15), (15, 30), (30, 60), (60, 10**6))
"""Minutes of waiting, from and below."""


@dataclass(frozen=True)
class Hour:
    """One hour of the last day. `wait`: median minutes from yes to claim, None where nobody was claimed."""

    start: float
    opened: int
    wait: float | None


async def last_day(services: Any) -> list[Hour]:
    """Twenty-four hours, the oldest first."""
    case = tables.cases
    now = services.now()
    begin = now - now % 3600 - (HOURS - 1) * 3600
    async with services.db.read() as connection:
        query = sa.select(case.c.opened_at, case.c.claimed_at).where(real(case) & (case.c.opened_at >= begin))
        rows = (await connection.execute(query)).all()
    return [_hour(begin + i * 3600, rows) for i in range(HOURS)]


def _hour(start: float, rows: Sequence[Any]) -> Hour:
    inside = [r for r in rows if start <= r.opened_at < start + 3600]
    waits = [(r.claimed_at - r.opened_at) / 60 for r in inside if r.claimed_at]
    return Hour(start, len(inside), round(median(waits), 1) if waits else None)


def by_wait(cards: Sequence[Any]) -> list[tuple[str, list[int]]]:
    """(label, how many of severity 3, 2, 1, 0) per stretch of waiting, of those who wait now."""
    rows = []
    for low, high in BUCKETS:
        inside = [c for c in cards if low <= c.waiting / 60 < high]
        label = f"{low}–{high} min" if high < 10**6 else f"> {low} min"
        rows.append((label, [sum(c.severity == s for c in inside) for s in (3, 2, 1, 0)]))
    return rows
