"""End of a shift: three lines per open case, accepted by the next person before anybody logs out (DH-24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.errors import NotAllowed, NotFound
from amparo.core.handoff import State
from amparo.core.ports import Clock
from amparo.store import case_tables, desk_tables, tables
from amparo.store.audit import write as audit
from amparo.store.cases import CaseFile, case_file, tell_desk
from amparo.store.database import Database
from amparo.store.practice_tables import real
from amparo.store.vault import DataKey, Vault, new_id

LINE = 300
"""Characters of one of the three lines; they are written without her words."""


@dataclass(frozen=True)
class Handover:
    """One case handed on. `danger`, `agreed`, `next_step`: the three lines. `to_id` '' = whoever comes next."""

    id: str
    case_id: str
    conversation_id: str
    from_id: str
    to_id: str
    danger: str
    agreed: str
    next_step: str
    status: str
    created_at: float


class ShiftHandovers:
    """Offers and their answers. Who owns the talk changes in `accept`'s caller, through the handoff table. Raises NotFound, NotAllowed."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def offer(self, case_id: str, actor: str, danger: str, agreed: str, next_step: str, to: str = "") -> str:
        """The three lines of one case; an earlier open offer of the same case is withdrawn."""
        lines = {"danger": danger.strip()[:LINE], "agreed": agreed.strip()[:LINE], "next": next_step.strip()[:LINE]}
        if not all(lines.values()):
            raise NotAllowed("three_lines")
        if to == actor:
            raise NotAllowed("not_yourself")
        h = case_tables.handovers
        identifier, now = new_id(), self._clock.now()
        async with self._db.write() as connection:
            file = await case_file(connection, self._vault, case_id)
            if file.snapshot.owner != actor and not (file.snapshot.state is State.CALLBACK and file.snapshot.previous_owner == actor):
                raise NotAllowed("not_yours")
            open_ones = (h.c.case_id == case_id) & (h.c.status == "offered")
            await connection.execute(h.update().where(open_ones).values(status="withdrawn", decided_at=now))
            await connection.execute(
                h.insert().values(id=identifier, case_id=case_id, from_id=actor, to_id=to, body_enc=file.key.seal(lines), created_at=now)
            )
            await self._note(connection, file, actor, "handover_offered", identifier)
        return identifier

    async def decide(self, connection: AsyncConnection, handover_id: str, actor: str, accept: bool) -> Handover:
        """The answer of the next person, inside the caller's transaction. The first answer counts; nobody accepts her own."""
        h = case_tables.handovers
        row = (await connection.execute(sa.select(h).where(h.c.id == handover_id).with_for_update())).first()
        if row is None:
            raise NotFound("handover")
        if row.status != "offered":
            raise NotAllowed("already_decided")
        if row.from_id == actor or (row.to_id and row.to_id != actor and not await _supervisor(connection, actor)):
            raise NotAllowed("not_yours")
        file = await case_file(connection, self._vault, row.case_id)
        await _unsealed(connection, file.conversation_id, actor)
        now = self._clock.now()
        status = "accepted" if accept else "refused"
        await connection.execute(h.update().where(h.c.id == handover_id).values(status=status, decided_by=actor, decided_at=now))
        await self._note(connection, file, actor, f"handover_{status}", handover_id)
        return _read(row, file.conversation_id, file.key, status)

    async def refuse(self, handover_id: str, actor: str) -> Handover:
        """She cannot take it: the offer ends, the case stays where it is, and the desk is told."""
        async with self._db.write() as connection:
            handover = await self.decide(connection, handover_id, actor, accept=False)
            await tell_desk(connection, handover.conversation_id, "alarm:handover_refused", self._clock.now())
        return handover

    async def offered(self, actor: str) -> list[Handover]:
        """What waits for this person's answer: named to her or to whoever comes next, never her own."""
        h = case_tables.handovers
        mine = (h.c.status == "offered") & h.c.to_id.in_((actor, "")) & (h.c.from_id != actor)
        return await self._list(mine)

    async def by(self, actor: str) -> list[Handover]:
        """What this person has offered and nobody has answered yet."""
        h = case_tables.handovers
        return await self._list((h.c.status == "offered") & (h.c.from_id == actor))

    async def of_case(self, case_id: str) -> list[Handover]:
        """Every handover of a case, newest first."""
        return await self._list(case_tables.handovers.c.case_id == case_id)

    async def open_cases(self, actor: str) -> list[str]:
        """Case ids that keep this person from logging out: she owns the talk, or agreed to call back."""
        c = tables.conversations
        agreed = (c.c.state == State.CALLBACK.value) & (c.c.previous_owner == actor)
        owned = real(c) & ((c.c.owner == actor) | agreed)
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(c.c.case_id).where(owned & (c.c.case_id != "")))).all()
        return [str(row.case_id) for row in rows]

    async def _list(self, where: Any) -> list[Handover]:
        h, case, c = case_tables.handovers, tables.cases, tables.conversations
        joined = h.join(case, h.c.case_id == case.c.id).join(c, case.c.conversation_id == c.c.id)
        query = sa.select(h, c.c.id.label("conversation_id"), c.c.dek_wrapped).select_from(joined).where(where)
        async with self._db.read() as connection:
            rows = (await connection.execute(query.order_by(h.c.created_at.desc()))).all()
        return [_read(row, row.conversation_id, self._vault.unwrap(row.dek_wrapped), row.status) for row in rows]

    async def _note(self, connection: AsyncConnection, file: CaseFile, actor: str, what: str, identifier: str) -> None:
        now = self._clock.now()
        await audit(connection, now, actor, what, "handover", identifier)
        await tell_desk(connection, file.conversation_id, "handover", now)


async def _supervisor(connection: AsyncConnection, actor: str) -> bool:
    c = desk_tables.counselors
    role = (await connection.execute(sa.select(c.c.role).where((c.c.id == actor) & (c.c.active == 1)))).scalar_one_or_none()
    return role == "supervisor"


async def _unsealed(connection: AsyncConnection, conversation_id: str, actor: str) -> None:
    """Raises NotAllowed where she said "I know this person" (DH-17)."""
    seal = desk_tables.seals
    query = sa.select(seal.c.counselor_id).where((seal.c.conversation_id == conversation_id) & (seal.c.counselor_id == actor))
    if (await connection.execute(query)).first() is not None:
        raise NotAllowed("sealed")


def _read(row: Any, conversation_id: str, key: DataKey, status: str) -> Handover:
    body = key.open(row.body_enc) or {}
    lines = (body.get("danger", ""), body.get("agreed", ""), body.get("next", ""))
    return Handover(row.id, row.case_id, conversation_id, row.from_id, row.to_id, *lines, status, row.created_at)
