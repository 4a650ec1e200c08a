"""The true time in the offer, from who is logged in now (DH-11)."""

from __future__ import annotations

from datetime import datetime, timezone

from amparo.core import hours
from amparo.core.ports import Clock
from amparo.store.covers import HasHelpline
from amparo.store.presence import Presence


class Promises:
    """Says when somebody can come."""

    def __init__(self, presence: Presence, content: HasHelpline, clock: Clock) -> None:
        self._presence = presence
        self._content = content
        self._clock = clock

    async def now(self, language: str, minor: bool) -> tuple[hours.Promise, int]:
        """(promise, how many wait before her)."""
        helpline = self._content.helpline
        ahead = await self._presence.ahead()
        moment = datetime.fromtimestamp(self._clock.now(), timezone.utc)
        on_shift = await self._presence.on_shift()
        return hours.promise(helpline.schedule, moment, on_shift, language, minor, ahead, helpline.minutes_each), ahead
