"""Who may open which talk: its owner, who joined it with her knowing, or who wrote down a reason that is reviewed next day (DH-17)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core.conversation import Conversation
from amparo.core.errors import NotAllowed
from amparo.core.handoff import State
from amparo.core.interpreting import may_sit, seat_of
from amparo.core.practice import CHANNEL
from amparo.desk.accounts import Counselor
from amparo.store import desk_tables, tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.vault import new_id

LOOK_SECONDS = 2 * 3600
"""How long a written reason opens a talk."""
REASONS = ("asked_by_colleague", "danger_alarm", "care_of_the_team", "second_reader", "shift_end", "complaint", "other")


async def how(services: Any, conversation: Conversation, counselor: Counselor) -> str:
    """owner, joined, looked, or '' where she may not read it. Raises NotAllowed where the case is sealed from her."""
    snapshot = conversation.snapshot
    seal, j, look = desk_tables.seals, team_tables.joins, team_tables.looks
    here = conversation.id
    async with services.db.read() as connection:
        if (await connection.execute(sa.select(seal.c.counselor_id).where(_both(seal, here, counselor)))).first():
            raise NotAllowed("sealed")
        if snapshot.owner == counselor.id or (snapshot.state is State.CALLBACK and snapshot.previous_owner == counselor.id):
            return "owner"
        if conversation.channel == CHANNEL and counselor.role == "supervisor":
            return "looked"  # nobody's story: no reason is asked
        stands = seat_of(conversation.memory, counselor.id) is None or may_sit(conversation.memory, counselor.id)
        if conversation.case_id and stands and (await connection.execute(sa.select(j.c.since).where(_both(j, here, counselor)))).first():
            return "joined"
        fresh = look.c.at > services.now() - LOOK_SECONDS
        if (await connection.execute(sa.select(look.c.id).where(_both(look, here, counselor) & fresh).limit(1))).first():
            return "looked"
    return ""


def _both(table: Any, conversation_id: str, counselor: Counselor) -> Any:
    return (table.c.conversation_id == conversation_id) & (table.c.counselor_id == counselor.id)


async def talk_of_hers(services: Any, conversation_id: str, counselor: Counselor) -> tuple[Conversation, str]:
    """The conversation and how it is hers. Raises NotFound, and NotAllowed where she may not read it."""
    conversation = await services.talks.get(conversation_id)
    way = await how(services, conversation, counselor)
    if not way:
        raise NotAllowed("not_yours")
    return conversation, way


async def case_of_hers(services: Any, conversation_id: str, counselor: Counselor) -> tuple[Conversation, str]:
    """The conversation and its open case's id. Raises as `talk_of_hers`, and NotAllowed where there is no open case."""
    conversation, way = await talk_of_hers(services, conversation_id, counselor)
    if way == "joined" and seat_of(conversation.memory, counselor.id) is not None:
        raise NotAllowed("not_yours")  # an interpreter reads the talk, not the file
    if not conversation.case_id:
        raise NotAllowed("no_case")
    if conversation.snapshot.unconfirmed and conversation.snapshot.owner == counselor.id:
        raise NotAllowed("unconfirmed")
    return conversation, conversation.case_id


def may_ask(counselor: Counselor, conversation: Conversation) -> bool:
    """Who may write a reason at all: supervisors, and adolescent-trained colleagues as second readers of a minor's talk."""
    if conversation.channel == CHANNEL:
        return False
    return counselor.role == "supervisor" or (conversation.minor and counselor.adolescent)


async def look(services: Any, conversation: Conversation, counselor: Counselor, reason: str) -> None:
    """Opens a talk that is not hers, with a reason. Raises NotAllowed."""
    if not may_ask(counselor, conversation):
        raise NotAllowed("not_yours")
    if not reason.strip():
        raise NotAllowed("reason_needed")
    async with services.db.write() as connection:
        await connection.execute(
            team_tables.looks.insert().values(
                id=new_id(),
                conversation_id=conversation.id,
                case_id=conversation.case_id,
                counselor_id=counselor.id,
                reason=reason.strip()[:200],
                at=services.now(),
            )
        )
        await audit(connection, services.now(), counselor.id, "look", "conversation", conversation.id, reason)


async def looks_to_review(services: Any, reviewer: Counselor) -> list[Any]:
    """Openings that nobody has reviewed yet, oldest first, none of her own."""
    look_, c, case = team_tables.looks, desk_tables.counselors, tables.cases
    query = (
        sa.select(look_, c.c.name, case.c.id.label("case"))
        .select_from(look_.join(c, look_.c.counselor_id == c.c.id).outerjoin(case, look_.c.case_id == case.c.id))
        .where((look_.c.reviewed_at == 0) & (look_.c.counselor_id != reviewer.id))
        .order_by(look_.c.at)
        .limit(100)
    )
    async with services.db.read() as connection:
        return list((await connection.execute(query)).all())


async def review(services: Any, look_id: str, reviewer: Counselor) -> None:
    """Somebody else has looked at the reason. Raises NotAllowed for her own."""
    t = team_tables.looks
    async with services.db.write() as connection:
        where = (t.c.id == look_id) & (t.c.counselor_id != reviewer.id) & (t.c.reviewed_at == 0)
        done = await connection.execute(t.update().where(where).values(reviewed_by=reviewer.id, reviewed_at=services.now()))
        if not done.rowcount:
            raise NotAllowed("not_yours")
        await audit(connection, services.now(), reviewer.id, "look_reviewed", "look", look_id)
