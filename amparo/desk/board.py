"""The queue and a counselor's talks, as rows for the page. No words of hers before the claim (DH-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amparo.core.handoff import State
from amparo.store import desk_tables, tables
from amparo.store.contacts import country_name

AGEING_SECONDS = 30 * 60
"""Each so many seconds of waiting count as one step of severity; imminent stays first (handoff-and-desk.md)."""


@dataclass(frozen=True)
class Card:
    """One person in the queue or in a talk."""

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
    quiet: str
    covered: bool
    unread: int
    safe: str
    flags: tuple[str, ...]


def rank(card: Card) -> tuple[float, ...]:
    """Imminent first, then severity with ageing, minors, and who waits longest."""
    aged = card.severity + card.waiting / AGEING_SECONDS
    return (-(card.severity >= 3), -aged, -card.minor, -card.waiting)


async def cards(services: Any, counselor: Any) -> list[Card]:
    """Everybody who waits or is in a talk, in the order of the queue; sealed conversations are left out for her."""
    c, case, who, seal = tables.conversations, tables.cases, desk_tables.counselors, desk_tables.seals
    states = [s.value for s in (State.WAITING, State.AWAY, State.ACTIVE, State.TRANSFERRING, State.CALLBACK)]
    sealed = sa.exists().where((seal.c.conversation_id == c.c.id) & (seal.c.counselor_id == counselor.id))
    query = (
        sa.select(c, case, who.c.name.label("owner_name"))
        .select_from(c.join(case, c.c.case_id == case.c.id).outerjoin(who, c.c.owner == who.c.id))
        .where(c.c.state.in_(states) & ~sealed)
    )
    async with services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    now = services.now()
    return sorted((_card(services, row, now, c, case) for row in rows), key=rank)


def _card(services: Any, row: Any, now: float, c: Any, case: Any) -> Card:
    values = row._mapping
    key = services.vault.unwrap(values[c.c.dek_wrapped])
    intake = key.open(values[case.c.intake_enc]) or {}
    signals = tuple(dict.fromkeys(str(name) for name, _ in key.open(values[case.c.signals_enc]) or ()))
    quiet = values[c.c.quiet]
    flags = []
    if values[c.c.opted_out]:
        flags.append("opted_out")
    elif values[c.c.unreachable]:
        flags.append("unreachable")
    if values[c.c.erase_asked_at]:
        flags.append("erase_asked")
    if intake.get("phone") == "shared":
        flags.append("shared_phone")
    hidden = quiet and not values[c.c.said_yes]  # without her yes: country, language and "cannot talk" only
    return Card(
        conversation_id=values[c.c.id],
        case_id=values[case.c.id],
        short=values[case.c.id][:4].upper(),
        state=values[c.c.state],
        severity=values[case.c.severity],
        minor=bool(values[case.c.minor] or values[c.c.minor]),
        language=values[c.c.language] or "es",
        channel=values[c.c.channel].removeprefix("sim-"),
        country=country_name(values[c.c.where_now], "en") if values[c.c.where_now] else "",
        waiting=int(now - (values[c.c.queued_at] or values[case.c.opened_at])),
        signals=() if hidden else signals[:4],
        owner=values[c.c.owner],
        owner_name=values["owner_name"] or "",
        quiet=quiet,
        covered=bool(values[c.c.covered]),
        unread=0,
        safe=str(intake.get("safe", "")),
        flags=tuple(flags),
    )
