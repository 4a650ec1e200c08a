"""The queue: who waits, claiming, breaks, search by pseudonym or three words, the live feed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from amparo.core.errors import NotAllowed
from amparo.desk import board, feed, moves, sessions, team
from amparo.desk.pages import page
from amparo.store import desk_tables
from amparo.store.audit import write as audit


async def queue(request: Request) -> Response:
    """Who waits, in order; my talks; handovers that wait for me; callbacks."""
    services, me = request.state.services, request.state.session.counselor
    return page(
        request,
        "queue.html",
        **await _parts(request),
        problems=services.content.problems,
        shift=await team.presence(services, me.id),
        offered=await services.handovers.offered(me.id),
        closed=await board.just_closed(services, me),
    )


async def queue_cards(request: Request) -> Response:
    """The cards alone, for the live page."""
    return page(request, "cards.html", **await _parts(request))


async def _parts(request: Request) -> dict[str, Any]:
    services, me = request.state.services, request.state.session.counselor
    cards = await board.cards(services, me)
    mine = [c for c in cards if c.owner == me.id or c.joined or (c.state == "callback" and c.previous_owner == me.id)]
    waiting = [c for c in cards if c.free and c not in mine]
    others = [c for c in cards if c not in mine and c not in waiting]
    return {"mine": mine, "waiting": waiting, "others": others, "now": services.now(), "place": board.place}


async def search(request: Request) -> Response:
    """Open cases by pseudonym, or any case by its three words; never by text. Posted, so that words stand in no address."""
    services, me = request.state.services, request.state.session.counselor
    asked = str((await request.form()).get("q", "")).strip()[:80]
    wanted = asked.lstrip("#").upper()
    cards = [c for c in await board.cards(services, me) if 3 <= len(wanted) <= 32 and c.case_id.upper().startswith(wanted)]
    by_words = None
    if not cards and len(asked.split()) >= 3:
        by_words = await services.case_codes.find(asked, me.id)
    async with services.db.write() as connection:
        await audit(
            connection, services.now(), me.id, "search", "case", cards[0].case_id if cards else by_words.case_id if by_words else ""
        )
    last = await team.name_of(services, by_words.counselor_id) if by_words else ""
    return page(request, "search.html", cards=cards, by_words=by_words, last=last, now=services.now(), place=board.place)


async def claim(request: Request) -> Response:
    """One winner; the others read that somebody was faster."""
    identifier = request.path_params["id"]
    if await moves.claim(request.state.services, identifier, request.state.session.counselor):
        await request.state.services.waker.wake("jobs")
        return RedirectResponse(f"/talk/{identifier}", 303)
    raise NotAllowed("taken")


async def shift(request: Request) -> Response:
    """Break, debrief, or back: paused people get no new talks. The last one on shift needs the supervisor (DH-11)."""
    services, me = request.state.services, request.state.session.counselor
    wanted = str((await request.form()).get("paused", ""))
    wanted = wanted if wanted in ("break", "debrief") else ""
    others = [c for c in await services.presence.on_shift() if c.counselor_id != me.id]
    if wanted and not others and me.role != "supervisor":
        raise NotAllowed("last_on_shift")
    p = desk_tables.presence
    async with services.db.write() as connection:
        values = {"paused": wanted, "since": services.now()}
        await connection.execute(p.update().where(p.c.counselor_id == me.id).values(**values))
        await audit(connection, services.now(), me.id, f"shift_{wanted or 'on'}", "counselor", me.id)
    return RedirectResponse("/queue", 303)


async def live(request: Request) -> Response:
    """Server-sent events: ids of conversations that changed and what changed, never content."""
    services, me = request.state.services, request.state.session.counselor
    given = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    after = int(given) if given.isdigit() else 0
    stream = feed.events(services, request.cookies.get(sessions.COOKIE, ""), me, after)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def care_call(request: Request) -> Response:
    """ "Threat against us" and "I can't go on": the supervisor is called at once, and nobody is routed to her meanwhile (DH-17)."""
    services, me = request.state.services, request.state.session.counselor
    form = await request.form()
    kind, conversation = str(form.get("kind", "")), str(form.get("conversation", ""))[:32]
    if kind not in team.CARE_KINDS:
        raise NotAllowed("not_now")
    await team.call_for_care(services, me, kind, conversation)
    return page(request, "message.html", text=request.state.words[f"said_{kind}"])


async def exposure(request: Request) -> Response:
    """Her own figures of today and the last two weeks; nobody else's."""
    services, me = request.state.services, request.state.session.counselor
    x = desk_tables.exposures
    query = sa.select(x).where(x.c.counselor_id == me.id).order_by(x.c.day.desc()).limit(14)
    async with services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    return page(request, "exposure.html", rows=rows, shift=await team.presence(services, me.id))
