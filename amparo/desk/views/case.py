"""The case file: notes and forms, referrals and packet, three-word code, rescue card, break-glass."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from amparo.core.errors import NotAllowed
from amparo.core.referral import Referral
from amparo.desk import access, board, moves, outgoing, papers, team
from amparo.desk.locale import words_for
from amparo.desk.pages import page
from amparo.store.audit import write as audit
from amparo.store.break_glass import GROUNDS, WHAT
from amparo.store.referrals import CONTENTS


async def case(request: Request) -> Response:
    """Everything that is filed on her case, and the forms for more."""
    return await _case(request)


async def _case(request: Request, words: tuple[str, ...] = (), status: int = 200) -> Response:
    services, me = request.state.services, request.state.session.counselor
    conversation, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    country = conversation.where_now
    return page(
        request,
        "case.html",
        status,
        talk=conversation,
        case=await services.talks.case(case_id),
        papers=await papers.of_person(services, conversation.id),
        forms=papers.FORMS,
        referrals=await services.referrals.of_case(case_id),
        contents=CONTENTS,
        grants=await services.break_glass.of_case(case_id),
        what=WHAT,
        grounds=GROUNDS,
        card=services.content.rescue_card(country, me.interface) if country else None,
        names=await team.names(services),
        words=words,
        answer=conversation.memory.get("referral_answer"),
        place=board.place,
        now=services.now(),
    )


def _back(request: Request, part: str = "") -> Response:
    return RedirectResponse(f"/talk/{request.path_params['id']}/case{'#' + part if part else ''}", 303)


async def note(request: Request) -> Response:
    """A note of the case."""
    form = await request.form()
    services, me = request.state.services, request.state.session.counselor
    conversation, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    text = str(form.get("text", "")).strip()[:4000]
    if text:
        await papers.file(services, case_id, me, "note", {"text": text})
    return RedirectResponse(f"/talk/{conversation.id}", 303) if form.get("back") == "talk" else _back(request, "notes")


async def form(request: Request) -> Response:
    """A short form: risk, safety plan, plan for somebody who writes often."""
    services, me = request.state.services, request.state.session.counselor
    posted = await request.form()
    kind = str(posted.get("kind", ""))
    if kind not in papers.FORMS:
        raise NotAllowed("not_now")
    _, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    body = papers.read_form(kind, posted)
    if not body:
        raise NotAllowed("empty")
    await papers.file(services, case_id, me, kind, body)
    return _back(request, kind)


async def referral(request: Request) -> Response:
    """Asked of a place, without identity (DH-18)."""
    services, me = request.state.services, request.state.session.counselor
    form_ = moves.cleaned(await request.form(), 500)
    outgoing.check(form_.get("recipient", ""), services.content.knowledge)  # she reads it when she is asked
    _, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    await services.referrals.ask(case_id, me.id, form_.get("recipient", ""), form_.get("question", ""), form_.get("service_id", ""))
    return _back(request, "referrals")


async def referral_step(request: Request) -> Response:
    """The next step of a referral: accepted by name and hour, her yes, what became of it, the one follow-up."""
    services, me = request.state.services, request.state.session.counselor
    posted = await request.form()
    given = moves.cleaned(posted, 1000)
    _, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    identifier = request.path_params["ref"]
    if identifier not in {one.id for one in await services.referrals.of_case(case_id)}:
        raise NotAllowed("not_yours")
    step = given.get("step", "")
    if step == "ask":
        await _ask_her(request, identifier, [str(v) for v in posted.getlist("contents")])
    elif step == "accepted":
        await services.referrals.accepted(identifier, me.id, given.get("by", ""), given.get("hour", ""))
    elif step == "her_yes":
        contents = [str(v) for v in posted.getlist("contents")]
        _not_against_her((await services.talks.get(request.path_params["id"])).memory.get("referral_answer"), identifier, contents)
        await services.referrals.her_yes(identifier, me.id, contents, given.get("way", ""), given.get("told") == "1")
    elif step in ("arrived", "refused", "unknown", "withdrawn"):
        await services.referrals.settle(identifier, me.id, Referral(step))
    elif step == "follow_up":
        await services.referrals.follow_up(identifier, me.id, _moment(services, given.get("at", "")), given.get("how", ""))
    elif step == "followed_up":
        await services.referrals.followed_up(identifier, me.id)
    else:
        raise NotAllowed("not_now")
    return _back(request, "referrals")


def _not_against_her(answer: Any, referral_id: str, contents: list[str]) -> None:
    """Raises NotAllowed where she tapped no to this place, or yes to less than this (DH-18)."""
    if not answer or answer.get("id") != referral_id:
        return
    if answer["token"] != "referral_yes" or not set(contents) <= set(answer.get("contents") or ()):
        raise NotAllowed("she_said_no")


async def _ask_her(request: Request, referral_id: str, contents: list[str]) -> None:
    """Asks her for this place and these contents, and says that what left cannot be called back; her answer comes with a tap."""
    services, me = request.state.services, request.state.session.counselor
    conversation, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    row = next(one for one in await services.referrals.of_case(case_id) if one.id == referral_id)
    hers = words_for(conversation.language or "es")
    contents = [one for one in contents if one in CONTENTS]
    named = ", ".join(hers[f"content_{one}"] for one in contents)
    if not named:
        raise NotAllowed("empty")
    outgoing.check(row.recipient, services.content.knowledge)
    await moves.ask_her(
        services, conversation.id, me, "referral_ask", {"id": row.id, "contents": contents}, place=row.recipient, contents=named
    )
    await services.waker.wake("jobs")


def _moment(services: Any, text: str) -> float:
    try:
        zone = ZoneInfo(services.content.helpline.schedule.timezone)
        return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()
    except ValueError:
        raise NotAllowed("time_wanted") from None


async def packet(request: Request) -> Response:
    """What leaves with her recorded consent, to this place, these contents, and what it must not be used for. Refused without."""
    services, me = request.state.services, request.state.session.counselor
    conversation, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    identifier = request.path_params["ref"]
    if identifier not in {one.id for one in await services.referrals.of_case(case_id)}:
        raise NotAllowed("not_yours")
    row = await services.referrals.packet(identifier)
    filed = await papers.of_person(services, conversation.id)
    plan = next((p for p in filed if p["kind"] == "safety_plan"), None)
    risk = next((p for p in filed if p["kind"] == "risk_form"), None)
    async with services.db.write() as connection:
        await audit(connection, services.now(), me.id, "packet_opened", "referral", identifier)
    return page(request, "packet.html", talk=conversation, row=row, plan=plan, risk=risk, case_id=case_id, names=await team.names(services))


async def code_make(request: Request) -> Response:
    """Three words for her, shown this once (DH-24)."""
    services, me = request.state.services, request.state.session.counselor
    _, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    words = await services.case_codes.make(case_id, me.id, services.content.codewords)
    if (await request.form()).get("tell"):
        await moves.ask_her(services, request.path_params["id"], me, "case_code_tell", words=" · ".join(words))
        await services.waker.wake("jobs")
    return await _case(request, words)


async def code_revoke(request: Request) -> Response:
    """Somebody else knows the words: they end."""
    services, me = request.state.services, request.state.session.counselor
    _, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    await services.case_codes.revoke(case_id, me.id)
    return _back(request, "code")


async def glass(request: Request) -> Response:
    """Asks to open the number, the place or the earlier chat; a supervisor decides with her (DH-13)."""
    services, me = request.state.services, request.state.session.counselor
    given = moves.cleaned(await request.form(), 1000)
    _, case_id = await access.case_of_hers(services, request.path_params["id"], me)
    await services.break_glass.ask(
        case_id, me.id, given.get("what", ""), given.get("ground", ""), given.get("reason", ""), tell_her=given.get("quietly") != "1"
    )
    return _back(request, "glass")


async def glass_reveal(request: Request) -> Response:
    """Shows what two people have opened, for fifteen minutes, to these two only."""
    services, me = request.state.services, request.state.session.counselor
    shown = await services.break_glass.reveal(request.path_params["id"], me.id)
    if "conversation_id" in shown:
        return RedirectResponse(f"/talk/{shown['conversation_id']}", 303)
    return page(request, "revealed.html", shown=shown, grant=request.path_params["id"], place=board.place)


async def glass_close(request: Request) -> Response:
    """Done before the time is over."""
    await request.state.services.break_glass.close(request.path_params["id"], request.state.session.counselor.id)
    return RedirectResponse("/queue", 303)
