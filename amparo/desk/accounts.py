"""Desk users: argon2 passwords, lockout, and who may be one. Working aliases only; on the web two people make an account (DH-17)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from amparo.core.errors import AmparoError, NotFound
from amparo.store import desk_tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.desk_tables import ROLES
from amparo.store.vault import new_id

MIN_PASSWORD = 10
MAX_PASSWORD = 200
"""Longer ones are refused before hashing: argon2 of a megabyte is a way to keep the desk busy."""
TRIES = 5
LOCK_SECONDS = 15 * 60
STARTING_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))


class AccountError(AmparoError):
    """An account cannot be made or changed; the text says why."""


@dataclass(frozen=True)
class Counselor:
    """A desk user as the views see her."""

    id: str
    name: str
    role: str
    languages: tuple[str, ...]
    interface: str
    adolescent: bool
    cap: int
    totp_on: bool
    woman: bool = True


def from_row(row: Any) -> Counselor:
    """A row of `counselors`."""
    return Counselor(
        row.id,
        row.name,
        row.role,
        tuple(row.languages.split()),
        row.interface,
        bool(row.adolescent),
        row.cap,
        bool(row.totp_on),
        bool(row.woman),
    )


async def add(
    services: Any, name: str, role: str, password: str, languages: str = "es pt en fr ht", actor: str = "host", woman: bool = True
) -> str:
    """Makes a user who can log in at once and returns her id: for the command line and the first run. Raises AccountError."""
    _check_password(password)
    async with services.db.write() as connection:
        return await _insert(services, connection, name, role, _HASHER.hash(password), languages, actor, active=1, woman=int(woman))


async def _insert(
    services: Any,
    connection: Any,
    name: str,
    role: str,
    hashed: str,
    languages: str,
    actor: str,
    active: int,
    adolescent: int = 1,
    woman: int = 1,
) -> str:
    name = " ".join(name.split())
    if role not in ROLES:
        raise AccountError(f"unknown role {role}: use {', '.join(ROLES)}")
    if not name or len(name) > 60:
        raise AccountError("a name of 1 to 60 characters is needed; use a working alias")
    c = desk_tables.counselors
    if (await connection.execute(sa.select(c.c.id).where(c.c.name == name))).first():
        raise AccountError(f"{name} exists already")
    identifier = new_id()
    await connection.execute(
        c.insert().values(
            id=identifier,
            name=name,
            role=role,
            password_hash=hashed,
            languages=languages,
            adolescent=adolescent,
            woman=woman,
            active=active,
            cap=services.content.helpline.caseload_cap,
            created_at=services.now(),
        )
    )
    await audit(connection, services.now(), actor, "account_added" if active else "account_proposed", "counselor", identifier, role)
    return identifier


def _check_password(password: str) -> None:
    if len(password) < MIN_PASSWORD:
        raise AccountError(f"the password needs {MIN_PASSWORD} characters or more")
    if len(password) > MAX_PASSWORD:
        raise AccountError(f"the password has more than {MAX_PASSWORD} characters")


async def nobody_yet(services: Any) -> bool:
    """True while there is no account at all: only then is there a first run."""
    async with services.db.read() as connection:
        return (await connection.execute(sa.select(desk_tables.counselors.c.id).limit(1))).first() is None


async def propose(
    services: Any, actor: Counselor, name: str, role: str, languages: str, adolescent: bool = False, woman: bool = True
) -> str:
    """The first of the two people: an account that cannot log in yet. Raises AccountError."""
    async with services.db.write() as connection:
        unusable = _HASHER.hash(secrets.token_hex(32))
        identifier = await _insert(
            services, connection, name, role, unusable, languages, actor.id, active=0, adolescent=int(adolescent), woman=int(woman)
        )
        await connection.execute(team_tables.account_marks.insert().values(counselor_id=identifier, created_by=actor.id))
    return identifier


async def approve(services: Any, actor: Counselor, identifier: str) -> str:
    """The second person: opens the account and gets the starting password, which works until she chose her own.

    Raises AccountError where the approver is the one who proposed it, or nothing waits for approval.
    """
    c, m = desk_tables.counselors, team_tables.account_marks
    async with services.db.write() as connection:
        query = sa.select(m.c.created_by, c.c.active).select_from(m.join(c, m.c.counselor_id == c.c.id))
        row = (await connection.execute(query.where((m.c.counselor_id == identifier) & (m.c.approved_at == 0)))).first()
        if row is None or row.active:
            raise AccountError("nothing waits for approval")
        if row.created_by == actor.id or identifier == actor.id:
            raise AccountError("two people make an account: somebody else must approve it")
        password = starting_password()
        values = {"active": 1, "approved_by": actor.id, "password_hash": _HASHER.hash(password)}
        await connection.execute(c.update().where(c.c.id == identifier).values(**values))
        where = m.c.counselor_id == identifier
        await connection.execute(m.update().where(where).values(approved_at=services.now(), new_password=1))
        await audit(connection, services.now(), actor.id, "account_approved", "counselor", identifier)
    return password


async def propose_reset(services: Any, actor: Counselor, identifier: str) -> None:
    """Closes an account until a second person approves it anew: then it has a starting password and no second factor."""
    c, m, s = desk_tables.counselors, team_tables.account_marks, desk_tables.sessions
    async with services.db.write() as connection:
        values = {"active": 0, "totp_on": 0, "totp_enc": None, "failed": 0, "locked_until": 0.0}
        if not (await connection.execute(c.update().where(c.c.id == identifier).values(**values))).rowcount:
            raise NotFound("counselor")
        await connection.execute(s.delete().where(s.c.counselor_id == identifier))
        marks = {"created_by": actor.id, "approved_at": 0.0, "new_password": 1, "totp_step": 0}
        done = await connection.execute(m.update().where(m.c.counselor_id == identifier).values(**marks))
        if not done.rowcount:
            await connection.execute(m.insert().values(counselor_id=identifier, **marks))
        await audit(connection, services.now(), actor.id, "account_reset_proposed", "counselor", identifier)


def starting_password() -> str:
    """Four groups of four letters, easy to say on the phone: 79 bits."""
    return "-".join("".join(secrets.choice(STARTING_LETTERS) for _ in range(4)) for _ in range(4))


async def change(services: Any, name: str, actor: str = "host", **values: Any) -> None:
    """Disables, resets or edits a user; her sessions end. Raises AccountError."""
    c, s, p = desk_tables.counselors, desk_tables.sessions, desk_tables.presence
    password = values.pop("password", None)
    if password is not None:
        _check_password(password)
        values.update(password_hash=_HASHER.hash(password), failed=0, locked_until=0.0)
    async with services.db.write() as connection:
        row = (await connection.execute(sa.select(c.c.id).where(c.c.name == name))).first()
        if row is None:
            raise AccountError(f"there is no {name}")
        await connection.execute(c.update().where(c.c.id == row.id).values(**values))
        await connection.execute(s.delete().where(s.c.counselor_id == row.id))
        await connection.execute(p.update().where(p.c.counselor_id == row.id).values(on_shift=0))
        await audit(connection, services.now(), actor, "account_changed", "counselor", row.id, ",".join(sorted(values)))


async def id_of(services: Any, name: str) -> str:
    """The account of this alias. Raises AccountError."""
    c = desk_tables.counselors
    async with services.db.read() as connection:
        found = (await connection.execute(sa.select(c.c.id).where(c.c.name == " ".join(name.split())))).scalar_one_or_none()
    if found is None:
        raise AccountError(f"there is no {name}")
    return str(found)


async def set_woman(services: Any, counselor_id: str, woman: bool, actor: str) -> None:
    """A woman or a man, as a person's wish is held against. Raises NotFound."""
    c = desk_tables.counselors
    async with services.db.write() as connection:
        done = await connection.execute(c.update().where(c.c.id == counselor_id).values(woman=int(woman)))
        if not done.rowcount:
            raise NotFound("counselor")
        await audit(connection, services.now(), actor, "account_about", "counselor", counselor_id, "woman" if woman else "man")


async def choose_password(services: Any, counselor: Counselor, password: str) -> None:
    """A password of her own. Raises AccountError."""
    _check_password(password)
    c, m = desk_tables.counselors, team_tables.account_marks
    async with services.db.write() as connection:
        await connection.execute(c.update().where(c.c.id == counselor.id).values(password_hash=_HASHER.hash(password)))
        await connection.execute(m.update().where(m.c.counselor_id == counselor.id).values(new_password=0))
        await audit(connection, services.now(), counselor.id, "password_chosen", "counselor", counselor.id)


async def wants_new_password(services: Any, counselor_id: str) -> bool:
    """True while she has a password that somebody else has seen."""
    m = team_tables.account_marks
    async with services.db.read() as connection:
        query = sa.select(m.c.new_password).where(m.c.counselor_id == counselor_id)
        return bool((await connection.execute(query)).scalar_one_or_none())


async def log_in(services: Any, name: str, password: str) -> Counselor | None:
    """The user, or None; five wrong tries lock the account for a quarter of an hour. Takes the same time for unknown names."""
    c = desk_tables.counselors
    async with services.db.read() as connection:
        row = (await connection.execute(sa.select(c).where(c.c.name == " ".join(name.split())))).first()
    right = len(password) <= MAX_PASSWORD and _verify(row.password_hash if row else _NOBODY, password)
    if row is None or not row.active or row.locked_until > services.now():
        return None
    await note_try(services, row.id, right, "login" if right else "login_failed")
    return from_row(row) if right else None


async def check_password(services: Any, counselor: Counselor, password: str) -> bool:
    """Hers? For the lock screen; wrong tries count towards the lockout."""
    return await log_in(services, counselor.name, password) is not None


async def note_try(services: Any, counselor_id: str, right: bool, action: str) -> None:
    """Counts a try: a right one clears, the fifth wrong one locks."""
    c = desk_tables.counselors
    now = services.now()
    async with services.db.write() as connection:
        failed = (await connection.execute(sa.select(c.c.failed).where(c.c.id == counselor_id).with_for_update())).scalar_one()
        failed = 0 if right else failed + 1
        values = {"failed": failed % TRIES, "locked_until": now + LOCK_SECONDS if failed >= TRIES else 0.0}
        await connection.execute(c.update().where(c.c.id == counselor_id).values(**values))
        await audit(connection, now, counselor_id, action, "counselor", counselor_id)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False
