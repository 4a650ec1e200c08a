"""Pages and actions of the desk. Each is small: read the request, call the store or `moves`, render."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from amparo.core.handoff import Event
from amparo.core.outbound import GAP_SECONDS, window_left
from amparo.desk import accounts, board, moves, sessions
from amparo.desk.pages import page
from amparo.store import desk_tables, heartbeats, tables
from amparo.store.audit import write as audit
from channels.base import capabilities

LIVE_SECONDS = 0.1
LIVE_LONGEST = 300.0
OUTCOMES = ("information", "safety_plan", "referred", "rescue", "left", "wrong_number", "prank", "other")


async def health(request: Request) -> Response:
    """Database and processes; no detail."""
    services = request.state.services
    ages = await heartbeats.ages(services.db, services.now())
    return JSONResponse({"ready": True, "jobs": ages.get("jobs", 999.0) < 30, "content": not services.content.problems})


async def login(request: Request) -> Response:
    """The login form. A wrong try says nothing about what was wrong."""
    services = request.state.services
    if request.method == "GET":
        return page(request, "login.html", failed=False, totp=services.settings.desk_require_totp)
    form = await request.form()
    user = await accounts.log_in(services, str(form.get("name", "")), str(form.get("password", "")), str(form.get("code", "")))
    if user is None:
        return page(request, "login.html", 401, failed=True, totp=services.settings.desk_require_totp)
    answer = RedirectResponse("/", status_code=303)
    token = await sessions.start(services, user)
    answer.set_cookie(
        sessions.COOKIE, token, httponly=True, samesite="strict", secure=services.settings.production, max_age=sessions.LONGEST_SECONDS
    )
    return answer


async def logout(request: Request) -> Response:
    """Ends session and shift; refused while she owns open talks that nobody has taken over (DH-24)."""
    services, session = request.state.services, request.state.session
    mine = [c for c in await board.cards(services, session.counselor) if c.owner == session.counselor.id]
    if mine:
        return page(request, "message.html", 409, text=request.state.words["logout_open"])
    await sessions.end(services, session)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(sessions.COOKIE)
    return answer


async def language(request: Request) -> Response:
    """Her interface language."""
    form = await request.form()
    chosen = str(form.get("lang", "es"))
    c = desk_tables.counselors
    if chosen in ("es", "pt", "en", "fr", "ht"):
        async with request.state.services.db.write() as connection:
            where = c.c.id == request.state.session.counselor.id
            await connection.execute(c.update().where(where).values(interface=chosen))
    return RedirectResponse("/", status_code=303)


async def home(request: Request) -> Response:
    """To the queue, or to what the role may see."""
    role = request.state.session.counselor.role
    return RedirectResponse("/queue" if role in ("counselor", "supervisor") else "/audit" if role == "admin" else "/health", 303)


async def queue(request: Request) -> Response:
    """Who waits, in order."""
    services, me = request.state.services, request.state.session.counselor
    await _audit(request, "queue_viewed")
    return page(
        request, "queue.html", cards=await board.cards(services, me), problems=services.content.problems, shift=await _shift(request)
    )


async def queue_cards(request: Request) -> Response:
    """The cards alone, for the live page."""
    cards = await board.cards(request.state.services, request.state.session.counselor)
    return page(request, "cards.html", cards=cards)


async def _shift(request: Request) -> Any:
    p = desk_tables.presence
    async with request.state.services.db.read() as connection:
        query = sa.select(p.c.on_shift, p.c.paused).where(p.c.counselor_id == request.state.session.counselor.id)
        return (await connection.execute(query)).first()


async def shift(request: Request) -> Response:
    """Break, debrief, or back: paused people get no new talks. The last one on shift needs the supervisor (DH-11)."""
    services, me = request.state.services, request.state.session.counselor
    wanted = str((await request.form()).get("paused", ""))
    others = [c for c in await services.presence.on_shift() if c.counselor_id != me.id]
    if wanted and not others and me.role != "supervisor":
        return page(request, "message.html", 409, text=request.state.words["last_on_shift"])
    p = desk_tables.presence
    async with services.db.write() as connection:
        values = {"paused": wanted if wanted in ("break", "debrief") else "", "since": services.now()}
        await connection.execute(p.update().where(p.c.counselor_id == me.id).values(**values))
        await audit(connection, services.now(), me.id, f"shift_{wanted or 'on'}", "counselor", me.id)
    return RedirectResponse("/queue", 303)


async def live(request: Request) -> Response:
    """Server-sent events: ids of conversations that changed and what changed, never content."""
    services = request.state.services
    after = int(request.headers.get("last-event-id") or request.query_params.get("after") or 0)
    return StreamingResponse(_feed(services, after), media_type="text/event-stream")


async def _feed(services: Any, after: int) -> AsyncIterator[str]:
    feed = tables.changes
    if not after:
        async with services.db.read() as connection:
            after = (await connection.execute(sa.select(sa.func.max(feed.c.id)))).scalar_one() or 0
    yield f"id: {after}\nevent: hello\ndata: {{}}\n\n"
    loop = asyncio.get_running_loop()
    until = loop.time() + LIVE_LONGEST
    quiet = 0.0
    while loop.time() < until:
        async with services.db.read() as connection:
            rows = (await connection.execute(sa.select(feed).where(feed.c.id > after).order_by(feed.c.id).limit(100))).all()
        for row in rows:
            after = row.id
            yield f"id: {row.id}\ndata: {json.dumps({'c': row.conversation_id, 'w': row.what})}\n\n"
        quiet = 0.0 if rows else quiet + LIVE_SECONDS
        if quiet >= 10:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(LIVE_SECONDS)


async def claim(request: Request) -> Response:
    """One winner; the others read that somebody was faster."""
    identifier = request.path_params["id"]
    if await moves.claim(request.state.services, identifier, request.state.session.counselor):
        await request.state.services.waker.wake("jobs")
        return RedirectResponse(f"/talk/{identifier}", 303)
    return page(request, "message.html", 409, text=request.state.words["taken"])


async def talk(request: Request) -> Response:
    """The conversation of whoever owns it, and what she agreed to share first of all."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    conversation = await services.talks.get(identifier)
    if conversation.snapshot.owner != me.id and me.role != "supervisor":
        return page(request, "message.html", 403, text=request.state.words["not_yours"])
    await _audit(request, "talk_viewed", identifier)
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {}
    left = window_left(capabilities(conversation.channel), conversation.last_in_at, services.now())
    return page(
        request,
        "talk.html",
        talk=conversation,
        case=case,
        messages=await _visible(services, conversation, case),
        window=None if left is None else int(left),
        gap=services.now() - conversation.last_turn_at > GAP_SECONDS,
        limits=capabilities(conversation.channel),
        papers=await moves.papers(services, conversation.case_id) if conversation.case_id else [],
        outcomes=OUTCOMES,
        phrases=services.content.phrasebook(conversation.language or "es", me.interface),
    )


async def _visible(services: Any, conversation: Any, case: Any) -> list[Any]:
    """Messages since her first risk sign, or since the claim where she chose to start with nothing (DH-8)."""
    history = await services.talks.history(conversation.id)
    if case.get("start_with") == "nothing":
        return [m for m in history if m.created_at >= case.get("claimed_at", 0)]
    return [m for m in history if m.id >= case.get("from_message", 0)]


async def talk_messages(request: Request) -> Response:
    """The messages alone, for the live page."""
    services, me = request.state.services, request.state.session.counselor
    conversation = await services.talks.get(request.path_params["id"])
    if conversation.snapshot.owner != me.id and me.role != "supervisor":
        return page(request, "message.html", 403, text=request.state.words["not_yours"])
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {}
    return page(request, "messages.html", messages=await _visible(services, conversation, case), talk=conversation)


async def reply(request: Request) -> Response:
    """Her counselor writes."""
    form = await request.form()
    identifier = request.path_params["id"]
    services = request.state.services
    text, nonce = str(form.get("text", "")), str(form.get("nonce", ""))
    await moves.reply(services, identifier, request.state.session.counselor, text, nonce)
    await services.waker.wake("jobs")
    return JSONResponse({"ok": True})


async def close(request: Request) -> Response:
    """Ends the talk with an outcome code."""
    form = await request.form()
    outcome = str(form.get("outcome", "other"))
    await moves.close(
        request.state.services, request.path_params["id"], request.state.session.counselor, outcome if outcome in OUTCOMES else "other"
    )
    await request.state.services.waker.wake("jobs")
    return RedirectResponse("/queue", 303)


async def _fire(request: Request, event: Event, back: str = "/queue", **values: str) -> Response:
    await moves.fire(request.state.services, request.path_params["id"], request.state.session.counselor, event, **values)
    await request.state.services.waker.wake("jobs")
    return RedirectResponse(back, 303)


async def transfer(request: Request) -> Response:
    """Asks her whether somebody else may go on, with who and why (DH-16)."""
    form = await request.form()
    back = f"/talk/{request.path_params['id']}"
    return await _fire(request, Event.TRANSFER, back, to=str(form.get("to", ""))[:60], why=str(form.get("why", ""))[:200])


async def callback(request: Request) -> Response:
    """An agreed time to write again."""
    return await _fire(request, Event.SET_CALLBACK)


async def cannot_talk(request: Request) -> Response:
    """Quiet by staff: nothing goes out until she writes."""
    return await _fire(request, Event.STAFF_QUIET, f"/talk/{request.path_params['id']}")


async def not_her(request: Request) -> Response:
    """ "Perhaps not her": covered, callback cancelled, nothing confirmed (DH-12)."""
    return await _fire(request, Event.NOT_HER, f"/talk/{request.path_params['id']}")


async def uncover(request: Request) -> Response:
    """She is back: our word was given, or she returned to the subject herself."""
    return await _fire(request, Event.UNCOVER, f"/talk/{request.path_params['id']}")


async def mute(request: Request) -> Response:
    """Supervisor only, ends by itself after 24 hours."""
    form = await request.form()
    return await _fire(request, Event.MUTE, reason=str(form.get("reason", ""))[:200])


async def know_her(request: Request) -> Response:
    """ "I know this person": sealed from me."""
    await moves.seal(request.state.services, request.path_params["id"], request.state.session.counselor)
    return RedirectResponse("/queue", 303)


async def note(request: Request) -> Response:
    """A note of the case."""
    form = await request.form()
    services = request.state.services
    conversation = await services.talks.get(request.path_params["id"])
    text = str(form.get("text", "")).strip()[:4000]
    if text and conversation.case_id:
        await moves.paper(services, conversation.case_id, request.state.session.counselor, "note", {"text": text})
    return RedirectResponse(f"/talk/{conversation.id}", 303)


async def supervisor(request: Request) -> Response:
    """Load, waits and silent conversations now; never a ranking of people."""
    services = request.state.services
    await _audit(request, "supervisor_viewed")
    cards = await board.cards(services, request.state.session.counselor)
    return page(request, "supervisor.html", cards=cards, staff=await services.presence.on_shift(), depth=await services.outbox.depth())


async def audit_page(request: Request) -> Response:
    """The last audit lines."""
    a, c = desk_tables.audit, desk_tables.counselors
    query = sa.select(a, c.c.name).select_from(a.outerjoin(c, a.c.actor == c.c.id)).order_by(a.c.id.desc()).limit(200)
    async with request.state.services.db.read() as connection:
        rows = (await connection.execute(query)).all()
    return page(request, "audit.html", rows=rows)


async def _audit(request: Request, action: str, object_id: str = "") -> None:
    services = request.state.services
    async with services.db.write() as connection:
        kind = "conversation" if object_id else ""
        await audit(connection, services.now(), request.state.session.counselor.id, action, kind, object_id)
