"""One conversation: what she agreed to share, messages, writing, drafts, directory, joining, opening with a reason."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from amparo.core.conversation import Conversation
from amparo.core.errors import NotAllowed
from amparo.core.practice import CHANNEL
from amparo.desk import access, board, feed, interpreting, moves, outgoing, papers, reading, team, writing
from amparo.desk.directory import insertion, look_up
from amparo.desk.pages import page
from amparo.store import team_tables

OUTCOMES = ("information", "safety_plan", "referred", "rescue", "left", "wrong_number", "prank", "other")
DRAFT = 4000


async def talk(request: Request) -> Response:
    """The conversation of whoever owns it, and what she agreed to share first of all."""
    services, me = request.state.services, request.state.session.counselor
    conversation = await services.talks.get(request.path_params["id"])
    way = await access.how(services, conversation, me)
    if not way:
        if not access.may_ask(me, conversation):
            raise NotAllowed("not_yours")
        return page(request, "look.html", 403, talk=conversation, reasons=access.REASONS)
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {}
    messages = await reading.visible(services, conversation, case, me)
    seen = await reading.seen_until(services, conversation.id, me)
    answer = page(
        request,
        "talk.html",
        talk=conversation,
        way=way,
        case=case,
        messages=messages,
        seen=seen,
        names=await team.names(services),
        along=await _along(services, conversation),
        draft=await _draft(services, conversation, me),
        papers=(await papers.of_person(services, conversation.id))[:12],
        earlier=await services.case_codes.earlier(conversation.id),
        outcomes=OUTCOMES,
        staff=[c for c in await team.on_shift(services) if c.id != me.id],
        phrases=_phrases(services, conversation, me),
        lock_words=json.dumps(sorted(services.content.lock_screen())),
        place=board.place,
        practice=await _practice(services, conversation),
        interpreting=await interpreting.shown(services, conversation, me),
        writing=await writing.desk_of(services, conversation, await moves.owner_for(services, conversation.id, me)),
    )
    answer.background = reading.marking(services, conversation.id, me, messages, seen)
    return answer


async def _practice(services: Any, conversation: Conversation) -> Any:
    """The prepared person of a practice talk, or None."""
    if conversation.channel != CHANNEL:
        return None
    row = await services.practices.of(conversation.id)
    return services.content.people.get(row.person) if row else None


def _phrases(services: Any, conversation: Conversation, me: Any) -> dict[str, list[tuple[str, str, str]]]:
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for key, mine, hers in services.content.phrasebook(conversation.language or "es", me.interface):
        groups.setdefault(key.partition("_")[0], []).append((key, mine, hers))
    return groups


async def _along(services: Any, conversation: Conversation) -> list[str]:
    j = team_tables.joins
    async with services.db.read() as connection:
        where = (j.c.conversation_id == conversation.id) & (j.c.case_id == conversation.case_id)
        return [row.counselor_id for row in (await connection.execute(sa.select(j.c.counselor_id).where(where))).all()]


async def _draft(services: Any, conversation: Conversation, me: Any) -> str:
    d = team_tables.drafts
    async with services.db.read() as connection:
        where = (d.c.conversation_id == conversation.id) & (d.c.counselor_id == me.id)
        sealed = (await connection.execute(sa.select(d.c.body_enc).where(where))).scalar_one_or_none()
    return str((await reading.key_of(services, conversation.id)).open(sealed) or "") if sealed else ""


async def talk_messages(request: Request) -> Response:
    """The messages alone, for the live page."""
    services, me = request.state.services, request.state.session.counselor
    conversation, way = await access.talk_of_hers(services, request.path_params["id"], me)
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {}
    messages = await reading.visible(services, conversation, case, me)
    seen = await reading.seen_until(services, conversation.id, me)
    names = await team.names(services)
    answer = page(request, "messages.html", messages=messages, talk=conversation, names=names, seen=seen, way=way)
    answer.background = reading.marking(services, conversation.id, me, messages, seen)
    return answer


async def talk_state(request: Request) -> Response:
    """May she be written to now? For the live page: window, quiet, whose talk it is."""
    services, me = request.state.services, request.state.session.counselor
    conversation, way = await access.talk_of_hers(services, request.path_params["id"], me)
    desk = await writing.desk_of(services, conversation, await moves.owner_for(services, conversation.id, me))
    answer = {"mode": desk.decision.mode, "reason": desk.decision.reason, "window": desk.decision.seconds_left, "held": len(desk.held)}
    return JSONResponse({**answer, "reload": f"{conversation.snapshot.epoch}:{way}:{desk.decision.mode}:{len(desk.held)}"})


async def reply(request: Request) -> Response:
    """Her counselor writes, or keeps an answer until she writes. With the page's script the answer is JSON; a plain form comes back."""
    form = await request.form()
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    text, nonce = str(form.get("text", "")), str(form.get("nonce", ""))[:40]
    if form.get("hold"):
        outgoing.check(text, services.content.knowledge)
        await services.replies.hold(identifier, me.id, text, nonce)
    else:
        await moves.reply(services, identifier, me, text, nonce)
    await services.waker.wake("jobs")
    forget = BackgroundTask(_drop_draft, services, identifier, me)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"ok": True}, background=forget)
    return RedirectResponse(f"/talk/{identifier}", 303, background=forget)


async def draft(request: Request) -> Response:
    """Keeps what she is typing, under the conversation's key; an empty text forgets it."""
    form = await request.form()
    services, me = request.state.services, request.state.session.counselor
    conversation, _ = await access.talk_of_hers(services, request.path_params["id"], me)
    text = str(form.get("text", ""))[:DRAFT]
    if not text.strip():
        await _drop_draft(services, conversation.id, me)
    else:
        key = await reading.key_of(services, conversation.id)
        values = {"conversation_id": conversation.id, "counselor_id": me.id, "updated_at": services.now()}
        async with services.db.write() as connection:
            d = team_tables.drafts
            await connection.execute(d.delete().where((d.c.conversation_id == conversation.id) & (d.c.counselor_id == me.id)))
            await connection.execute(d.insert().values(body_enc=key.seal(text), **values))
    return JSONResponse({"ok": True})


async def typing(request: Request) -> Response:
    """Whoever has joined the same talk sees that she is typing; only staff see it, and it is kept nowhere."""
    services, me = request.state.services, request.state.session.counselor
    conversation, _ = await access.talk_of_hers(services, request.path_params["id"], me)
    feed.feed_of(services).typing(conversation.id, me.id, me.name)
    return Response(status_code=204)


async def _drop_draft(services: Any, conversation_id: str, me: Any) -> None:
    """Forgets her draft, where there is one: a text that goes out waits for no other writer."""
    d = team_tables.drafts
    where = (d.c.conversation_id == conversation_id) & (d.c.counselor_id == me.id)
    async with services.db.read() as connection:
        if (await connection.execute(sa.select(d.c.updated_at).where(where))).first() is None:
            return
    async with services.db.write() as connection:
        await connection.execute(d.delete().where(where))


async def look(request: Request) -> Response:
    """Opens a talk that is not hers, with a reason that somebody else reviews."""
    form = await request.form()
    services, me = request.state.services, request.state.session.counselor
    conversation = await services.talks.get(request.path_params["id"])
    if await access.how(services, conversation, me) == "":
        chosen, more = str(form.get("reason", "")), str(form.get("more", "")).strip()
        if chosen not in access.REASONS or (chosen == "other" and not more):
            raise NotAllowed("reason_needed")
        await access.look(services, conversation, me, f"{chosen}: {more}" if more else chosen)
    return RedirectResponse(f"/talk/{conversation.id}", 303)


async def join(request: Request) -> Response:
    """Reads and writes along from now on; she is told by name (DH-16)."""
    services, me = request.state.services, request.state.session.counselor
    conversation, _ = await access.talk_of_hers(services, request.path_params["id"], me)
    await moves.join(services, conversation.id, me, second_reader=conversation.minor and me.role != "supervisor")
    await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{conversation.id}", 303)


async def interpreter_ask(request: Request) -> Response:
    """Asks her about one interpreter of the team who is here (DH-22)."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    await interpreting.ask(services, identifier, me, str((await request.form()).get("who", ""))[:32])
    await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{identifier}", 303)


async def interpret(request: Request) -> Response:
    """She said yes to me: I sit down as her interpreter."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    await interpreting.sit_down(services, identifier, me)
    await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{identifier}", 303)


async def reader_leave(request: Request) -> Response:
    """I leave a talk that I had joined, or send away whoever reads along in mine; she is told."""
    services, me = request.state.services, request.state.session.counselor
    identifier, reader = request.path_params["id"], str((await request.form()).get("who", ""))[:32]
    await interpreting.leave(services, identifier, me, reader or me.id)
    await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{identifier}" if reader and reader != me.id else "/queue", 303)


async def directory(request: Request) -> Response:
    """Services that fit what was typed, where she is first; each can be put into the message in her language."""
    services, me = request.state.services, request.state.session.counselor
    conversation, _ = await access.talk_of_hers(services, request.path_params["id"], me)
    asked = request.query_params.get("q", "")[:80]
    country = request.query_params.get("country", conversation.where_now)[:2].upper()
    found = look_up(services.content.knowledge.services.values(), asked, country, conversation.language or "es")
    hers = {one.id: insertion(services, one, conversation.language or "es", conversation.where_now, conversation.channel) for one in found}
    return page(request, "directory.html", found=found, hers=hers, talk=conversation, place=board.place, me_lang=me.interface)


async def voice(request: Request) -> Response:
    """A voice note, fetched from the provider only now, on her click; never kept (DH-10)."""
    services, me = request.state.services, request.state.session.counselor
    conversation, _ = await access.talk_of_hers(services, request.path_params["id"], me)
    sound, kind = await reading.voice_note(services, conversation, int(request.path_params["message"]), me)
    return Response(sound, media_type=kind, headers={"Content-Disposition": "inline"})


async def held(request: Request) -> Response:
    """Lets the kept answers go after she wrote, or drops them."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    if (await request.form()).get("drop"):
        await services.replies.discard(identifier, me.id)
    else:
        await services.replies.release(identifier, me.id)
        await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{identifier}", 303)


async def knock(request: Request) -> Response:
    """One neutral text outside the reply window: the approved template, or the opener on the channel she agreed to."""
    services, me = request.state.services, request.state.session.counselor
    identifier = request.path_params["id"]
    await services.replies.knock(identifier, me.id, fallback=bool((await request.form()).get("fallback")))
    await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{identifier}", 303)


async def ask_earlier(request: Request) -> Response:
    """Asks her whether what she wrote before may be read too (DH-8)."""
    services, me = request.state.services, request.state.session.counselor
    await moves.ask_her(services, request.path_params["id"], me, "earlier_ask")
    await services.waker.wake("jobs")
    return RedirectResponse(f"/talk/{request.path_params['id']}", 303)
