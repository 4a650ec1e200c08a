"""Tables that may leave the house (DH-25): people, not messages; two dimensions at most; nothing below ten; rounded to five."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from amparo.store import tables
from amparo.store.practice_tables import real

K = 10
ROUND = 5
DIMENSIONS = ("month", "country", "language", "channel", "severity", "outcome")
"""What may be counted. Nationality and corridor are not among them: those are monthly, for staff, published after a recorded question."""


@dataclass(frozen=True)
class Table:
    """Rows × columns; None = withheld. No totals: a total would give a withheld cell away."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], int | None]

    @property
    def withheld(self) -> int:
        return sum(value is None for value in self.cells.values())


def rounded(count: int) -> int:
    """To the nearest five."""
    return int(ROUND * round(count / ROUND))


def safe(counts: Mapping[tuple[str, str], int], k: int = K) -> Table:
    """The counts, those below `k` withheld, and in every row and column never exactly one alone (complementary suppression)."""
    rows = tuple(sorted({row for row, _ in counts}))
    columns = tuple(sorted({column for _, column in counts}))
    hidden = {cell for cell, count in counts.items() if 0 < count < k}
    while True:
        more = _alone(counts, hidden, rows, columns)
        if more is None:
            break
        hidden.add(more)
    cells = {(r, c): None if (r, c) in hidden else rounded(counts.get((r, c), 0)) for r in rows for c in columns}
    return Table(rows, columns, cells)


def _alone(
    counts: Mapping[tuple[str, str], int], hidden: set[tuple[str, str]], rows: tuple[str, ...], columns: tuple[str, ...]
) -> tuple[str, str] | None:
    """The cell to withhold beside one that stands alone in its line; None where none does."""
    lines = [[(r, c) for c in columns] for r in rows] + [[(r, c) for r in rows] for c in columns]
    for line in lines:
        inside = [cell for cell in line if cell in hidden]
        rest = [cell for cell in line if cell not in hidden and counts.get(cell, 0) > 0]
        if len(inside) == 1 and rest and len(line) > 1:
            return min(rest, key=lambda cell: (counts[cell], cell))
    return None


async def counted(services: Any, first: str, second: str = "") -> dict[tuple[str, str], int]:
    """People (not cases, not messages) by one or two dimensions, from the cases that are still kept."""
    case = tables.cases
    names = [name for name in (first, second) if name and name != "month"]
    async with services.db.read() as connection:
        query = sa.select(case.c.conversation_id, case.c.opened_at, *(case.c[name] for name in names)).where(real(case))
        rows = (await connection.execute(query)).all()
    people: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        people.setdefault((_value(row, first), _value(row, second) if second else ""), set()).add(row.conversation_id)
    return {cell: len(ids) for cell, ids in people.items()}


def _value(row: Any, name: str) -> str:
    if name == "month":
        return datetime.fromtimestamp(row.opened_at, timezone.utc).strftime("%Y-%m")
    value = str(getattr(row, name))
    return value.removeprefix("sim-") if value else "unknown"


def csv(table: Table, first: str, second: str) -> str:
    """The table as CSV; a withheld cell is empty."""
    head = [first, *(column or "people" for column in table.columns)] if second else [first, "people"]
    lines = [",".join(head)]
    for row in table.rows:
        cells = ("" if table.cells[row, column] is None else str(table.cells[row, column]) for column in table.columns)
        lines.append(",".join([row, *cells]))
    return "\n".join(lines) + "\n"
