"""The simulator's three channels: the same limits and buttons as the real ones, no provider behind them.

What is "sent" waits in a small mailbox per simulated phone until the page fetches it. Off in production.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from amparo.core.model import Button, Capabilities, Rendered
from channels.base import CAPABILITIES
from channels.text import fits_buttons, fits_list, flat, segments

STYLES = ("whatsapp", "telegram", "sms")
PRACTICE = "practice"
"""The prepared people of the training mode; there is no phone to look at."""

PREFIX = "sim-"


@dataclass(frozen=True)
class Shown:
    """One bubble on the simulated phone. `look`: buttons, list, or text (numbered)."""

    id: str
    text: str
    look: str
    buttons: tuple[Button, ...] = ()
    button_label: str = ""
    segments: int = 0

    def to_dict(self) -> dict[str, object]:
        """JSON-able form for the page."""
        return {
            "id": self.id,
            "text": self.text,
            "look": self.look,
            "buttons": [[b.token, b.title] for b in self.buttons],
            "label": self.button_label,
            "segments": self.segments,
        }


def show(message: Rendered, style: str) -> Shown:
    """How this channel would show the message."""
    capabilities: Capabilities = CAPABILITIES[style]
    identifier = secrets.token_hex(6)
    if message.buttons and fits_buttons(message.buttons, capabilities):
        return Shown(identifier, message.text, "buttons", message.buttons)
    if message.buttons and fits_list(message.buttons, capabilities):
        return Shown(identifier, message.text, "list", message.buttons, message.button_label)
    text = flat(message, capabilities)[: capabilities.max_text]
    return Shown(identifier, text, "text", segments=segments(text) if capabilities.segments else 0)


@dataclass
class SimulatorAdapter:
    """One simulated channel; `send` files what would be shown under an id, read back from the messages table by the page."""

    style: str
    capabilities: Capabilities = field(init=False)

    def __post_init__(self) -> None:
        self.name = PREFIX + self.style
        self.capabilities = CAPABILITIES[self.style]

    async def send(self, address: str, message: Rendered, ttl_seconds: int, language: str = "") -> str:
        """Nothing leaves the machine: the page reads the message from the store once it is marked sent."""
        del address, message, ttl_seconds, language
        return f"sim:{secrets.token_hex(8)}"

    async def send_template(self, address: str, name: str, language: str, ttl_seconds: int) -> str:
        """The page shows the text that the template stands for."""
        del address, name, language, ttl_seconds
        return f"sim:{secrets.token_hex(8)}"

    async def delete(self, address: str, provider_id: str) -> None:
        """There is no copy elsewhere."""
        del address, provider_id
