"""Who comes in, how far, and what every request must bring: roles, stages, CSRF, lockout, lock, timeout, audit, headers."""

from __future__ import annotations

import time
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from amparo.desk import accounts, first_run, sessions
from amparo.desk.app import ROUTES
from amparo.desk.permissions import IN_TRANSACTION, PASSIVE, PUBLIC, allowed
from amparo.desk.permissions import ROUTES as ALLOWED
from amparo.store import desk_tables
from amparo.store.desk_tables import ROLES
from tests.desk.conftest import Enter
from tests.support.desk import PASSWORD, Visitor
from tests.support.desk_people import waiting


def concrete(path: str) -> str:
    return path.replace("{id}", "0" * 32).replace("{ref}", "1" * 32).replace("{message:int}", "1")


async def audit_lines(services: Any) -> list[Any]:
    async with services.db.read() as connection:
        return list((await connection.execute(sa.select(desk_tables.audit).order_by(desk_tables.audit.c.id))).all())


def test_every_route_is_named_and_nothing_else() -> None:
    names = {name for name, *_ in ROUTES}
    assert names == (set(ALLOWED) | PUBLIC) - {"static"}
    assert names >= IN_TRANSACTION | PASSIVE
    assert not any(allowed("a_route_that_nobody_listed", role) for role in ROLES)


async def test_every_route_for_every_role(enter: Enter, site: Any, services: Any) -> None:
    """Whoever may not: 403 and an audit line; whoever may: anything but 403 by role; nobody at all: login."""
    stranger = Visitor(site, services, "nobody")
    for name, path, _view, methods in ROUTES:
        if name in PUBLIC:
            continue
        for method in methods.split():
            answer = await stranger.http.request(method, concrete(path))
            assert answer.status_code in (303, 401), (name, method)
    for role in ROLES:
        visitor = await enter(f"one {role}", role)
        for name, path, _view, methods in ROUTES:
            if name in PUBLIC or name in ("logout", "lock", "account_password") or (name == "live" and allowed(name, role)):
                continue
            method = methods.split()[-1]
            answer = await visitor.http.request(method, concrete(path), data={"csrf": visitor.csrf} if method == "POST" else None)
            refused = answer.status_code == 403 and "data-refused" in answer.text
            assert refused == (not allowed(name, role)), (role, name, answer.status_code)
            assert answer.status_code < 500, (role, name)
        lines = [line for line in await audit_lines(services) if line.actor == visitor.id and line.action.startswith("refused_")]
        assert len(lines) == sum(not allowed(name, role) for name, *_ in ROUTES if name not in PUBLIC)


async def test_a_post_without_the_right_csrf_or_from_another_site_does_nothing(enter: Enter, services: Any) -> None:
    conversation = await waiting(services)
    ana = await enter("Ana")
    assert (await ana.post(f"/talk/{conversation}/claim", csrf="wrong")).status_code == 403
    foreign = await ana.http.post(f"/talk/{conversation}/claim", data={"csrf": ana.csrf}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert (await services.talks.get(conversation)).snapshot.owner == ""
    own = await ana.http.post(f"/talk/{conversation}/claim", data={"csrf": ana.csrf}, headers={"origin": "http://desk.test"})
    assert own.status_code == 303


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(enter: Enter, site: Any, services: Any, clock: Any) -> None:
    await enter("Ana")
    other = Visitor(site, services, "Ana")
    for _ in range(5):
        assert (await other.log_in("not-her-password")).status_code == 401
    assert (await other.log_in()).status_code == 401
    clock.move(accounts.LOCK_SECONDS + 1)
    assert (await other.log_in()).status_code == 303


async def test_the_screen_locks_and_the_session_ends(enter: Enter, services: Any, clock: Any) -> None:
    ana = await enter("Ana")
    clock.move(sessions.LOCK_SECONDS + 1)
    assert (await ana.get("/queue")).headers["location"] == "/lock"
    assert (await ana.http.get("/queue/cards", headers={"accept": "*/*"})).status_code == 423
    page = await ana.get("/lock")
    assert "queue" not in page.text.lower().replace("/queue", "")
    assert (await ana.post("/unlock", password="wrong")).status_code == 401
    back = await ana.post("/unlock", password=PASSWORD, back="/handover")
    assert back.headers["location"] == "/handover"
    assert (await ana.post("/unlock", password=PASSWORD, back="//evil.example")).headers["location"] == "/"
    assert (await ana.get("/queue")).status_code == 200
    clock.move(sessions.IDLE_SECONDS + 1)
    assert (await ana.get("/queue")).headers["location"] == "/login"


async def test_the_page_itself_keeps_no_screen_unlocked(enter: Enter, clock: Any) -> None:
    ana = await enter("Ana")
    for _ in range(12):
        clock.move(60)
        last = await ana.http.get("/queue/cards", headers={"accept": "*/*"})
    assert last.status_code == 423


async def test_a_disabled_account_is_out_at_once(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    await accounts.change(services, "Ana", active=0)
    assert (await ana.get("/queue")).headers["location"] == "/login"
    assert (await ana.log_in()).status_code == 401


async def test_the_second_step(enter: Enter, services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await enter("Ana")
    page = await ana.get("/enrol")
    secret = page.text.split('class="secret"')[1].split(">")[1].split("<")[0].replace(" ", "")
    assert "<svg" in (await ana.get("/enrol/picture.svg")).text
    assert (await ana.post("/enrol", code="000000")).status_code == 401
    now = int(time.time())
    monkeypatch.setattr("amparo.desk.totp.time.time", lambda: now)
    assert (await ana.post("/enrol", code=pyotp.TOTP(secret).at(now))).status_code == 303
    other = Visitor(ana.http._transport.app, services, "Ana")  # type: ignore[attr-defined]
    await other.log_in()
    assert (await other.get("/queue")).headers["location"] == "/code"
    await other.get("/code")
    assert (await other.post("/code", code=pyotp.TOTP(secret).at(now))).status_code == 401  # used at enrolment
    monkeypatch.setattr("amparo.desk.totp.time.time", lambda: now + 30)
    assert (await other.post("/code", code=pyotp.TOTP(secret).at(now + 30))).status_code == 303
    assert (await other.get("/queue")).status_code == 200
    assert (await other.get("/enrol/picture.svg")).status_code == 404  # a secret that counts is never shown again


async def test_where_the_house_asks_for_it_nobody_passes_without(enter: Enter, services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    object.__setattr__(services.settings, "desk_require_totp", True)
    ana = await enter("Ana")
    assert (await ana.get("/queue")).headers["location"] == "/enrol"
    assert (await ana.get("/enrol")).status_code == 200
    async with services.db.read() as connection:
        on_shift = (await connection.execute(sa.select(desk_tables.presence.c.on_shift))).all()
    assert on_shift == []  # her shift begins when she is in


async def test_two_people_make_an_account(enter: Enter, site: Any, services: Any) -> None:
    one, two = await enter("Root", "admin"), await enter("Sara", "supervisor")
    await one.post("/team/propose", name="Ana", role="counselor", languages=["es", "ht"])
    ana = next(row for row in await _accounts(services) if row.name == "Ana")
    assert not ana.active
    assert (await one.post(f"/team/{ana.id}/approve")).status_code == 409
    page = await two.post(f"/team/{ana.id}/approve")
    password = page.text.split('class="three"')[1].split(">")[1].split("<")[0]
    visitor = Visitor(site, services, "Ana")
    assert (await visitor.log_in(password)).status_code == 303
    assert (await visitor.get("/queue")).headers["location"] == "/new-password"
    await visitor.get("/new-password")
    assert (await visitor.post("/new-password", password="short")).status_code == 409
    assert (await visitor.post("/new-password", password="my own long password")).status_code == 303
    assert (await visitor.get("/queue")).status_code == 200
    assert (await two.post("/team/propose", name="Eva", role="admin")).status_code == 409  # a supervisor makes no admin
    await one.post(f"/team/{ana.id}/reset")
    assert (await visitor.get("/queue")).headers["location"] == "/login"
    assert (await one.post(f"/team/{ana.id}/approve")).status_code == 409


async def _accounts(services: Any) -> list[Any]:
    async with services.db.read() as connection:
        return list((await connection.execute(sa.select(desk_tables.counselors))).all())


async def test_the_first_run_makes_one_admin_with_the_printed_code(site: Any, services: Any) -> None:
    visitor = Visitor(site, services, "Root")
    assert (await visitor.get("/login")).headers["location"] == "/first-run"
    fields = {"name": "Root", "password": PASSWORD}
    assert (await visitor.post("/first-run", code="AAAA-BBBB-CCCC", **fields)).status_code == 401
    assert await accounts.nobody_yet(services)
    assert (await visitor.post("/first-run", code=first_run.shown(services.settings).lower(), **fields)).status_code == 303
    assert (await visitor.get("/")).headers["location"] == "/team"
    again = await visitor.post("/first-run", code=first_run.shown(services.settings), name="Eva", password=PASSWORD)
    assert again.headers["location"] == "/login"
    assert len(await _accounts(services)) == 1


async def test_headers_and_no_inline_script_or_style(enter: Enter, services: Any) -> None:
    await waiting(services)
    ana = await enter("Ana", "supervisor")
    for path in ("/queue", "/supervisor", "/team", "/numbers", "/content", "/handover", "/account", "/exposure", "/audit"):
        page = await ana.get(path)
        assert page.status_code == 200, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        for bad in (" style=", "<style", "onclick=", "javascript:"):
            assert bad not in page.text, (path, bad)
        assert page.text.count("<script") == page.text.count("<script src=")


async def test_every_view_and_action_leaves_one_line(enter: Enter, services: Any) -> None:
    conversation = await waiting(services)
    ana = await enter("Ana")
    await ana.get("/queue")
    await ana.post(f"/talk/{conversation}/claim")
    await ana.get(f"/talk/{conversation}")
    await ana.json(f"/talk/{conversation}/reply", text="Hola", nonce="n1")
    await ana.post(f"/talk/{conversation}/note", text="a fact")
    await ana.post(f"/talk/{conversation}/close", outcome="information")
    actions = [line.action for line in await audit_lines(services) if line.actor == ana.id]
    for wanted in ("login", "queue_viewed", "claim", "talk_viewed", "reply", "note_filed", "close"):
        assert actions.count(wanted) >= 1, wanted
    assert actions.count("claim") == actions.count("close") == actions.count("reply") == 1
