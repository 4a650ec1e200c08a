"""The counselor desk: a Starlette site on its own port. Every route passes one guard: known, allowed, right CSRF, audited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from amparo import wiring
from amparo.core.errors import NotAllowed, NotFound
from amparo.desk import sessions, views
from amparo.desk.locale import Words, words_for
from amparo.desk.permissions import PUBLIC, allowed

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
View = Callable[[Request], Awaitable[Response]]

ROUTES: tuple[tuple[str, str, View, str], ...] = (
    ("login", "/login", views.login, "GET POST"),
    ("health", "/health", views.health, "GET"),
    ("home", "/", views.home, "GET"),
    ("logout", "/logout", views.logout, "POST"),
    ("language", "/language", views.language, "POST"),
    ("queue", "/queue", views.queue, "GET"),
    ("queue_cards", "/queue/cards", views.queue_cards, "GET"),
    ("shift", "/shift", views.shift, "POST"),
    ("live", "/live", views.live, "GET"),
    ("claim", "/talk/{id}/claim", views.claim, "POST"),
    ("talk", "/talk/{id}", views.talk, "GET"),
    ("talk_messages", "/talk/{id}/messages", views.talk_messages, "GET"),
    ("reply", "/talk/{id}/reply", views.reply, "POST"),
    ("close", "/talk/{id}/close", views.close, "POST"),
    ("transfer", "/talk/{id}/transfer", views.transfer, "POST"),
    ("callback", "/talk/{id}/callback", views.callback, "POST"),
    ("cannot_talk", "/talk/{id}/cannot-talk", views.cannot_talk, "POST"),
    ("not_her", "/talk/{id}/not-her", views.not_her, "POST"),
    ("uncover", "/talk/{id}/uncover", views.uncover, "POST"),
    ("mute", "/talk/{id}/mute", views.mute, "POST"),
    ("know_her", "/talk/{id}/know-her", views.know_her, "POST"),
    ("note", "/talk/{id}/note", views.note, "POST"),
    ("supervisor", "/supervisor", views.supervisor, "GET"),
    ("audit", "/audit", views.audit_page, "GET"),
)
"""(name, path, view, methods). What is not named in permissions.ROUTES is refused to everybody."""


def guarded(name: str, view: View) -> View:
    """The view behind session, permission and CSRF."""

    async def guard(request: Request) -> Response:
        services = wiring.services()
        request.state.services = services
        request.state.session = session = await sessions.find(services, request.cookies.get(sessions.COOKIE, ""))
        request.state.words = words_for(session.counselor.interface if session else _wanted(request))
        if name in PUBLIC:
            return await _answer(request, view)
        if session is None:
            return RedirectResponse("/login", status_code=303) if request.method == "GET" else PlainTextResponse("login", 401)
        if not allowed(name, session.counselor.role):
            return PlainTextResponse("not allowed", 403)
        if request.method == "POST":
            form = await request.form()
            given = str(form.get("csrf") or request.headers.get("x-csrf", ""))
            if not sessions.right_csrf(session, given):
                return PlainTextResponse("csrf", 403)
        return await _answer(request, view)

    guard.__name__ = f"guarded_{name}"
    return guard


async def _answer(request: Request, view: View) -> Response:
    try:
        return await view(request)
    except NotFound:
        return PlainTextResponse("gone", 404)
    except NotAllowed as error:
        words: Words = request.state.words
        return JSONResponse({"error": words.get(f"error_{error}", str(error))}, 409)


def _wanted(request: Request) -> str:
    chosen = request.query_params.get("lang") or request.headers.get("accept-language", "es")[:2]
    return chosen if chosen in ("es", "pt", "en", "fr", "ht") else "es"


class SafeHeaders:
    """Adds the security headers to every answer."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                message["headers"] += [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    yield
    await wiring.close()


def create() -> Any:
    """The application, for uvicorn and for tests."""
    routes: list[Any] = [Route(path, guarded(name, view), methods=methods.split(), name=name) for name, path, view, methods in ROUTES]
    routes.append(Mount("/static", StaticFiles(directory=HERE / "static"), name="static"))
    app = Starlette(routes=routes, lifespan=_lifespan)
    app.state.templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(["html"]))
    return SafeHeaders(app)
