"""Wake-ups between the processes: LISTEN/NOTIFY on PostgreSQL, a loopback datagram on SQLite, a poll behind both.

A wake-up carries no content: whoever gets one looks into the database. A lost one costs at most a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from amparo.store.database import Database

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PORTS = {"assistant": 0, "jobs": 1, "desk": 2}


class Waker:
    """Wakes others (`wake`) and is woken (`listen`). `base_port`: first of three UDP ports on 127.0.0.1, for SQLite."""

    def __init__(self, database: Database, base_port: int) -> None:
        self._db = database
        self._base = base_port
        self._out: socket.socket | None = None

    async def wake(self, who: str) -> None:
        """Tells a process to look now. Never raises: the poll is behind it."""
        if self._db.sqlite:
            self._datagram(who)
            return
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._db.write() as connection:
                await connection.exec_driver_sql(f"NOTIFY amparo_{who}")

    def _datagram(self, who: str) -> None:
        if self._out is None:
            self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._out.setblocking(False)
        with contextlib.suppress(OSError):
            self._out.sendto(b"1", ("127.0.0.1", self._base + PORTS[who]))

    async def listen(self, who: str, woken: Callable[[], None]) -> None:
        """Calls `woken` at each wake-up until cancelled; reconnects by itself. Without a free port the poll remains."""
        while True:
            try:
                await (self._listen_loopback(who, woken) if self._db.sqlite else self._listen_postgres(who, woken))
            except (SQLAlchemyError, OSError) as error:
                log.warning("wake-up channel lost", extra={"error": type(error).__name__})
            await asyncio.sleep(POLL_SECONDS)

    async def _listen_loopback(self, who: str, woken: Callable[[], None]) -> None:
        address = ("127.0.0.1", self._base + PORTS[who])
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Ear(woken), local_addr=address)
        try:
            await asyncio.Event().wait()
        finally:
            transport.close()

    async def _listen_postgres(self, who: str, woken: Callable[[], None]) -> None:
        async with self._db.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            await raw.add_listener(f"amparo_{who}", lambda *_: woken())
            while not raw.is_closed():  # noqa: ASYNC110 - asyncpg tells of a lost connection only when asked
                await asyncio.sleep(POLL_SECONDS)
        raise OSError("closed")


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, woken: Callable[[], None]) -> None:
        self._woken = woken

    def datagram_received(self, data: bytes, addr: object) -> None:
        del data, addr
        self._woken()
