"""Practice: prepared people to choose from, starting and ending, and what was heard in her own words."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from amparo.core.errors import NotAllowed
from amparo.core.model import LANGUAGES
from amparo.desk.pages import page


async def practice(request: Request) -> Response:
    """Six prepared people; after one ended, what the counselor was told about her own words, once more."""
    services, me = request.state.services, request.state.session.counselor
    people, tips = services.content.people, services.content.training_words.tips
    heard = dict.fromkeys(one for one in request.query_params.get("heard", "").split() if one in tips)
    done = people.get(request.query_params.get("done", ""))
    return page(
        request,
        "practice.html",
        people=people.values(),
        done=done,
        heard=[tips[one].get(me.interface, "") for one in heard],
        writes=[code for code in LANGUAGES if code in me.languages] or ["es"],
    )


async def practice_start(request: Request) -> Response:
    """One of them waits in her queue, for her alone."""
    services, me = request.state.services, request.state.session.counselor
    form = await request.form()
    language = str(form.get("language", ""))
    language = language if language in LANGUAGES else me.interface
    await services.practices.start(me.id, str(form.get("person", "")), language, me.interface)
    return RedirectResponse("/queue", 303)


async def practice_end(request: Request) -> Response:
    """Over: everything of it is erased, and she reads what was heard in her words."""
    services, me = request.state.services, request.state.session.counselor
    row = await services.practices.of(request.path_params["id"])
    if row is None or row.counselor_id != me.id:
        raise NotAllowed("not_yours")
    return await ended(request)


async def ended(request: Request) -> Response:
    """Erases the practice of this request and goes to the page that says what was heard; names of rules only, no text."""
    row = await request.state.services.practices.end(request.path_params["id"])
    known = urlencode({"done": row.person, "heard": " ".join(dict.fromkeys(row.heard.split()))}) if row else ""
    return RedirectResponse(f"/practice?{known}", 303)
