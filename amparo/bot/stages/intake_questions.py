"""What is asked while she waits, one question a message, and what her answers change."""

from __future__ import annotations

from amparo.bot.stages.context import TurnContext
from amparo.core import intake, triage
from amparo.core.handoff import Event
from amparo.core.interpreting import WANTED
from amparo.core.model import AgeGroup, Kind, Risk, Say

CHANNEL_NAMES = {"sms": "SMS", "whatsapp": "WhatsApp"}


def begin(ctx: TurnContext, risk: Risk, interpreter: bool = False) -> None:
    """The first question, limits of confidentiality before it."""
    under_13 = ctx.understood.writer_age is AgeGroup.UNDER_13 or ctx.memory.get("under_13")
    steps = intake.steps_for(
        triage.severity(risk), ctx.minor, bool(under_13), bool(ctx.memory.get("adult")), bool(_other(ctx)), interpreter
    )
    ctx.memory["intake"] = intake.begin(steps)
    _next_question(ctx)


def preference(ctx: TurnContext) -> str:
    """woman, man or any, as she answered while she waited; '' where she has not."""
    answers = dict(ctx.memory.get("intake") or {}).get("answers") or {}
    return str(answers.get("prefer", ""))


def _next_question(ctx: TurnContext) -> None:
    """Says the step that is on; what is only told is followed at once by the next question."""
    state = ctx.memory["intake"]
    while (step := intake.current(state)) is not None:
        key = "intake_limits_minor" if step.name == "limits" and ctx.minor else step.key
        values = {"headings": _headings(ctx)} if step.name == "summary" else {}
        if step.name == "interpreter":
            values = {"language": ctx.services.languages.name(str(ctx.memory.get(WANTED, "")), ctx.language)}
        if step.name == "fallback":
            values = {"channel": CHANNEL_NAMES[_other(ctx)]}
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


def _other(ctx: TurnContext) -> str:
    return str(ctx.services.other_channel(ctx.before.channel)).removeprefix("sim-")


async def answer(ctx: TurnContext, token: str) -> None:
    """Her answer to the question that is on; anything else leaves it open, unasked."""
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
    _apply(ctx, after["answers"])
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


def _apply(ctx: TurnContext, answers: dict[str, str]) -> None:
    """What her answers change beyond the case file."""
    if answers.get("age") == "under_18":
        ctx.columns["minor"] = 1
        ctx.case["minor"] = 1
    elif answers.get("age") == "adult":
        ctx.memory["adult"] = 1
    if answers.get("summary") == "nothing":
        ctx.case["start_with"] = "nothing"
    if answers.get("word"):
        ctx.memory["word"] = answers["word"].split()[0]
    wants = answers.get("life") == "yes" and answers.get("safe") != "wait_for_me"
    ctx.fire(Event.MAY_WRITE if wants else Event.DONT_WRITE, tell=False)
    if answers.get("fallback") == "yes" and not ctx.memory.get("fallback"):
        ctx.memory["fallback"] = 1
        ctx.fallback = ctx.services.other_channel(ctx.before.channel)
    headings = answers.get("change") or ("" if answers.get("summary") == "nothing" else _headings(ctx))
    ctx.case["intake"] = {**answers, "headings": headings}
    if ctx.memory.get(WANTED):
        ctx.case["intake"]["interpreter_language"] = ctx.memory[WANTED]
