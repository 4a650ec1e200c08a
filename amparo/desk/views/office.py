"""Supervisor's page, team, audit, content report, published numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from amparo.core.errors import NotAllowed
from amparo.core.model import LANGUAGES
from amparo.desk import access, accounts, board, charts, glass, interpreting, moves, published, team, waits
from amparo.desk.pages import page
from amparo.store import desk_tables
from amparo.store.desk_tables import ROLES

AUDIT_ROWS = 200
SEVERITIES = ("sev3", "sev2", "sev1", "sev0")


async def supervisor(request: Request) -> Response:
    """Load, waits, silent conversations, callbacks, calls for care, what waits for a second person; never a ranking of people."""
    services, me, w = request.state.services, request.state.session.counselor, request.state.words
    values, labels = _day(services, await waits.last_day(services))
    return page(
        request,
        "supervisor.html",
        **await _numbers(request),
        care=await team.open_calls(services),
        glass=await _glass(services),
        looks=await access.looks_to_review(services, me),
        callbacks=await services.callbacks.open(services.now() + 24 * 3600),
        silent=await services.desk_reads.silent_alerts(),
        late=await services.desk_reads.late_risks(),
        names=await team.names(services),
        day_plot=charts.columns(values, labels, w["waits_title"]),
        day_rows=[(label, value) for label, value in zip(labels, values, strict=True) if value is not None],
    )


async def supervisor_state(request: Request) -> Response:
    """The live part alone."""
    return page(request, "load.html", **await _numbers(request))


async def _numbers(request: Request) -> dict[str, Any]:
    services, me, w = request.state.services, request.state.session.counselor, request.state.words
    cards = [c for c in await board.cards(services, me) if not c.practice]
    waiting = [c for c in cards if c.state in ("waiting", "away")]
    rows = waits.by_wait(waiting)
    return {
        "cards": cards,
        "waiting": waiting,
        "talks": [c for c in cards if c.state in ("active", "transferring")],
        "lone_minors": [c for c in cards if c.minor and c.state in ("active", "transferring")],
        "rows": rows,
        "plot": charts.stacked(rows, w["load_title"], SEVERITIES),
        "staff": await team.on_shift(services),
        "depth": await services.outbox.depth(),
        "now": services.now(),
        "place": board.place,
    }


def _day(services: Any, hours: list[waits.Hour]) -> tuple[list[float | None], list[str]]:
    zone = ZoneInfo(services.content.helpline.schedule.timezone)
    return [h.wait for h in hours], [f"{datetime.fromtimestamp(h.start, zone):%H}h" for h in hours]


async def _glass(services: Any) -> list[Any]:
    found = []
    for grant_id, case_id in await services.break_glass.waiting():
        found += [g for g in await services.break_glass.of_case(case_id) if g.id == grant_id]
    return found


async def glass_approve(request: Request) -> Response:
    """The second person; never the one who asked (DH-13)."""
    services, me = request.state.services, request.state.session.counselor
    await glass.approve(services, request.path_params["id"], me.id)
    return RedirectResponse("/supervisor", 303)


async def glass_refuse(request: Request) -> Response:
    """No."""
    await request.state.services.break_glass.refuse(request.path_params["id"], request.state.session.counselor.id)
    return RedirectResponse("/supervisor", 303)


async def open_silent(request: Request) -> Response:
    """Danger shown in quiet: a case is opened without her yes, and stays silent (DH-1)."""
    reason = str((await request.form()).get("reason", "")).strip()[:200]
    if not reason:
        raise NotAllowed("reason_needed")
    await moves.open_silent(request.state.services, request.path_params["id"], request.state.session.counselor, reason)
    return RedirectResponse("/supervisor", 303)


async def look_review(request: Request) -> Response:
    """Somebody else has read why a case was opened."""
    await access.review(request.state.services, request.path_params["id"], request.state.session.counselor)
    return RedirectResponse("/supervisor", 303)


async def care_answer(request: Request) -> Response:
    """I am with her."""
    await team.answer_call(request.state.services, request.path_params["id"], request.state.session.counselor)
    return RedirectResponse("/supervisor", 303)


async def audit_page(request: Request) -> Response:
    """The audit lines, newest first; ids and reasons of staff, never a word of hers."""
    a, c = desk_tables.audit, desk_tables.counselors
    before = request.query_params.get("before", "")
    query = sa.select(a, c.c.name).select_from(a.outerjoin(c, a.c.actor == c.c.id)).order_by(a.c.id.desc()).limit(AUDIT_ROWS)
    if before.isdigit():
        query = query.where(a.c.id < int(before))
    async with request.state.services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    zone = ZoneInfo(request.state.services.content.helpline.schedule.timezone)
    return page(
        request,
        "audit.html",
        rows=rows,
        when=lambda at: f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}",
        full=len(rows) == AUDIT_ROWS,
    )


async def team_page(request: Request) -> Response:
    """Who may log in, and accounts that wait for the second person (DH-17)."""
    return await _team(request)


async def _team(request: Request, status: int = 200, **values: Any) -> Response:
    services = request.state.services
    shown = {"error": "", "password": "", "whose": "", **values}
    return page(
        request,
        "team.html",
        status,
        rows=await team.everybody(services),
        interpreters=await interpreting.everybody(services),
        names=await team.names(services),
        roles=ROLES,
        langs=LANGUAGES,
        **shown,
    )


async def team_propose(request: Request) -> Response:
    """The first of two people."""
    form = await request.form()
    services, me = request.state.services, request.state.session.counselor
    role, spoken = str(form.get("role", "")), [lang for lang in form.getlist("languages") if lang in LANGUAGES]
    if me.role != "admin" and role not in ("counselor", "content_editor", "analyst"):
        raise NotAllowed("admin_only")
    try:
        languages = " ".join(map(str, spoken)) or "es"
        await accounts.propose(services, me, str(form.get("name", "")), role, languages, bool(form.get("adolescent")), not form.get("man"))
    except accounts.AccountError as error:
        return await _team(request, 409, error=str(error))
    return RedirectResponse("/team", 303)


async def team_approve(request: Request) -> Response:
    """The second: reads the starting password once and hands it over in person."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    try:
        password = await accounts.approve(services, me, identifier)
    except accounts.AccountError:
        raise NotAllowed("two_people") from None
    return await _team(request, password=password, whose=await team.name_of(services, identifier))


async def team_about(request: Request) -> Response:
    """A woman or a man, and what she interprets: what her wish is held against. Never about oneself."""
    form = await request.form()
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    if identifier == me.id:
        raise NotAllowed("not_yourself")
    try:
        await interpreting.mark(services, identifier, str(form.get("interprets", ""))[:120], str(form.get("town", "")), me.id)
        await accounts.set_woman(services, identifier, not form.get("man"), me.id)
    except accounts.AccountError as error:
        return await _team(request, 409, error=str(error))
    return RedirectResponse("/team", 303)


async def team_disable(request: Request) -> Response:
    """Nobody logs in with it any more; her sessions end now."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    if identifier == me.id:
        raise NotAllowed("not_yourself")
    await accounts.change(services, await team.name_of(services, identifier), actor=me.id, active=0)
    return RedirectResponse("/team", 303)


async def team_reset(request: Request) -> Response:
    """A new starting password and no second factor: proposed by one, read and handed over by another, like a new account."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    if identifier == me.id:
        raise NotAllowed("not_yourself")
    await accounts.propose_reset(services, me, identifier)
    return RedirectResponse("/team", 303)


async def content(request: Request) -> Response:
    """What the content check says, and the phrasebook in five languages side by side."""
    services = request.state.services
    return page(request, "content.html", problems=services.content.problems, phrases=services.content.phrase_table(), langs=LANGUAGES)


def _dimensions(request: Request) -> tuple[str, str]:
    first, second = request.query_params.get("a", "month"), request.query_params.get("b", "country")
    first = first if first in published.DIMENSIONS else "month"
    return first, second if second in published.DIMENSIONS and second != first else ""


async def numbers(request: Request) -> Response:
    """People by at most two dimensions, ten and more (DH-25)."""
    first, second = _dimensions(request)
    table = published.safe(await published.counted(request.state.services, first, second))
    return page(request, "numbers.html", table=table, first=first, second=second, dimensions=published.DIMENSIONS, k=published.K)


async def numbers_csv(request: Request) -> Response:
    """The same table as a file."""
    first, second = _dimensions(request)
    table = published.safe(await published.counted(request.state.services, first, second))
    name = f"people-by-{first}{'-' + second if second else ''}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(published.csv(table, first, second), media_type="text/csv", headers=headers)
