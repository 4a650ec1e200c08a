"""The live feed: one reader of `changes` per process, any number of desks behind it. Ids of what changed, never content."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from amparo.desk import sessions
from amparo.desk.accounts import Counselor
from amparo.desk.alarms import heard
from amparo.desk.sessions import Stage
from amparo.store import tables

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
"""How often the one reader looks; half of it is the mean delay of a change, whatever the number of desks."""
BATCH = 200
HEARTBEAT_SECONDS = 10.0
CHECK_SECONDS = 20.0
"""How often an open feed makes sure that its login still stands, and says that her desk is open."""
LONGEST_SECONDS = 300.0
FULL = 500


class Feed:
    """Reads the table while somebody listens. `services`: of the loop that it runs on."""

    def __init__(self, services: Any) -> None:
        self._services = services
        self._desks: dict[asyncio.Queue[tuple[int, str, str]], str] = {}
        self._reader: asyncio.Task[None] | None = None
        self._after = 0

    async def newest(self) -> int:
        """The id of the last change."""
        async with self._services.db.read() as connection:
            return int((await connection.execute(sa.select(sa.func.max(tables.changes.c.id)))).scalar_one() or 0)

    async def since(self, after: int) -> list[tuple[int, str, str]]:
        """(id, conversation, what) after an id, oldest first."""
        t = tables.changes
        async with self._services.db.read() as connection:
            query = sa.select(t.c.id, t.c.conversation_id, t.c.what).where(t.c.id > after).order_by(t.c.id).limit(BATCH)
            return [(row.id, row.conversation_id, row.what) for row in (await connection.execute(query)).all()]

    def join(self, counselor_id: str = "") -> asyncio.Queue[tuple[int, str, str]]:
        """A queue that every later change is put into. `counselor_id`: whose desk it is."""
        queue: asyncio.Queue[tuple[int, str, str]] = asyncio.Queue(FULL)
        self._desks[queue] = counselor_id
        if self._reader is None or self._reader.done():
            self._reader = asyncio.get_running_loop().create_task(self._read())
        return queue

    def leave(self, queue: asyncio.Queue[tuple[int, str, str]]) -> None:
        """The desk went away; the reader stops after the last one."""
        self._desks.pop(queue, None)

    def typing(self, conversation_id: str, counselor_id: str, name: str) -> None:
        """Tells the other open desks that this colleague is typing; kept nowhere, id 0."""
        for queue, whose in self._desks.items():
            if whose != counselor_id and not queue.full():
                queue.put_nowait((0, conversation_id, f"typing:{name}"))

    async def _read(self) -> None:
        self._after = await self.newest()
        while self._desks:
            try:
                rows = await self.since(self._after)
            except (SQLAlchemyError, OSError) as error:
                log.warning("feed cannot read", extra={"error": type(error).__name__})
                await asyncio.sleep(1.0)
                continue
            for row in rows:
                self._after = row[0]
                for queue in self._desks:
                    if not queue.full():  # a desk that does not read is told to look at everything when it comes back
                        queue.put_nowait(row)
            await asyncio.sleep(LOOK_SECONDS)


_FEEDS: dict[int, Feed] = {}


def feed_of(services: Any) -> Feed:
    """The one feed of this loop."""
    feed = _FEEDS.get(id(services))
    if feed is None:
        _FEEDS.clear()  # the services of an earlier loop are gone
        feed = _FEEDS[id(services)] = Feed(services)
    return feed


async def events(services: Any, token: str, counselor: Counselor, after: int) -> AsyncIterator[str]:
    """Server-sent events for one desk until its login ends, locks, or five minutes passed (the browser comes back by itself)."""
    feed = feed_of(services)
    queue = feed.join(counselor.id)
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_SECONDS
    checked = 0.0
    try:
        missed = await feed.since(after) if after else []
        last = missed[-1][0] if missed else after or await feed.newest()
        yield f"retry: 1500\nid: {last}\nevent: hello\ndata: {{}}\n\n"
        for row in missed:
            if heard(row[2], counselor.role):
                yield _line(row)
        while loop.time() < end:
            if loop.time() - checked >= CHECK_SECONDS:
                checked = loop.time()
                ended = await _ended(services, token, counselor.id)
                if ended:
                    yield f"event: {ended}\ndata: {{}}\n\n"
                    return
            try:
                row = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except asyncio.TimeoutError:
                yield ": still here\n\n"
                continue
            if row[0] == 0:
                yield f"event: typing\ndata: {json.dumps({'c': row[1], 'n': row[2][7:]})}\n\n"
            elif row[0] > last:
                last = row[0]
                if heard(row[2], counselor.role):
                    yield _line(row)
    finally:
        feed.leave(queue)


async def _ended(services: Any, token: str, counselor_id: str) -> str:
    """'' while the login stands and is open; then her presence is fresh."""
    session = await sessions.find(services, token, passive=True)
    if session is None:
        return "ended"
    if session.stage is not Stage.OPEN:
        return "locked"
    await sessions.present(services, counselor_id)
    return ""


def _line(row: tuple[int, str, str]) -> str:
    return f"id: {row[0]}\ndata: {json.dumps({'c': row[1], 'w': row[2]})}\n\n"
