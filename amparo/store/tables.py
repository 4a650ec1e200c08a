"""Every table of people's conversations. Columns that hold anything a person wrote, or where she can be reached, end in `_enc`.

Times are unix seconds (float). `*_enc` columns hold Fernet tokens of the conversation's own data key.
The desk's own tables (counselors, sessions, audit …) stand in `desk_tables`, on the same metadata.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

_ID = sa.String(32)
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _column(name: str, kind: sa.types.TypeEngine, default: object, **more: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, default=default, server_default=sa.text(repr(default)), **more)


conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", _ID, primary_key=True),  # random; Rasa's sender_id
    sa.Column("person", sa.String(64), nullable=False, unique=True),  # HMAC of channel and address
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("address_enc", sa.LargeBinary, nullable=False),
    sa.Column("dek_wrapped", sa.LargeBinary, nullable=False),
    _column("language", sa.String(8), ""),
    _column("language_sure", sa.Integer, 0),
    _column("where_now", sa.String(2), ""),
    _column("prefix_country", sa.String(2), ""),  # of the phone, only ever shown as "if you are in …" (DH-2)
    # the handoff table's snapshot
    _column("state", sa.String(16), "bot"),
    _column("owner", _ID, ""),
    _column("previous_owner", _ID, ""),
    _column("next_owner", _ID, ""),  # who was named to her for a transfer
    _column("quiet", sa.String(16), ""),
    _column("covered", sa.Integer, 0),
    _column("heard", sa.Integer, 0),
    _column("muted_until", sa.Float, 0.0),
    _column("said_yes", sa.Integer, 0),
    _column("said_no", sa.Integer, 0),
    _column("life_signs", sa.Integer, 0),
    _column("queued_at", sa.Float, 0.0),
    _column("changed_at", sa.Float, 0.0),
    _column("epoch", sa.Integer, 0),
    _column("case_id", _ID, ""),
    # how she is
    _column("risk", sa.String(16), "none"),
    _column("risk_at", sa.Float, 0.0),
    _column("risk_from", _BIG, 0),  # message id of her first risk sign of this talk (DH-8)
    _column("minor", sa.Integer, 0),
    _column("introduced", sa.Integer, 0),
    _column("opted_out", sa.Integer, 0),
    _column("unreachable", sa.Integer, 0),
    _column("farewell", sa.Integer, 0),  # holds nothing but the receipt of a deletion; purged when that is sent
    _column("erase_asked_at", sa.Float, 0.0),  # she asked, a case file waits for a counselor's check (DH-23)
    sa.Column("memory_enc", sa.LargeBinary),  # flow, intake, last facts: JSON
    _column("created_at", sa.Float, 0.0),
    _column("last_in_at", sa.Float, 0.0),  # received; the channel's reply window counts from here
    _column("last_turn_at", sa.Float, 0.0),  # the last message of hers that was answered or handed on
    _column("last_out_at", sa.Float, 0.0),
    _column("version", sa.Integer, 0),
    sa.Index("conversations_by_state", "state", "queued_at"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),  # in, out
    _column("author", sa.String(48), ""),  # her, bot, system, counselor:<id>
    _column("kind", sa.String(16), ""),
    sa.Column("body_enc", sa.LargeBinary, nullable=False),  # {"text", "buttons", "token", "media", "media_ref", "lead"}
    _column("language", sa.String(8), ""),
    _column("risk", sa.String(16), "none"),
    _column("status", sa.String(16), ""),  # in: received, processing, done, late; out: pending … read
    _column("attempts", sa.Integer, 0),
    _column("claimed_until", sa.Float, 0.0),
    _column("sent_at", sa.Float, 0.0),  # provider's timestamp of hers; ours of what went out
    _column("created_at", sa.Float, 0.0),
    sa.Index("messages_of_conversation", "conversation_id", "id"),
    sa.Index("messages_to_do", "direction", "status", "id"),
)

provider_ids = sa.Table(
    "provider_ids",
    metadata,
    sa.Column("ref", sa.String(64), primary_key=True),  # HMAC of channel and provider id; outlives deletion
    _column("seen_at", sa.Float, 0.0),
    _column("forget_after", sa.Float, 0.0, index=True),  # 0 = while the conversation lives
    _column("conversation_id", _ID, ""),  # '' after deletion
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("message_id", _BIG, sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    _column("kind", sa.String(16), ""),
    _column("epoch", sa.Integer, 0),
    _column("prompted", sa.Integer, 1),  # answers a message of hers; unprompted rows never leave in quiet (DH-1)
    _column("status", sa.String(16), "pending"),  # pending claimed sent delivered read failed expired held dropped
    _column("expires_at", sa.Float, 0.0),
    _column("next_at", sa.Float, 0.0),
    _column("attempts", sa.Integer, 0),
    _column("claimed_by", sa.String(40), ""),
    _column("claimed_until", sa.Float, 0.0),
    _column("provider_id", sa.String(80), ""),
    _column("error", sa.String(40), ""),
    _column("created_at", sa.Float, 0.0),
    _column("sent_at", sa.Float, 0.0),
    sa.Index("outbox_to_send", "status", "next_at", "id"),
    sa.Index("outbox_of_conversation", "conversation_id", "id"),
    sa.Index("outbox_by_provider_id", "provider_id"),
)

deletions = sa.Table(
    "deletions",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("provider_id_enc", sa.LargeBinary, nullable=False),  # master key; gone when the provider confirmed
    sa.Column("address_enc", sa.LargeBinary),
    _column("next_at", sa.Float, 0.0),
    _column("attempts", sa.Integer, 0),
)
"""The provider's copies that are still to be removed."""

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    _column("number", sa.Integer, 0),  # 1, 2, 3 … of the same person
    _column("status", sa.String(16), "open"),  # open, closed
    _column("severity", sa.Integer, 0),  # 0 asked for a person, 1 concern, 2 disclosure, 3 imminent
    _column("minor", sa.Integer, 0),
    _column("country", sa.String(2), ""),
    _column("language", sa.String(8), ""),
    _column("channel", sa.String(16), ""),
    _column("start_with", sa.String(16), "since_risk"),  # since_risk, nothing, all (DH-8)
    _column("from_message", _BIG, 0),
    sa.Column("signals_enc", sa.LargeBinary),  # [[name, quote], …]
    sa.Column("intake_enc", sa.LargeBinary),  # summary headings, safe contact, our word, age answer
    _column("opened_at", sa.Float, 0.0),
    _column("claimed_at", sa.Float, 0.0),
    _column("closed_at", sa.Float, 0.0),
    _column("outcome", sa.String(32), ""),
    _column("alarmed_at", sa.Float, 0.0),
    _column("alarms", sa.Integer, 0),  # how often on-call was told
    sa.Index("cases_of_conversation", "conversation_id", "number"),
    sa.Index("cases_by_status", "status", "closed_at"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=True),
    _column("conversation_id", _ID, ""),
    _column("what", sa.String(32), ""),  # message, state, status, alarm:<name> …
    _column("at", sa.Float, 0.0, index=True),
)
"""What the desk follows live: appended in the transaction that made the change, purged after an hour."""

counts = sa.Table(
    "counts",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("dimension", sa.String(24), primary_key=True),
    sa.Column("value", sa.String(48), primary_key=True),
    _column("people", sa.Integer, 0),
)
"""Daily tallies for early warning: one dimension and one value, never text (DH-25)."""

trackers = sa.Table(
    "trackers",
    metadata,
    sa.Column("sender_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("data_enc", sa.LargeBinary, nullable=False),  # slots and a bounded window of events
    _column("updated_at", sa.Float, 0.0),
)

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    _column("at", sa.Float, 0.0),
    _column("detail", sa.String(200), ""),
)
