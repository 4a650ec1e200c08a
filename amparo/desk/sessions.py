"""Who is looking: a cookie with a random token, its hash in the database, a CSRF value, a lock after a while, an end after longer."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from amparo.desk.accounts import Counselor, from_row, wants_new_password
from amparo.store import desk_tables

COOKIE = "desk"
LOCK_SECONDS = 10 * 60
"""After so long without a move of hers the screen locks; whatever she typed is kept."""
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600
TOUCH_SECONDS = 20
STAFF = ("counselor", "supervisor")


class Stage(IntEnum):
    """How far a login has come. Only OPEN sees anything of people; the column `locked` holds it."""

    OPEN = 0
    LOCKED = 1
    CODE = 2  # the password was right, the six digits are missing
    ENROL = 3  # the house requires a second factor and she has none yet
    PASSWORD = 4  # somebody else chose her password: she chooses her own first


@dataclass(frozen=True)
class Session:
    """One login. `csrf` stands in every form."""

    token_hash: str
    csrf: str
    counselor: Counselor
    stage: Stage = Stage.OPEN


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def start(services: Any, counselor: Counselor) -> str:
    """A new session at the stage it deserves; returns the cookie's value."""
    token = secrets.token_urlsafe(32)
    now = services.now()
    stage = await _first_stage(services, counselor)
    async with services.db.write() as connection:
        await connection.execute(
            desk_tables.sessions.insert().values(
                token_hash=digest(token),
                counselor_id=counselor.id,
                csrf=secrets.token_urlsafe(24),
                locked=int(stage),
                created_at=now,
                seen_at=now,
            )
        )
        if stage is Stage.OPEN:
            await _begin_shift(connection, counselor, now)
    return token


async def _first_stage(services: Any, counselor: Counselor) -> Stage:
    if counselor.totp_on:
        return Stage.CODE
    return await next_stage(services, counselor)


async def next_stage(services: Any, counselor: Counselor) -> Stage:
    """What is still missing once password and code are right."""
    if services.settings.desk_require_totp and not counselor.totp_on:
        return Stage.ENROL
    return Stage.PASSWORD if await wants_new_password(services, counselor.id) else Stage.OPEN


async def advance(services: Any, session: Session, stage: Stage) -> None:
    """Moves a session on (or locks it); a shift begins when it opens."""
    s = desk_tables.sessions
    async with services.db.write() as connection:
        where = s.c.token_hash == session.token_hash
        await connection.execute(s.update().where(where).values(locked=int(stage), seen_at=services.now()))
        if stage is Stage.OPEN and session.stage is not Stage.LOCKED:
            await _begin_shift(connection, session.counselor, services.now())


async def _begin_shift(connection: Any, counselor: Counselor, now: float) -> None:
    if counselor.role not in STAFF:
        return
    p = desk_tables.presence
    values = {"on_shift": 1, "paused": "", "since": now, "seen_at": now}
    done = await connection.execute(p.update().where(p.c.counselor_id == counselor.id).values(**values))
    if done.rowcount == 0:
        await connection.execute(p.insert().values(counselor_id=counselor.id, **values))


async def find(services: Any, token: str, passive: bool = False) -> Session | None:
    """The session behind a cookie; None where it is unknown, too old or its user was disabled.

    `passive`: the page asks by itself (live feed, fragments): that is not a move of hers and keeps no screen unlocked.
    """
    if not token:
        return None
    s, c = desk_tables.sessions, desk_tables.counselors
    now = services.now()
    query = sa.select(c, s.c.csrf, s.c.locked, s.c.seen_at, s.c.token_hash, s.c.created_at.label("began")).select_from(s.join(c))
    async with services.db.read() as connection:
        row = (await connection.execute(query.where(s.c.token_hash == digest(token)))).first()
    if row is None or not row.active or now - row.seen_at > IDLE_SECONDS or now - row.began > LONGEST_SECONDS:
        return None
    stage = Stage(row.locked)
    if stage is Stage.OPEN and now - row.seen_at > LOCK_SECONDS:
        stage = Stage.LOCKED
        await _lock(services, row.token_hash)
    elif stage is Stage.OPEN and not passive and now - row.seen_at > TOUCH_SECONDS:
        await touch(services, row.token_hash, row.id)
    return Session(row.token_hash, row.csrf, from_row(row), stage)


async def _lock(services: Any, token_hash: str) -> None:
    s = desk_tables.sessions
    async with services.db.write() as connection:
        await connection.execute(s.update().where(s.c.token_hash == token_hash).values(locked=int(Stage.LOCKED)))


async def touch(services: Any, token_hash: str, counselor_id: str) -> None:
    """She moved: her session and her presence are fresh."""
    s = desk_tables.sessions
    async with services.db.write() as connection:
        await connection.execute(s.update().where(s.c.token_hash == token_hash).values(seen_at=services.now()))
    await present(services, counselor_id)


async def present(services: Any, counselor_id: str) -> None:
    """Her desk is open: she may be promised to somebody (DH-11), and is not taken for gone."""
    p = desk_tables.presence
    async with services.db.write() as connection:
        await connection.execute(p.update().where(p.c.counselor_id == counselor_id).values(seen_at=services.now()))


async def end(services: Any, session: Session) -> None:
    """Ends a session and, where it was her last, the shift that began with it."""
    s, p = desk_tables.sessions, desk_tables.presence
    async with services.db.write() as connection:
        await connection.execute(s.delete().where(s.c.token_hash == session.token_hash))
        await connection.execute(p.update().where(p.c.counselor_id == session.counselor.id).values(on_shift=0, paused=""))


def right_csrf(session: Session, given: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(session.csrf.encode(), given.encode())
