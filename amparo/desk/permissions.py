"""Who may do what, as data; a route that is not listed is refused to everybody (default deny)."""

from __future__ import annotations

from collections.abc import Mapping

STAFF = frozenset({"counselor", "supervisor"})
SUPERVISOR = frozenset({"supervisor"})
EVERYBODY = frozenset({"counselor", "supervisor", "content_editor", "analyst", "admin"})
ADMIN = frozenset({"admin"})

ROUTES: Mapping[str, frozenset[str]] = {
    "home": EVERYBODY,
    "logout": EVERYBODY,
    "lock": EVERYBODY,
    "language": EVERYBODY,
    "live": STAFF,
    "queue": STAFF,
    "queue_cards": STAFF,
    "claim": STAFF,
    "shift": STAFF,
    "talk": STAFF,
    "talk_messages": STAFF,
    "reply": STAFF,
    "close": STAFF,
    "transfer": STAFF,
    "callback": STAFF,
    "cannot_talk": STAFF,
    "not_her": STAFF,
    "uncover": STAFF,
    "mute": SUPERVISOR,
    "know_her": STAFF,
    "note": STAFF,
    "form": STAFF,
    "template": STAFF,
    "supervisor": SUPERVISOR,
    "audit": frozenset({"supervisor", "admin"}),
    "team": ADMIN,
    "content_report": frozenset({"content_editor", "supervisor", "admin"}),
    "numbers": frozenset({"analyst", "supervisor", "admin"}),
}
"""Route name -> roles."""

PUBLIC = frozenset({"login", "static", "health"})
"""Routes that need no login."""


def allowed(route: str, role: str) -> bool:
    """May this role use this route? Unknown routes: nobody."""
    return role in ROUTES.get(route, frozenset())
