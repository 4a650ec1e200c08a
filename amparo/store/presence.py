"""Who could take somebody now: for the true time in the offer (DH-11)."""

from __future__ import annotations

import sqlalchemy as sa

from amparo.core.handoff import State
from amparo.core.hours import OnShift
from amparo.core.ports import Clock
from amparo.store import desk_tables, tables, team_tables
from amparo.store.database import Database
from amparo.store.practice_tables import real

SEEN_SECONDS = 120
"""A counselor whose desk has not been heard for so long is not promised to anybody."""


class Presence:
    """Reads shifts and loads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def on_shift(self) -> list[OnShift]:
        """Counselors and supervisors who are logged in, with their free places."""
        p, c, talk, i = desk_tables.presence, desk_tables.counselors, tables.conversations, team_tables.interpreters
        load = (
            sa.select(talk.c.owner, sa.func.count().label("talks"))
            .where(real(talk) & talk.c.state.in_((State.ACTIVE.value, State.TRANSFERRING.value)))
            .group_by(talk.c.owner)
            .subquery()
        )
        query = (
            sa.select(c, p.c.paused, sa.func.coalesce(load.c.talks, 0).label("talks"), i.c.languages.label("interprets"))
            .select_from(p.join(c, p.c.counselor_id == c.c.id).outerjoin(load, load.c.owner == c.c.id))
            .outerjoin(i, i.c.counselor_id == c.c.id)
            .where(p.c.on_shift == 1, c.c.active == 1, p.c.seen_at > self._clock.now() - SEEN_SECONDS)
            .where(c.c.role.in_(("counselor", "supervisor")))
        )
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            OnShift(
                counselor_id=row.id,
                languages=frozenset(row.languages.split()),
                adolescent=bool(row.adolescent),
                free=not row.paused and row.talks < row.cap,
                on_call=bool(row.on_call),
                paused=bool(row.paused),
                woman=bool(row.woman),
                interprets=frozenset((row.interprets or "").split()),
            )
            for row in rows
        ]

    async def ahead(self, severity: int = 0, queued_at: float = 0.0) -> int:
        """How many people wait now before somebody of this severity: graver cases first, then who came first.

        `queued_at`: since when she waits herself, 0 = she would come last among her equals.
        """
        c, case = tables.conversations, tables.cases
        equal = case.c.severity == severity
        before = (case.c.severity > severity) | (equal & (c.c.queued_at < queued_at) if queued_at else equal)
        query = sa.select(sa.func.count()).select_from(c.join(case, c.c.case_id == case.c.id))
        query = query.where(real(c) & (c.c.state == State.WAITING.value) & (c.c.quiet == "") & before)
        async with self._db.read() as connection:
            return int((await connection.execute(query)).scalar_one())
