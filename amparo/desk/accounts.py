"""Desk users: made on the host's command line, argon2 passwords, TOTP, lockout. Working aliases only (DH-17)."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

import pyotp
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from amparo.core.errors import AmparoError
from amparo.store import desk_tables
from amparo.store.audit import write as audit
from amparo.store.desk_tables import ROLES
from amparo.store.vault import new_id

MIN_PASSWORD = 10
TRIES = 5
LOCK_SECONDS = 15 * 60
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


def from_row(row: Any) -> Counselor:
    return Counselor(
        row.id, row.name, row.role, tuple(row.languages.split()), row.interface, bool(row.adolescent), row.cap, bool(row.totp_on)
    )


async def add(services: Any, name: str, role: str, password: str, languages: str = "es pt en fr ht", actor: str = "host") -> str:
    """Makes a user and returns her id. Raises AccountError."""
    name = name.strip()
    if role not in ROLES:
        raise AccountError(f"unknown role {role}: use {', '.join(ROLES)}")
    if len(password) < MIN_PASSWORD:
        raise AccountError(f"the password needs {MIN_PASSWORD} characters or more")
    if not name or len(name) > 60:
        raise AccountError("a name of 1 to 60 characters is needed; use a working alias")
    c = desk_tables.counselors
    identifier = new_id()
    async with services.db.write() as connection:
        if (await connection.execute(sa.select(c.c.id).where(c.c.name == name))).first():
            raise AccountError(f"{name} exists already")
        await connection.execute(
            c.insert().values(
                id=identifier,
                name=name,
                role=role,
                password_hash=_HASHER.hash(password),
                languages=languages,
                adolescent=1,
                cap=services.content.helpline.caseload_cap,
                created_at=services.now(),
            )
        )
        await audit(connection, services.now(), actor, "account_added", "counselor", identifier, role)
    return identifier


async def change(services: Any, name: str, actor: str = "host", **values: Any) -> None:
    """Disables, resets or edits a user; her sessions end. Raises AccountError."""
    c, s = desk_tables.counselors, desk_tables.sessions
    password = values.pop("password", None)
    if password is not None:
        if len(password) < MIN_PASSWORD:
            raise AccountError(f"the password needs {MIN_PASSWORD} characters or more")
        values.update(password_hash=_HASHER.hash(password), failed=0, locked_until=0.0)
    async with services.db.write() as connection:
        row = (await connection.execute(sa.select(c.c.id).where(c.c.name == name))).first()
        if row is None:
            raise AccountError(f"there is no {name}")
        await connection.execute(c.update().where(c.c.id == row.id).values(**values))
        await connection.execute(s.delete().where(s.c.counselor_id == row.id))
        await audit(connection, services.now(), actor, "account_changed", "counselor", row.id, ",".join(sorted(values)))


async def start_totp(services: Any, counselor_id: str) -> str:
    """A fresh TOTP secret for her; it counts after the first right code."""
    secret = pyotp.random_base32()
    c = desk_tables.counselors
    async with services.db.write() as connection:
        where = c.c.id == counselor_id
        await connection.execute(c.update().where(where).values(totp_enc=services.vault.seal(secret), totp_on=0))
    return secret


async def log_in(services: Any, name: str, password: str, code: str = "") -> Counselor | None:
    """The user, or None; five wrong tries lock the account for a quarter of an hour. Takes the same time for unknown names."""
    c = desk_tables.counselors
    now = services.now()
    async with services.db.read() as connection:
        row = (await connection.execute(sa.select(c).where(c.c.name == name.strip()))).first()
    right = _verify(row.password_hash if row else _NOBODY, password) and row is not None
    usable = row is not None and row.active and row.locked_until <= now
    right = bool(right and usable and _second_factor(services, row, code))
    if row is not None and usable:
        failed = 0 if right else row.failed + 1
        locked = now + LOCK_SECONDS if failed >= TRIES else 0.0
        async with services.db.write() as connection:
            await connection.execute(c.update().where(c.c.id == row.id).values(failed=failed % TRIES, locked_until=locked))
            await audit(connection, now, row.id, "login" if right else "login_failed", "counselor", row.id)
    return from_row(row) if right and row is not None else None


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except VerificationError:
        return False


def _second_factor(services: Any, row: Any, code: str) -> bool:
    """Right code where TOTP is on; without TOTP only where the installation does not require it."""
    if not row.totp_on:
        return not services.settings.desk_require_totp
    return pyotp.TOTP(services.vault.open(row.totp_enc)).verify(code.strip(), for_time=int(time.time()), valid_window=1)
