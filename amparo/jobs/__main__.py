"""`python -m amparo.jobs`: sends the outbox and does what the clock owes, until told to stop.

Every job is a coroutine that may be cut off at any moment: what it does is claimed and committed in the database first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from amparo import wiring
from amparo.jobs.alerts import Alerts
from amparo.jobs.providers import delete_copies, fetch_missed
from amparo.jobs.purge import Purge
from amparo.jobs.sender import Sender
from amparo.jobs.timeouts import Timeouts
from amparo.store.database import is_outage
from amparo.store.heartbeats import beat

log = logging.getLogger("amparo.jobs")

POLL_SECONDS = 1.0


async def every(seconds: float, name: str, work: Callable[[], Awaitable[Any]], stopping: asyncio.Event) -> None:
    """Runs `work` again and again; a database that is away is waited for, anything else is logged and tried again."""
    while not stopping.is_set():
        try:
            await work()
        except Exception as error:
            if not is_outage(error):
                log.exception("job failed", extra={"job": name})
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopping.wait(), seconds)


async def sending(sender: Sender, woken: asyncio.Event, stopping: asyncio.Event) -> None:
    """The outbox: at once when woken, at least every second."""
    while not stopping.is_set():
        try:
            busy = await sender.round()
        except Exception as error:
            busy = 0
            if not is_outage(error):
                log.exception("sending failed", extra={"job": "sender"})
            await asyncio.sleep(POLL_SECONDS)
        if not busy:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(woken.wait(), POLL_SECONDS)
            woken.clear()


async def main() -> None:
    """All jobs of this process."""
    services = wiring.services()
    adapters = wiring.senders(services.app)
    stopping, woken = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stopping.set)
    sender = Sender(services.outbox, adapters, services.clock, f"jobs-{os.getpid()}")
    tasks = [
        sending(sender, woken, stopping),
        services.waker.listen("jobs", woken.set),
        every(1.0, "timeouts", Timeouts(services).round, stopping),
        every(0.5, "practice", services.practices.round, stopping),
        every(2.0, "alerts", Alerts(services, adapters).round, stopping),
        every(60.0, "missed", lambda: fetch_missed(services, adapters), stopping),
        every(30.0, "copies", lambda: delete_copies(services, adapters), stopping),
        every(20.0, "purge", Purge(services).round, stopping),
        every(5.0, "beat", lambda: beat(services.db, "jobs", services.now()), stopping),
    ]
    running = [asyncio.ensure_future(task) for task in tasks]
    log.info("jobs ready", extra={"count": len(running)})
    await stopping.wait()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await wiring.close()


if __name__ == "__main__":
    asyncio.run(main())
