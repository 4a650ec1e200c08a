"""Small reads that turn and desk share."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from amparo.store import tables
from amparo.store.database import Database
from amparo.store.practice_tables import real


@dataclass(frozen=True)
class SilentAlert:
    """Country (ISO, '' unknown), language and "cannot talk" or "came late"; nothing else. `at` in unix seconds."""

    conversation_id: str
    country: str
    language: str
    at: float


class DeskReads:
    """Reads about cases."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def silent_alerts(self) -> list[SilentAlert]:
        """Danger shown in quiet by somebody who has not said yes: all that staff may see, and a supervisor decides (DH-1)."""
        c = tables.conversations
        query = sa.select(c.c.id, c.c.where_now, c.c.language, c.c.risk_at)
        where = real(c) & (c.c.quiet != "") & (c.c.risk == "imminent") & (c.c.said_yes == 0) & c.c.state.in_(("bot", "offered", "closing"))
        async with self._db.read() as connection:
            rows = (await connection.execute(query.where(where).order_by(c.c.risk_at.desc()))).all()
        return [SilentAlert(row.id, row.where_now, row.language, row.risk_at) for row in rows]

    async def late_risks(self) -> list[SilentAlert]:
        """Words of danger that reached us too late to be answered as fresh (DH-3)."""
        c, m = tables.conversations, tables.messages
        query = sa.select(c.c.id, c.c.where_now, c.c.language, sa.func.max(m.c.sent_at).label("at")).select_from(c.join(m))
        late = (m.c.status == "late") & m.c.risk.in_(("disclosure", "imminent")) & (m.c.sent_at >= c.c.last_turn_at - 86400)
        query = query.where(late).group_by(c.c.id, c.c.where_now, c.c.language)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return [SilentAlert(row.id, row.where_now, row.language, row.at) for row in rows]

    async def has_case(self, conversation_id: str) -> bool:
        """True where somebody has ever taken her case: its file outlives a deletion until it was checked (DH-23)."""
        case = tables.cases
        query = sa.select(case.c.id).where((case.c.conversation_id == conversation_id) & (case.c.claimed_at > 0)).limit(1)
        async with self._db.read() as connection:
            return (await connection.execute(query)).first() is not None
