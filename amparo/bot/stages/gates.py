"""Who answers: nobody (quiet), a human (desk only), or the bot."""

from __future__ import annotations

from amparo.bot.stages.context import TurnContext
from amparo.core.handoff import Event, State
from amparo.core.model import Risk
from amparo.core.triage import merge_signals

RETURN_KINDS = frozenset({"danger", "suicide", "human", "help_cry", "can_talk_again", "our_word"})
"""Exact words that end quiet (DH-1); a disclosure or danger seen by the model ends it too."""


async def quiet(ctx: TurnContext) -> None:
    """In quiet only she can end it; anything else gets the plain information bot, without memory."""
    if not ctx.before.snapshot.quiet:
        return
    kind = ctx.exact.kind if ctx.exact else ""
    ours = _says_our_word(ctx)
    if kind in RETURN_KINDS or ours or ctx.understood.risk.severe or ctx.message.token == "human":
        ctx.fire(Event.RETURN, tell=False)
        if kind == "can_talk_again" and not ctx.before.snapshot.state.human:
            ctx.say("hello")
            ctx.answer = False
        return
    ctx.plain = True


def _says_our_word(ctx: TurnContext) -> bool:
    word = str(ctx.memory.get("word") or "")
    return bool(word) and word.casefold() in ctx.text.casefold().split()


async def human(ctx: TurnContext) -> None:
    """A counselor owns the talk: her words go to the desk, the bot is silent; danger rings there (DH-16)."""
    state = ctx.before.snapshot.state
    if not state.human or ctx.plain:
        return
    if ctx.before.snapshot.covered and not any(getattr(a, "event", None) is Event.RETURN for a in ctx.acts):
        ctx.plain = True
        return
    if ctx.understood.risk.severe:
        ctx.columns.update(risk=_higher(ctx).value, risk_at=ctx.now)
        ctx.case["signals"] = list(merge_signals(ctx.memory.get("signals", {}), ctx.understood).items())
        if ctx.understood.risk is Risk.IMMINENT:
            ctx.alarms.append("danger")
            ctx.memory["danger_at"] = ctx.message.created_at
    ctx.risk = ctx.understood.risk
    if state is State.TRANSFERRING:
        _transfer(ctx)
    ctx.finished = True


def _higher(ctx: TurnContext) -> Risk:
    return max(ctx.before.risk, ctx.understood.risk, key=lambda risk: risk.rank)


def _transfer(ctx: TurnContext) -> None:
    kind = ctx.exact.kind if ctx.exact else ""
    token = ctx.message.token
    names = {k: str(v) for k, v in dict(ctx.memory.get("transfer") or {}).items()}
    if token == "transfer_yes" or kind == "yes":
        ctx.fire(Event.ACCEPT_TRANSFER, alias=names.get("alias", ""), to=names.get("to", ""))
    elif token == "transfer_no" or kind in ("no", "not_now"):
        ctx.fire(Event.REFUSE_TRANSFER, alias=names.get("alias", ""), to=names.get("to", ""))
