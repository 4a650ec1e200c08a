"""Three everyday words that open a case to staff when she returns from another phone (DH-24).

Only a keyed hash of the three words is stored, in any order. Whoever types them is never told whether they fit.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.errors import Conflict, NotAllowed
from amparo.core.phrases import tokens
from amparo.core.ports import Clock
from amparo.store import case_tables, tables
from amparo.store.audit import write as audit
from amparo.store.cases import case_file, tell_desk
from amparo.store.database import Database
from amparo.store.vault import Vault

WORDS = 3
DAYS = 90
TRIES = 8


@dataclass(frozen=True)
class Found:
    """The case behind three words. `counselor_id`: who had it last, '' if nobody; she is asked first."""

    case_id: str
    conversation_id: str
    counselor_id: str


class CaseCodes:
    """Makes codes and finds cases by them. `lists`: everyday words per language (content/codewords.yml)."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._db = database
        self._vault = vault
        self._clock = clock

    async def make(self, case_id: str, actor: str, lists: Mapping[str, Sequence[str]]) -> tuple[str, str, str]:
        """Three fresh words in her language, shown once, for 90 days; earlier words of this case end. Raises NotFound, Conflict."""
        code = case_tables.case_codes
        for _ in range(TRIES):
            now = self._clock.now()
            try:
                async with self._db.write() as connection:
                    file = await case_file(connection, self._vault, case_id)
                    words = _pick(lists.get(file.language) or lists["es"])
                    await connection.execute(code.delete().where((code.c.case_id == case_id) | (code.c.expires_at < now)))
                    await connection.execute(
                        code.insert().values(
                            digest=self._digest(words), case_id=case_id, made_by=actor, created_at=now, expires_at=now + DAYS * 86400
                        )
                    )
                    await audit(connection, now, actor, "case_code_made", "case", case_id)
                return words
            except IntegrityError:  # the same three words belong to somebody else
                continue
        raise Conflict("case_code")

    async def find(self, text: str, actor: str) -> Found | None:
        """What staff typed; None where nothing fits. Every try is audited, without the words."""
        words = split(text)
        now = self._clock.now()
        async with self._db.write() as connection:
            found = None
            if len(words) == WORDS:
                found = await self._lookup(connection, self._digest(words), now)
            await audit(connection, now, actor, "case_code_found" if found else "case_code_missed", "case", found.case_id if found else "")
        return found

    async def returned(self, conversation_id: str, text: str) -> bool:
        """She typed three words in her own chat: staff see which case they fit. Nothing is answered differently either way."""
        words = split(text)
        if len(words) != WORDS:
            return False
        now = self._clock.now()
        async with self._db.write() as connection:
            found = await self._lookup(connection, self._digest(words), now)
            if found is None or found.conversation_id == conversation_id:
                return False
            back = case_tables.case_returns
            known = sa.select(back.c.case_id).where((back.c.conversation_id == conversation_id) & (back.c.case_id == found.case_id))
            if (await connection.execute(known)).first() is None:
                values = {"conversation_id": conversation_id, "case_id": found.case_id, "created_at": now}
                await connection.execute(back.insert().values(**values))
            await tell_desk(connection, conversation_id, "alarm:case_code", now)
            await audit(connection, now, "", "case_code_given", "case", found.case_id)
        return True

    async def earlier(self, conversation_id: str) -> list[Found]:
        """The earlier cases whose words were given in this chat, newest first; for the desk only."""
        back = case_tables.case_returns
        async with self._db.read() as connection:
            query = sa.select(back.c.case_id).where(back.c.conversation_id == conversation_id).order_by(back.c.created_at.desc())
            ids = [row.case_id for row in (await connection.execute(query)).all()]
            found = [await self._found(connection, case_id) for case_id in ids]
        return [one for one in found if one is not None]

    async def revoke(self, case_id: str, actor: str) -> bool:
        """Ends the words of a case (somebody else knows them)."""
        code = case_tables.case_codes
        async with self._db.write() as connection:
            done = await connection.execute(code.delete().where(code.c.case_id == case_id))
            await audit(connection, self._clock.now(), actor, "case_code_revoked", "case", case_id)
        return bool(done.rowcount)

    async def _lookup(self, connection: AsyncConnection, digest: str, now: float) -> Found | None:
        code = case_tables.case_codes
        row = (await connection.execute(sa.select(code.c.case_id).where((code.c.digest == digest) & (code.c.expires_at > now)))).first()
        return None if row is None else await self._found(connection, row.case_id)

    async def _found(self, connection: AsyncConnection, case_id: str) -> Found | None:
        case, c = tables.cases, tables.conversations
        query = sa.select(case.c.id, c.c.id.label("conversation_id"), c.c.owner, c.c.previous_owner)
        query = query.select_from(case.join(c, case.c.conversation_id == c.c.id)).where(case.c.id == case_id)
        row = (await connection.execute(query)).first()
        return None if row is None else Found(row.id, row.conversation_id, row.owner or row.previous_owner)

    def _digest(self, words: Sequence[str]) -> str:
        return self._vault.digest("case_code", *sorted(words))


def split(text: str) -> tuple[str, ...]:
    """The folded words of what was typed; more than twelve words are no code, whatever they are."""
    found = tuple(token.word for token in tokens(text))
    return found if len(found) <= 12 else ()


def _pick(words: Sequence[str]) -> tuple[str, str, str]:
    """Three different words. Raises NotAllowed where the list is too short to be safe."""
    folded = sorted({"".join(split(word)) for word in words})
    if len(folded) < 60:
        raise NotAllowed("codewords_too_few")
    first, second, third = secrets.SystemRandom().sample(folded, WORDS)
    return first, second, third
