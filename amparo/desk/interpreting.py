"""Interpreters on the desk: who is here, asking her about one by name, sitting down after her yes, and leaving (DH-16, DH-22)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core import interpreting
from amparo.core.errors import NotAllowed
from amparo.core.interpreting import SEAT, WANTED, Interpreter
from amparo.core.model import LANGUAGES
from amparo.desk import moves, outgoing
from amparo.desk.accounts import AccountError, Counselor
from amparo.store import desk_tables, team_tables
from amparo.store.audit import write as audit
from amparo.store.presence import SEEN_SECONDS
from amparo.store.talks import Talk

TOWN = 60


async def everybody(services: Any) -> dict[str, Interpreter]:
    """Every account that interprets, by id."""
    async with services.db.read() as connection:
        return {one.id: one for one in _read((await connection.execute(_query())).all())}


async def here(services: Any, besides: str, language: str = "") -> list[Interpreter]:
    """Who interprets (that language) and is on shift, not on a break, by name. `besides`: the counselor who asks."""
    p = desk_tables.presence
    on = (p.c.on_shift == 1) & (p.c.paused == "") & (p.c.seen_at > services.now() - SEEN_SECONDS)
    query = _query().join(p, p.c.counselor_id == desk_tables.counselors.c.id).where(on)
    async with services.db.read() as connection:
        found = _read((await connection.execute(query)).all())
    return [one for one in found if one.id != besides and (not language or language in one.languages)]


def _query() -> Any:
    i, c = team_tables.interpreters, desk_tables.counselors
    columns = sa.select(c.c.id, c.c.name, c.c.woman, i.c.languages, i.c.town)
    return columns.join_from(c, i, i.c.counselor_id == c.c.id).where((c.c.active == 1) & (i.c.languages != "")).order_by(c.c.name)


def _read(rows: Any) -> list[Interpreter]:
    return [Interpreter(r.id, r.name, frozenset(r.languages.split()), r.town, bool(r.woman)) for r in rows]


async def mark(services: Any, counselor_id: str, languages: str, town: str = "", actor: str = "host") -> None:
    """What an account interprets: codes, '' = nothing any more. Raises AccountError on a language that has no name here."""
    codes = sorted(set(languages.replace(",", " ").lower().split()))
    unknown = [code for code in codes if code not in services.languages.codes | set(LANGUAGES)]
    if unknown:
        raise AccountError(f"unknown language {' '.join(unknown)}: use codes of content/languages, such as qu, ay, gn, ht")
    i = team_tables.interpreters
    async with services.db.write() as connection:
        await connection.execute(i.delete().where(i.c.counselor_id == counselor_id))
        if codes:
            values = {"counselor_id": counselor_id, "languages": " ".join(codes), "town": " ".join(town.split())[:TOWN]}
            await connection.execute(i.insert().values(**values))
        await audit(connection, services.now(), actor, "interprets", "counselor", counselor_id, " ".join(codes))


async def ask(services: Any, conversation_id: str, counselor: Counselor, interpreter_id: str) -> None:
    """Asks her about one interpreter, by name, sex and town, before that person reads a word. Raises NotAllowed."""
    one = {person.id: person for person in await here(services, counselor.id)}.get(interpreter_id)
    if one is None or await _sealed(services, conversation_id, interpreter_id):
        raise NotAllowed("no_interpreter_now")
    outgoing.check(f"{one.name}\n{one.town}", services.content.knowledge)
    case = await _intake(services, conversation_id)
    async with services.talks.open(conversation_id) as talk:
        moves.mine(talk, counselor)
        if talk.snapshot.quiet or talk.snapshot.covered or not talk.snapshot.state.human:
            raise NotAllowed("quiet")
        if talk.snapshot.owner == one.id:
            raise NotAllowed("not_now")
        reason = interpreting.refusal(talk.memory, str(case.get("interpreter", "")), one)
        if reason:
            raise NotAllowed(reason)
        language = _language(talk, one)
        await _stand_up(talk)
        talk.memory.update(interpreting.asked(talk.memory, one, language))
        hers = talk.before.language or "es"
        who = services.teller.render(talk, "interpreter_woman" if one.woman else "interpreter_man").text
        spoken = services.languages.name(language, hers)
        who = f"{who}, {one.town}" if one.town else who
        services.teller.say(talk, "interpreter_ask", alias=counselor.name, to=one.name, who=who, language=spoken)
        await audit(talk.connection, talk.now, counselor.id, "interpreter_ask", "case", talk.case_id, one.id)


def _language(talk: Talk, one: Interpreter) -> str:
    wanted = str(talk.memory.get(WANTED) or "")
    return wanted if wanted in one.languages else sorted(one.languages)[0]


async def _intake(services: Any, conversation_id: str) -> dict[str, Any]:
    conversation = await services.talks.get(conversation_id)
    return dict((await services.talks.case(conversation.case_id))["intake"]) if conversation.case_id else {}


async def _sealed(services: Any, conversation_id: str, counselor_id: str) -> bool:
    s = desk_tables.seals
    where = (s.c.conversation_id == conversation_id) & (s.c.counselor_id == counselor_id)
    async with services.db.read() as connection:
        return (await connection.execute(sa.select(s.c.counselor_id).where(where))).first() is not None


async def sit_down(services: Any, conversation_id: str, me: Counselor) -> None:
    """After her yes: reads what is written from now on and writes under her own name; she is told (DH-16). Raises NotAllowed."""
    if await _sealed(services, conversation_id, me.id):
        raise NotAllowed("sealed")
    async with services.talks.open(conversation_id) as talk:
        if not interpreting.may_sit(talk.memory, me.id):
            raise NotAllowed("not_yours")
    await moves.join(services, conversation_id, me, key="handoff_interpreter_joins")


async def leave(services: Any, conversation_id: str, counselor: Counselor, reader: str) -> None:
    """Whoever reads along leaves by herself, or is sent away by the talk's owner; she is told. Raises NotAllowed."""
    async with services.talks.open(conversation_id) as talk:
        if reader != counselor.id:
            moves.mine(talk, counselor)
        j, c = team_tables.joins, desk_tables.counselors
        where = (j.c.conversation_id == talk.id) & (j.c.counselor_id == reader)
        name = (await talk.connection.execute(sa.select(c.c.name).where(c.c.id == reader))).scalar_one_or_none()
        gone = (await talk.connection.execute(j.delete().where(where))).rowcount
        if not gone:
            raise NotAllowed("not_now")
        if interpreting.seat_of(talk.memory, reader) is not None:
            talk.memory.pop(SEAT, None)
        services.teller.say(talk, "handoff_reader_left", to=str(name or ""))
        talk.note("joined")
        await audit(talk.connection, talk.now, counselor.id, "reader_left", "case", talk.case_id, reader)


async def _stand_up(talk: Talk) -> None:
    """A new question frees the seat of whoever was asked about before."""
    seat = dict(talk.memory.get(SEAT) or {})
    if seat:
        j = team_tables.joins
        where = (j.c.conversation_id == talk.id) & (j.c.counselor_id == str(seat.get("id")))
        await talk.connection.execute(j.delete().where(where))


async def shown(services: Any, conversation: Any, me: Counselor) -> dict[str, Any]:
    """What the talk's page shows about interpreting."""
    wanted = str(conversation.memory.get(WANTED) or "")
    return {
        "wanted": services.languages.name(wanted, me.interface) if wanted else "",
        "wish": str((await _intake(services, conversation.id)).get("interpreter", "")),
        "seat": dict(conversation.memory.get(SEAT) or {}),
        "mine": interpreting.seat_of(conversation.memory, me.id) is not None,
        "here": await here(services, me.id, wanted),
    }
