"""Answers that wait on the desk until she writes: late ones, those written in quiet, those written after the reply window (DH-3, DH-12).

An expired counselor's text counts as held: "too late, not sent" is not the end of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from amparo.core.composer import may_release
from amparo.core.conversation import Outgoing
from amparo.core.errors import NotAllowed
from amparo.core.model import EXPIRES_AFTER, Kind, Rendered
from amparo.store import tables
from amparo.store.audit import write as audit
from amparo.store.database import Database
from amparo.store.talks import Talk
from amparo.store.vault import Vault

WAITING = ("held", "expired")


@dataclass(frozen=True)
class HeldAnswer:
    """One text that waits. `status`: held, or expired (too late, not sent). Times are unix seconds."""

    outbox_id: int
    message_id: int
    author: str
    text: str
    status: str
    written_at: float


def hold(talk: Talk, counselor: str, text: str) -> None:
    """Keeps a counselor's text for her; nothing goes out."""
    message = Rendered(text, kind=Kind.COUNSELOR)
    talk.say(Outgoing(message, author=f"counselor:{counselor}", prompted=False, language=talk.before.language, held=True))


async def waiting(connection: AsyncConnection, conversation_id: str) -> list[tuple[int, int, float]]:
    """(outbox id, message id, written at) of what waits, oldest first."""
    o = tables.outbox
    where = (o.c.conversation_id == conversation_id) & (o.c.kind == Kind.COUNSELOR.value) & o.c.status.in_(WAITING)
    rows = (await connection.execute(sa.select(o.c.id, o.c.message_id, o.c.created_at).where(where).order_by(o.c.id))).all()
    return [(int(row.id), int(row.message_id), float(row.created_at)) for row in rows]


async def release(talk: Talk, actor: str, our_word: bool = False, last_in_at: float | None = None) -> int:
    """Lets what waits go out now, in order. Raises NotAllowed with the reason. Returns how many.

    `our_word`: she gave the agreed word in the message that is being answered; then it goes by itself, as the owner's.
    """
    rows = await waiting(talk.connection, talk.id)
    if not rows:
        return 0
    heard = talk.before.last_in_at if last_in_at is None else last_in_at
    why = may_release(talk.snapshot, actor, max(at for _, _, at in rows), heard, our_word, talk.now)
    if why:
        raise NotAllowed(why)
    await _set(talk, [row[0] for row in rows], [row[1] for row in rows], "pending")
    await audit(talk.connection, talk.now, "" if our_word else actor, "held_released", "case", talk.case_id)
    return len(rows)


async def discard(talk: Talk, actor: str, outbox_ids: tuple[int, ...] = ()) -> int:
    """Drops what waits (all, or these rows): she needs something else now. Raises NotAllowed unless the talk is the actor's."""
    if talk.snapshot.owner != actor:
        raise NotAllowed("not_yours")
    rows = [row for row in await waiting(talk.connection, talk.id) if not outbox_ids or row[0] in outbox_ids]
    await _set(talk, [row[0] for row in rows], [row[1] for row in rows], "dropped")
    await audit(talk.connection, talk.now, actor, "held_discarded", "case", talk.case_id)
    return len(rows)


async def _set(talk: Talk, outbox_ids: list[int], message_ids: list[int], status: str) -> None:
    o, m = tables.outbox, tables.messages
    values = {"status": status, "next_at": talk.now, "epoch": talk.snapshot.epoch, "attempts": 0, "claimed_until": 0.0}
    values["expires_at"] = talk.now + EXPIRES_AFTER[Kind.COUNSELOR]
    await talk.connection.execute(o.update().where(o.c.id.in_(outbox_ids)).values(**values))
    await talk.connection.execute(m.update().where(m.c.id.in_(message_ids)).values(status=status))
    talk.note("status")


class HeldAnswers:
    """Reads for the desk."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._db = database
        self._vault = vault

    async def of(self, conversation_id: str) -> list[HeldAnswer]:
        """What waits for her, oldest first, decrypted."""
        o, m, c = tables.outbox, tables.messages, tables.conversations
        joined = o.join(m, o.c.message_id == m.c.id).join(c, o.c.conversation_id == c.c.id)
        query = sa.select(o.c.id, o.c.message_id, o.c.status, o.c.created_at, m.c.author, m.c.body_enc, c.c.dek_wrapped)
        where = (o.c.conversation_id == conversation_id) & (o.c.kind == Kind.COUNSELOR.value) & o.c.status.in_(WAITING)
        async with self._db.read() as connection:
            rows = (await connection.execute(query.select_from(joined).where(where).order_by(o.c.id))).all()
        found = []
        for row in rows:
            text = (self._vault.unwrap(row.dek_wrapped).open(row.body_enc) or {}).get("text", "")
            found.append(HeldAnswer(row.id, row.message_id, row.author, text, row.status, row.created_at))
        return found
