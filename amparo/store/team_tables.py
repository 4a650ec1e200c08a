"""Tables of the desk's people and screens: how an account came to be, who reads along, what was read, drafts, calls for care."""

from __future__ import annotations

import sqlalchemy as sa

from amparo.store.tables import _BIG, _ID, _column, metadata

account_marks = sa.Table(
    "account_marks",
    metadata,
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), primary_key=True),
    _column("created_by", _ID, ""),  # who proposed the account on the web; '' for the command line
    _column("approved_at", sa.Float, 0.0),
    _column("new_password", sa.Integer, 0),  # 1: she must choose a password of her own at the next login
    _column("totp_step", _BIG, 0),  # the last 30-second step whose code was accepted: no code works twice
)
"""Two people make an account on the web: `created_by` proposes, somebody else approves (DH-17)."""

joins = sa.Table(
    "joins",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), primary_key=True),
    _column("case_id", _ID, ""),
    _column("since", sa.Float, 0.0),
)
"""Who reads and writes along with the owner of a talk; she was told by name (DH-16)."""

looks = sa.Table(
    "looks",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    _column("case_id", _ID, ""),
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), nullable=False),
    _column("reason", sa.String(200), ""),
    _column("at", sa.Float, 0.0, index=True),
    _column("reviewed_by", _ID, ""),
    _column("reviewed_at", sa.Float, 0.0),
)
"""Openings of a case that is not one's own, with the reason; somebody else reviews each the next day (DH-17)."""

reads = sa.Table(
    "reads",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), primary_key=True),
    _column("message_id", _BIG, 0),
)
"""The newest message each counselor has seen of a talk, for the unread marks."""

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("body_enc", sa.LargeBinary, nullable=False),  # under the conversation's key: it goes when she goes
    _column("updated_at", sa.Float, 0.0),
)

care_calls = sa.Table(
    "care_calls",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    _column("kind", sa.String(24), ""),  # threat, cannot_go_on
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), nullable=False),
    _column("conversation_id", _ID, ""),
    _column("at", sa.Float, 0.0),
    _column("answered_by", _ID, ""),
    _column("answered_at", sa.Float, 0.0),
)
"""A counselor who says that she is threatened, or cannot go on: open until a supervisor answers (DH-17)."""

interpreters = sa.Table(
    "interpreters",
    metadata,
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), primary_key=True),
    _column("languages", sa.String(120), ""),  # space separated codes
    _column("town", sa.String(60), ""),  # said to her, so that she can refuse somebody from her own town
)
"""Accounts that interpret beside a counselor (DH-22)."""

TEAM_TABLES = (account_marks, joins, looks, reads, drafts, care_calls, interpreters)
