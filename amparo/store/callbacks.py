"""Agreed times to write to her again. The clock only reminds staff: nothing is sent to her before a counselor opens (DH-1, DH-12)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.store import desk_tables
from amparo.store.database import Database
from amparo.store.vault import new_id

SOONEST_SECONDS = 60.0
LATEST_SECONDS = 30 * 86400.0


@dataclass(frozen=True)
class Callback:
    """One agreed time, in unix seconds. `status`: agreed, due, done, cancelled. `asked_by`: her or staff."""

    id: str
    case_id: str
    conversation_id: str
    counselor_id: str
    due_at: float
    status: str
    asked_by: str


async def agree(
    connection: AsyncConnection, now: float, case_id: str, conversation_id: str, due_at: float, counselor: str = "", asked_by: str = "staff"
) -> str:
    """Files a time, in the transaction that moves the talk; an earlier one of the same talk ends. Too near or far is moved in."""
    await cancel(connection, conversation_id)
    identifier = new_id()
    due_at = min(max(due_at, now + SOONEST_SECONDS), now + LATEST_SECONDS)
    values = {"case_id": case_id, "conversation_id": conversation_id, "counselor_id": counselor, "asked_by": asked_by}
    await connection.execute(desk_tables.callbacks.insert().values(id=identifier, due_at=due_at, created_at=now, **values))
    return identifier


async def cancel(connection: AsyncConnection, conversation_id: str, status: str = "cancelled") -> int:
    """Ends what was agreed: cancelled, or done when somebody is with her. Returns how many."""
    b = desk_tables.callbacks
    where = (b.c.conversation_id == conversation_id) & b.c.status.in_(("agreed", "due"))
    return int((await connection.execute(b.update().where(where).values(status=status))).rowcount)


async def take_due(connection: AsyncConnection, conversation_id: str, now: float) -> bool:
    """Marks a time that has come; True exactly once."""
    b = desk_tables.callbacks
    where = (b.c.conversation_id == conversation_id) & (b.c.status == "agreed") & (b.c.due_at <= now)
    return bool((await connection.execute(b.update().where(where).values(status="due"))).rowcount)


class Callbacks:
    """Reads for desk and jobs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def open(self, until: float | None = None) -> list[Callback]:
        """Agreed and due ones, the nearest first; `until` (unix seconds) leaves out later ones."""
        b = desk_tables.callbacks
        query = sa.select(b).where(b.c.status.in_(("agreed", "due"))).order_by(b.c.due_at)
        if until is not None:
            query = query.where(b.c.due_at <= until)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return [Callback(r.id, r.case_id, r.conversation_id, r.counselor_id, r.due_at, r.status, r.asked_by) for r in rows]
