"""What the composer shows: the one decision of `core.composer`, read without a lock, and the neutral openers in her language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amparo.core.composer import Composer, composer
from amparo.core.conversation import Conversation
from amparo.core.model import Capabilities, Say
from amparo.store.held_answers import HeldAnswer
from amparo.store.replies import OPENER_KEYS, contact_of
from channels.base import capabilities


@dataclass(frozen=True)
class Desk:
    """Composer, limits and what waits, as the page needs them."""

    decision: Composer
    limits: Capabilities
    openers: tuple[str, ...]
    held: tuple[HeldAnswer, ...]
    fallback: str

    @property
    def may_type(self) -> bool:
        """The text field is open: to write, or to keep an answer for her."""
        return self.decision.mode in ("write", "opener", "hold")


async def desk_of(services: Any, conversation: Conversation, owner: str) -> Desk:
    """For the owner of the talk (or whoever joined it, under the owner's id)."""
    agreed = await services.fallbacks.get(conversation.id)
    case = await services.talks.case(conversation.case_id) if conversation.case_id else {}
    limits = capabilities(conversation.channel)
    contact = contact_of(conversation, conversation.memory, case.get("intake") or {}, agreed.channel if agreed else "")
    decision = composer(conversation.snapshot, owner, limits, contact, services.now())
    language, channel = conversation.language or "es", conversation.channel.removeprefix("sim-")
    openers = tuple(services.renderer.render(Say(key), language, channel).text for key in OPENER_KEYS)
    held = tuple(await services.held.of(conversation.id))
    return Desk(decision, limits, openers, held, agreed.channel if agreed else "")
