"""Rendering a page of the desk."""

from __future__ import annotations

import secrets
from typing import Any

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A rendered page with session, words and a fresh nonce for forms."""
    session = request.state.session
    environment: Environment = request.app.state.templates
    html = environment.get_template(template).render(
        w=request.state.words, session=session, me=session.counselor if session else None, nonce=secrets.token_hex(8), **values
    )
    return HTMLResponse(html, status)
