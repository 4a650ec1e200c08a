"""Referrals of a case: asked without identity, accepted by name and hour, her yes, and what became of it (DH-18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.errors import NotAllowed, NotFound
from amparo.core.ports import Clock
from amparo.core.referral import Referral, move
from amparo.store import case_tables
from amparo.store.audit import write as audit
from amparo.store.cases import CaseFile, case_file, tell_desk
from amparo.store.database import Database
from amparo.store.vault import DataKey, Vault, new_id

CONTENTS = ("first_name", "needs", "papers", "health", "children", "contact", "safety_plan")
"""What a referral packet may hold; each is consented to by itself."""


@dataclass(frozen=True)
class ReferralRow:
    """One referral, decrypted. `service_id` is of the directory, '' for a place outside it. Times are unix seconds, 0 = not yet."""

    id: str
    case_id: str
    state: Referral
    recipient: str
    service_id: str
    question: str
    accepted_by: str
    accepted_for: str
    contents: tuple[str, ...]
    way_there: str
    asked_at: float
    accepted_at: float
    consented_at: float
    settled_at: float
    follow_up_at: float
    follow_up_how: str
    followed_up: bool


class Referrals:
    """Writes and reads referrals; every change is audited and shown on the desk. Raises NotFound and NotAllowed."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def ask(self, case_id: str, actor: str, recipient: str, question: str, service_id: str = "") -> str:
        """Files what was asked of a place. `question` identifies nobody ("a woman, two sons, no papers, tonight?")."""
        if not recipient.strip() or not question.strip():
            raise NotAllowed("empty")
        identifier = new_id()
        now = self._clock.now()
        body = {"recipient": recipient.strip()[:200], "question": question.strip()[:500], "service_id": service_id[:80]}
        async with self._db.write() as connection:
            file = await case_file(connection, self._vault, case_id)
            await connection.execute(
                case_tables.referrals.insert().values(
                    id=identifier, case_id=case_id, author=actor, body_enc=file.key.seal(body), asked_at=now
                )
            )
            await self._note(connection, file, actor, "referral_asked", identifier)
        return identifier

    async def accepted(self, referral_id: str, actor: str, by: str, hour: str) -> None:
        """The place said yes: who said it, and for when. Without both it is no acceptance."""
        if not by.strip() or not hour.strip():
            raise NotAllowed("name_and_hour")
        body = {"accepted_by": by.strip()[:120], "accepted_for": hour.strip()[:120]}
        await self._move(referral_id, actor, Referral.ACCEPTED, body, accepted_at=self._clock.now())

    async def her_yes(self, referral_id: str, actor: str, contents: Sequence[str], way_there: str, told: bool) -> None:
        """Her consent to this place and these contents. `told`: she read that what left cannot be called back."""
        if not told:
            raise NotAllowed("tell_her_first")
        unknown = set(contents) - set(CONTENTS)
        if unknown:
            raise NotAllowed(f"not_a_content:{sorted(unknown)[0]}")
        body = {"contents": list(contents), "way_there": way_there.strip()[:1000]}
        await self._move(referral_id, actor, Referral.HER_YES, body, consented_at=self._clock.now())

    async def settle(self, referral_id: str, actor: str, state: Referral) -> None:
        """What became of it: arrived, refused, unknown, or withdrawn by her."""
        if state.open:
            raise NotAllowed("not_an_end")
        await self._move(referral_id, actor, state, {}, settled_at=self._clock.now())

    async def follow_up(self, referral_id: str, actor: str, at: float, how: str) -> None:
        """The one follow-up, in the hour (unix seconds) and way she chose. A second is refused."""
        async with self._db.write() as connection:
            row, file = await self._row(connection, referral_id)
            if row.followed_up or row.follow_up_at:
                raise NotAllowed("one_follow_up")
            body = {**(file.key.open(row.body_enc) or {}), "follow_up_how": how.strip()[:200]}
            await self._write(connection, referral_id, body_enc=file.key.seal(body), follow_up_at=at)
            await self._note(connection, file, actor, "referral_follow_up_agreed", referral_id)

    async def followed_up(self, referral_id: str, actor: str) -> None:
        """It was done, once."""
        async with self._db.write() as connection:
            row, file = await self._row(connection, referral_id)
            if row.followed_up or not row.follow_up_at:
                raise NotAllowed("one_follow_up")
            await self._write(connection, referral_id, followed_up=1)
            await self._note(connection, file, actor, "referral_followed_up", referral_id)

    async def of_case(self, case_id: str) -> list[ReferralRow]:
        """The referrals of a case, newest first."""
        r = case_tables.referrals
        async with self._db.read() as connection:
            file = await case_file(connection, self._vault, case_id)
            rows = (await connection.execute(sa.select(r).where(r.c.case_id == case_id).order_by(r.c.asked_at.desc()))).all()
        return [_read(row, file.key) for row in rows]

    async def packet(self, referral_id: str) -> ReferralRow:
        """The referral whose packet is to leave now. Raises NotAllowed unless the place accepted and she said yes."""
        async with self._db.read() as connection:
            row, file = await self._row(connection, referral_id)
        found = _read(row, file.key)
        if not found.state.may_share:
            raise NotAllowed("no_consent")
        return found

    async def due(self, now: float) -> list[tuple[str, str]]:
        """(referral id, case id) of follow-ups whose hour has come."""
        r = case_tables.referrals
        where = (r.c.follow_up_at > 0) & (r.c.follow_up_at <= now) & (r.c.followed_up == 0)
        async with self._db.read() as connection:
            rows = (await connection.execute(sa.select(r.c.id, r.c.case_id).where(where))).all()
        return [(str(row.id), str(row.case_id)) for row in rows]

    async def _move(self, referral_id: str, actor: str, to: Referral, more: dict[str, Any], **columns: float) -> None:
        async with self._db.write() as connection:
            row, file = await self._row(connection, referral_id)
            state = move(Referral(row.status), to)
            body = {**(file.key.open(row.body_enc) or {}), **more}
            await self._write(connection, referral_id, status=state.value, body_enc=file.key.seal(body), **columns)
            await self._note(connection, file, actor, f"referral_{state.value}", referral_id)

    async def _row(self, connection: AsyncConnection, referral_id: str) -> tuple[Any, CaseFile]:
        r = case_tables.referrals
        row = (await connection.execute(sa.select(r).where(r.c.id == referral_id).with_for_update())).first()
        if row is None:
            raise NotFound("referral")
        return row, await case_file(connection, self._vault, row.case_id)

    async def _write(self, connection: AsyncConnection, referral_id: str, **values: Any) -> None:
        r = case_tables.referrals
        await connection.execute(r.update().where(r.c.id == referral_id).values(**values))

    async def _note(self, connection: AsyncConnection, file: CaseFile, actor: str, what: str, referral_id: str) -> None:
        now = self._clock.now()
        await audit(connection, now, actor, what, "referral", referral_id)
        await tell_desk(connection, file.conversation_id, "referral", now)


def _read(row: Any, key: DataKey) -> ReferralRow:
    body = key.open(row.body_enc) or {}
    return ReferralRow(
        id=row.id,
        case_id=row.case_id,
        state=Referral(row.status),
        recipient=body.get("recipient", ""),
        service_id=body.get("service_id", ""),
        question=body.get("question", ""),
        accepted_by=body.get("accepted_by", ""),
        accepted_for=body.get("accepted_for", ""),
        contents=tuple(body.get("contents", ())),
        way_there=body.get("way_there", ""),
        asked_at=row.asked_at,
        accepted_at=row.accepted_at,
        consented_at=row.consented_at,
        settled_at=row.settled_at,
        follow_up_at=row.follow_up_at,
        follow_up_how=body.get("follow_up_how", ""),
        followed_up=bool(row.followed_up),
    )
