"""Signs of life of the processes, for health and the desk."""

from __future__ import annotations

import sqlalchemy as sa

from amparo.store import tables
from amparo.store.database import Database


async def beat(database: Database, name: str, now: float, detail: str = "") -> None:
    """Notes that the process `name` lives."""
    h = tables.heartbeats
    async with database.write() as connection:
        done = await connection.execute(h.update().where(h.c.name == name).values(at=now, detail=detail))
        if done.rowcount == 0:
            await connection.execute(h.insert().values(name=name, at=now, detail=detail))


async def ages(database: Database, now: float) -> dict[str, float]:
    """Seconds since each process was last heard."""
    h = tables.heartbeats
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(h.c.name, h.c.at))).all()
    return {str(row.name): now - row.at for row in rows}


async def once(db: Database, name: str, now: float, seconds: float) -> bool:
    """True for the first caller in so many seconds, false for the others, also across processes."""
    h = tables.heartbeats
    async with db.write() as connection:
        taken = await connection.execute(h.update().where((h.c.name == name) & (h.c.at <= now - seconds)).values(at=now))
        if taken.rowcount:
            return True
        known = (await connection.execute(sa.select(h.c.at).where(h.c.name == name))).first()
        if known is not None:
            return False
        try:
            async with connection.begin_nested():
                await connection.execute(h.insert().values(name=name, at=now))
        except sa.exc.IntegrityError:
            return False
        return True
