"""What is done at the providers in the background: fetching inbound that no webhook brought, and removing their copies."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa

from amparo.core.errors import SendError
from amparo.store import tables

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(minutes=90)
RETRY_SECONDS = 600.0


async def fetch_missed(services: Any, adapters: Mapping[str, Any]) -> int:
    """Stores messages that Twilio has and we do not; duplicates are known by their id. Returns how many were new."""
    since = datetime.fromtimestamp(services.now(), timezone.utc) - LOOK_BACK
    new = 0
    for adapter in adapters.values():
        if not hasattr(adapter, "recent"):
            continue
        try:
            missed = await adapter.recent(since)
        except SendError as error:
            log.warning("recent messages not read", extra={"channel": adapter.name, "error": error.code})
            continue
        for inbound in missed:
            receipt = await services.inbox.receive(inbound)
            new += not receipt.duplicate
    return new


async def delete_copies(services: Any, adapters: Mapping[str, Any], limit: int = 20) -> int:
    """Removes the providers' copies of what people deleted. Returns how many are gone."""
    d = tables.deletions
    now = services.now()
    async with services.db.read() as connection:
        rows = (await connection.execute(sa.select(d).where(d.c.next_at <= now).order_by(d.c.id).limit(limit))).all()
    gone = 0
    for row in rows:
        adapter = adapters.get(row.channel)
        done = adapter is None or await _delete(services, adapter, row)
        gone += done
        async with services.db.write() as connection:
            if done:
                await connection.execute(d.delete().where(d.c.id == row.id))
            else:
                values = {"next_at": now + RETRY_SECONDS, "attempts": row.attempts + 1}
                await connection.execute(d.update().where(d.c.id == row.id).values(**values))
    return gone


async def _delete(services: Any, adapter: Any, row: Any) -> bool:
    try:
        await adapter.delete("", services.vault.open(row.provider_id_enc))
    except SendError as error:
        log.warning("copy not deleted yet", extra={"channel": row.channel, "error": error.code, "attempt": row.attempts})
        return False
    return True
