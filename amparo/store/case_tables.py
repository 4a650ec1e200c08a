"""Tables that hang on a case: referrals, case codes, handovers of a shift, break-glass grants, ways back. Same metadata as `tables`.

Times are unix seconds. `*_enc` columns hold tokens of the conversation's own data key, so that they die with it.
"""

from __future__ import annotations

import sqlalchemy as sa

from amparo.store.tables import _ID, _column, metadata


def _case_id() -> sa.Column:
    return sa.Column("case_id", _ID, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True)


def _conversation_id() -> sa.Column:
    return sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)


referrals = sa.Table(
    "referrals",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    _case_id(),
    _column("status", sa.String(16), "asked"),  # the states of core/referral
    _column("author", _ID, ""),
    sa.Column("body_enc", sa.LargeBinary, nullable=False),  # recipient, question, who accepted for when, contents, way there
    _column("asked_at", sa.Float, 0.0),
    _column("accepted_at", sa.Float, 0.0),
    _column("consented_at", sa.Float, 0.0),
    _column("settled_at", sa.Float, 0.0),  # arrived, refused, unknown or withdrawn
    _column("follow_up_at", sa.Float, 0.0),  # the one follow-up in the hour she chose; 0 = none
    _column("followed_up", sa.Integer, 0),
)

case_codes = sa.Table(
    "case_codes",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),  # HMAC of the three words, sorted; the words are stored nowhere
    _case_id(),
    _column("made_by", _ID, ""),
    _column("created_at", sa.Float, 0.0),
    _column("expires_at", sa.Float, 0.0),
)

case_returns = sa.Table(
    "case_returns",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("case_id", _ID, sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),  # the earlier one
    _column("created_at", sa.Float, 0.0),
)
"""Who gave the three words of which earlier case; staff see it, whoever typed them is told nothing (DH-24)."""

handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    _case_id(),
    _column("from_id", _ID, ""),
    _column("to_id", _ID, ""),  # '' = whoever comes next
    sa.Column("body_enc", sa.LargeBinary, nullable=False),  # three lines: danger, agreed, next
    _column("status", sa.String(16), "offered"),  # offered, accepted, refused, withdrawn
    _column("decided_by", _ID, ""),
    _column("created_at", sa.Float, 0.0),
    _column("decided_at", sa.Float, 0.0),
)

break_glass = sa.Table(
    "break_glass",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    _case_id(),
    _column("what", sa.String(16), ""),  # number, location, earlier_chat
    _column("ground", sa.String(16), ""),  # she_asked, life_at_risk
    sa.Column("reason_enc", sa.LargeBinary, nullable=False),
    _column("status", sa.String(16), "asked"),  # asked, open, refused, closed; open ends by itself at expires_at
    _column("asked_by", _ID, ""),
    _column("approved_by", _ID, ""),  # a supervisor, never the one who asked
    _column("tell_her", sa.Integer, 1),  # 0 only where telling raises the danger
    _column("views", sa.Integer, 0),
    _column("asked_at", sa.Float, 0.0),
    _column("opened_at", sa.Float, 0.0),
    _column("expires_at", sa.Float, 0.0),
)

fallbacks = sa.Table(
    "fallbacks",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    _column("channel", sa.String(16), ""),
    _column("person", sa.String(64), "", index=True),  # HMAC of channel and address: her answer from there is known again
    sa.Column("address_enc", sa.LargeBinary, nullable=False),
    _column("agreed_at", sa.Float, 0.0),
    _column("agreed_with", _ID, ""),  # '' = with the assistant
    _column("cancelled_at", sa.Float, 0.0),
)
"""The other way she agreed to be written on, should this one fail."""
