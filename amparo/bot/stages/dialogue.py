"""Her own question: Rasa's rules and actions answer it, over the parse that understanding has already made."""

from __future__ import annotations

import logging
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from amparo.bot.stages.context import TurnContext
from amparo.core.model import Button, Kind, Rendered, Speaker

log = logging.getLogger(__name__)

CHOICE_INTENT = "choose"
ABOUT_HER = frozenset({Speaker.MAY_BE_CONTROLLER, Speaker.OFFICIAL_PRESS})
"""Who, in quiet, gets no answer about anybody: not even which lines there are (SP-87, DH-1)."""


class Collector(OutputChannel):
    """Takes what Rasa says; sending is the outbox's work, and an exception here would lose the tracker."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.texts: list[Rendered] = []

    def name(self) -> str:  # type: ignore[override]
        """The channel, so that the texts fit it."""
        return self._name

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keeps one message."""
        del recipient_id
        text = str(message.get("text") or "").strip()
        if not text:
            return
        buttons = tuple(Button(str(b["payload"]), str(b["title"])) for b in message.get("buttons") or ())
        custom = message.get("custom") or {}
        kind = Kind(custom.get("kind", Kind.ANSWER.value))
        self.texts.append(Rendered(text, buttons, kind, str(custom.get("button_label", ""))))


async def rasa(ctx: TurnContext) -> None:
    """Hands parse and choice to Rasa; no reply at all, or no model, becomes an honest line, never silence."""
    if not ctx.answer:
        return
    if ctx.plain and ctx.understood.speaker in ABOUT_HER:
        ctx.say("did_not_understand")
        return
    if ctx.agent is None or not ctx.agent.is_ready():
        if ctx.plain:
            ctx.say("did_not_understand")
            return
        number = ctx.numbers().emergency or "911 / 112"
        if not ctx.plan or not ctx.plan.first:
            ctx.say("not_ready", number=number)
        return
    parse = choice_parse(ctx.message.token) if ctx.message.token and not ctx.text else ctx.parse
    if parse is None:
        return
    collector = Collector(ctx.before.channel.removeprefix("sim-"))
    message = UserMessage(
        text=ctx.text,
        output_channel=collector,
        sender_id=ctx.before.id,
        parse_data=parse,
        input_channel=collector.name(),
        metadata=metadata(ctx),
    )
    try:
        await ctx.agent.handle_message(message)
    except Exception:
        log.exception("rasa turn failed", extra={"turn": ctx.message.id})
    if collector.texts:
        ctx.memory.pop("misses", None)
        ctx.acts.extend(collector.texts)
    elif not ctx.acts:
        ctx.say("did_not_understand")


def metadata(ctx: TurnContext) -> dict[str, Any]:
    """What actions may know of her: language, channel, country; never phone or name (it is stored in events)."""
    return {
        "language": ctx.language,
        "channel": ctx.before.channel.removeprefix("sim-"),
        "where_now": "" if ctx.plain else ctx.where_now,
        "plain": ctx.plain,
        "minor": ctx.understood.writer_age.minor if ctx.plain else ctx.minor,
        "severe": ctx.understood.risk.severe,
    }


def choice_parse(token: str) -> dict[str, Any]:
    """A tapped choice as a parse: intent `choose` with the token; nothing that she typed can look like this."""
    return {
        "text": "",
        "intent": {"name": CHOICE_INTENT, "confidence": 1.0},
        "entities": [{"entity": "token", "value": token, "start": 0, "end": 0}],
        "intent_ranking": [{"name": CHOICE_INTENT, "confidence": 1.0}],
    }
