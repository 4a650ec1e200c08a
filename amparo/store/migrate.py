"""Brings the database to the newest schema (alembic), without an ini file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import Connection

from amparo.store.database import Database

HERE = Path(__file__).parent / "migrations"


def config(url: str) -> Config:
    """An alembic configuration for this url, also for `alembic` commands in tests."""
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Migrates up to `revision`. Safe to call at every start and from several processes."""
    asyncio.run(_run(url, lambda made: command.upgrade(made, revision)))


def downgrade(url: str, revision: str) -> None:
    """Migrates down to `revision`."""
    asyncio.run(_run(url, lambda made: command.downgrade(made, revision)))


async def _run(url: str, work: object) -> None:
    database = Database(url, pool_size=1)
    if database.sqlite:  # a table that is rebuilt is dropped first, and a drop would take every row that refers to it
        event.listen(database.engine.sync_engine, "connect", lambda raw, _record: raw.execute("PRAGMA foreign_keys=OFF"))
    made = config(url)

    def inside(connection: Connection) -> None:
        made.attributes["connection"] = connection
        work(made)  # type: ignore[operator]

    try:
        async with database.write() as connection:
            if not database.sqlite:
                await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7460115)")
            await connection.run_sync(inside)
            if database.sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first() is not None:
                raise RuntimeError("the migration would leave rows that refer to nothing")
    finally:
        await database.close()
