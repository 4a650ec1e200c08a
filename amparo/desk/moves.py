"""What a counselor does to a talk: each is one transaction through the handoff table, with an audit line."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core.conversation import Outgoing
from amparo.core.errors import NotAllowed
from amparo.core.handoff import Event, State
from amparo.core.model import Kind, Rendered, Say
from amparo.core.outbound import check_counselor_reply
from amparo.desk.accounts import Counselor
from amparo.store import desk_tables, tables
from amparo.store.audit import write as audit
from amparo.store.talks import Talk
from amparo.store.vault import new_id
from channels.base import capabilities

MAX_REPLY = 4000


def _tell(services: Any, talk: Talk, key: str, prompted: bool = False, **values: str) -> None:
    """A handoff text in her language."""
    language = talk.before.language or "es"
    rendered = services.renderer.render(Say(key, values, Kind.HANDOFF), language, talk.before.channel.removeprefix("sim-"))
    talk.say(Outgoing(rendered, author="system", prompted=prompted, language=language))


async def claim(services: Any, conversation_id: str, counselor: Counselor) -> bool:
    """Takes the talk. Exactly one wins a race: True for her, False for the others."""
    async with services.talks.open(conversation_id) as talk:
        if await _sealed(talk, counselor.id):
            return False
        was = talk.snapshot
        step = talk.fire(Event.CLAIM, actor=counselor.id)
        if not step.changed or was.owner:
            return False
        if step.tell:
            key = "handoff_introduction_minor" if talk.before.minor else step.tell
            _tell(services, talk, key, alias=counselor.name)
        talk.memory.pop("intake", None)
        talk.memory["alias"] = counselor.name
        await audit(talk.connection, talk.now, counselor.id, "claim", "case", talk.case_id)
        await _count(talk, counselor.id)
    return True


async def _sealed(talk: Talk, counselor_id: str) -> bool:
    seal = desk_tables.seals
    query = sa.select(seal.c.counselor_id).where((seal.c.conversation_id == talk.id) & (seal.c.counselor_id == counselor_id))
    return (await talk.connection.execute(query)).first() is not None


async def _count(talk: Talk, counselor_id: str) -> None:
    """The exposure counter of the day (seen only by herself and her supervisor)."""
    from datetime import datetime, timezone

    x, case = desk_tables.exposures, tables.cases
    day = datetime.fromtimestamp(talk.now, timezone.utc).date().isoformat()
    severity = (await talk.connection.execute(sa.select(case.c.severity).where(case.c.id == talk.case_id))).scalar_one_or_none() or 0
    where = (x.c.counselor_id == counselor_id) & (x.c.day == day)
    values = {"severe": x.c.severe + int(severity >= 2), "total": x.c.total + 1}
    done = await talk.connection.execute(x.update().where(where).values(**values))
    if done.rowcount == 0:
        await talk.connection.execute(x.insert().values(counselor_id=counselor_id, day=day, severe=int(severity >= 2), total=1))


async def reply(services: Any, conversation_id: str, counselor: Counselor, text: str, nonce: str) -> bool:
    """Writes to her. Sending twice is impossible: the same nonce is taken once. Raises NotAllowed or WindowClosed."""
    text = text.strip()[:MAX_REPLY]
    if not text:
        raise NotAllowed("empty")
    async with services.talks.open(conversation_id) as talk:
        limits = capabilities(talk.before.channel)
        check_counselor_reply(talk.snapshot, counselor.id, limits, talk.before.last_in_at, talk.before.opted_out, services.now())
        if nonce and nonce == talk.memory.get("nonce"):
            return False
        talk.memory["nonce"] = nonce
        talk.memory.pop("danger_at", None)
        message = Rendered(text, kind=Kind.COUNSELOR)
        talk.say(Outgoing(message, author=f"counselor:{counselor.id}", prompted=False, language=talk.before.language))
        await audit(talk.connection, talk.now, counselor.id, "reply", "case", talk.case_id)
    return True


async def close(services: Any, conversation_id: str, counselor: Counselor, outcome: str) -> None:
    """Ends the talk; she is told how to come back, and the bot answers again. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        _mine(talk, counselor)
        talk.set_case(outcome=outcome[:32])
        await audit(talk.connection, talk.now, counselor.id, "close", "case", talk.case_id, outcome[:32])
        step = talk.fire(Event.CLOSE)
        if step.tell:
            _tell(services, talk, step.tell, alias=counselor.name)
            _tell(services, talk, "feedback_ask")
            talk.memory.update(ask="feedback", choices=["feedback_good", "feedback_bad", "feedback_skip"])
        talk.set(risk="none", risk_from=0)
        for name in ("offered_for", "signals", "intake", "danger_at"):
            talk.memory.pop(name, None)


async def fire(services: Any, conversation_id: str, counselor: Counselor, event: Event, **values: str) -> None:
    """Any other staff event on her own talk: transfer, callback, quiet, cover, mute. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        if event not in (Event.MUTE, Event.UNMUTE):
            _mine(talk, counselor)
        elif counselor.role != "supervisor":
            raise NotAllowed("supervisor_only")
        step = talk.fire(event)
        if not step.changed:
            raise NotAllowed("not_now")
        if event is Event.TRANSFER:
            talk.memory["transfer"] = {"alias": counselor.name, "to": values.get("to", "")}
            talk.memory["choices"] = ["transfer_yes", "transfer_no"]
        if step.tell:
            filled = {"alias": counselor.name, "to": "", "why": "", **values}
            _tell(services, talk, step.tell, False, **filled)
        await audit(talk.connection, talk.now, counselor.id, event.value, "case", talk.case_id, values.get("reason", ""))


def _mine(talk: Talk, counselor: Counselor) -> None:
    owner = talk.snapshot.owner or (talk.snapshot.previous_owner if talk.snapshot.state is State.CALLBACK else "")
    if owner != counselor.id and counselor.role != "supervisor":
        raise NotAllowed("not_yours")


async def seal(services: Any, conversation_id: str, counselor: Counselor) -> None:
    """ "I know this person": the case is closed to her from now on, and goes back to the queue if it was hers (DH-17)."""
    async with services.talks.open(conversation_id) as talk:
        await talk.connection.execute(
            desk_tables.seals.insert().values(conversation_id=talk.id, counselor_id=counselor.id, created_at=talk.now)
        )
        if talk.snapshot.owner == counselor.id:
            step = talk.fire(Event.COUNSELOR_GONE)
            if step.tell:
                _tell(services, talk, step.tell)
        talk.note("alarm:known_person")
        await audit(talk.connection, talk.now, counselor.id, "knows_person", "case", talk.case_id)


async def paper(services: Any, case_id: str, counselor: Counselor, kind: str, body: Any) -> str:
    """Files a note or form of a case, encrypted under its conversation's key."""
    case, c = tables.cases, tables.conversations
    async with services.db.write() as connection:
        query = sa.select(c.c.dek_wrapped).select_from(case.join(c, case.c.conversation_id == c.c.id)).where(case.c.id == case_id)
        wrapped = (await connection.execute(query)).scalar_one()
        identifier = new_id()
        await connection.execute(
            desk_tables.case_papers.insert().values(
                id=identifier,
                case_id=case_id,
                kind=kind,
                author=counselor.id,
                body_enc=services.vault.unwrap(wrapped).seal(body),
                created_at=services.now(),
                updated_at=services.now(),
            )
        )
        await audit(connection, services.now(), counselor.id, f"{kind}_filed", "case", case_id)
    return identifier


async def papers(services: Any, case_id: str) -> list[dict[str, Any]]:
    """The notes and forms of a case, newest first."""
    p, case, c = desk_tables.case_papers, tables.cases, tables.conversations
    joined = p.join(case, p.c.case_id == case.c.id).join(c, case.c.conversation_id == c.c.id)
    query = sa.select(p, c.c.dek_wrapped).select_from(joined).where(p.c.case_id == case_id).order_by(p.c.created_at.desc())
    async with services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    return [
        {"kind": row.kind, "at": row.created_at, "author": row.author, "body": services.vault.unwrap(row.dek_wrapped).open(row.body_enc)}
        for row in rows
    ]
