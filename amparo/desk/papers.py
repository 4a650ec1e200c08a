"""What is filed on a case: notes, risk form, safety plan, outcome; encrypted under its conversation's key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from amparo.core.errors import NotFound
from amparo.desk.accounts import Counselor
from amparo.store import desk_tables, tables
from amparo.store.audit import write as audit
from amparo.store.vault import new_id


@dataclass(frozen=True)
class Field:
    """One line of a form. `options`: keys of choices; none = free text. `many`: several may be chosen."""

    name: str
    options: tuple[str, ...] = ()
    many: bool = False
    long: bool = False


YES_NO = ("yes", "no", "not_asked")
FORMS: Mapping[str, tuple[Field, ...]] = {
    "risk_form": (
        Field("level", ("now", "days", "ongoing", "past")),
        Field("from_whom", ("partner", "family", "employer", "recruiter", "group", "authority", "self", "other"), many=True),
        Field("signs", ("weapon", "strangled", "threat_to_kill", "held", "followed", "papers_taken", "images", "pregnant"), many=True),
        Field("children_there", YES_NO),
        Field("can_leave", YES_NO),
        Field("phone_watched", YES_NO),
        Field("suicide", ("none", "thoughts", "plan", "now")),
        Field("what_she_wants", long=True),
    ),
    "safety_plan": (
        Field("safe_place", long=True),
        Field("who_helps", long=True),
        Field("sign", long=True),
        Field("bag", ("papers", "phone", "money", "medicine", "clothes", "children"), many=True),
        Field("way_out", long=True),
        Field("if_he_finds_out", long=True),
        Field("next_contact", long=True),
    ),
    "frequent_plan": (Field("agreed_hours", long=True), Field("who_answers", long=True), Field("if_phone_taken", long=True)),
}
"""Short forms: what is written once is asked nowhere else again (SP-22 … 25: nobody is investigated)."""


def read_form(kind: str, form: Any) -> dict[str, Any]:
    """The known fields of a posted form; unknown choices are left out."""
    body: dict[str, Any] = {}
    for one in FORMS[kind]:
        values = [str(v).strip() for v in form.getlist(one.name)]
        if one.options:
            chosen = [v for v in values if v in one.options]
            if chosen:
                body[one.name] = chosen if one.many else chosen[0]
        elif values and values[0]:
            body[one.name] = values[0][:1000]
    return body


async def file(services: Any, case_id: str, counselor: Counselor, kind: str, body: Any) -> str:
    """Files a note or form. Raises NotFound."""
    case, c = tables.cases, tables.conversations
    async with services.db.write() as connection:
        query = sa.select(c.c.dek_wrapped).select_from(case.join(c, case.c.conversation_id == c.c.id)).where(case.c.id == case_id)
        wrapped = (await connection.execute(query)).scalar_one_or_none()
        if wrapped is None:
            raise NotFound("case")
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


async def of_person(services: Any, conversation_id: str) -> list[dict[str, Any]]:
    """Every paper of every case of this conversation, newest first: she is not asked again what an earlier case holds."""
    p, case, c, who = desk_tables.case_papers, tables.cases, tables.conversations, desk_tables.counselors
    joined = p.join(case, p.c.case_id == case.c.id).join(c, case.c.conversation_id == c.c.id).outerjoin(who, p.c.author == who.c.id)
    query = sa.select(p, c.c.dek_wrapped, case.c.number, who.c.name).select_from(joined).where(c.c.id == conversation_id)
    async with services.db.read() as connection:
        rows = (await connection.execute(query.order_by(p.c.created_at.desc()).limit(100))).all()
    return [
        {
            "kind": row.kind,
            "at": row.created_at,
            "author": row.name or "",
            "case": row.number,
            "body": services.vault.unwrap(row.dek_wrapped).open(row.body_enc) or {},
        }
        for row in rows
    ]
