"""The team as the desk sees it: who is here, load, exposure, calls for care. Always in the order of names, never a ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from amparo.core.handoff import State
from amparo.desk.accounts import Counselor
from amparo.store import desk_tables, tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.practice_tables import real
from amparo.store.presence import SEEN_SECONDS
from amparo.store.vault import new_id

CARE_KINDS = ("threat", "cannot_go_on")


@dataclass(frozen=True)
class Colleague:
    """Somebody on shift. `severe`: severe cases today, for her supervisor only."""

    id: str
    name: str
    role: str
    languages: tuple[str, ...]
    adolescent: bool
    cap: int
    paused: str
    here: bool
    talks: int
    severe: int
    total: int


async def presence(services: Any, counselor_id: str) -> Any:
    """(on_shift, paused, since) of one counselor, or None."""
    p = desk_tables.presence
    async with services.db.read() as connection:
        query = sa.select(p.c.on_shift, p.c.paused, p.c.since).where(p.c.counselor_id == counselor_id)
        return (await connection.execute(query)).first()


async def name_of(services: Any, counselor_id: str) -> str:
    """The working alias, '' where there is none."""
    c = desk_tables.counselors
    async with services.db.read() as connection:
        return str((await connection.execute(sa.select(c.c.name).where(c.c.id == counselor_id))).scalar_one_or_none() or "")


async def names(services: Any) -> dict[str, str]:
    """Every counselor's alias by id."""
    c = desk_tables.counselors
    async with services.db.read() as connection:
        return {row.id: row.name for row in (await connection.execute(sa.select(c.c.id, c.c.name))).all()}


async def on_shift(services: Any) -> list[Colleague]:
    """Who is on shift, by name."""
    p, c, talk, x = desk_tables.presence, desk_tables.counselors, tables.conversations, desk_tables.exposures
    day = datetime.fromtimestamp(services.now(), timezone.utc).date().isoformat()
    human = (State.ACTIVE.value, State.TRANSFERRING.value)
    load = sa.select(sa.func.count()).where(real(talk) & (talk.c.owner == c.c.id) & talk.c.state.in_(human)).scalar_subquery()
    query = (
        sa.select(c, p.c.paused, p.c.seen_at, load.label("talks"), x.c.severe, x.c.total)
        .select_from(p.join(c, p.c.counselor_id == c.c.id).outerjoin(x, (x.c.counselor_id == c.c.id) & (x.c.day == day)))
        .where((p.c.on_shift == 1) & (c.c.active == 1))
        .order_by(c.c.name)
    )
    async with services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    fresh = services.now() - SEEN_SECONDS
    return [
        Colleague(
            r.id,
            r.name,
            r.role,
            tuple(r.languages.split()),
            bool(r.adolescent),
            r.cap,
            r.paused,
            r.seen_at > fresh,
            r.talks,
            r.severe or 0,
            r.total or 0,
        )
        for r in rows
    ]


async def everybody(services: Any) -> list[Any]:
    """Every account with its mark, by name."""
    c, m = desk_tables.counselors, team_tables.account_marks
    query = sa.select(c, m.c.created_by, m.c.approved_at, m.c.new_password).select_from(c.outerjoin(m, m.c.counselor_id == c.c.id))
    async with services.db.read() as connection:
        return list((await connection.execute(query.order_by(c.c.name))).all())


async def call_for_care(services: Any, counselor: Counselor, kind: str, conversation_id: str = "") -> None:
    """Calls the supervisor; routing to her pauses until she comes back by herself."""
    p = desk_tables.presence
    now = services.now()
    async with services.db.write() as connection:
        await connection.execute(
            team_tables.care_calls.insert().values(
                id=new_id(), kind=kind, counselor_id=counselor.id, conversation_id=conversation_id, at=now
            )
        )
        await connection.execute(p.update().where(p.c.counselor_id == counselor.id).values(paused="debrief", since=now))
        await connection.execute(tables.changes.insert().values(conversation_id=conversation_id, what=f"alarm:{kind}", at=now))
        await audit(connection, now, counselor.id, f"care_{kind}", "counselor", counselor.id)


async def open_calls(services: Any) -> list[Any]:
    """Calls that no supervisor has answered, oldest first."""
    k, c = team_tables.care_calls, desk_tables.counselors
    query = sa.select(k, c.c.name).select_from(k.join(c, k.c.counselor_id == c.c.id)).where(k.c.answered_at == 0).order_by(k.c.at)
    async with services.db.read() as connection:
        return list((await connection.execute(query)).all())


async def answer_call(services: Any, call_id: str, supervisor: Counselor) -> None:
    """A supervisor is with her."""
    k = team_tables.care_calls
    async with services.db.write() as connection:
        where = (k.c.id == call_id) & (k.c.answered_at == 0)
        await connection.execute(k.update().where(where).values(answered_by=supervisor.id, answered_at=services.now()))
        await audit(connection, services.now(), supervisor.id, "care_answered", "care_call", call_id)
