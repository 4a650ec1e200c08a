"""Who may do what, as data; a route that is not listed is refused to everybody (default deny)."""

from __future__ import annotations

from collections.abc import Mapping

from amparo.desk.sessions import Stage

STAFF = frozenset({"counselor", "supervisor"})
SUPERVISOR = frozenset({"supervisor"})
EVERYBODY = frozenset({"counselor", "supervisor", "content_editor", "analyst", "admin"})
TEAM = frozenset({"supervisor", "admin"})
NUMBERS = frozenset({"analyst", "supervisor", "admin"})
CONTENT = frozenset({"content_editor", "supervisor", "admin"})


def _each(roles: frozenset[str], names: str) -> dict[str, frozenset[str]]:
    return {name: roles for name in names.split()}


ROUTES: Mapping[str, frozenset[str]] = {
    **_each(EVERYBODY, "home logout language lock unlock code enrol enrol_picture new_password account account_password"),
    **_each(STAFF, "queue queue_cards claim shift live search care_call exposure"),
    **_each(STAFF, "talk talk_messages talk_state reply held knock ask_earlier draft typing voice look join directory"),
    **_each(STAFF, "interpreter_ask interpret reader_leave"),
    **_each(STAFF, "close reopen transfer callback cannot_talk not_her uncover know_her"),
    **_each(STAFF, "case note form referral referral_step packet code_make code_revoke glass glass_reveal glass_close"),
    **_each(STAFF, "practice practice_start practice_end"),
    **_each(STAFF, "handover handover_offer handover_accept handover_refuse"),
    **_each(SUPERVISOR, "supervisor supervisor_state mute unmute confirm glass_approve glass_refuse look_review care_answer open_silent"),
    **_each(TEAM, "audit team team_propose team_approve team_about team_disable team_reset"),
    **_each(STAFF | CONTENT, "content"),
    **_each(NUMBERS, "numbers numbers_csv"),
}
"""Route name -> roles."""

PUBLIC = frozenset({"login", "first_run", "health", "static"})
"""Routes that need no login."""

STAGES: Mapping[Stage, tuple[str, frozenset[str]]] = {
    Stage.LOCKED: ("/lock", frozenset({"lock", "unlock", "logout"})),
    Stage.CODE: ("/code", frozenset({"code", "logout"})),
    Stage.ENROL: ("/enrol", frozenset({"enrol", "enrol_picture", "logout"})),
    Stage.PASSWORD: ("/new-password", frozenset({"new_password", "logout"})),
}
"""A login that is not open yet -> (where it is sent, the only routes it may use)."""

PASSIVE = frozenset({"live", "queue_cards", "talk_messages", "talk_state", "supervisor_state", "enrol_picture", "typing"})
"""What a page asks by itself: no move of hers, so it keeps no screen unlocked; its page has its line in the audit already."""

IN_TRANSACTION = frozenset(
    (
        "logout claim reply held knock ask_earlier open_silent reopen close transfer callback cannot_talk not_her uncover mute "
        "unmute confirm know_her note form referral referral_step code_make code_revoke glass glass_approve glass_refuse glass_reveal "
        "glass_close handover_offer handover_accept handover_refuse team_propose team_approve team_about team_disable team_reset look join "
        "interpreter_ask interpret reader_leave "
        "care_call care_answer look_review shift new_password code enrol unlock account_password search"
    ).split()
)
"""Actions that write their audit line in the transaction of what they do; the guard writes the line of every other route."""


NOT_IN_PRACTICE = frozenset(
    (
        "transfer callback join mute unmute glass referral referral_step code_make code_revoke knock ask_earlier know_her "
        "interpreter_ask interpret reader_leave"
    ).split()
)
"""Actions that reach other people: refused in a practice talk."""


def allowed(route: str, role: str) -> bool:
    """May this role use this route? Unknown routes: nobody."""
    return role in ROUTES.get(route, frozenset())
