"""The next person takes a case over at the end of a shift: her answer, the new owner and what she reads, in one transaction (DH-24)."""

from __future__ import annotations

import sqlalchemy as sa

from amparo.core.errors import NotAllowed, NotFound
from amparo.core.handoff import Event, State
from amparo.core.model import Risk
from amparo.core.outbound import GAP_SECONDS
from amparo.store import case_tables, desk_tables, tables
from amparo.store.shift_handovers import Handover, ShiftHandovers
from amparo.store.talks import Talk, Talks
from amparo.store.teller import Teller


def _may_be_asked(talk: Talk) -> bool:
    """She can read the question now and answer it."""
    hidden = talk.snapshot.quiet or talk.snapshot.covered or talk.before.opted_out or talk.before.unreachable
    return not hidden and talk.now - talk.before.last_in_at <= GAP_SECONDS


class Shifts:
    """Accepts handovers. Raises NotFound and NotAllowed."""

    def __init__(self, talks: Talks, handovers: ShiftHandovers, teller: Teller) -> None:
        self._talks = talks
        self._handovers = handovers
        self._teller = teller

    async def accept(self, handover_id: str, actor: str, from_name: str, to_name: str) -> Handover:
        """`from_name`, `to_name`: working aliases, as she reads them. In quiet, or after a long silence, she is told when she writes."""
        conversation_id = await self._conversation(handover_id)
        async with self._talks.open(conversation_id) as talk:
            handover = await self._handovers.decide(talk.connection, handover_id, actor, accept=True)
            step = talk.fire(Event.HAND_OVER, actor=actor)
            if not step.changed:
                raise NotAllowed("not_now")
            talk.memory["transfer"] = {"alias": from_name, "to": to_name}
            talk.memory["alias"] = to_name
            if step.tell or talk.snapshot.quiet:
                self._teller.say(talk, "handoff_shift", alias=from_name, to=to_name)
            if talk.snapshot.unconfirmed and (talk.before.risk is Risk.IMMINENT or not _may_be_asked(talk)):
                talk.note("alarm:shift_unanswered")  # the supervisor decides (DH-16)
            if talk.snapshot.state is State.CALLBACK:
                b = desk_tables.callbacks
                where = (b.c.conversation_id == talk.id) & b.c.status.in_(("agreed", "due"))
                await talk.connection.execute(b.update().where(where).values(counselor_id=actor))
        return handover

    async def _conversation(self, handover_id: str) -> str:
        h, case = case_tables.handovers, tables.cases
        query = sa.select(case.c.conversation_id).select_from(h.join(case, h.c.case_id == case.c.id)).where(h.c.id == handover_id)
        async with self._talks.database.read() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound("handover")
        return str(found)
