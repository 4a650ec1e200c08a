"""Small reads that turn and desk share."""

from __future__ import annotations

import sqlalchemy as sa

from amparo.store import tables
from amparo.store.database import Database


class DeskReads:
    """Reads about cases."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def has_case(self, conversation_id: str) -> bool:
        """True where somebody has ever taken her case: its file outlives a deletion until it was checked (DH-23)."""
        case = tables.cases
        query = sa.select(case.c.id).where((case.c.conversation_id == conversation_id) & (case.c.claimed_at > 0)).limit(1)
        async with self._db.read() as connection:
            return (await connection.execute(query)).first() is not None
