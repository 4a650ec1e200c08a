"""Which messages of a talk a counselor may see, what she has seen, and the key of a talk's own data."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from starlette.background import BackgroundTask

from amparo import wiring
from amparo.core.conversation import Conversation, Message
from amparo.core.errors import NotAllowed, NotFound, SendError
from amparo.core.interpreting import seat_of
from amparo.core.model import Media
from amparo.desk.accounts import Counselor
from amparo.store import tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.vault import DataKey

UNHEARD_SECONDS = 24 * 3600


async def key_of(services: Any, conversation_id: str) -> DataKey:
    """The conversation's data key. Raises NotFound."""
    c = tables.conversations
    async with services.db.read() as connection:
        wrapped = (await connection.execute(sa.select(c.c.dek_wrapped).where(c.c.id == conversation_id))).scalar_one_or_none()
    if wrapped is None:
        raise NotFound("conversation")
    key: DataKey = services.vault.unwrap(wrapped)
    return key


async def visible(services: Any, conversation: Conversation, case: Mapping[str, Any], counselor: Counselor) -> list[Message]:
    """Messages since her first risk sign; since the claim where she chose to start with nothing; all while glass is broken (DH-8)."""
    history: list[Message] = await services.talks.history(conversation.id)
    if conversation.snapshot.unconfirmed and counselor.id == conversation.snapshot.owner:
        return [m for m in history if m.created_at > conversation.snapshot.changed_at]  # nothing of hers before her yes (DH-16)
    if not case:
        return []
    seat = seat_of(conversation.memory, counselor.id)
    if seat is not None and counselor.id != conversation.snapshot.owner:
        return [m for m in history if seat.get("since") and m.created_at >= seat["since"]]  # an interpreter: from her yes on (DH-22)
    if await services.break_glass.may_read_earlier(conversation.case_id, counselor.id):
        return history
    if case.get("start_with") == "nothing":
        return [m for m in history if m.created_at >= (case.get("claimed_at") or 0)] if case.get("claimed_at") else []
    if case.get("start_with") == "all":
        return history
    return [m for m in history if m.id >= case.get("from_message", 0)]


async def seen_until(services: Any, conversation_id: str, counselor: Counselor) -> int:
    """The id of the newest message that she had seen before."""
    r = team_tables.reads
    where = (r.c.conversation_id == conversation_id) & (r.c.counselor_id == counselor.id)
    async with services.db.read() as connection:
        return int((await connection.execute(sa.select(r.c.message_id).where(where))).scalar_one_or_none() or 0)


async def mark(services: Any, conversation_id: str, counselor: Counselor, newest: int) -> None:
    """Notes what she has on her screen; runs after the answer has left, so that reading never waits for it."""
    r = team_tables.reads
    where = (r.c.conversation_id == conversation_id) & (r.c.counselor_id == counselor.id)
    with contextlib.suppress(IntegrityError):  # two windows of hers at once, or the conversation was deleted meanwhile
        async with services.db.write() as connection:
            done = await connection.execute(r.update().where(where & (r.c.message_id < newest)).values(message_id=newest))
            if not done.rowcount and (await connection.execute(sa.select(r.c.message_id).where(where))).first() is None:
                values = {"conversation_id": conversation_id, "counselor_id": counselor.id, "message_id": newest}
                await connection.execute(r.insert().values(**values))


def marking(services: Any, conversation_id: str, counselor: Counselor, messages: Sequence[Message], seen: int) -> BackgroundTask | None:
    """The task that notes them, where there is something new."""
    newest = max((m.id for m in messages if m.direction == "in"), default=0)
    return BackgroundTask(mark, services, conversation_id, counselor, newest) if newest > seen else None


async def voice_note(services: Any, conversation: Conversation, message_id: int, counselor: Counselor) -> tuple[bytes, str]:
    """The sound of one message, from its provider, for whoever may see the message. Raises NotFound, NotAllowed."""
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {}
    found = next((m for m in await visible(services, conversation, case, counselor) if m.id == message_id), None)
    if found is None or Media.VOICE not in found.media:
        raise NotFound("message")
    if not found.media_ref or services.now() - found.created_at > UNHEARD_SECONDS:
        raise NotAllowed("voice_gone")
    async with services.db.write() as connection:
        await audit(connection, services.now(), counselor.id, "voice_played", "conversation", conversation.id)
    try:
        sound: tuple[bytes, str] = await wiring.voice_note(conversation.channel, found.media_ref)
    except SendError:
        raise NotAllowed("voice_gone") from None
    return sound
