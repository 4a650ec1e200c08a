"""The one door of the desk: known, allowed, at the right stage, right CSRF, same origin; then the view, then the audit line."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from amparo import wiring
from amparo.core.errors import NotAllowed, NotFound
from amparo.core.model import LANGUAGES
from amparo.desk import sessions
from amparo.desk.accounts import AccountError
from amparo.desk.locale import Words, words_for
from amparo.desk.pages import page
from amparo.desk.permissions import IN_TRANSACTION, NOT_IN_PRACTICE, PASSIVE, PUBLIC, STAGES, allowed
from amparo.store.audit import write as audit

log = logging.getLogger(__name__)
View = Callable[[Request], Awaitable[Response]]


def guarded(name: str, view: View) -> View:
    """The view behind session, permission, stage and CSRF."""

    async def guard(request: Request) -> Response:
        services = wiring.services()
        request.state.services = services
        token = request.cookies.get(sessions.COOKIE, "")
        request.state.session = session = await sessions.find(services, token, passive=name in PASSIVE)
        request.state.words = words_for(session.counselor.interface if session else wanted_language(request))
        if request.method == "POST" and not same_origin(request):
            return PlainTextResponse("origin", 403)
        if name not in PUBLIC:
            refused = await _refusal(request, name, session)
            if refused is not None:
                return refused
        answer = await _answer(request, view)
        if name not in PUBLIC:
            await _note(request, name, answer.status_code)
        return answer

    guard.__name__ = f"guarded_{name}"
    return guard


async def _refusal(request: Request, name: str, session: sessions.Session | None) -> Response | None:
    """Why this request goes no further, or None."""
    if session is None:
        return RedirectResponse("/login", status_code=303) if _page_wanted(request) else PlainTextResponse("login", 401)
    if session.stage in STAGES and name not in STAGES[session.stage][1]:
        where = STAGES[session.stage][0]
        return RedirectResponse(where, status_code=303) if _page_wanted(request) else PlainTextResponse("stage", 423)
    if not allowed(name, session.counselor.role):
        await _note(request, f"refused_{name}", 403)
        return page(request, "message.html", 403, text=request.state.words["not_allowed"], refused=True)
    if request.method == "POST":
        form = await request.form()
        given = str(form.get("csrf") or request.headers.get("x-csrf", ""))
        if not sessions.right_csrf(session, given):
            return PlainTextResponse("csrf", 403)
        if name in NOT_IN_PRACTICE and await request.state.services.practices.of(request.path_params["id"]) is not None:
            return page(request, "message.html", 409, text=request.state.words["error_practice"])
    return None


def _page_wanted(request: Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("accept", "text/html")


def same_origin(request: Request) -> bool:
    """A form may be posted from our own pages only; a browser says where it comes from."""
    origin = request.headers.get("origin", "")
    if not origin or origin == "null":
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.headers.get("host", "")


async def _answer(request: Request, view: View) -> Response:
    words: Words = request.state.words
    try:
        return await view(request)
    except NotFound:
        return page(request, "message.html", 404, text=words["gone"])
    except (NotAllowed, AccountError) as error:
        text = words.get(f"error_{error}", str(error))
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"error": text, "code": str(error)}, 409)
        return page(request, "message.html", 409, text=text)


async def _note(request: Request, name: str, status: int) -> None:
    """The audit line of a view, of an action that writes none itself, and of everything that was refused."""
    if name in PASSIVE or (name in IN_TRANSACTION and request.method == "POST" and status < 400):
        return
    services: Any = request.state.services
    session = request.state.session
    if session is None or status == 404:
        return
    action = name if request.method == "POST" or name.startswith("refused") else f"{name}_viewed"
    object_id = str(request.path_params.get("id", ""))[:32]
    async with services.db.write() as connection:
        kind = "conversation" if request.url.path.startswith("/talk/") else ""
        await audit(connection, services.now(), session.counselor.id, action, kind, object_id, "" if status < 400 else str(status))


def wanted_language(request: Request) -> str:
    """Of somebody who is not logged in: what she chose, or what her browser says, or Spanish."""
    chosen = request.query_params.get("lang") or request.headers.get("accept-language", "es")[:2]
    return chosen if chosen in LANGUAGES else "es"


HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class SafeHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = [(k, v) for k, v in message.get("headers", []) if k.lower() not in _NAMES]
                message["headers"] = [*given, *((k.lower().encode(), v.encode()) for k, v in HEADERS.items())]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


_NAMES = {name.lower().encode() for name in HEADERS}
