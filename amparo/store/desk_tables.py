"""The desk's own tables: who works here, what was done, and what hangs on a case. On the same metadata as `tables`."""

from __future__ import annotations

import sqlalchemy as sa

from amparo.store.tables import _BIG, _ID, _column, metadata

ROLES = ("counselor", "supervisor", "content_editor", "analyst", "admin")

counselors = sa.Table(
    "counselors",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("name", sa.String(60), nullable=False, unique=True),  # a working alias, never a legal name (DH-17)
    _column("role", sa.String(20), "counselor"),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("totp_enc", sa.LargeBinary),
    _column("totp_on", sa.Integer, 0),
    _column("languages", sa.String(60), "es"),  # space separated codes
    _column("interface", sa.String(8), "es"),
    _column("adolescent", sa.Integer, 0),
    _column("woman", sa.Integer, 1),
    _column("on_call", sa.Integer, 0),
    _column("cap", sa.Integer, 5),
    _column("active", sa.Integer, 1),
    _column("failed", sa.Integer, 0),
    _column("locked_until", sa.Float, 0.0),
    _column("approved_by", _ID, ""),
    _column("created_at", sa.Float, 0.0),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    _column("locked", sa.Integer, 0),
    _column("created_at", sa.Float, 0.0),
    _column("seen_at", sa.Float, 0.0),
)

presence = sa.Table(
    "presence",
    metadata,
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), primary_key=True),
    _column("on_shift", sa.Integer, 0),
    _column("paused", sa.String(16), ""),  # '', break, debrief
    _column("since", sa.Float, 0.0),
    _column("seen_at", sa.Float, 0.0),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    _column("at", sa.Float, 0.0, index=True),
    _column("actor", _ID, ""),  # '' = the system, 'host' = the command line
    _column("action", sa.String(40), ""),
    _column("object_type", sa.String(24), ""),
    _column("object_id", sa.String(40), ""),
    _column("detail", sa.String(200), ""),  # ids and reasons of staff; never a word of hers
)

case_papers = sa.Table(
    "case_papers",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("case_id", _ID, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True),
    _column("kind", sa.String(24), ""),  # note, risk_form, safety_plan, referral, consent, handover, break_glass …
    _column("author", _ID, ""),
    _column("status", sa.String(24), ""),
    sa.Column("body_enc", sa.LargeBinary, nullable=False),
    _column("created_at", sa.Float, 0.0),
    _column("updated_at", sa.Float, 0.0),
)
"""Notes, forms, referrals and consents of a case, encrypted under its conversation's key."""

callbacks = sa.Table(
    "callbacks",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("case_id", _ID, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    _column("counselor_id", _ID, ""),
    _column("due_at", sa.Float, 0.0, index=True),
    _column("status", sa.String(16), "agreed"),  # agreed, due, done, cancelled
    _column("created_at", sa.Float, 0.0),
    _column("asked_by", sa.String(8), "staff"),  # her, staff
)

seals = sa.Table(
    "seals",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counselor_id", _ID, primary_key=True),
    _column("created_at", sa.Float, 0.0),
)
"""Who must never open which conversation ("I know this person", DH-17)."""

exposures = sa.Table(
    "exposures",
    metadata,
    sa.Column("counselor_id", _ID, primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    _column("severe", sa.Integer, 0),
    _column("total", sa.Integer, 0),
)
"""Severe cases per counselor and day; seen only by herself and her supervisor."""

from amparo.store import team_tables as _team_tables  # noqa: E402,F401 - one import registers every table of the desk
