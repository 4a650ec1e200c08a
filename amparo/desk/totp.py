"""The second factor: six digits every 30 seconds (RFC 6238), enrolled with a picture, each code good once."""

from __future__ import annotations

import io
import time
from typing import Any

import pyotp
import segno
import sqlalchemy as sa

from amparo.desk import accounts
from amparo.desk.accounts import Counselor
from amparo.store import desk_tables, team_tables
from amparo.store.audit import write as audit

STEP_SECONDS = 30
ISSUER = "Desk"
"""What the authenticator app shows: a neutral word."""


async def secret_for(services: Any, counselor: Counselor) -> str:
    """Her secret; a fresh one where she has none. It counts after the first right code."""
    c = desk_tables.counselors
    async with services.db.write() as connection:
        sealed = (await connection.execute(sa.select(c.c.totp_enc).where(c.c.id == counselor.id))).scalar_one()
        if sealed and not counselor.totp_on:
            return str(services.vault.open(sealed))
        secret = pyotp.random_base32()
        await connection.execute(c.update().where(c.c.id == counselor.id).values(totp_enc=services.vault.seal(secret), totp_on=0))
    return secret


def picture(secret: str, name: str) -> str:
    """The QR code of a secret as an SVG document."""
    out = io.BytesIO()
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    segno.make(uri, error="m").save(out, kind="svg", scale=5, border=3, dark="#1d2433", light="#ffffff", svgclass=None, lineclass=None)
    return out.getvalue().decode()


async def check(services: Any, counselor: Counselor, code: str, enrolling: bool = False) -> bool:
    """Is this code right now, and was it not used before? A wrong one counts towards the lockout."""
    c, m = desk_tables.counselors, team_tables.account_marks
    async with services.db.read() as connection:
        query = sa.select(c.c.totp_enc, c.c.locked_until, m.c.totp_step)
        query = query.select_from(c.outerjoin(m, m.c.counselor_id == c.c.id)).where(c.c.id == counselor.id)
        row = (await connection.execute(query)).first()
    if row is None or not row.totp_enc or row.locked_until > services.now():
        return False
    step = _step_of(str(services.vault.open(row.totp_enc)), code)
    right = step is not None and step > (row.totp_step or 0)
    await accounts.note_try(services, counselor.id, right, "code" if right else "code_failed")
    if right and step is not None:
        await _accept(services, counselor, step, enrolling)
    return right


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is: now, or one to either side."""
    now = int(time.time()) // STEP_SECONDS
    digits = "".join(char for char in code if char.isdigit())
    one = pyotp.TOTP(secret)
    return next((step for step in (now, now - 1, now + 1) if pyotp.utils.strings_equal(one.generate_otp(step), digits)), None)


async def _accept(services: Any, counselor: Counselor, step: int, enrolling: bool) -> None:
    c, m = desk_tables.counselors, team_tables.account_marks
    async with services.db.write() as connection:
        done = await connection.execute(m.update().where(m.c.counselor_id == counselor.id).values(totp_step=step))
        if done.rowcount == 0:
            await connection.execute(m.insert().values(counselor_id=counselor.id, totp_step=step, approved_at=services.now()))
        if enrolling:
            await connection.execute(c.update().where(c.c.id == counselor.id).values(totp_on=1))
            await audit(connection, services.now(), counselor.id, "totp_enrolled", "counselor", counselor.id)
