"""Who is looking: a cookie with a random token, its hash in the database, a CSRF value, a timeout."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amparo.desk.accounts import Counselor, from_row
from amparo.store import desk_tables

COOKIE = "desk"
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600


@dataclass(frozen=True)
class Session:
    """One login. `csrf` stands in every form."""

    token_hash: str
    csrf: str
    counselor: Counselor
    locked: bool = False


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def start(services: Any, counselor: Counselor) -> str:
    """A new session; returns the cookie's value. Staff begin their shift with it."""
    token = secrets.token_urlsafe(32)
    now = services.now()
    p = desk_tables.presence
    async with services.db.write() as connection:
        await connection.execute(
            desk_tables.sessions.insert().values(
                token_hash=digest(token), counselor_id=counselor.id, csrf=secrets.token_urlsafe(24), created_at=now, seen_at=now
            )
        )
        if counselor.role in ("counselor", "supervisor"):
            values = {"on_shift": 1, "paused": "", "since": now, "seen_at": now}
            done = await connection.execute(p.update().where(p.c.counselor_id == counselor.id).values(**values))
            if done.rowcount == 0:
                await connection.execute(p.insert().values(counselor_id=counselor.id, **values))
    return token


async def find(services: Any, token: str) -> Session | None:
    """The session behind a cookie; None where it is unknown, too old or its user was disabled. Notes that she is there."""
    if not token:
        return None
    s, c, p = desk_tables.sessions, desk_tables.counselors, desk_tables.presence
    now = services.now()
    query = sa.select(c, s.c.csrf, s.c.locked, s.c.seen_at, s.c.token_hash, s.c.created_at.label("began")).select_from(s.join(c))
    async with services.db.read() as connection:
        row = (await connection.execute(query.where(s.c.token_hash == digest(token)))).first()
    if row is None or not row.active or now - row.seen_at > IDLE_SECONDS or now - row.began > LONGEST_SECONDS:
        return None
    if now - row.seen_at > 5:
        async with services.db.write() as connection:
            await connection.execute(s.update().where(s.c.token_hash == row.token_hash).values(seen_at=now))
            await connection.execute(p.update().where(p.c.counselor_id == row.id).values(seen_at=now))
    return Session(row.token_hash, row.csrf, from_row(row), bool(row.locked))


async def end(services: Any, session: Session) -> None:
    """Ends a session and the shift that began with it."""
    s, p = desk_tables.sessions, desk_tables.presence
    async with services.db.write() as connection:
        await connection.execute(s.delete().where(s.c.token_hash == session.token_hash))
        await connection.execute(p.update().where(p.c.counselor_id == session.counselor.id).values(on_shift=0))


def right_csrf(session: Session, given: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(session.csrf.encode(), given.encode())
