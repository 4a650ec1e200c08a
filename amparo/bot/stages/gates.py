"""Who answers: nobody (quiet, mute), a human (desk only), or the bot."""

from __future__ import annotations

from amparo.bot.stages.context import Fire, TurnContext
from amparo.core import interpreting
from amparo.core.handoff import Event, State
from amparo.core.model import Kind, Risk, Say, Speaker
from amparo.core.phrases import tokens
from amparo.core.questions import desk_answer
from amparo.core.triage import merge_signals

RETURN_KINDS = frozenset({"danger", "suicide", "human", "help_cry", "can_talk_again"})
"""Exact words that end quiet (DH-1); our word, and a disclosure or danger seen by the model, end it too."""

MUTE_PASSES = frozenset({"danger", "suicide", "human", "help_cry", "presence", "exit", "stop", "delete"})
DESK_TOKENS = frozenset(
    {"earlier_yes", "earlier_no", "referral_yes", "referral_no", "interpreter_yes", "interpreter_other", "interpreter_no"}
)
"""Choices in a human's talk that the desk is told and nobody answers automatically (DH-12)."""


async def quiet(ctx: TurnContext) -> None:
    """In quiet only she can end it; anything else gets the plain information bot, without memory."""
    snapshot = ctx.before.snapshot
    if not snapshot.quiet:
        return
    kind = ctx.exact.kind if ctx.exact else ""
    told = ctx.understood.risk.severe and ctx.understood.speaker is not Speaker.MAY_BE_CONTROLLER
    if kind in RETURN_KINDS or says_our_word(ctx) or told:
        ctx.fire(Event.RETURN, tell=False)
        if kind == "can_talk_again" and not snapshot.state.human:
            ctx.say("hello")
            ctx.answer = False
        return
    ctx.fire(Event.WROTE, tell=False)  # staff may now look whether it is her
    ctx.plain = True
    if kind == "still_here":
        ctx.say("hello")
        ctx.answer = False


def says_our_word(ctx: TurnContext) -> bool:
    """She gave the word that was agreed for identity; by itself it does nothing (DH-12)."""
    word = [token.word for token in tokens(str(ctx.memory.get("word") or ""))]
    return bool(word) and word[0] in {token.word for token in tokens(ctx.text)}


async def muted(ctx: TurnContext) -> None:
    """Muted by a supervisor for a day: nothing is answered, except danger, a person, suicide, hiding and deleting (DH-21)."""
    snapshot = ctx.before.snapshot
    if snapshot.muted_until <= ctx.now or snapshot.state.human or snapshot.state.queued:
        return
    kind = ctx.exact.kind if ctx.exact else ""
    if kind in MUTE_PASSES or ctx.understood.risk.severe or ctx.message.token in ("human", "yes", "exit", "delete", "delete_yes"):
        return
    ctx.risk = ctx.understood.risk
    ctx.finished = True


async def human(ctx: TurnContext) -> None:
    """A counselor owns the talk: her words go to the desk, the bot is silent; danger rings there (DH-16)."""
    state = ctx.before.snapshot.state
    if not state.human or ctx.plain:
        return
    if ctx.before.snapshot.covered and not any(isinstance(act, Fire) and act.event is Event.RETURN for act in ctx.acts):
        ctx.plain = True
        return
    _danger(ctx)
    ctx.risk = ctx.understood.risk
    if state is State.TRANSFERRING:
        await _answer(ctx, "transfer")
    elif ctx.before.snapshot.unconfirmed:
        await _answer(ctx, "shift")
    if ctx.message.token == "leave" or (ctx.exact and ctx.exact.kind == "leave"):
        ctx.fire(Event.LEAVE)  # she may go at any time; the counselor sees it
    choice = ctx.message.token or desk_answer(ctx.memory, ctx.exact.kind if ctx.exact else "", ctx.before.last_out_at)
    if choice in DESK_TOKENS:
        _told_desk(ctx, choice)
    _doubt(ctx)
    ctx.finished = True


def _danger(ctx: TurnContext) -> None:
    if not ctx.understood.risk.severe:
        return
    ctx.columns.update(risk=_higher(ctx).value, risk_at=ctx.now)
    ctx.case["signals"] = list(merge_signals(ctx.memory.get("signals", {}), ctx.understood).items())
    if ctx.understood.risk is Risk.IMMINENT:
        ctx.alarms.append("danger")
        ctx.memory.setdefault("danger_at", ctx.message.created_at)  # sixty seconds count from the first cry


def _higher(ctx: TurnContext) -> Risk:
    return max(ctx.before.risk, ctx.understood.risk, key=lambda risk: risk.rank)


async def _answer(ctx: TurnContext, question: str) -> None:
    """Her yes or no to somebody new, by button or word."""
    kind, token = ctx.exact.kind if ctx.exact else "", ctx.message.token
    values = {"alias": "", "to": "", "time": "", **{k: str(v) for k, v in dict(ctx.memory.get("transfer") or {}).items()}}
    if token == f"{question}_yes" or (not token and kind in ("yes", "thumbs_up")):
        ctx.acts.append(Fire(Event.ACCEPT_TRANSFER, values))
    elif token == f"{question}_no" or (not token and kind in ("no", "not_now")):
        from amparo.bot.stages.waiting import time_text  # both stages name each other

        promise, _ = await ctx.services.promises.now(ctx.language, ctx.minor, where_now=ctx.where_now)
        ctx.acts.append(Fire(Event.REFUSE_TRANSFER, {**values, "time": time_text(ctx, promise)}))


def _told_desk(ctx: TurnContext, token: str) -> None:
    ctx.memory.pop("ask", None)
    ctx.alarms.append(token)
    if token == "earlier_yes":
        ctx.case["start_with"] = "all"
    if token.startswith("interpreter_"):
        ctx.memory.update(interpreting.answered(ctx.memory, token.removeprefix("interpreter_")))
    if token.startswith("referral_"):
        ctx.memory["referral_answer"] = {**dict(ctx.memory.pop("referral_asked", None) or {}), "token": token, "at": ctx.now}


def _doubt(ctx: TurnContext) -> None:
    """What helps staff to see whether it is her: our word, or signs that an adult dictates or reads (DH-12, DH-14)."""
    if says_our_word(ctx):
        ctx.alarms.append("our_word")
        ctx.our_word = True
    elif ctx.understood.speaker is Speaker.MAY_BE_CONTROLLER:
        ctx.alarms.append("maybe_not_her")


async def untold(ctx: TurnContext) -> None:
    """What could not be told in a long silence is said first now that she writes herself."""
    kept = ctx.memory.pop("untold", None)
    if not kept or ctx.plain:
        if kept:
            ctx.memory["untold"] = kept
        return
    ctx.acts.insert(0, Say(str(kept["key"]), {k: str(v) for k, v in dict(kept["values"]).items()}, Kind.HANDOFF))
