"""Practice talks: which prepared person talks with which counselor. On the same metadata as `tables`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core.practice import CHANNEL
from amparo.store.tables import _BIG, _ID, _column, metadata

practices = sa.Table(
    "practices",
    metadata,
    sa.Column("conversation_id", _ID, sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("counselor_id", _ID, sa.ForeignKey("counselors.id", ondelete="CASCADE"), nullable=False, index=True),
    _column("person", sa.String(40), ""),  # a file of content/training
    _column("language", sa.String(8), "es"),  # what the person writes
    _column("interface", sa.String(8), "es"),  # what the counselor reads her tips in
    _column("beat", sa.String(40), ""),  # '' = not claimed yet
    _column("to_say", sa.String(200), ""),  # keys of lines still to be said
    _column("due_at", sa.Float, 0.0),
    _column("seen", _BIG, 0),  # the counselor's newest message that the person has read
    _column("heard", sa.String(400), ""),  # names of rules that fitted, never a text
    _column("started_at", sa.Float, 0.0),
)


def real(table: Any) -> Any:
    """The rows of `conversations` or `cases` that belong to people: nothing of practice is counted, promised or alarmed."""
    return table.c.channel != CHANNEL
