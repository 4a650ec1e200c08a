"""The true time in the offer, from who is logged in now (DH-11)."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache

from babel.dates import get_timezone_location

from amparo.core import hours
from amparo.core.ports import Clock
from amparo.core.zones import zone_of
from amparo.store.covers import HasHelpline
from amparo.store.presence import Presence


class Promises:
    """Says when somebody can come."""

    def __init__(self, presence: Presence, content: HasHelpline, clock: Clock) -> None:
        self._presence = presence
        self._content = content
        self._clock = clock

    async def now(
        self, language: str, minor: bool, severity: int = 0, where_now: str = "", queued_at: float = 0.0, prefer: str = ""
    ) -> tuple[hours.Promise, int]:
        """(promise, how many wait before her). `where_now`: ISO country, decides in whose time an hour is said.

        `queued_at`: since when she waits already, 0 = not yet.
        """
        helpline = self._content.helpline
        ahead = await self._presence.ahead(severity, queued_at)
        moment = datetime.fromtimestamp(self._clock.now(), timezone.utc)
        on_shift = await self._presence.on_shift()
        made = hours.promise(
            helpline.schedule,
            moment,
            on_shift,
            language,
            minor,
            ahead,
            helpline.minutes_each,
            severity,
            zone_of(where_now),
            prefer,
        )
        return made, ahead


@lru_cache(maxsize=256)
def zone_name(zone: str, language: str) -> str:
    """The city of a zone in her language (Creole readers get the French name)."""
    locale = "fr" if language == "ht" else language or "es"
    return str(get_timezone_location(zone, locale=locale, return_city=True))
