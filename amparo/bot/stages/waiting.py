"""Her choices around a person: yes, not now, a person please, what is asked while she waits, and deleting her data."""

from __future__ import annotations

from amparo.bot.stages.context import TurnContext
from amparo.core import intake, triage
from amparo.core.handoff import Event, State
from amparo.core.hours import Promise
from amparo.core.model import AgeGroup, Kind, Risk, Say

PERSON_KINDS = frozenset({"human", "help_cry"})


async def delete_data(ctx: TurnContext) -> None:
    """Asked once, then done; every copy we hold (DH-23)."""
    kind = ctx.exact.kind if ctx.exact else ""
    asking = ctx.memory.get("ask") == "delete"
    if ctx.message.token == "delete_yes" or (asking and kind == "yes"):
        ctx.erase = ctx.finished = True
    elif ctx.message.token == "delete_no" or (asking and kind in ("no", "not_now")):
        ctx.memory.pop("ask", None)
        ctx.say("delete_no")
        ctx.answer = False
    elif ctx.message.token == "delete" or kind == "delete" or _wants_deletion(ctx):
        ctx.say("delete_confirm")
        ctx.answer = False


def _wants_deletion(ctx: TurnContext) -> bool:
    return ctx.understood.intent == "delete_data" and not ctx.understood.risk.severe


async def choice(ctx: TurnContext) -> None:
    """What she picked or said about a person. Her yes puts her in the queue this second (DH-8)."""
    if ctx.plain or not ctx.answer:
        return
    token, kind = ctx.message.token, ctx.exact.kind if ctx.exact else ""
    state = ctx.before.snapshot.state
    if token == "yes" or (kind in ("yes", "thumbs_up") and _offered(ctx)):
        await queue(ctx, Event.YES)
    elif token == "human" or kind in PERSON_KINDS or _wants_person(ctx):
        await queue(ctx, Event.ASK_HUMAN)
    elif token in ("not_now", "info_only") or (kind in ("no", "not_now") and _offered(ctx)):
        if state is State.BOT:
            ctx.say("handoff_not_now", Kind.HANDOFF)
        else:
            ctx.fire(Event.NOT_NOW)
        ctx.memory.pop("ask", None)
        ctx.answer = False
    elif (token == "leave" or kind == "leave") and (state.queued or state is State.CALLBACK):
        ctx.fire(Event.LEAVE)
        ctx.memory.pop("intake", None)
        ctx.answer = False
    elif token.startswith("feedback_"):
        _feedback(ctx, token)
    elif state.queued:
        await _intake_answer(ctx, token)


def _offered(ctx: TurnContext) -> bool:
    return ctx.memory.get("ask") == "offer" or ctx.before.snapshot.state is State.OFFERED


def _wants_person(ctx: TurnContext) -> bool:
    return ctx.understood.intent == "human" and ctx.understood.intent_confidence >= 0.6


async def queue(ctx: TurnContext, event: Event) -> None:
    """Into the queue, with what the claimer needs to know and not a word of hers on the card."""
    risk = max(ctx.before.risk, ctx.understood.risk, key=lambda one: one.rank)
    signals = triage.merge_signals(ctx.memory.get("signals", {}), ctx.understood)
    promise, ahead = await ctx.services.promises.now(ctx.language, ctx.minor)
    case = {
        "severity": triage.severity(risk),
        "minor": int(ctx.minor),
        "signals": list(signals.items()),
        "country": ctx.where_now,
        "language": ctx.language,
        "from_message": ctx.columns.get("risk_from", ctx.before.risk_from) or ctx.message.id,
    }
    waiting_already = ctx.before.snapshot.state.queued
    number = ctx.numbers().emergency or "911 / 112"
    ctx.fire(event, case=case, time=time_text(ctx, promise), ahead=str(ahead), number=number)
    ctx.memory.pop("ask", None)
    ctx.memory["signals"] = signals
    ctx.answer = ctx.answer and _asks_more(ctx)
    if not waiting_already:
        _begin_intake(ctx, risk)


def _asks_more(ctx: TurnContext) -> bool:
    return bool(ctx.text) and ctx.understood.risk.severe


def time_text(ctx: TurnContext, promise: Promise) -> str:
    """The true time in her words (DH-11)."""
    key = f"time_{promise.kind}"
    return ctx.render(Say(key, {"minutes": str(promise.minutes), "hour": promise.hour})).text


def _begin_intake(ctx: TurnContext, risk: Risk) -> None:
    under_13 = ctx.understood.writer_age is AgeGroup.UNDER_13 or ctx.memory.get("under_13")
    steps = intake.steps_for(triage.severity(risk), ctx.minor, bool(under_13), bool(ctx.memory.get("adult")))
    ctx.memory["intake"] = intake.begin(steps)
    _next_question(ctx)


def _next_question(ctx: TurnContext) -> None:
    """Says the step that is on; what is only told is followed at once by the next question."""
    state = ctx.memory["intake"]
    while (step := intake.current(state)) is not None:
        key = "intake_limits_minor" if step.name == "limits" and ctx.minor else step.key
        values = {"headings": _headings(ctx)} if step.name == "summary" else {}
        ctx.say(key, Kind.HANDOFF, **values)
        if step.asks:
            ctx.memory["intake"] = state
            return
        state = intake.told(state)
    ctx.memory["intake"] = state
    if len(state["steps"]) > 1:
        ctx.say("intake_done", Kind.HANDOFF)


def _headings(ctx: TurnContext) -> str:
    keys = triage.headings(frozenset(ctx.memory.get("signals", {})), ctx.minor)
    return ", ".join(ctx.render(Say(key)).text for key in keys)


async def _intake_answer(ctx: TurnContext, token: str) -> None:
    state = ctx.memory.get("intake")
    if not state or (ctx.understood.risk.severe and not token):
        return
    free_text = "" if _is_question(ctx) else ctx.text
    kind = ctx.exact.kind if ctx.exact else ""
    step = intake.current(state)
    if step is not None and not token and kind in ("yes", "no", "not_now"):
        token = _yes_no(step, kind)
    after = intake.answer(state, token, free_text)
    if after is None:
        return
    ctx.answer = False
    answers = after["answers"]
    if answers.get("age") == "under_18":
        ctx.columns["minor"] = 1
        ctx.case["minor"] = 1
    elif answers.get("age") == "adult":
        ctx.memory["adult"] = 1
    if answers.get("summary") == "nothing":
        ctx.case["start_with"] = "nothing"
    if answers.get("word"):
        ctx.memory["word"] = answers["word"].split()[0]
    ctx.case["intake"] = {**answers, "headings": _headings(ctx)}
    ctx.memory["intake"] = after
    _next_question(ctx)


def _yes_no(step: intake.Step, kind: str) -> str:
    """The first answer of a step means yes, the second no; `summary` knows ok and nothing."""
    tokens = list(step.answers)
    if step.name == "summary":
        return "summary_ok" if kind == "yes" else "summary_nothing"
    if not tokens:
        return intake.SKIP if kind != "yes" else ""
    return tokens[0] if kind == "yes" else tokens[-1]


def _is_question(ctx: TurnContext) -> bool:
    """She asks something instead of answering: that is answered, and the step stays open, unasked."""
    return "?" in ctx.text or ctx.understood.topic.value in ("requirements", "costs", "rights", "services", "job_offer", "scams")


def _feedback(ctx: TurnContext, token: str) -> None:
    ctx.answer = False
    ctx.alarms.append("hurt" if token == "feedback_bad" else "feedback")
    ctx.say("feedback_hurt" if token == "feedback_bad" else "feedback_thanks", Kind.HANDOFF)
    if ctx.before.snapshot.state is State.CLOSING:
        ctx.fire(Event.CLOSING_DONE, tell=False)
