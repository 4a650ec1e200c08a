"""What is done with a talk: close, transfer, callback, quiet, cover, mute, "I know this person", handover at a shift's end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from amparo.core.errors import NotAllowed
from amparo.core.handoff import Event
from amparo.desk import board, moves, outgoing, papers, team
from amparo.desk.pages import page
from amparo.desk.views import practice
from amparo.desk.views.talk import OUTCOMES


async def _woken(request: Request, back: str) -> Response:
    await request.state.services.waker.wake("jobs")
    return RedirectResponse(back, 303)


async def close(request: Request) -> Response:
    """Ends the talk with an outcome code."""
    form = await request.form()
    outcome = str(form.get("outcome", "other"))
    outcome = outcome if outcome in OUTCOMES else "other"
    agreed = str(form.get("agreed", "")).strip()
    outgoing.check(agreed, request.state.services.content.knowledge)
    if await request.state.services.practices.of(request.path_params["id"]) is not None:
        return await practice.practice_end(request)
    await moves.close(request.state.services, request.path_params["id"], request.state.session.counselor, outcome, agreed)
    return await _woken(request, "/queue")


async def reopen(request: Request) -> Response:
    """Just closed, and something is still to be said."""
    await moves.reopen(request.state.services, request.path_params["id"], request.state.session.counselor)
    return await _woken(request, _here(request))


async def _fire(request: Request, event: Event, back: str = "/queue", **values: str) -> Response:
    await moves.fire(request.state.services, request.path_params["id"], request.state.session.counselor, event, **values)
    return await _woken(request, back)


def _here(request: Request) -> str:
    return f"/talk/{request.path_params['id']}"


async def transfer(request: Request) -> Response:
    """Asks her whether somebody else may go on, with who and why (DH-16); the note is for the colleague only."""
    services, me = request.state.services, request.state.session.counselor
    form = await request.form()
    to, why, note = (str(form.get(name, "")).strip() for name in ("to", "why", "note"))
    if not to or not why:
        raise NotAllowed("who_and_why")
    outgoing.check(f"{to}\n{why}", services.content.knowledge)
    conversation = await services.talks.get(request.path_params["id"])
    everybody = {c.name: c.id for c in await team.on_shift(services) if c.id != me.id}
    await moves.transfer(services, request.path_params["id"], me, to[:60], everybody.get(to, ""), why[:200])
    conversation = await services.talks.get(request.path_params["id"])
    if note and conversation.case_id:
        await papers.file(services, conversation.case_id, me, "note", {"text": f"→ {to}: {note[:2000]}"})
    return await _woken(request, _here(request))


async def callback(request: Request) -> Response:
    """An agreed time to write again, in the helpline's time zone."""
    services = request.state.services
    text = str((await request.form()).get("due", ""))
    try:
        zone = ZoneInfo(services.content.helpline.schedule.timezone)
        due = datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() if text else services.now() + 3600
    except ValueError:
        raise NotAllowed("time_wanted") from None
    if due < services.now():
        raise NotAllowed("time_past")
    await moves.agree_callback(services, request.path_params["id"], request.state.session.counselor, due)
    return await _woken(request, "/queue")


async def cannot_talk(request: Request) -> Response:
    """Quiet by staff: nothing goes out until she writes."""
    return await _fire(request, Event.STAFF_QUIET, _here(request))


async def not_her(request: Request) -> Response:
    """ "Perhaps not her": covered, callback and fallback cancelled, nothing confirmed (DH-12)."""
    return await _fire(request, Event.NOT_HER, _here(request))


async def uncover(request: Request) -> Response:
    """She is back: our word was given, or she returned to the subject herself."""
    return await _fire(request, Event.UNCOVER, _here(request))


async def mute(request: Request) -> Response:
    """Supervisor only, with a reason, ends by itself after 24 hours (DH-21)."""
    reason = str((await request.form()).get("reason", "")).strip()[:200]
    if not reason:
        raise NotAllowed("reason_needed")
    return await _fire(request, Event.MUTE, reason=reason)


async def unmute(request: Request) -> Response:
    """Before the 24 hours are over."""
    return await _fire(request, Event.UNMUTE)


async def confirm(request: Request) -> Response:
    """She could not be asked, or did not answer: a supervisor lets the next person go on, with the reason (DH-16)."""
    reason = str((await request.form()).get("reason", "")).strip()[:200]
    if not reason:
        raise NotAllowed("reason_needed")
    return await _fire(request, Event.CONFIRM, "/supervisor", reason=reason)


async def know_her(request: Request) -> Response:
    """ "I know this person": sealed from me."""
    await moves.seal(request.state.services, request.path_params["id"], request.state.session.counselor)
    return await _woken(request, "/queue")


async def handover(request: Request) -> Response:
    """The end of a shift: three lines for each open case, and what others have offered to me (DH-24)."""
    services, me = request.state.services, request.state.session.counselor
    mine = set(await services.handovers.open_cases(me.id))
    cards = [c for c in await board.cards(services, me) if c.case_id in mine]
    return page(
        request,
        "handover.html",
        cards=cards,
        mine={one.case_id: one for one in await services.handovers.by(me.id)},
        offered=await services.handovers.offered(me.id),
        staff=[c for c in await team.on_shift(services) if c.id != me.id],
        names=await team.names(services),
    )


async def handover_offer(request: Request) -> Response:
    """The three lines of one case."""
    services, me = request.state.services, request.state.session.counselor
    form: dict[str, Any] = moves.cleaned(await request.form(), 300)
    await services.handovers.offer(
        str(form.get("case", "")), me.id, form.get("danger", ""), form.get("agreed", ""), form.get("next", ""), str(form.get("to", ""))
    )
    return RedirectResponse("/handover", 303)


async def handover_accept(request: Request) -> Response:
    """It is mine from now on."""
    conversation = await moves.take_over(request.state.services, request.path_params["id"], request.state.session.counselor)
    return await _woken(request, f"/talk/{conversation}")


async def handover_refuse(request: Request) -> Response:
    """I cannot take it; whoever offered it is told."""
    await request.state.services.handovers.refuse(request.path_params["id"], request.state.session.counselor.id)
    return RedirectResponse("/handover", 303)
