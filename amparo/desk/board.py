"""The queue and a counselor's talks, as rows for the page. No words of hers before the claim (DH-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amparo.core.handoff import State
from amparo.core.interpreting import SEAT
from amparo.core.practice import CHANNEL
from amparo.store import case_tables, desk_tables, practice_tables, tables, team_tables
from amparo.store.contacts import country_name

AGEING_SECONDS = 30 * 60
"""Each so many seconds of waiting count as one step of severity; imminent stays first (handoff-and-desk.md)."""
ON_DESK = tuple(s.value for s in (State.WAITING, State.AWAY, State.ACTIVE, State.TRANSFERRING, State.CALLBACK))
UNHEARD_SECONDS = 24 * 3600
SHORT = 4
"""Characters of a case's pseudonym on screen."""


@dataclass(frozen=True)
class Card:
    """One person in the queue or in a talk. `waiting`: seconds since her yes; `due_at`: an agreed callback, unix seconds or 0."""

    conversation_id: str
    case_id: str
    short: str
    state: str
    severity: int
    minor: bool
    language: str
    channel: str
    country: str
    waiting: int
    signals: tuple[str, ...]
    owner: str
    owner_name: str
    previous_owner: str
    quiet: str
    covered: bool
    unread: int
    safe: str
    flags: tuple[str, ...]
    joined: bool
    due_at: float = 0.0
    practice: bool = False
    unconfirmed: bool = False  # a new person at the end of a shift, without her yes yet
    tongue: str = ""  # the language for which she needs an interpreter, in the counselor's language
    interpreter: str = ""  # whose seat as an interpreter she said yes to
    known: bool = False  # she gave the three words of a case that this counselor had

    @property
    def free(self) -> bool:
        """Nobody has her."""
        return not self.owner and self.state in (State.WAITING.value, State.AWAY.value, State.CALLBACK.value)


def rank(card: Card) -> tuple[float, ...]:
    """Imminent first, then severity with ageing, minors, and who waits longest."""
    aged = card.severity + card.waiting / AGEING_SECONDS
    return (-(card.severity >= 3), -aged, -card.minor, -card.waiting)


async def cards(services: Any, counselor: Any) -> list[Card]:
    """Everybody who waits or is in a talk, in the order of the queue; sealed conversations are left out for her."""
    c, case, who, seal = tables.conversations, tables.cases, desk_tables.counselors, desk_tables.seals
    sealed = sa.exists().where((seal.c.conversation_id == c.c.id) & (seal.c.counselor_id == counselor.id))
    query = (
        sa.select(c, case, who.c.name.label("owner_name"), _unheard(services.now()).label("unheard"))
        .select_from(c.join(case, c.c.case_id == case.c.id).outerjoin(who, c.c.owner == who.c.id))
        .where(c.c.state.in_(ON_DESK) & ~sealed & _hers(counselor))
    )
    b, j = desk_tables.callbacks, team_tables.joins
    async with services.db.read() as connection:
        rows = (await connection.execute(query)).all()
        due = (await connection.execute(sa.select(b.c.conversation_id, b.c.due_at).where(b.c.status.in_(("agreed", "due"))))).all()
        mine = (await connection.execute(sa.select(j.c.conversation_id).where(j.c.counselor_id == counselor.id))).all()
        unread = await _unread(connection, counselor.id)
        known = await _known(connection, counselor.id)
    extra = {
        "due": {r.conversation_id: r.due_at for r in due},
        "joined": {r.conversation_id for r in mine},
        "unread": unread,
        "known": known,
        "reader": getattr(counselor, "interface", "es"),
    }
    now = services.now()
    return sorted((_card(services, row, now, extra) for row in rows), key=rank)


def _unheard(now: float) -> Any:
    """A voice note of the last day waits for somebody to play it (DH-10)."""
    c, m = tables.conversations, tables.messages
    return sa.exists().where((m.c.conversation_id == c.c.id) & (m.c.kind == "voice") & (m.c.created_at > now - UNHEARD_SECONDS))


def _hers(counselor: Any) -> Any:
    """Everybody real; a practice is seen by whoever practises, and by a supervisor once it has begun."""
    c, p = tables.conversations, practice_tables.practices
    mine = sa.exists().where((p.c.conversation_id == c.c.id) & (p.c.counselor_id == counselor.id))
    seen = practice_tables.real(c) | mine
    return seen | (c.c.owner != "") if getattr(counselor, "role", "") == "supervisor" else seen


async def _known(connection: Any, counselor_id: str) -> set[str]:
    """Conversations in which the words of a case of this counselor's were given (DH-24)."""
    back, case, old = case_tables.case_returns, tables.cases, tables.conversations
    joined = back.join(case, back.c.case_id == case.c.id).join(old, case.c.conversation_id == old.c.id)
    hers = (old.c.owner == counselor_id) | ((old.c.owner == "") & (old.c.previous_owner == counselor_id))
    rows = (await connection.execute(sa.select(back.c.conversation_id).select_from(joined).where(hers))).all()
    return {row.conversation_id for row in rows}


async def _unread(connection: Any, counselor_id: str) -> dict[str, int]:
    """Conversation -> messages of hers that this counselor has not seen, in the talks she owns or has joined."""
    c, m, r, j = tables.conversations, tables.messages, team_tables.reads, team_tables.joins
    along = sa.exists().where((j.c.conversation_id == c.c.id) & (j.c.counselor_id == counselor_id))
    query = (
        sa.select(m.c.conversation_id, sa.func.count().label("new"))
        .select_from(
            m.join(c, m.c.conversation_id == c.c.id).outerjoin(r, (r.c.conversation_id == c.c.id) & (r.c.counselor_id == counselor_id))
        )
        .where((m.c.direction == "in") & (m.c.id > sa.func.coalesce(r.c.message_id, 0)))
        .where((c.c.owner == counselor_id) | along)
        .group_by(m.c.conversation_id)
    )
    return {row.conversation_id: int(row.new) for row in (await connection.execute(query)).all()}


def _card(services: Any, row: Any, now: float, extra: dict[str, Any]) -> Card:
    c, case, values = tables.conversations, tables.cases, row._mapping
    key = services.vault.unwrap(values[c.c.dek_wrapped])
    intake = key.open(values[case.c.intake_enc]) or {}
    signals = tuple(dict.fromkeys(str(name) for name, _ in key.open(values[case.c.signals_enc]) or ()))
    quiet, identifier = values[c.c.quiet], values[c.c.id]
    hidden = quiet and not values[c.c.said_yes]  # without her yes: country, language and "cannot talk" only (DH-1)
    return Card(
        conversation_id=identifier,
        case_id=values[case.c.id],
        short=values[case.c.id][:SHORT].upper(),
        state=values[c.c.state],
        severity=values[case.c.severity],
        minor=bool(values[case.c.minor] or values[c.c.minor]),
        language=values[c.c.language] or "es",
        channel=values[c.c.channel].removeprefix("sim-"),
        country=values[c.c.where_now],
        waiting=max(0, int(now - (values[c.c.queued_at] or values[case.c.opened_at]))),
        signals=() if hidden else signals[:4],
        owner=values[c.c.owner],
        owner_name=values["owner_name"] or "",
        previous_owner=values[c.c.previous_owner],
        quiet=quiet,
        covered=bool(values[c.c.covered]),
        unread=extra["unread"].get(identifier, 0),
        safe=str(intake.get("safe", "")),
        flags=_flags(values, intake),
        joined=identifier in extra["joined"],
        due_at=extra["due"].get(identifier, 0.0),
        practice=values[c.c.channel] == CHANNEL,
        unconfirmed=values[c.c.state] == State.ACTIVE.value and values[c.c.owner] == values[c.c.next_owner],
        known=identifier in extra["known"],
        tongue=services.languages.name(str(intake["interpreter_language"]), extra["reader"]) if intake.get("interpreter_language") else "",
        interpreter=_accepted(key.open(values[c.c.memory_enc]) or {}) if values[c.c.owner] else "",
    )


def _accepted(memory: dict[str, Any]) -> str:
    """The id of the interpreter whom she accepted, ''."""
    seat = dict(memory.get(SEAT) or {})
    return str(seat["id"]) if seat.get("answer") == "yes" else ""


def _flags(values: Any, intake: dict[str, Any]) -> tuple[str, ...]:
    c = tables.conversations
    flags = ["opted_out"] if values[c.c.opted_out] else ["unreachable"] if values[c.c.unreachable] else []
    if values[c.c.erase_asked_at]:
        flags.append("erase_asked")
    if intake.get("late"):
        flags.append("late_yes")
    if intake.get("phone") == "shared":
        flags.append("shared_phone")
    if intake.get("safe") == "wait_for_me":
        flags.append("wait_for_her")
    if intake.get("interpreter") == "no":
        flags.append("no_interpreter")
    if intake.get("prefer") in ("woman", "man"):
        flags.append(f"prefers_{intake['prefer']}")
    if values["unheard"]:
        flags.append("voice_waits")
    return tuple(flags)


def place(code: str, language: str) -> str:
    """A country's name in the counselor's language, '' where it is unknown."""
    return country_name(code, language) if code else ""


async def just_closed(services: Any, counselor: Any) -> list[str]:
    """Conversations that she closed a moment ago and may still open again."""
    c = tables.conversations
    where = (c.c.state == State.CLOSING.value) & (c.c.previous_owner == counselor.id) & (c.c.quiet == "")
    async with services.db.read() as connection:
        return [str(row.id) for row in (await connection.execute(sa.select(c.c.id).where(where))).all()]
