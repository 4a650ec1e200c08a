"""Sends what the outbox holds: claim, hand to the provider, note what it said. Errors come from a closed set, decided here only."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from typing import Any

from amparo.core.errors import ContactStopped, OutsideWindow, Permanent, Retryable
from amparo.core.outbound import MAX_ATTEMPTS, next_attempt
from amparo.core.ports import Clock
from amparo.store.outbox import Job, Outbox

log = logging.getLogger(__name__)

BATCH = 20
TELEGRAM_PER_SECOND = 25


class Sender:
    """One sending worker. `adapters`: channel name -> adapter; a channel that is off keeps its rows until they expire."""

    def __init__(self, outbox: Outbox, adapters: Mapping[str, Any], clock: Clock, worker: str) -> None:
        self._outbox = outbox
        self._adapters = adapters
        self._clock = clock
        self._worker = worker
        self._random = random.Random(worker)
        self._telegram = asyncio.Semaphore(TELEGRAM_PER_SECOND)

    async def round(self) -> int:
        """Sends what is due now. Returns how many rows were worked on."""
        jobs = await self._outbox.claim(self._worker, BATCH, tuple(self._adapters))
        if jobs:
            await asyncio.gather(*(self._send(job) for job in jobs))
        return len(jobs)

    async def _send(self, job: Job) -> None:
        adapter = self._adapters[job.channel]
        try:
            if job.channel == "telegram":
                async with self._telegram:
                    provider_id = await self._hand_over(adapter, job)
            else:
                provider_id = await self._hand_over(adapter, job)
        except Retryable as error:
            await self._again(job, error)
            return
        except OutsideWindow:
            await self._outbox.outside_window(job)
            return
        except (ContactStopped, Permanent) as error:
            log.warning("not sent", extra={"outbox": job.outbox_id, "error": error.code or error.reason, "channel": job.channel})
            await self._outbox.fail(job.outbox_id, error.code or error.reason, stopped=isinstance(error, ContactStopped))
            return
        if provider_id is not None:
            await self._outbox.sent(job.outbox_id, provider_id)

    async def _hand_over(self, adapter: Any, job: Job) -> str | None:
        """The provider's id; None where, at the last look, the text was not to be sent any more."""
        if not await self._outbox.confirm(job, adapter.capabilities.window_hours):
            return None
        if job.template and adapter.capabilities.templates:
            return str(await adapter.send_template(job.address, job.template, job.language, job.ttl))
        return str(await adapter.send(job.address, job.rendered, job.ttl, job.language))

    async def _again(self, job: Job, error: Retryable) -> None:
        if job.attempts >= MAX_ATTEMPTS:
            await self._outbox.fail(job.outbox_id, error.code or error.reason)
            return
        at = next_attempt(job.attempts, self._clock.now(), error.after, self._random.random())
        log.info("will be sent again", extra={"outbox": job.outbox_id, "error": error.code, "attempt": job.attempts})
        await self._outbox.retry(job.outbox_id, at, error.code or error.reason)
