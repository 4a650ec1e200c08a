"""Rows of conversations and messages as the core's values, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from amparo.core.conversation import Conversation, Message
from amparo.core.handoff import Snapshot, State
from amparo.core.model import Button, Media, Risk
from amparo.store.vault import DataKey

SNAPSHOT_COLUMNS = tuple(Snapshot.__dataclass_fields__)


def read_snapshot(row: Any) -> Snapshot:
    """The handoff columns of a row of `conversations`."""
    values = {name: getattr(row, name) for name in SNAPSHOT_COLUMNS}
    values.update({name: bool(values[name]) for name in ("covered", "heard", "said_yes", "said_no", "life_signs")})
    values.update(state=State(row.state))
    return Snapshot(**values)


def read_conversation(row: Any, key: DataKey) -> Conversation:
    """A row of `conversations` as the core sees it."""
    return Conversation(
        id=row.id,
        channel=row.channel,
        language=row.language,
        language_sure=bool(row.language_sure),
        where_now=row.where_now,
        prefix_country=row.prefix_country,
        snapshot=read_snapshot(row),
        case_id=row.case_id,
        risk=Risk(row.risk),
        risk_at=row.risk_at,
        risk_from=row.risk_from,
        minor=bool(row.minor),
        introduced=bool(row.introduced),
        opted_out=bool(row.opted_out),
        unreachable=bool(row.unreachable),
        memory=key.open(row.memory_enc) or {},
        created_at=row.created_at,
        last_in_at=row.last_in_at,
        last_turn_at=row.last_turn_at,
        last_out_at=row.last_out_at,
        version=row.version,
    )


def read_message(row: Any, key: DataKey) -> Message:
    """A row of `messages`, decrypted."""
    body = key.open(row.body_enc) or {}
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        direction=row.direction,
        author=row.author,
        kind=row.kind,
        text=body.get("text", ""),
        buttons=tuple(Button(*b) for b in body.get("buttons", ())),
        token=body.get("token", ""),
        media=tuple(Media(m) for m in body.get("media", ())),
        media_ref=body.get("media_ref", ""),
        opt=body.get("opt", ""),
        language=row.language,
        language_hint=body.get("hint", ""),
        risk=Risk(row.risk),
        status=row.status,
        sent_at=row.sent_at,
        created_at=row.created_at,
        recovered=bool(body.get("recovered")),
    )


def snapshot_values(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as columns of `conversations`."""
    values = asdict(snapshot)
    values["state"] = snapshot.state.value
    return {name: int(v) if isinstance(v, bool) else v for name, v in values.items()}
