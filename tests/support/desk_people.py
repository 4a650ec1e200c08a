"""People of a desk test, put into the store directly: somebody who waits, with what she agreed to share."""

from __future__ import annotations

import secrets
from typing import Any

from amparo.core.handoff import Event
from amparo.core.model import Inbound, Media, Risk

SIGNALS = [["documents_retained", "me quitaron el pasaporte"], ["confinement", "no me dejan salir"]]
INTAKE = {"headings": "trabajo, papeles", "safe": "any_time", "phone": "mine", "word": "mango"}


async def write(services: Any, channel: str, who: str, text: str, **more: Any) -> str:
    """A message of hers, as the assistant leaves it while a counselor owns the talk. Returns the conversation's id."""
    receipt = await services.inbox.receive(Inbound(channel, who, secrets.token_hex(8), text=text, **more))
    async with services.talks.open(receipt.conversation_id) as talk:
        await talk.mark([receipt.message_id], "done", Risk.NONE)
        talk.set(last_turn_at=services.now())
        talk.note("message")
    return str(receipt.conversation_id)


async def waiting(
    services: Any, channel: str = "sms", who: str = "", text: str = "me quitaron el pasaporte y no me dejan salir", **case: Any
) -> str:
    """Somebody who said yes and waits. `case`: columns of her case over the usual ones."""
    who = who or f"+57310{secrets.randbelow(9_000_000) + 1_000_000}"
    conversation = await write(services, channel, who, text)
    history = await services.talks.history(conversation)
    async with services.talks.open(conversation) as talk:
        talk.fire(Event.YES)
        minor = int(case.get("minor", 0))
        talk.set(language="es", where_now=case.get("country", "CO"), risk="disclosure", minor=minor, introduced=1)
        values = {"severity": 2, "language": "es", "country": "CO", "signals": SIGNALS, "intake": INTAKE, "from_message": history[0].id}
        talk.set_case(**{**values, **case})
    return conversation


async def voice(services: Any, channel: str, who: str, reference: str) -> str:
    """A voice note of hers."""
    return await write(services, channel, who, "", media=(Media.VOICE,), media_ref=reference)
