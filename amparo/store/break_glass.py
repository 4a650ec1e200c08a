"""Opening a number or a place: counselor and supervisor together, for fifteen minutes, with a written reason (DH-13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.errors import NotAllowed, NotFound
from amparo.core.ports import Clock
from amparo.store import case_tables, desk_tables, tables
from amparo.store.audit import write as audit
from amparo.store.cases import CaseFile, case_file, tell_desk
from amparo.store.database import Database
from amparo.store.vault import DataKey, Vault, new_id

OPEN_SECONDS = 15 * 60
ASK_SECONDS = 60 * 60
"""A question that no supervisor answered for so long is no question any more."""

WHAT = ("number", "location", "earlier_chat")
GROUNDS = ("she_asked", "life_at_risk")


@dataclass(frozen=True)
class Grant:
    """One opening. `status`: asked, open, refused, closed or expired, as it is now. Times are unix seconds."""

    id: str
    case_id: str
    what: str
    ground: str
    reason: str
    status: str
    asked_by: str
    approved_by: str
    tell_her: bool
    views: int
    asked_at: float
    expires_at: float


class BreakGlass:
    """Asks, approves, reveals; each step is an audit line. Raises NotFound and NotAllowed."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def ask(self, case_id: str, actor: str, what: str, ground: str, reason: str, tell_her: bool = True) -> str:
        """A counselor asks. `tell_her` False only where telling raises the danger; the reason then says so."""
        if what not in WHAT or ground not in GROUNDS:
            raise NotAllowed("not_a_ground")
        if len(reason.strip()) < 10:
            raise NotAllowed("reason_needed")
        identifier, now = new_id(), self._clock.now()
        async with self._db.write() as connection:
            file = await case_file(connection, self._vault, case_id)
            await connection.execute(
                case_tables.break_glass.insert().values(
                    id=identifier,
                    case_id=case_id,
                    what=what,
                    ground=ground,
                    reason_enc=file.key.seal(reason.strip()[:1000]),
                    asked_by=actor,
                    tell_her=int(tell_her),
                    asked_at=now,
                )
            )
            await self._note(connection, file, actor, "break_glass_asked", identifier, f"{what} {ground}")
            await tell_desk(connection, file.conversation_id, "alarm:break_glass", now)
        return identifier

    async def approve(self, grant_id: str, actor: str) -> Grant:
        """A supervisor opens it, never the one who asked. From now on it is open for fifteen minutes."""
        async with self._db.write() as connection:
            row, file = await self._row(connection, grant_id)
            await self._may_decide(connection, row, actor)
            now = self._clock.now()
            values = {"status": "open", "approved_by": actor, "opened_at": now, "expires_at": now + OPEN_SECONDS}
            await self._write(connection, grant_id, **values)
            await self._note(connection, file, actor, "break_glass_opened", grant_id, row.what)
            row, _ = await self._row(connection, grant_id)
            return _read(row, file.key, now)

    async def refuse(self, grant_id: str, actor: str) -> None:
        """A supervisor says no."""
        async with self._db.write() as connection:
            row, file = await self._row(connection, grant_id)
            await self._may_decide(connection, row, actor)
            await self._write(connection, grant_id, status="refused", approved_by=actor)
            await self._note(connection, file, actor, "break_glass_refused", grant_id)

    async def close(self, grant_id: str, actor: str) -> None:
        """Done before the time is over."""
        async with self._db.write() as connection:
            row, file = await self._row(connection, grant_id)
            if actor not in (row.asked_by, row.approved_by):
                raise NotAllowed("not_yours")
            await self._write(connection, grant_id, status="closed")
            await self._note(connection, file, actor, "break_glass_closed", grant_id)

    async def reveal(self, grant_id: str, actor: str) -> dict[str, str]:
        """What was opened, to one of the two who opened it, while it is open: {"channel", "address"} or {"country"}.

        A place is only the country: more was never stored (DH-7). Raises NotAllowed when the time is over.
        """
        async with self._db.write() as connection:
            row, file = await self._row(connection, grant_id)
            if _status(row, self._clock.now()) != "open":
                raise NotAllowed("not_open")
            if actor not in (row.asked_by, row.approved_by):
                raise NotAllowed("not_yours")
            await self._write(connection, grant_id, views=row.views + 1)
            await self._note(connection, file, actor, "break_glass_viewed", grant_id, row.what)
            if row.what == "location":
                return {"country": file.country}
            if row.what == "earlier_chat":
                return {"conversation_id": file.conversation_id}
            c = tables.conversations
            sealed = (await connection.execute(sa.select(c.c.address_enc).where(c.c.id == file.conversation_id))).scalar_one()
            return {"channel": file.channel, "address": str(file.key.open(sealed))}

    async def may_read_earlier(self, case_id: str, actor: str) -> bool:
        """True while an opening of the earlier chat runs for this person (DH-8)."""
        b = case_tables.break_glass
        now = self._clock.now()
        where = (b.c.case_id == case_id) & (b.c.what == "earlier_chat") & (b.c.status == "open") & (b.c.expires_at > now)
        async with self._db.read() as connection:
            query = sa.select(b.c.id).where(where & ((b.c.asked_by == actor) | (b.c.approved_by == actor)))
            return (await connection.execute(query)).first() is not None

    async def of_case(self, case_id: str) -> list[Grant]:
        """Every opening of a case, newest first."""
        b = case_tables.break_glass
        async with self._db.read() as connection:
            file = await case_file(connection, self._vault, case_id)
            rows = (await connection.execute(sa.select(b).where(b.c.case_id == case_id).order_by(b.c.asked_at.desc()))).all()
        return [_read(row, file.key, self._clock.now()) for row in rows]

    async def waiting(self) -> list[tuple[str, str]]:
        """(grant id, case id) that wait for a supervisor."""
        b = case_tables.break_glass
        where = (b.c.status == "asked") & (b.c.asked_at > self._clock.now() - ASK_SECONDS)
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(b.c.id, b.c.case_id).where(where).order_by(b.c.asked_at))).all()
        return [(str(row.id), str(row.case_id)) for row in rows]

    async def _may_decide(self, connection: AsyncConnection, row: Any, actor: str) -> None:
        if _status(row, self._clock.now()) != "asked":
            raise NotAllowed("already_decided")
        c = desk_tables.counselors
        role = (await connection.execute(sa.select(c.c.role).where((c.c.id == actor) & (c.c.active == 1)))).scalar_one_or_none()
        if role != "supervisor":
            raise NotAllowed("supervisor_only")
        if row.asked_by == actor:
            raise NotAllowed("two_people")

    async def _row(self, connection: AsyncConnection, grant_id: str) -> tuple[Any, CaseFile]:
        b = case_tables.break_glass
        row = (await connection.execute(sa.select(b).where(b.c.id == grant_id).with_for_update())).first()
        if row is None:
            raise NotFound("break_glass")
        return row, await case_file(connection, self._vault, row.case_id)

    async def _write(self, connection: AsyncConnection, grant_id: str, **values: Any) -> None:
        b = case_tables.break_glass
        await connection.execute(b.update().where(b.c.id == grant_id).values(**values))

    async def _note(self, connection: AsyncConnection, file: CaseFile, actor: str, what: str, grant_id: str, detail: str = "") -> None:
        now = self._clock.now()
        await audit(connection, now, actor, what, "break_glass", grant_id, detail)
        await tell_desk(connection, file.conversation_id, "break_glass", now)


def _status(row: Any, now: float) -> str:
    if row.status == "open" and row.expires_at <= now:
        return "expired"
    if row.status == "asked" and now - row.asked_at > ASK_SECONDS:
        return "expired"
    return str(row.status)


def _read(row: Any, key: DataKey, now: float) -> Grant:
    return Grant(
        id=row.id,
        case_id=row.case_id,
        what=row.what,
        ground=row.ground,
        reason=str(key.open(row.reason_enc) or ""),
        status=_status(row, now),
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        tell_her=bool(row.tell_her),
        views=row.views,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
    )
