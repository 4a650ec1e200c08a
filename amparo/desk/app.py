"""The counselor desk: a Starlette site on its own port. Every route passes the one guard (guard.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from amparo import wiring
from amparo.desk.guard import SafeHeaders, View, guarded
from amparo.desk.views import case, doors, handling, office, practice, queue, talk

HERE = Path(__file__).parent

ROUTES: tuple[tuple[str, str, View, str], ...] = (
    ("login", "/login", doors.login, "GET POST"),
    ("first_run", "/first-run", doors.first_account, "GET POST"),
    ("health", "/health", doors.health, "GET"),
    ("home", "/", doors.home, "GET"),
    ("code", "/code", doors.code, "GET POST"),
    ("enrol", "/enrol", doors.enrol, "GET POST"),
    ("enrol_picture", "/enrol/picture.svg", doors.enrol_picture, "GET"),
    ("new_password", "/new-password", doors.new_password, "GET POST"),
    ("lock", "/lock", doors.lock, "GET"),
    ("unlock", "/unlock", doors.unlock, "POST"),
    ("logout", "/logout", doors.logout, "POST"),
    ("language", "/language", doors.language, "POST"),
    ("account", "/account", doors.account, "GET"),
    ("account_password", "/account/password", doors.account_password, "POST"),
    ("queue", "/queue", queue.queue, "GET"),
    ("queue_cards", "/queue/cards", queue.queue_cards, "GET"),
    ("search", "/search", queue.search, "POST"),
    ("shift", "/shift", queue.shift, "POST"),
    ("exposure", "/exposure", queue.exposure, "GET"),
    ("care_call", "/care", queue.care_call, "POST"),
    ("live", "/live", queue.live, "GET"),
    ("claim", "/talk/{id}/claim", queue.claim, "POST"),
    ("talk", "/talk/{id}", talk.talk, "GET"),
    ("talk_messages", "/talk/{id}/messages", talk.talk_messages, "GET"),
    ("talk_state", "/talk/{id}/state", talk.talk_state, "GET"),
    ("reply", "/talk/{id}/reply", talk.reply, "POST"),
    ("held", "/talk/{id}/held", talk.held, "POST"),
    ("knock", "/talk/{id}/knock", talk.knock, "POST"),
    ("ask_earlier", "/talk/{id}/earlier", talk.ask_earlier, "POST"),
    ("draft", "/talk/{id}/draft", talk.draft, "POST"),
    ("typing", "/talk/{id}/typing", talk.typing, "POST"),
    ("voice", "/talk/{id}/voice/{message:int}", talk.voice, "GET"),
    ("look", "/talk/{id}/look", talk.look, "POST"),
    ("join", "/talk/{id}/join", talk.join, "POST"),
    ("interpreter_ask", "/talk/{id}/interpreter", talk.interpreter_ask, "POST"),
    ("interpret", "/talk/{id}/interpret", talk.interpret, "POST"),
    ("reader_leave", "/talk/{id}/leave", talk.reader_leave, "POST"),
    ("directory", "/talk/{id}/directory", talk.directory, "GET"),
    ("close", "/talk/{id}/close", handling.close, "POST"),
    ("reopen", "/talk/{id}/reopen", handling.reopen, "POST"),
    ("transfer", "/talk/{id}/transfer", handling.transfer, "POST"),
    ("callback", "/talk/{id}/callback", handling.callback, "POST"),
    ("cannot_talk", "/talk/{id}/cannot-talk", handling.cannot_talk, "POST"),
    ("not_her", "/talk/{id}/not-her", handling.not_her, "POST"),
    ("uncover", "/talk/{id}/uncover", handling.uncover, "POST"),
    ("mute", "/talk/{id}/mute", handling.mute, "POST"),
    ("unmute", "/talk/{id}/unmute", handling.unmute, "POST"),
    ("confirm", "/talk/{id}/confirm", handling.confirm, "POST"),
    ("know_her", "/talk/{id}/know-her", handling.know_her, "POST"),
    ("case", "/talk/{id}/case", case.case, "GET"),
    ("note", "/talk/{id}/note", case.note, "POST"),
    ("form", "/talk/{id}/form", case.form, "POST"),
    ("referral", "/talk/{id}/referral", case.referral, "POST"),
    ("referral_step", "/talk/{id}/referral/{ref}", case.referral_step, "POST"),
    ("packet", "/talk/{id}/packet/{ref}", case.packet, "GET"),
    ("code_make", "/talk/{id}/code", case.code_make, "POST"),
    ("code_revoke", "/talk/{id}/code/end", case.code_revoke, "POST"),
    ("glass", "/talk/{id}/glass", case.glass, "POST"),
    ("glass_reveal", "/glass/{id}/reveal", case.glass_reveal, "POST"),
    ("glass_close", "/glass/{id}/close", case.glass_close, "POST"),
    ("glass_approve", "/glass/{id}/approve", office.glass_approve, "POST"),
    ("glass_refuse", "/glass/{id}/refuse", office.glass_refuse, "POST"),
    ("practice", "/practice", practice.practice, "GET"),
    ("practice_start", "/practice/start", practice.practice_start, "POST"),
    ("practice_end", "/practice/{id}/end", practice.practice_end, "POST"),
    ("handover", "/handover", handling.handover, "GET"),
    ("handover_offer", "/handover/offer", handling.handover_offer, "POST"),
    ("handover_accept", "/handover/{id}/accept", handling.handover_accept, "POST"),
    ("handover_refuse", "/handover/{id}/refuse", handling.handover_refuse, "POST"),
    ("supervisor", "/supervisor", office.supervisor, "GET"),
    ("supervisor_state", "/supervisor/load", office.supervisor_state, "GET"),
    ("open_silent", "/silent/{id}/open", office.open_silent, "POST"),
    ("look_review", "/look/{id}/review", office.look_review, "POST"),
    ("care_answer", "/care/{id}/answer", office.care_answer, "POST"),
    ("audit", "/audit", office.audit_page, "GET"),
    ("team", "/team", office.team_page, "GET"),
    ("team_propose", "/team/propose", office.team_propose, "POST"),
    ("team_approve", "/team/{id}/approve", office.team_approve, "POST"),
    ("team_about", "/team/{id}/about", office.team_about, "POST"),
    ("team_disable", "/team/{id}/disable", office.team_disable, "POST"),
    ("team_reset", "/team/{id}/reset", office.team_reset, "POST"),
    ("content", "/content", office.content, "GET"),
    ("numbers", "/numbers", office.numbers, "GET"),
    ("numbers_csv", "/numbers.csv", office.numbers_csv, "GET"),
)
"""(name, path, view, methods). What is not named in permissions.ROUTES is refused to everybody."""


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    yield
    await wiring.close()


def create() -> Any:
    """The application, for uvicorn and for tests."""
    routes: list[Any] = [Route(path, guarded(name, view), methods=methods.split(), name=name) for name, path, view, methods in ROUTES]
    routes.append(Mount("/static", StaticFiles(directory=HERE / "static"), name="static"))
    app = Starlette(routes=routes, lifespan=_lifespan)
    app.state.templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True
    )
    return SafeHeaders(app)
