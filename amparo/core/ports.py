"""What the core needs from outside, as Protocols; `amparo.wiring` supplies the real objects."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from amparo.core.model import Capabilities, Inbound, Rendered


class Clock(Protocol):
    """Time in unix seconds; tests pass their own."""

    def now(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


class Sent(Protocol):
    """What a provider says of a message it took."""

    provider_id: str
    cost_segments: int


class Sender(Protocol):
    """The sending half of a channel adapter. Raises `SendError` subclasses only."""

    capabilities: Capabilities

    async def send(self, address: str, message: Rendered, ttl_seconds: int) -> str:
        """Hands one message to the provider and returns the provider's id ('' where it has none)."""
        ...

    async def delete(self, address: str, provider_id: str) -> None:
        """Removes the provider's copy where the provider allows it."""
        ...


class Adapter(Sender, Protocol):
    """A messaging channel: verify, parse, send. Everything else is shared."""

    name: str

    def verify(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises `Refused(403)` unless the provider really sent this body to this url."""
        ...

    def parse(self, headers: Mapping[str, str], body: bytes) -> list[Inbound]:
        """The messages inside; [] where there is nothing for us. Raises `Refused(400)` on garbage."""
        ...


class Messages(Protocol):
    """Texts of content/messages: looked up by language and key."""

    def entry(self, language: str, key: str) -> Mapping[str, object] | None:
        """The entry (text, sms, whatsapp, buttons …) in exactly this language, or None."""
        ...

    def chain(self, language: str) -> tuple[str, ...]:
        """Languages to try in order, beginning with `language`."""
        ...

    def lock_screen(self) -> frozenset[str]:
        """Words of every language that a locked phone must not show."""
        ...
