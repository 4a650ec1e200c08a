"""Rasa's memory of a conversation: slots and the last few turns, encrypted, in one row; the cost of a turn stays flat.

Rasa's own SQL store keeps every event in plain text, reads all of them at each turn and does so inside the event loop
(docs/architecture.md). This one writes one row per conversation under the conversation's own data key.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Protocol

import sqlalchemy as sa
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from amparo.store import tables
from amparo.store.database import Database
from amparo.store.vault import Vault

log = logging.getLogger(__name__)

WINDOW_TURNS = 3
"""How many turns of hers Rasa remembers besides the slots; its rules look at one."""


class Backing(Protocol):
    """What the store needs: a database of the running event loop, keys and a clock."""

    db: Database
    vault: Vault

    def now(self) -> float: ...


class BoundedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """A tracker store whose rows belong to conversations; senders that are none (rasa shell, rasa test) stay in memory."""

    def __init__(self, domain: Domain | None, event_broker: Any = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)
        super().__init__(domain, event_broker, **{k: v for k, v in kwargs.items() if k in ("max_event_history",)})
        self._strangers: dict[str, list[Event]] = {}

    def _backing(self) -> Backing:
        """The services of the running loop; set by `amparo.wiring.install_tracker_backing`."""
        if BoundedTrackerStore.backing is None:
            raise RuntimeError("the tracker store was not wired")
        return BoundedTrackerStore.backing()

    backing: Any = None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Writes slots and window, unless the conversation was deleted meanwhile: then nothing comes back."""
        sender = tracker.sender_id
        events = window(tracker)
        backing = self._backing()
        c, t = tables.conversations, tables.trackers
        async with backing.db.write() as connection:
            wrapped = (await connection.execute(sa.select(c.c.dek_wrapped).where(c.c.id == sender))).scalar_one_or_none()
            if wrapped is None:
                self._keep_stranger(sender, events)
                return
            sealed = backing.vault.unwrap(wrapped).seal([event.as_dict() for event in events])
            values = {"data_enc": sealed, "updated_at": backing.now()}
            done = await connection.execute(t.update().where(t.c.sender_id == sender).values(**values))
            if done.rowcount == 0:
                await connection.execute(t.insert().values(sender_id=sender, **values))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The remembered tracker, or None for somebody new."""
        backing = self._backing()
        c, t = tables.conversations, tables.trackers
        query = sa.select(t.c.data_enc, c.c.dek_wrapped).select_from(t.join(c)).where(t.c.sender_id == sender_id)
        async with backing.db.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            events = self._strangers.get(sender_id)
            return self._replay(sender_id, events) if events else None
        data = backing.vault.unwrap(row.dek_wrapped).open(row.data_enc)
        return self._replay(sender_id, [event for event in map(_from_dict, data) if event is not None])

    async def keys(self) -> Iterable[str]:
        """Sender ids that have a row."""
        async with self._backing().db.read() as connection:
            rows = (await connection.execute(sa.select(tables.trackers.c.sender_id))).all()
        return [row.sender_id for row in rows] + list(self._strangers)

    def _replay(self, sender_id: str, events: list[Event]) -> DialogueStateTracker:
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots, domain=self.domain)

    def _keep_stranger(self, sender: str, events: list[Event]) -> None:
        if len(sender) == 32:
            log.info("tracker of a deleted conversation not written")
            return
        if len(self._strangers) >= 100:
            self._strangers.clear()
        self._strangers[sender] = events


EVENT_TYPES: dict[str, type[Event]] = {cls.type_name: cls for cls in (ActionExecuted, SlotSet, UserUttered)}


def _from_dict(data: dict[str, Any]) -> Event | None:
    """An event from its dict; the class is known by name, which spares Rasa's search through all subclasses."""
    cls = EVENT_TYPES.get(data.get("event", ""))
    return Event.from_parameters(data) if cls is None else cls._from_parameters(data)


def window(tracker: DialogueStateTracker) -> list[Event]:
    """Slots as events, then the events of the last turns of the running session."""
    events = list(tracker.events)
    start, turns = 0, 0
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], SessionStarted):
            start = index + 1
            break
        if isinstance(events[index], UserUttered):
            turns += 1
            if turns == WINDOW_TURNS:
                start = max(index - 1, 0)  # the action_listen before her words
                break
    slots: list[Event] = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value != slot.initial_value]
    return slots + [event for event in events[start:] if not _is_plumbing(event)]


def _is_plumbing(event: Event) -> bool:
    """What need not be remembered: slot writes (they stand in front) and featurization marks."""
    return isinstance(event, SlotSet) or event.type_name in ("user_featurization", "session_started")
