"""One turn: her message in, replies in the outbox, as a visible list of stages over one context.

A stage reads and changes `TurnContext` and may end the turn early (`finished`); committing always runs. Nothing is sent here
and nothing is on disk before `commit`, which writes state, case, replies and the message's own status in one transaction, after
checking again who owns the talk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from amparo.bot.stages import care, dialogue, gates, tongue, waiting, words
from amparo.bot.stages.context import TELLING, Fire, TurnContext
from amparo.core.conversation import Message, Outgoing
from amparo.core.errors import Conflict, NotAllowed, NotFound
from amparo.core.model import Kind, Rendered, Say
from amparo.core.questions import open_question
from amparo.store import held_answers
from amparo.store.talks import Talk
from amparo.store.teller import EMPTY

log = logging.getLogger(__name__)

Stage = Callable[[TurnContext], Awaitable[None]]

STAGES: tuple[Stage, ...] = (
    words.opted,  # the carrier's own stop and start
    tongue.understand,  # exact words first, then the model; a broken model leaves the words
    words.late,  # what comes hours late is for the desk, never answered as fresh (DH-3)
    words.presence_and_exit,  # hides, in every state
    gates.quiet,  # quiet lies over everything until she asks for us
    gates.muted,  # a supervisor's mute; danger and the word for a person pass
    gates.untold,  # what a long silence kept back
    gates.human,  # a human has the talk: desk only
    tongue.choose_language,
    waiting.delete_data,
    care.country,  # the country that we asked for, for the right number
    waiting.case_code,  # three everyday words from another phone
    waiting.choice,  # her yes, her no, her word for a person, the questions while she waits
    words.media,
    words.silent_contact,
    care.risk_first,
    dialogue.rasa,  # her own question
    care.risk_last,
    tongue.introduce,
)
"""In this order; docs/architecture.md walks through it."""


@dataclass
class Turns:
    """Runs turns. `services`: the wired objects of this event loop; `agent`: the Rasa agent, or None where it is not ready."""

    services: Any
    agent: Any = None
    timings: list[float] = field(default_factory=list)

    async def run(self, message_id: int) -> None:
        """Takes one stored message through all stages. Raises only what the caller retries: database errors."""
        began = time.perf_counter()
        message = await self.services.inbox.load(message_id)
        if message is None or message.status in ("done", "late"):
            return
        for last in (False, False, True):
            ctx = await self._context(message)
            for stage in STAGES:
                await stage(ctx)
                if ctx.finished:
                    break
            try:
                await commit(ctx)
                break
            except Conflict:  # a human took the talk, let it go, or quiet began while we were thinking: decide again
                if last:
                    raise
        took = time.perf_counter() - began
        log.info("turn done", extra={"turn": message_id, "ms": round(took * 1000, 1), "acts": len(ctx.acts)})

    async def _context(self, message: Message) -> TurnContext:
        conversation = await self.services.talks.get(message.conversation_id)
        now = self.services.clock.now()
        faded = conversation.faded(now)
        memory = {} if faded else dict(conversation.memory)
        asked = open_question(memory, now)
        return TurnContext(
            services=self.services,
            agent=self.agent,
            message=message,
            before=conversation,
            now=now,
            language=conversation.language,
            memory=memory,
            asked=asked,
            columns={"risk": "none", "risk_at": 0.0, "risk_from": 0, "minor": 0, "where_now": ""} if faded else {},
        )


async def commit(ctx: TurnContext) -> None:
    """Writes everything of the turn in one transaction, or, where she deleted her data meanwhile, nothing."""
    try:
        if ctx.erase:
            await _erase(ctx)
            return
        async with ctx.services.talks.open(ctx.before.id) as talk:
            if talk.snapshot.epoch != ctx.before.snapshot.epoch:
                raise Conflict("another owner")
            ctx.columns.setdefault("last_turn_at", ctx.message.created_at)
            ctx.columns["language"] = ctx.language
            talk.set(**ctx.columns)
            if ctx.case:
                talk.set_case(**ctx.case)
            for alarm in ctx.alarms:
                talk.note(f"alarm:{alarm}")
            _act(ctx, talk)
            _remember(ctx, talk)
            if ctx.fallback:
                await ctx.services.fallbacks.agree_same_number(talk.connection, talk.key, talk.id, ctx.fallback)
            if ctx.our_word:
                await _release_held(talk)
            await talk.mark([ctx.message.id], ctx.status, ctx.risk)
    except NotFound:
        log.info("turn for a deleted conversation dropped", extra={"turn": ctx.message.id})


def _act(ctx: TurnContext, talk: Talk) -> None:
    """Fires events and writes texts, in order."""
    for act in ctx.acts:
        if isinstance(act, Fire):
            step = talk.fire(act.event)
            if step.tell and act.tell:
                _say(ctx, talk, Say(step.tell, {**EMPTY, **act.values}, Kind.HANDOFF))
            if act.case and step.changed:
                talk.set_case(**act.case)
            if act.callback_at and step.changed:
                talk.agree_callback(act.callback_at, talk.snapshot.previous_owner, "her")
        else:
            _say(ctx, talk, act)


def _remember(ctx: TurnContext, talk: Talk) -> None:
    """Writes what this turn changed in memory, and leaves alone what the desk changed meanwhile."""
    before = ctx.before.memory
    for name in {*before, *ctx.memory}:
        value = ctx.memory.get(name)
        if value == before.get(name):
            continue
        if value in (None, "", [], {}):
            talk.memory.pop(name, None)
        else:
            talk.memory[name] = value


async def _release_held(talk: Talk) -> None:
    """Our word was given: what a counselor wrote and could not send goes out as hers (DH-12)."""
    try:
        await held_answers.release(talk, talk.snapshot.owner, our_word=True)
    except NotAllowed as error:
        log.info("held answer stays", extra={"reason": str(error)})


def _say(ctx: TurnContext, talk: Talk, what: Say | Rendered) -> None:
    rendered = what if isinstance(what, Rendered) else ctx.render(what)
    if not rendered.text:
        return
    if ctx.plain:
        rendered = replace(rendered, buttons=tuple(button for button in rendered.buttons if button.token not in TELLING))
    rendered = ctx.services.renderer.outbound(rendered, ctx.language or "es", ctx.before.channel.removeprefix("sim-"))
    talk.say(Outgoing(rendered, prompted=True, language=ctx.language))
    if rendered.buttons:
        ctx.memory["choices"] = [button.token for button in rendered.buttons]
        if any(button.token == "yes" for button in rendered.buttons):  # a choice that brings a person can be written too
            ctx.ask("offer", talk.now)
    if isinstance(what, Say):
        ctx.ask(what.key, talk.now)


async def _erase(ctx: TurnContext) -> None:
    """Her data goes, then one neutral line is written to the empty conversation that is left (DH-23)."""
    had_case = await ctx.services.desk_reads.has_case(ctx.before.id)
    target = await ctx.services.erasure.erase_text(ctx.before.id, keep_case=had_case)
    if not target:
        return
    async with ctx.services.talks.open(target) as talk:
        key = "delete_kept" if had_case else "delete_done"
        talk.say(Outgoing(ctx.render(Say(key, kind=Kind.COVER)), language=ctx.language))
        if had_case:
            talk.note("alarm:erase_asked")
