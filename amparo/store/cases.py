"""A case with the key that opens what hangs on it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.errors import NotFound
from amparo.core.handoff import Snapshot
from amparo.store import tables
from amparo.store.talk_rows import read_snapshot
from amparo.store.vault import DataKey, Vault


@dataclass(frozen=True)
class CaseFile:
    """A case inside one transaction. `country` is where she is, '' if unknown."""

    id: str
    conversation_id: str
    status: str
    severity: int
    country: str
    channel: str
    language: str
    snapshot: Snapshot
    key: DataKey


async def case_file(connection: AsyncConnection, vault: Vault, case_id: str, lock: bool = False) -> CaseFile:
    """The case, its conversation's row locked where `lock`. Raises NotFound."""
    case, c = tables.cases, tables.conversations
    query = sa.select(c, case.c.id.label("the_case"), case.c.status, case.c.severity)
    query = query.select_from(case.join(c, case.c.conversation_id == c.c.id)).where(case.c.id == case_id)
    row = (await connection.execute(query.with_for_update(of=c) if lock else query)).first()
    if row is None:
        raise NotFound("case")
    return CaseFile(
        id=row.the_case,
        conversation_id=row.id,
        status=row.status,
        severity=row.severity,
        country=row.where_now,
        channel=row.channel,
        language=row.language or "es",
        snapshot=read_snapshot(row),
        key=vault.unwrap(row.dek_wrapped),
    )


async def tell_desk(connection: AsyncConnection, conversation_id: str, what: str, now: float) -> None:
    """A line of the desk's live feed, in the transaction of what it is about."""
    await connection.execute(tables.changes.insert().values(conversation_id=conversation_id, what=what, at=now))
