"""Rendering a page of the desk."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from amparo.core.model import LANGUAGES
from amparo.desk.alarms import spoken

NAMES = {"es": "Español", "pt": "Português", "en": "English", "fr": "Français", "ht": "Kreyòl"}


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A rendered page with session, words, a fresh nonce for forms, and clocks in the helpline's time zone."""
    session = request.state.session
    environment: Environment = request.app.state.templates
    services = request.state.services
    zone = ZoneInfo(services.content.helpline.schedule.timezone)
    shown = {
        "w": request.state.words,
        "session": session,
        "me": session.counselor if session else None,
        "open": bool(session and session.stage == 0),
        "nonce": secrets.token_hex(12),
        "path": request.url.path,
        "query": request.query_params,
        "languages": [(code, NAMES[code]) for code in LANGUAGES],
        "hm": lambda at: f"{datetime.fromtimestamp(at, zone):%H:%M}",
        "day": lambda at: f"{datetime.fromtimestamp(at, zone):%d/%m %H:%M}",
        "alarms": spoken(request.state.words, session.counselor.role) if session else "{}",
        **values,
    }
    return HTMLResponse(environment.get_template(template).render(**shown), status)
