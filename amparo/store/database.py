"""The one database: SQLite by default, PostgreSQL by DATABASE_URL; async SQLAlchemy 1.4 Core behind typed functions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

BUSY_SECONDS = 15


class Database:
    """One engine of one event loop. `read` and `write` give a connection inside a transaction."""

    def __init__(self, url: str, pool_size: int = 5) -> None:
        """`url`: an SQLAlchemy url with an async driver (sqlite+aiosqlite or postgresql+asyncpg)."""
        parsed = make_url(url)
        self.url = url
        self.sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = {}
        if self.sqlite:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
                # kept open: a fresh SQLite connection costs a thread, a file and five pragmas, more than most queries
                options.update(poolclass=AsyncAdaptedQueuePool, pool_size=pool_size, max_overflow=2 * pool_size, pool_timeout=BUSY_SECONDS)
            options["connect_args"] = {"timeout": BUSY_SECONDS}
        else:
            options.update(pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, pool_timeout=BUSY_SECONDS)
            options["connect_args"] = {"timeout": BUSY_SECONDS, "command_timeout": 30}
        self.engine: AsyncEngine = create_async_engine(url, **options)
        # PostgreSQL: writers wait for each other's rows while they hold a connection; some are always left for who holds the row
        self._writing = asyncio.Semaphore(1 if self.sqlite else pool_size)
        if self.sqlite:
            _tune_sqlite(self.engine)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a write transaction: commits at the end, rolls back on any error.

        SQLite has one writer: the lock is taken at BEGIN, so that a read is never upgraded halfway (SQLITE_BUSY), and
        writers of this process queue here instead of spinning on the file.
        """
        if not self.sqlite:
            async with self._writing, self.engine.begin() as connection:
                yield connection
            return
        async with self._writing, self.engine.connect() as connection:
            connection = await connection.execution_options(amparo_write=True)
            async with connection.begin():
                yield connection

    async def scrub(self) -> None:
        """After a deletion: nothing of the deleted pages stays in SQLite's write-ahead log."""
        if self.sqlite:
            async with self.engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        await self.engine.dispose()


def _tune_sqlite(engine: AsyncEngine) -> None:
    sync_engine = engine.sync_engine

    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # acknowledged means on disk, also when the power goes
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def _on_begin(connection: Any) -> None:
        write = connection.get_execution_options().get("amparo_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    event.listen(sync_engine, "connect", _on_connect)
    event.listen(sync_engine, "begin", _on_begin)


def is_outage(error: BaseException) -> bool:
    """True where the database is away or too busy, as opposed to a fault of ours."""
    if isinstance(error, (OSError, asyncio.TimeoutError, InterfaceError, OperationalError)):
        return True
    return isinstance(error, DBAPIError) and bool(error.connection_invalidated)
