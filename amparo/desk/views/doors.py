"""Coming in and going out: login, code, enrolment, own password, lock, first run, log out, language, health."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from amparo.core.errors import NotAllowed
from amparo.core.model import LANGUAGES
from amparo.desk import accounts, first_run, interpreting, sessions, totp
from amparo.desk.accounts import AccountError, Counselor
from amparo.desk.pages import page
from amparo.desk.sessions import Stage
from amparo.store import desk_tables, heartbeats
from amparo.store.audit import write as audit

HOMES = {"counselor": "/queue", "supervisor": "/queue", "admin": "/team", "analyst": "/numbers", "content_editor": "/content"}


async def health(request: Request) -> Response:
    """Database and processes; no detail."""
    services = request.state.services
    ages = await heartbeats.ages(services.db, services.now())
    return JSONResponse({"ready": True, "jobs": ages.get("jobs", 999.0) < 30, "content": not services.content.problems})


async def login(request: Request) -> Response:
    """The login form. A wrong try says nothing about what was wrong."""
    services = request.state.services
    if request.method == "GET":
        if await accounts.nobody_yet(services):
            return RedirectResponse("/first-run", 303)
        return page(request, "login.html", failed=False)
    form = await request.form()
    user = await accounts.log_in(services, str(form.get("name", ""))[:200], str(form.get("password", "")))
    return page(request, "login.html", 401, failed=True) if user is None else await _enter(request, user)


async def _enter(request: Request, user: Counselor) -> Response:
    """A session and its cookie; a session that the browser still had ends first."""
    services = request.state.services
    if request.state.session is not None:
        await sessions.end(services, request.state.session)
    answer = RedirectResponse("/", status_code=303)
    token = await sessions.start(services, user)
    answer.set_cookie(
        sessions.COOKIE, token, httponly=True, samesite="strict", secure=services.settings.production, max_age=sessions.LONGEST_SECONDS
    )
    return answer


async def first_account(request: Request) -> Response:
    """The first admin, made with the code that the desk printed where it was started; gone once there is an account."""
    services = request.state.services
    if not await accounts.nobody_yet(services):
        return RedirectResponse("/login", 303)
    if request.method == "GET":
        return page(request, "first_run.html", error="")
    form = await request.form()
    if not hmac.compare_digest(first_run.code(services.settings).encode(), first_run.typed(str(form.get("code", "")))):
        return page(request, "first_run.html", 401, error=request.state.words["first_run_wrong"])
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    try:
        identifier = await accounts.add(services, name, "admin", password, actor="host")
    except AccountError as error:
        return page(request, "first_run.html", 409, error=str(error))
    async with services.db.write() as connection:
        await audit(connection, services.now(), "host", "first_run", "counselor", identifier)
    user = await accounts.log_in(services, name, password)
    return RedirectResponse("/login", 303) if user is None else await _enter(request, user)


async def code(request: Request) -> Response:
    """The six digits after the password."""
    session, services = request.state.session, request.state.services
    if session.stage is not Stage.CODE:
        return RedirectResponse("/", 303)
    if request.method == "GET":
        return page(request, "code.html", failed=False)
    form = await request.form()
    if not await totp.check(services, session.counselor, str(form.get("code", ""))):
        return page(request, "code.html", 401, failed=True)
    await sessions.advance(services, session, await sessions.next_stage(services, session.counselor))
    return RedirectResponse("/", 303)


async def enrol(request: Request) -> Response:
    """A second factor: the picture, the letters, and the first code that proves it."""
    session, services = request.state.session, request.state.services
    user = session.counselor
    if user.totp_on:
        return RedirectResponse("/", 303)
    failed = False
    if request.method == "POST":
        form = await request.form()
        if await totp.check(services, user, str(form.get("code", "")), enrolling=True):
            wants = await accounts.wants_new_password(services, user.id)
            await sessions.advance(services, session, Stage.PASSWORD if wants else Stage.OPEN)
            return RedirectResponse("/", 303)
        failed = True
    secret = await totp.secret_for(services, user)
    groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return page(request, "enrol.html", 401 if failed else 200, failed=failed, secret=groups)


async def enrol_picture(request: Request) -> Response:
    """The QR code of the secret that is being enrolled."""
    user = request.state.session.counselor
    if user.totp_on:
        return Response(status_code=404)
    secret = await totp.secret_for(request.state.services, user)
    return Response(totp.picture(secret, user.name), media_type="image/svg+xml")


async def new_password(request: Request) -> Response:
    """A password of her own instead of the one that somebody else has seen."""
    session, services = request.state.session, request.state.services
    if session.stage is not Stage.PASSWORD:
        return RedirectResponse("/", 303)
    if request.method == "GET":
        return page(request, "new_password.html", error="")
    form = await request.form()
    try:
        await accounts.choose_password(services, session.counselor, str(form.get("password", "")))
    except AccountError:
        return page(request, "new_password.html", 409, error=request.state.words["password_rule"])
    await sessions.advance(services, session, Stage.OPEN)
    return RedirectResponse("/", 303)


async def lock(request: Request) -> Response:
    """The locked screen: nothing of people, only her password. GET shows it and locks; what she typed is kept in her browser."""
    session, services = request.state.session, request.state.services
    if session.stage is Stage.OPEN:
        await sessions.advance(services, session, Stage.LOCKED)
    return page(request, "lock.html", failed=False)


async def unlock(request: Request) -> Response:
    """Back to where she was."""
    session, services = request.state.session, request.state.services
    form = await request.form()
    if session.stage is not Stage.LOCKED:
        return RedirectResponse("/", 303)
    if not await accounts.check_password(services, session.counselor, str(form.get("password", ""))):
        return page(request, "lock.html", 401, failed=True)
    await sessions.advance(services, session, Stage.OPEN)
    back = str(form.get("back", "/"))
    return RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", 303)


async def logout(request: Request) -> Response:
    """Ends session and shift; refused with open talks that nobody has taken over (DH-24), and to the last one on shift (DH-11)."""
    services, session = request.state.services, request.state.session
    if session.stage is Stage.OPEN and await services.handovers.open_cases(session.counselor.id):
        return page(request, "message.html", 409, text=request.state.words["logout_open"], go="/handover", go_text="handover")
    if session.stage is Stage.OPEN and session.counselor.role == "counselor":
        others = [one for one in await services.presence.on_shift() if one.counselor_id != session.counselor.id]
        if not others:
            raise NotAllowed("last_on_shift")
    async with services.db.write() as connection:
        await audit(connection, services.now(), session.counselor.id, "logout", "counselor", session.counselor.id)
    await services.practices.end_all(session.counselor.id)
    await sessions.end(services, session)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(sessions.COOKIE)
    return answer


async def language(request: Request) -> Response:
    """Her interface language; back to the page she came from."""
    form = await request.form()
    chosen, back = str(form.get("lang", "es")), str(form.get("back", "/"))
    c = desk_tables.counselors
    if chosen in LANGUAGES:
        async with request.state.services.db.write() as connection:
            where = c.c.id == request.state.session.counselor.id
            await connection.execute(c.update().where(where).values(interface=chosen))
    return RedirectResponse(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/", 303)


async def home(request: Request) -> Response:
    """To what the role works on."""
    return RedirectResponse(HOMES.get(request.state.session.counselor.role, "/account"), 303)


async def account(request: Request) -> Response:
    """Her own account: password, second factor, exposure of the day."""
    return await _account(request)


async def _account(request: Request, status: int = 200, error: str = "", said: str = "") -> Response:
    services, user = request.state.services, request.state.session.counselor
    interprets = (await interpreting.everybody(services)).get(user.id)
    return page(request, "account.html", status, error=error, said=said, interprets=interprets)


async def account_password(request: Request) -> Response:
    """Changes her password; the old one is asked."""
    services, user, w = request.state.services, request.state.session.counselor, request.state.words
    form = await request.form()
    if not await accounts.check_password(services, user, str(form.get("old", ""))):
        return await _account(request, 401, error=w["login_failed"])
    try:
        await accounts.choose_password(services, user, str(form.get("password", "")))
    except AccountError:
        return await _account(request, 409, error=w["password_rule"])
    return await _account(request, said=w["saved"])
