"""Risk: what comes first, what is offered, and the right country's number."""

from __future__ import annotations

from amparo.bot.stages.context import TurnContext
from amparo.bot.stages.waiting import queue, time_text
from amparo.core import triage
from amparo.core.handoff import Event
from amparo.core.model import AgeGroup, Kind, Rendered, Risk, Say, Speaker

OFFER_KEYS = {"self": "offer", "minor": "offer_minor", "other": "offer_other", "urgent": "offer_urgent"}


async def country(ctx: TurnContext) -> None:
    """Where she is now: said in her sentence, or as the bare answer to our question (DH-2)."""
    places = [e for e in ctx.understood.entities if e.kind in ("country", "city") and len(e.value) == 2]
    here = [e.value for e in places if e.role == "where_now"]
    wanted = bool(ctx.memory.get("want_country"))
    if wanted and not here and len(places) == 1 and len(ctx.text.split()) <= 4:
        here = [places[0].value]
    if ctx.message.token == "skip" and wanted and not ctx.memory.get("intake"):
        ctx.memory.pop("want_country")
        ctx.answer = False
        return
    if not here or ctx.plain:  # in quiet whoever writes may not be her: nothing is remembered
        return
    ctx.columns["where_now"] = here[0]
    if not wanted:
        return
    numbers = ctx.numbers()
    if numbers.emergency:
        ctx.memory.pop("want_country")
        ctx.say("country_number", Kind.RISK, place=numbers.place, number=numbers.emergency)
        ctx.answer = len(ctx.text.split()) > 4
    elif not ctx.understood.risk.severe:  # no number on file there: the two that work in most places, and the question stays open
        ctx.acts.append(triage.danger_line(numbers))
        ctx.answer = False


async def risk_first(ctx: TurnContext) -> None:
    """Care, or the number, before anything else; the desk's counters and the talk's memory follow."""
    if ctx.message.token and not ctx.text:
        return
    _remember(ctx)
    if ctx.plain:
        return
    ctx.plan = triage.plan(ctx.understood, ctx.numbers(), ctx.minor or ctx.understood.at_risk_age.minor)
    place = 0 if ctx.understood.risk is Risk.IMMINENT else len(ctx.acts)  # the number stands before place and waiting time (SP-39)
    ctx.acts[place:place] = ctx.plan.first
    if ctx.plan.first:
        ctx.answer = ctx.answer and ctx.plan.answer
    if ctx.understood.risk is Risk.IMMINENT and not ctx.where_now:
        ctx.memory["want_country"] = 1


def _remember(ctx: TurnContext) -> None:
    understood = ctx.understood
    if understood.writer_age.minor:
        ctx.columns["minor"] = 1
    if understood.writer_age is AgeGroup.UNDER_13:
        ctx.memory["under_13"] = 1
    if not understood.risk.severe and understood.risk is not Risk.CONCERN:
        return
    before = max(ctx.before.risk, understood.risk, key=lambda risk: risk.rank)
    ctx.columns.update(risk=before.value, risk_at=ctx.now)
    if understood.risk.severe and not ctx.before.risk_from:
        ctx.columns["risk_from"] = ctx.message.id
    ctx.memory["signals"] = triage.merge_signals(ctx.memory.get("signals", {}), understood)
    if ctx.before.case_id:
        ctx.case["signals"] = list(ctx.memory["signals"].items())
        ctx.case["severity"] = triage.severity(before)
        if before.rank > ctx.before.risk.rank:
            ctx.alarms.append("risk_rose")


async def risk_last(ctx: TurnContext) -> None:
    """After the answer: a person, with the true time; not again after "not now" unless something new was said."""
    if ctx.plan is None or ctx.plain:
        return
    state = ctx.before.snapshot.state
    if state.queued or any(getattr(act, "event", None) in (Event.YES, Event.ASK_HUMAN) for act in ctx.acts):
        return
    if ctx.memory.get("under_13") and ctx.understood.speaker is not Speaker.MAY_BE_CONTROLLER and not ctx.memory.get("child_queued"):
        ctx.memory["child_queued"] = 1
        await queue(ctx, Event.ASK_HUMAN)  # straight to a person, with or without a sign of risk, no questions (DH-14)
        return
    signature = [*sorted(ctx.understood.signal_names()), ctx.understood.risk.value]
    if ctx.plan.last and ctx.memory.get("concern_told") != signature:
        ctx.memory["concern_told"] = signature
        if not _person_offered(ctx):  # the offer check has just said the same
            ctx.acts.extend(ctx.plan.last)
    if not ctx.plan.offer or ctx.memory.get("offered_for") == signature:
        return
    ctx.memory["offered_for"] = signature
    promise, _ = await ctx.services.promises.now(ctx.language, ctx.minor, ctx.plan.severity, ctx.where_now)
    key = OFFER_KEYS[ctx.plan.offer]
    if key == "offer_minor" and not promise.trained:
        key = "offer_minor_untrained"
    ctx.fire(Event.OFFER, tell=False)
    ctx.acts.append(Say(key, {"time": time_text(ctx, promise)}, Kind.HANDOFF))


def _person_offered(ctx: TurnContext) -> bool:
    """A text of this turn already offers a person by a choice."""
    return any(isinstance(act, Rendered) and any(button.token == "yes" for button in act.buttons) for act in ctx.acts)
