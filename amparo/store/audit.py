"""Who did what when: a line for every view and action of staff, ids only."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.store import desk_tables


async def write(
    connection: AsyncConnection, now: float, actor: str, action: str, object_type: str = "", object_id: str = "", detail: str = ""
) -> None:
    """One line, in the transaction of what it is about."""
    values: dict[str, Any] = {"at": now, "actor": actor, "action": action, "object_type": object_type, "object_id": object_id}
    await connection.execute(desk_tables.audit.insert().values(detail=detail[:200], **values))
