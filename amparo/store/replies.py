"""What a counselor writes: now, kept until she writes, or a neutral knock outside the reply window.

Each function is one decision of `core.composer`, one transaction and one audit line. Raises NotAllowed and WindowClosed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from amparo.core.composer import Composer, Contact, check_hold, check_knock, check_write, composer
from amparo.core.conversation import Conversation, Outgoing
from amparo.core.errors import NotAllowed
from amparo.core.model import Capabilities, Kind, Rendered
from amparo.store import held_answers
from amparo.store.audit import write as audit
from amparo.store.fallbacks import Fallbacks
from amparo.store.talks import Talk, Talks
from amparo.store.teller import Teller

MAX_REPLY = 4000
TEMPLATE_KEY = "template_neutral"
OPENER_KEYS = ("opener_moment", "opener_question", "opener_hello", "callback_opener")
"""Neutral openers of content/messages: after half an hour of silence one of these is the next text, word for word (DH-12)."""


@dataclass(frozen=True)
class Writing:
    """What the composer shows: the decision, and the openers in her language."""

    decision: Composer
    openers: tuple[str, ...]
    held: int = 0


class Replies:
    """The counselor's side of a talk. `capabilities`: channel name -> its limits."""

    def __init__(self, talks: Talks, teller: Teller, fallbacks: Fallbacks, capabilities: Callable[[str], Capabilities]) -> None:
        self._talks = talks
        self._teller = teller
        self._fallbacks = fallbacks
        self._capabilities = capabilities

    async def writing(self, conversation_id: str, counselor: str, template: bool = True) -> Writing:
        """What she may write now. `template`: an approved template exists for this channel and language."""
        async with self._talks.open(conversation_id) as talk:
            decision = await self._decide(talk, counselor, template)
            held = len(await held_answers.waiting(talk.connection, conversation_id))
            return Writing(decision, tuple(self._openers(talk)), held)

    async def write(self, conversation_id: str, counselor: str, text: str, nonce: str, writer: str = "") -> bool:
        """Writes to her. The same nonce is taken once: False for the second.

        `counselor`: the owner of the talk. `writer`: whoever joined it and writes beside her, '' = the owner herself.
        """
        text = _clean(text)
        async with self._talks.open(conversation_id) as talk:
            if not _fresh(talk, nonce):
                return False
            check_write(await self._decide(talk, counselor), opener=text in self._openers(talk))
            talk.memory.pop("danger_at", None)
            self._say(talk, writer or counselor, text)
            await audit(talk.connection, talk.now, writer or counselor, "reply", "case", talk.case_id)
        return True

    async def hold(self, conversation_id: str, counselor: str, text: str, nonce: str) -> bool:
        """Keeps the answer until she writes: the window is over, she opted out, or she asked us to wait."""
        text = _clean(text)
        async with self._talks.open(conversation_id) as talk:
            if not _fresh(talk, nonce):
                return False
            check_hold(await self._decide(talk, counselor))
            held_answers.hold(talk, counselor, text)
            await audit(talk.connection, talk.now, counselor, "reply_held", "case", talk.case_id)
        return True

    async def knock(self, conversation_id: str, counselor: str, fallback: bool = False, template: bool = True) -> None:
        """One neutral text: the approved template after the window, or the opener on the channel she agreed to. Once per silence."""
        async with self._talks.open(conversation_id) as talk:
            agreed = await self._fallbacks.get(conversation_id)
            check_knock(await self._decide(talk, counselor, template), fallback)
            channel = agreed.channel if fallback and agreed else ""
            rendered = self._teller.render(talk, TEMPLATE_KEY, Kind.TEMPLATE)
            talk.memory["template_at"] = talk.now
            talk.say(
                Outgoing(
                    rendered,
                    author=f"counselor:{counselor}",
                    prompted=False,
                    language=talk.before.language,
                    template=TEMPLATE_KEY,
                    channel=channel,
                )
            )
            await audit(talk.connection, talk.now, counselor, "fallback_knock" if fallback else "template_sent", "case", talk.case_id)

    async def release(self, conversation_id: str, counselor: str) -> int:
        """Lets the held answers go, after the counselor has seen that it is her. Returns how many."""
        async with self._talks.open(conversation_id) as talk:
            return await held_answers.release(talk, counselor)

    async def discard(self, conversation_id: str, counselor: str) -> int:
        """Drops the held answers. Returns how many."""
        async with self._talks.open(conversation_id) as talk:
            return await held_answers.discard(talk, counselor)

    def _say(self, talk: Talk, counselor: str, text: str) -> None:
        message = Rendered(text, kind=Kind.COUNSELOR)
        talk.say(Outgoing(message, author=f"counselor:{counselor}", prompted=False, language=talk.before.language))

    def _openers(self, talk: Talk) -> list[str]:
        return [self._teller.render(talk, key).text for key in OPENER_KEYS]

    async def _decide(self, talk: Talk, counselor: str, template: bool = True) -> Composer:
        agreed = await self._fallbacks.get(talk.id)
        intake = (await self._talks.case(talk.case_id))["intake"] if talk.case_id else {}
        contact = contact_of(talk.before, talk.memory, intake, agreed.channel if agreed else "", template)
        return composer(talk.snapshot, counselor, self._capabilities(talk.before.channel), contact, talk.now)


def contact_of(
    conversation: Conversation, memory: Mapping[str, Any], intake: Mapping[str, Any], fallback: str, template: bool = True
) -> Contact:
    """How she can be reached, from what is stored."""
    return Contact(
        last_in_at=conversation.last_in_at,
        template_at=float(memory.get("template_at") or 0.0),
        opted_out=conversation.opted_out,
        unreachable=conversation.unreachable,
        she_writes_first=intake.get("safe") == "wait_for_me",
        fallback=fallback,
        template=template,
    )


def _clean(text: str) -> str:
    text = text.strip()[:MAX_REPLY]
    if not text:
        raise NotAllowed("empty")
    return text


def _fresh(talk: Talk, nonce: str) -> bool:
    """Sending twice is impossible: the last nonces are remembered."""
    known = list(talk.memory.get("nonces") or ())
    if nonce and nonce in known:
        return False
    talk.memory["nonces"] = [*known, nonce][-20:] if nonce else known
    return True
