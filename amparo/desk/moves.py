"""What a counselor does to a talk: each is one transaction through the handoff table, with an audit line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from amparo.core.conversation import Outgoing
from amparo.core.errors import NotAllowed
from amparo.core.handoff import Event, State
from amparo.core.model import Kind, Rendered, Say
from amparo.core.outbound import GAP_SECONDS, check_counselor_reply
from amparo.desk import outgoing
from amparo.desk.accounts import Counselor
from amparo.store import callbacks, desk_tables, tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.talks import Talk
from channels.base import capabilities

MAX_REPLY = 4000
NONCES = 30
"""So many of the last sent texts of a talk are remembered: none of them can be sent again by a retry or a reload."""
HUMAN = (State.ACTIVE.value, State.TRANSFERRING.value)


def tell(services: Any, talk: Talk, key: str, prompted: bool = False, **values: str) -> None:
    """A handoff text in her language."""
    language = talk.before.language or "es"
    rendered = services.renderer.render(Say(key, values, Kind.HANDOFF), language, talk.before.channel.removeprefix("sim-"))
    talk.say(Outgoing(rendered, author="system", prompted=prompted, language=language))


async def claim(services: Any, conversation_id: str, counselor: Counselor) -> bool:
    """Takes the talk. Exactly one wins a race: True for her, False for the others. Raises NotAllowed where she may take nobody now."""
    async with services.talks.open(conversation_id) as talk:
        if await _sealed(talk, counselor.id):
            raise NotAllowed("sealed")
        was = talk.snapshot
        if was.owner:
            return False
        await _may_take(talk, counselor)
        step = talk.fire(Event.CLAIM, actor=counselor.id)
        if not step.changed:
            return False
        if step.tell:
            key = "handoff_introduction_minor" if talk.before.minor else step.tell
            tell(services, talk, key, alias=counselor.name)
        talk.memory.pop("intake", None)
        talk.memory["alias"] = counselor.name
        await callbacks.cancel(talk.connection, talk.id, "done")
        await audit(talk.connection, talk.now, counselor.id, "claim", "case", talk.case_id)
        await count_exposure(talk, counselor.id)
    return True


async def _may_take(talk: Talk, counselor: Counselor) -> None:
    """Cap, break and training; none of them ever holds back somebody in danger now (DH-11, DH-14)."""
    p, c, case = desk_tables.presence, tables.conversations, tables.cases
    query = sa.select(case.c.severity).where(case.c.id == talk.case_id)
    if ((await talk.connection.execute(query)).scalar_one_or_none() or 0) >= 3:
        return
    paused = (await talk.connection.execute(sa.select(p.c.paused).where(p.c.counselor_id == counselor.id))).scalar_one_or_none()
    if paused:
        raise NotAllowed("on_break")
    mine = sa.select(sa.func.count()).where((c.c.owner == counselor.id) & c.c.state.in_(HUMAN))
    if (await talk.connection.execute(mine)).scalar_one() >= counselor.cap:
        raise NotAllowed("at_cap")
    if talk.before.minor and not counselor.adolescent and counselor.role != "supervisor":
        raise NotAllowed("not_trained")


async def _sealed(talk: Talk, counselor_id: str) -> bool:
    seal = desk_tables.seals
    query = sa.select(seal.c.counselor_id).where((seal.c.conversation_id == talk.id) & (seal.c.counselor_id == counselor_id))
    return (await talk.connection.execute(query)).first() is not None


async def count_exposure(talk: Talk, counselor_id: str) -> None:
    """The exposure counter of the day (seen only by herself and her supervisor)."""
    x, case = desk_tables.exposures, tables.cases
    day = datetime.fromtimestamp(talk.now, timezone.utc).date().isoformat()
    severity = (await talk.connection.execute(sa.select(case.c.severity).where(case.c.id == talk.case_id))).scalar_one_or_none() or 0
    where = (x.c.counselor_id == counselor_id) & (x.c.day == day)
    values = {"severe": x.c.severe + int(severity >= 2), "total": x.c.total + 1}
    done = await talk.connection.execute(x.update().where(where).values(**values))
    if done.rowcount == 0:
        await talk.connection.execute(x.insert().values(counselor_id=counselor_id, day=day, severe=int(severity >= 2), total=1))


async def reply(services: Any, conversation_id: str, counselor: Counselor, text: str, nonce: str) -> bool:
    """Writes to her. Sending twice is impossible: each nonce is taken once (False the second time).

    Raises NotAllowed (not hers, quiet, opted out, a contact outside the directory, no neutral opener after a gap) or WindowClosed.
    """
    text = text.strip()[:MAX_REPLY]
    if not text:
        raise NotAllowed("empty")
    async with services.talks.open(conversation_id) as talk:
        before = talk.before
        nonces = list(talk.memory.get("nonces", ()))
        if nonce and nonce in nonces:
            return False
        writer = await _writes_as(talk, counselor)
        check_counselor_reply(talk.snapshot, writer, capabilities(before.channel), before.last_in_at, before.opted_out, services.now())
        outgoing.check(text, services.content.knowledge)
        _open_gently(services, talk, text)
        talk.memory["nonces"] = [*nonces, nonce][-NONCES:]
        talk.memory.pop("danger_at", None)
        if writer != counselor.id:
            text = f"{counselor.name}: {text}"  # whoever joined is named in each line (DH-16)
        message = Rendered(text, kind=Kind.COUNSELOR)
        talk.say(Outgoing(message, author=f"counselor:{counselor.id}", prompted=False, language=before.language))
        await audit(talk.connection, talk.now, counselor.id, "reply", "case", talk.case_id)
    return True


async def _writes_as(talk: Talk, counselor: Counselor) -> str:
    """The id under which she may write: her own, or the owner's where she joined."""
    if talk.snapshot.owner == counselor.id:
        return counselor.id
    j = team_tables.joins
    query = sa.select(j.c.since).where(
        (j.c.conversation_id == talk.id) & (j.c.counselor_id == counselor.id) & (j.c.case_id == talk.case_id)
    )
    return talk.snapshot.owner if talk.case_id and (await talk.connection.execute(query)).first() else counselor.id


def _open_gently(services: Any, talk: Talk, text: str) -> None:
    """After half an hour of silence the first text is one of the neutral openers: somebody else may hold the phone (DH-12)."""
    silent_since = max(talk.before.last_turn_at, float(talk.memory.get("opened_at", 0)))
    last_word = max(silent_since, talk.snapshot.changed_at)
    if talk.now - last_word <= GAP_SECONDS:
        return
    if text not in services.content.openers(talk.before.language or "es"):
        raise NotAllowed("gap_opener")
    talk.memory["opened_at"] = talk.now


async def close(services: Any, conversation_id: str, counselor: Counselor, outcome: str) -> None:
    """Ends the talk; she is told how to come back, and the bot answers again. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        mine(talk, counselor)
        talk.set_case(outcome=outcome[:32])
        await audit(talk.connection, talk.now, counselor.id, "close", "case", talk.case_id, outcome[:32])
        step = talk.fire(Event.CLOSE)
        if not step.changed:
            raise NotAllowed("not_now")
        if step.tell:
            tell(services, talk, step.tell, alias=counselor.name)
            tell(services, talk, "feedback_ask")
            talk.memory.update(ask="feedback", choices=["feedback_good", "feedback_bad", "feedback_skip"])
        talk.set(risk="none", risk_from=0)
        for name in ("offered_for", "signals", "intake", "danger_at", "nonces", "opened_at"):
            talk.memory.pop(name, None)
        await _leave_all(talk)


async def _leave_all(talk: Talk) -> None:
    """Nobody reads along in a talk that is over; callbacks and drafts of it are gone too."""
    await callbacks.cancel(talk.connection, talk.id)
    for table in (team_tables.joins, team_tables.drafts):
        await talk.connection.execute(table.delete().where(table.c.conversation_id == talk.id))


async def fire(services: Any, conversation_id: str, counselor: Counselor, event: Event, **values: str) -> None:
    """Any other staff event on her own talk: transfer, callback, quiet, cover, mute. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        if event not in (Event.MUTE, Event.UNMUTE):
            mine(talk, counselor)
        elif counselor.role != "supervisor":
            raise NotAllowed("supervisor_only")
        step = talk.fire(event)
        if not step.changed:
            raise NotAllowed("not_now")
        if event is Event.TRANSFER:
            talk.memory["transfer"] = {"alias": counselor.name, "to": values.get("to", "")}
            talk.memory["choices"] = ["transfer_yes", "transfer_no"]
        if event is Event.NOT_HER:
            await callbacks.cancel(talk.connection, talk.id)
        if step.tell:
            filled = {"alias": counselor.name, "to": "", "why": "", **values}
            tell(services, talk, step.tell, False, **filled)
        await audit(talk.connection, talk.now, counselor.id, event.value, "case", talk.case_id, values.get("reason", ""))


async def agree_callback(services: Any, conversation_id: str, counselor: Counselor, due_at: float) -> None:
    """An agreed time to write again (unix seconds). Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        mine(talk, counselor)
        case_id = talk.case_id
        step = talk.fire(Event.SET_CALLBACK)
        if not step.changed or not case_id:
            raise NotAllowed("not_now")
        await callbacks.agree(talk.connection, talk.now, case_id, talk.id, due_at, counselor.id)
        if step.tell:
            tell(services, talk, step.tell, False, alias=counselor.name)
        await audit(talk.connection, talk.now, counselor.id, "set_callback", "case", case_id)


def mine(talk: Talk, counselor: Counselor) -> None:
    """Raises NotAllowed unless the talk is hers, or she is a supervisor."""
    snapshot = talk.snapshot
    owner = snapshot.owner or (snapshot.previous_owner if snapshot.state is State.CALLBACK else "")
    if owner != counselor.id and counselor.role != "supervisor":
        raise NotAllowed("not_yours")


async def seal(services: Any, conversation_id: str, counselor: Counselor) -> None:
    """ "I know this person": the case is closed to her from now on, and goes back to the queue if it was hers (DH-17)."""
    async with services.talks.open(conversation_id) as talk:
        t = desk_tables.seals
        if not await _sealed(talk, counselor.id):
            await talk.connection.execute(t.insert().values(conversation_id=talk.id, counselor_id=counselor.id, created_at=talk.now))
        for table in (team_tables.joins, team_tables.looks, team_tables.drafts):
            where = (table.c.conversation_id == talk.id) & (table.c.counselor_id == counselor.id)
            if table is team_tables.looks:
                await talk.connection.execute(table.update().where(where).values(at=0.0))
            else:
                await talk.connection.execute(table.delete().where(where))
        if talk.snapshot.owner == counselor.id:
            step = talk.fire(Event.COUNSELOR_GONE)
            if step.tell:
                tell(services, talk, step.tell)
        talk.note("alarm:known_person")
        await audit(talk.connection, talk.now, counselor.id, "knows_person", "case", talk.case_id)


async def join(services: Any, conversation_id: str, counselor: Counselor, second_reader: bool = False) -> None:
    """Reads and writes along from now on; she and the owner are told who (DH-16). Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        if talk.snapshot.state.value not in HUMAN or talk.snapshot.owner == counselor.id:
            raise NotAllowed("not_now")
        t = team_tables.joins
        where = (t.c.conversation_id == talk.id) & (t.c.counselor_id == counselor.id)
        known = (await talk.connection.execute(sa.select(t.c.case_id).where(where))).scalar_one_or_none()
        if known == talk.case_id:
            return
        await talk.connection.execute(t.delete().where(where))
        await talk.connection.execute(
            t.insert().values(conversation_id=talk.id, counselor_id=counselor.id, case_id=talk.case_id, since=talk.now)
        )
        if not talk.snapshot.quiet and not talk.snapshot.covered:
            tell(services, talk, "handoff_second_reader" if second_reader else "handoff_joined", alias=counselor.name)
        talk.note("joined")
        await audit(talk.connection, talk.now, counselor.id, "join", "case", talk.case_id, "second reader" if second_reader else "")


async def take_over(services: Any, handover_id: str, counselor: Counselor) -> str:
    """Accepts a handover of a shift's end: the talk changes its owner in the same transaction. Returns the conversation's id."""
    waiting = {one.id: one for one in await services.handovers.offered(counselor.id)}
    if handover_id not in waiting:
        raise NotAllowed("already_decided")
    async with services.talks.open(waiting[handover_id].conversation_id) as talk:
        handover = await services.handovers.decide(talk.connection, handover_id, counselor.id, accept=True)
        if talk.snapshot.state.value in HUMAN:
            gone = talk.fire(Event.COUNSELOR_GONE)
            if not gone.changed:
                raise NotAllowed("not_now")
            step = talk.fire(Event.CLAIM, actor=counselor.id)
            if step.tell:
                tell(services, talk, "handoff_taken_over", alias=counselor.name)
            await count_exposure(talk, counselor.id)
        elif talk.snapshot.state is State.CALLBACK:
            await _hand_callback(talk, counselor.id)
        talk.memory["alias"] = counselor.name
    return handover.conversation_id


async def _hand_callback(talk: Talk, counselor_id: str) -> None:
    from dataclasses import replace

    talk.snapshot = replace(talk.snapshot, previous_owner=counselor_id)
    b = desk_tables.callbacks
    where = (b.c.conversation_id == talk.id) & b.c.status.in_(("agreed", "due"))
    await talk.connection.execute(b.update().where(where).values(counselor_id=counselor_id))
    talk.note("state")


def cleaned(form: Mapping[str, Any], limit: int = 2000) -> dict[str, str]:
    """Form fields as trimmed text, without CSRF."""
    return {str(k): str(v).strip()[:limit] for k, v in form.items() if k != "csrf"}
