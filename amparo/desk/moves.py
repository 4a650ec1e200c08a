"""What a counselor does to a talk: each is one transaction through the handoff table, with an audit line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa

from amparo.core import hours
from amparo.core.errors import NotAllowed
from amparo.core.handoff import Event, State
from amparo.core.interpreting import SEAT, WANTED, may_sit, seat_of
from amparo.core.outbound import GAP_SECONDS
from amparo.core.practice import CHANNEL
from amparo.desk import outgoing, team
from amparo.desk.accounts import Counselor
from amparo.store import callbacks, desk_tables, tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.practice_tables import real
from amparo.store.talks import Talk

MAX_REPLY = 4000
KNOWN_FIRST_SECONDS = 10 * 60
"""So long somebody who came back with her three words is kept for the counselor she knows, if that one is there and free."""
HUMAN = (State.ACTIVE.value, State.TRANSFERRING.value)


async def claim(services: Any, conversation_id: str, counselor: Counselor) -> bool:
    """Takes the talk. Exactly one wins a race: True for her, False for the others. Raises NotAllowed where she may take nobody now.

    A practice is hers alone; no cap and no counter knows of it.
    """
    around = await _around(services, conversation_id, counselor)
    async with services.talks.open(conversation_id) as talk:
        if await _sealed(talk, counselor.id):
            raise NotAllowed("sealed")
        was = talk.snapshot
        if was.owner:
            return False
        practice = talk.before.channel == CHANNEL
        await (_hers_to_practise(services, talk, counselor) if practice else _may_take(around, talk, counselor))
        step = talk.fire(Event.CLAIM, actor=counselor.id)
        if not step.changed:
            return False
        if step.tell:
            key = "handoff_introduction_minor" if talk.before.minor else step.tell
            services.teller.say(talk, key, alias=counselor.name)
        talk.memory.pop("intake", None)
        talk.memory["alias"] = counselor.name
        await callbacks.cancel(talk.connection, talk.id, "done")
        await audit(talk.connection, talk.now, counselor.id, "claim", "case", talk.case_id)
        if not practice:
            await count_exposure(talk, counselor.id)
    return True


async def _hers_to_practise(services: Any, talk: Talk, counselor: Counselor) -> None:
    row = await services.practices.of(talk.id)
    if row is None or row.counselor_id != counselor.id:
        raise NotAllowed("not_yours")


@dataclass(frozen=True)
class Around:
    """What a claim looks at beside the talk: free colleagues, her wish, who knew her. Read before the talk is locked: whoever holds the
    lock waits for no second connection while nineteen others hold the rest.
    """

    others: tuple[hours.OnShift, ...]
    prefer: str
    earlier: frozenset[str]


async def _around(services: Any, conversation_id: str, counselor: Counselor) -> Around:
    conversation = await services.talks.get(conversation_id)
    others = tuple(c for c in await services.presence.on_shift() if c.counselor_id != counselor.id and c.free)
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {"intake": {}}
    known = frozenset(one.counselor_id for one in await services.case_codes.earlier(conversation_id))
    return Around(others, str(case["intake"].get("prefer", "")), known)


async def _may_take(around: Around, talk: Talk, counselor: Counselor) -> None:
    """Cap, break, training, her wish and who knew her before; none of them holds back somebody in danger now (DH-11, DH-14, DH-24)."""
    p, c, case = desk_tables.presence, tables.conversations, tables.cases
    query = sa.select(case.c.severity).where(case.c.id == talk.case_id)
    if ((await talk.connection.execute(query)).scalar_one_or_none() or 0) >= 3:
        return
    paused = (await talk.connection.execute(sa.select(p.c.paused).where(p.c.counselor_id == counselor.id))).scalar_one_or_none()
    if paused:
        raise NotAllowed("on_break")
    mine = sa.select(sa.func.count()).where(real(c) & (c.c.owner == counselor.id) & c.c.state.in_(HUMAN))
    if (await talk.connection.execute(mine)).scalar_one() >= counselor.cap:
        raise NotAllowed("at_cap")
    if talk.before.minor and not counselor.adolescent and counselor.role != "supervisor":
        raise NotAllowed("not_trained")
    if counselor.role != "supervisor":
        _her_wish(around, talk, counselor)


def _her_wish(around: Around, talk: Talk, counselor: Counselor) -> None:
    """A woman or a man as she asked, a woman where she was not asked, and for a while whoever she already knows."""
    speaking = [c for c in around.others if talk.before.language in c.languages]
    if not hours.may_take(around.prefer, counselor.woman, any(c.woman for c in speaking)):
        raise NotAllowed(f"prefers_{around.prefer or 'woman'}")
    fresh = talk.now - talk.snapshot.queued_at < KNOWN_FIRST_SECONDS
    if fresh and counselor.id not in around.earlier and around.earlier & {c.counselor_id for c in around.others}:
        raise NotAllowed("known_first")


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
    outgoing.check(text, services.content.knowledge)
    owner = await owner_for(services, conversation_id, counselor)
    if owner == counselor.id:
        return bool(await services.replies.write(conversation_id, owner, text, nonce))
    if text:
        text = f"{counselor.name}: {text}"  # whoever joined is named in each line (DH-16)
    return bool(await services.replies.write(conversation_id, owner, text, nonce, writer=counselor.id))


async def owner_for(services: Any, conversation_id: str, counselor: Counselor) -> str:
    """The id whose talk it is when this counselor writes: her own, or the owner's where she has joined."""
    conversation = await services.talks.get(conversation_id)
    owner = conversation.snapshot.owner
    if owner == counselor.id or not conversation.case_id:
        return counselor.id
    if seat_of(conversation.memory, counselor.id) is not None and not may_sit(conversation.memory, counselor.id):
        return counselor.id  # she said no to this interpreter meanwhile
    j = team_tables.joins
    where = (j.c.conversation_id == conversation_id) & (j.c.counselor_id == counselor.id) & (j.c.case_id == conversation.case_id)
    async with services.db.read() as connection:
        joined = (await connection.execute(sa.select(j.c.since).where(where))).first()
    return str(owner) if joined else counselor.id


async def close(services: Any, conversation_id: str, counselor: Counselor, outcome: str, agreed: str = "") -> None:
    """Ends the talk; she is told how to come back, may have what was agreed in writing, and the bot answers again. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        mine(talk, counselor)
        talk.set_case(outcome=outcome[:32])
        await audit(talk.connection, talk.now, counselor.id, "close", "case", talk.case_id, outcome[:32])
        step = talk.fire(Event.CLOSE)
        if not step.changed:
            raise NotAllowed("not_now")
        talk.set(risk="none", risk_from=0)
        for name in ("offered_for", "signals", "intake", "danger_at", "nonces", "template_at", SEAT, WANTED):
            talk.memory.pop(name, None)
        services.teller.tell(talk, step, alias=counselor.name)
        if step.tell and agreed:
            talk.memory["agreed"] = agreed[:600]
            services.teller.say(talk, "closing_agreed_ask")
        elif step.tell:
            services.teller.say(talk, "feedback_ask")
            talk.memory["ask"] = "feedback"
        await _leave_all(talk)


async def _leave_all(talk: Talk) -> None:
    """Nobody reads along in a talk that is over; callbacks and drafts of it are gone too."""
    await callbacks.cancel(talk.connection, talk.id)
    for table in (team_tables.joins, team_tables.drafts):
        await talk.connection.execute(table.delete().where(table.c.conversation_id == talk.id))


async def fire(services: Any, conversation_id: str, counselor: Counselor, event: Event, **values: str) -> None:
    """Any other staff event on her own talk: quiet, cover, mute. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        if event not in (Event.MUTE, Event.UNMUTE, Event.CONFIRM):
            mine(talk, counselor)
        elif counselor.role != "supervisor":
            raise NotAllowed("supervisor_only")
        step = talk.fire(event)
        if not step.changed:
            raise NotAllowed("she_has_not_written" if event is Event.UNCOVER else "not_now")
        if event is Event.NOT_HER:
            await callbacks.cancel(talk.connection, talk.id)
            await services.fallbacks.cancel(talk.connection, talk.id, counselor.id)
        services.teller.tell(talk, step, alias=counselor.name)
        await audit(talk.connection, talk.now, counselor.id, event.value, "case", talk.case_id, values.get("reason", ""))


async def transfer(services: Any, conversation_id: str, counselor: Counselor, to: str, to_id: str, why: str) -> None:
    """Asks her whether somebody else may go on (DH-16). `to_id` '' = whoever of the team comes. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        mine(talk, counselor)
        if talk.snapshot.quiet or talk.snapshot.covered or talk.now - talk.before.last_in_at > GAP_SECONDS:
            raise NotAllowed("transfer_unasked")  # she cannot be asked now: a handover, and the supervisor decides
        step = talk.fire(Event.TRANSFER, actor=to_id)
        if not step.changed:
            raise NotAllowed("not_now")
        talk.memory["transfer"] = {"alias": counselor.name, "to": to}
        services.teller.tell(talk, step, alias=counselor.name, to=to, why=why)
        await audit(talk.connection, talk.now, counselor.id, "transfer", "case", talk.case_id, to_id)


async def ask_her(
    services: Any, conversation_id: str, counselor: Counselor, key: str, about: Mapping[str, Any] | None = None, **values: str
) -> None:
    """Asks her something that only she decides: her earlier chat, a referral, three words told. Raises NotAllowed.

    `about`: what a question about a referral was about, so that her tap counts for that place and those contents only (DH-18).
    """
    async with services.talks.open(conversation_id) as talk:
        mine(talk, counselor)
        if talk.snapshot.quiet or talk.snapshot.covered or not talk.snapshot.state.human:
            raise NotAllowed("quiet")
        services.teller.say(talk, key, alias=counselor.name, **values)
        if about is not None:
            talk.memory["referral_asked"] = dict(about)
            talk.memory.pop("referral_answer", None)
        await audit(talk.connection, talk.now, counselor.id, key, "case", talk.case_id)


async def open_silent(services: Any, conversation_id: str, supervisor: Counselor, reason: str) -> None:
    """Danger shown in quiet without her yes: a supervisor decides that a case is opened; it stays silent (DH-1)."""
    async with services.talks.open(conversation_id) as talk:
        step = talk.fire(Event.OPEN_SILENT)
        if not step.changed:
            raise NotAllowed("not_now")
        talk.set_case(severity=3, country=talk.before.where_now, language=talk.before.language, minor=int(talk.before.minor))
        await audit(talk.connection, talk.now, supervisor.id, "open_silent", "case", talk.case_id, reason)


async def reopen(services: Any, conversation_id: str, counselor: Counselor) -> None:
    """Just closed, and something is still to be said. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        if talk.snapshot.previous_owner != counselor.id:
            raise NotAllowed("not_yours")
        step = talk.fire(Event.REOPEN, actor=counselor.id)
        if not step.changed:
            raise NotAllowed("not_now")
        services.teller.tell(talk, step, alias=counselor.name)
        await audit(talk.connection, talk.now, counselor.id, "reopen", "case", talk.case_id)


async def agree_callback(services: Any, conversation_id: str, counselor: Counselor, due_at: float) -> None:
    """An agreed time to write again (unix seconds). Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        mine(talk, counselor)
        case_id = talk.case_id
        step = talk.fire(Event.SET_CALLBACK)
        if not step.changed or not case_id:
            raise NotAllowed("not_now")
        await callbacks.agree(talk.connection, talk.now, case_id, talk.id, due_at, counselor.id)
        services.teller.tell(talk, step, alias=counselor.name)
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
            services.teller.tell(talk, talk.fire(Event.COUNSELOR_GONE))
        talk.note("alarm:known_person")
        await audit(talk.connection, talk.now, counselor.id, "knows_person", "case", talk.case_id)


async def join(services: Any, conversation_id: str, counselor: Counselor, second_reader: bool = False, key: str = "") -> None:
    """Reads and writes along from now on; she and the owner are told who (DH-16); `key`: the text of an interpreter. Raises NotAllowed."""
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
        step = talk.fire(Event.JOIN)
        owner = str(talk.memory.get("alias") or "")
        if second_reader:
            services.teller.say(talk, "handoff_second_reader", alias=counselor.name)
        elif key:
            services.teller.say(talk, key, alias=owner, to=counselor.name)
            talk.memory[SEAT] = {**dict(talk.memory.get(SEAT) or {}), "since": talk.now}
        else:
            services.teller.tell(talk, step, alias=owner, to=counselor.name)
        talk.note("joined")
        await audit(talk.connection, talk.now, counselor.id, "join", "case", talk.case_id, "second reader" if second_reader else key)


async def take_over(services: Any, handover_id: str, counselor: Counselor) -> str:
    """Accepts a handover of a shift's end (`store.shifts`), and counts it for her. Returns the conversation's id."""
    waiting = {one.id: one for one in await services.handovers.offered(counselor.id)}
    if handover_id not in waiting:
        raise NotAllowed("already_decided")
    before = await team.name_of(services, waiting[handover_id].from_id)
    handover = await services.shifts.accept(handover_id, counselor.id, before, counselor.name)
    async with services.talks.open(handover.conversation_id) as talk:
        if talk.snapshot.state.human:
            await count_exposure(talk, counselor.id)
    return str(handover.conversation_id)


def cleaned(form: Mapping[str, Any], limit: int = 2000) -> dict[str, str]:
    """Form fields as trimmed text, without CSRF."""
    return {str(k): str(v).strip()[:limit] for k, v in form.items() if k != "csrf"}
