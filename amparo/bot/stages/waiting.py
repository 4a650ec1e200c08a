"""Her choices around a person: yes, not now, a person please, what is asked while she waits, and deleting her data."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from amparo.bot.stages import intake_questions, words
from amparo.bot.stages.context import Fire, TurnContext
from amparo.core import services, triage
from amparo.core.callback_time import day_key, moment_of
from amparo.core.handoff import Event, State
from amparo.core.hours import Promise
from amparo.core.interpreting import NONE, OFFER, WANTED, place
from amparo.core.job_offer import TOKEN
from amparo.core.model import Kind, Say
from amparo.core.phrases import tokens
from amparo.core.zones import zone_of
from amparo.store.promises import zone_name

PERSON_KINDS = frozenset({"human", "help_cry"})


async def delete_data(ctx: TurnContext) -> None:
    """Asked once, then done; every copy we hold (DH-23). A yes that comes late, or from an old button, is asked again."""
    kind = ctx.exact.kind if ctx.exact else ""
    asking = ctx.asked == "delete"
    if asking and (ctx.message.token == "delete_yes" or kind == "yes"):
        ctx.erase = ctx.finished = True
    elif ctx.message.token == "delete_no" or (asking and kind in ("no", "not_now")):
        ctx.say("delete_no")
        ctx.answer = False
    elif ctx.message.token in ("delete", "delete_yes") or kind == "delete" or _wants_deletion(ctx):
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
    elif token == "callback":
        ctx.say("handoff_callback_ask", Kind.HANDOFF)
        ctx.answer = False
    elif token.startswith("callback_"):
        _callback(ctx, token)
    elif token == "leave" or kind == "leave":
        _leave(ctx)
    elif token.startswith(("feedback_", "agreed_")):
        await _closing(ctx, token)
    elif state.queued:
        await intake_questions.answer(ctx, token)


def _leave(ctx: TurnContext) -> None:
    """She may go whenever she likes: out of the queue, from an offer, or just so."""
    state = ctx.before.snapshot.state
    ctx.answer = False
    ctx.memory.pop("intake", None)
    if state.queued or state is State.CALLBACK:
        ctx.fire(Event.LEAVE)
    elif state is State.OFFERED:
        ctx.fire(Event.NOT_NOW)
    else:
        ctx.say("goodbye", Kind.HANDOFF)


def _offered(ctx: TurnContext) -> bool:
    """A person was offered and a plain yes or no is about that: not about the question of the offer check that is on."""
    checking = any(str(token).startswith(TOKEN) for token in ctx.memory.get("choices") or ())
    return ctx.asked == "offer" or (ctx.before.snapshot.state is State.OFFERED and not checking)


def _wants_person(ctx: TurnContext) -> bool:
    return ctx.understood.intent == "human" and ctx.understood.intent_confidence >= 0.6


async def case_code(ctx: TurnContext) -> None:
    """Three everyday words: staff see which case they fit, and she is treated like anybody who asks for a person (DH-24)."""
    if ctx.plain or not ctx.answer or ctx.exact or ctx.message.token:
        return
    said = [token.word for token in tokens(ctx.text)]
    if len(said) != 3 or not set(said) <= _everyday(ctx):
        return
    await ctx.services.case_codes.returned(ctx.before.id, ctx.text)
    await queue(ctx, Event.ASK_HUMAN)
    ctx.answer = False


def _everyday(ctx: TurnContext) -> set[str]:
    return {token.word for words in ctx.services.content.codewords.values() for word in words for token in tokens(word)}


async def queue(ctx: TurnContext, event: Event) -> None:
    """Into the queue, with what the claimer needs to know and not a word of hers on the card."""
    risk = max(ctx.before.risk, ctx.understood.risk, key=lambda one: one.rank)
    severity = triage.severity(risk)
    signals = triage.merge_signals(ctx.memory.get("signals", {}), ctx.understood)
    snapshot = ctx.before.snapshot
    since = snapshot.queued_at if snapshot.state.queued else 0.0
    promise, ahead = await ctx.services.promises.now(
        ctx.language, ctx.minor, severity, ctx.where_now, since, intake_questions.preference(ctx)
    )
    case = {
        "severity": severity,
        "minor": int(ctx.minor),
        "signals": list(signals.items()),
        "country": ctx.where_now,
        "language": ctx.language,
        "from_message": _from_message(ctx),
    }
    waiting_already = snapshot.state.queued
    interpreter = "" if waiting_already else await _interpreter(ctx, case)
    values = {
        "time": time_text(ctx, promise),
        "place": place_text(ctx, ahead),
        "number": ctx.numbers().emergency or "911 / 112",
        "lines": lines_text(ctx),
    }
    away = promise.away and not waiting_already
    ctx.acts.append(Fire(event, values, not away, case))
    if away:
        ctx.acts.append(Fire(Event.OUT_OF_HOURS, values))
    ctx.memory.pop("ask", None)
    ctx.memory["signals"] = signals
    ctx.answer = ctx.answer and _asks_more(ctx)
    if interpreter == NONE:
        name = ctx.services.languages.name(ctx.memory[WANTED], ctx.language)
        ctx.say("intake_no_interpreter", Kind.HANDOFF, language=name, lines=values["lines"])
    if not waiting_already:
        intake_questions.begin(ctx, risk, interpreter == OFFER)


async def _interpreter(ctx: TurnContext, case: dict[str, Any]) -> str:
    """Whether an interpreter can truly be offered now; the desk is told which language she needs (DH-22)."""
    language = str(ctx.memory.get("other_language") or ctx.language)
    found = place(language, await ctx.services.presence.on_shift())
    ctx.memory.pop(WANTED, None)
    if found:
        ctx.memory[WANTED] = language
        case["intake"] = {"interpreter_language": language}
    return found


def _from_message(ctx: TurnContext) -> int:
    """What her yes covers: from her first risk sign, or from a voice note that nobody has heard yet (DH-8, DH-10)."""
    known = ctx.memory.get("voice") or {}
    unheard = int(known.get("id", 0)) if ctx.now - float(known.get("at", 0.0)) <= words.UNHEARD_SECONDS else 0
    found = [one for one in (int(ctx.columns.get("risk_from", ctx.before.risk_from) or 0), unheard) if one]
    return min(found, default=ctx.message.id)


def place_text(ctx: TurnContext, ahead: int) -> str:
    """Her honest place in the queue."""
    return ctx.render(Say("place_behind", {"ahead": str(ahead)}) if ahead else Say("place_next")).text


def lines_text(ctx: TurnContext) -> str:
    """Who answers now where nobody of ours does: the emergency number and one line of her country that never closes."""
    found = [ctx.numbers().emergency or "911 / 112"]
    every = ctx.services.content.knowledge.services.values()
    open_all_day = services.all_day(every, ctx.where_now) if ctx.where_now else None
    if open_all_day is not None:
        found.append(ctx.render(Say("line_all_day", {"name": open_all_day[0], "contact": open_all_day[1]})).text)
    return "; ".join(found)


def _asks_more(ctx: TurnContext) -> bool:
    return bool(ctx.text) and ctx.understood.risk.severe


def time_text(ctx: TurnContext, promise: Promise) -> str:
    """The true time in her words (DH-11); an hour that is not in her own time names its place."""
    key = "time_from_zone" if promise.zone else f"time_{promise.kind}"
    zone = zone_name(promise.zone, ctx.language) if promise.zone else ""
    return ctx.render(Say(key, {"minutes": str(promise.minutes), "hour": promise.hour, "zone": zone})).text


def _callback(ctx: TurnContext, token: str) -> None:
    """The hour she chose, in her own time or with its place; she stays somebody who is waited for."""
    ctx.answer = False
    hers = zone_of(ctx.where_now)
    zone = hers or ctx.services.content.helpline.schedule.timezone
    now = datetime.fromtimestamp(ctx.now, timezone.utc)
    moment = moment_of(token, now, zone)
    if moment is None:
        ctx.say("handoff_callback_ask", Kind.HANDOFF)
        return
    values = {"day": ctx.render(Say(day_key(moment, now))).text, "hour": f"{moment:%H:%M}", "zone": zone_name(zone, ctx.language)}
    hour = ctx.render(Say("callback_hour" if hers else "callback_hour_zone", values)).text
    case = {"severity": triage.severity(ctx.before.risk), "minor": int(ctx.minor), "country": ctx.where_now, "language": ctx.language}
    ctx.fire(Event.ASK_CALLBACK, case=case, callback_at=moment.timestamp(), hour=hour)
    ctx.memory.pop("ask", None)
    ctx.memory.pop("intake", None)


async def _closing(ctx: TurnContext, token: str) -> None:
    """After the end: what was agreed, if she wants it written, and whether it did her good."""
    if token == "agreed_yes" and ctx.memory.get("agreed"):
        ctx.say("closing_agreed", Kind.HANDOFF, agreed=str(ctx.memory.pop("agreed")))
        ctx.say("feedback_ask", Kind.HANDOFF)
        ctx.answer = False
    elif token.startswith("agreed_"):
        ctx.memory.pop("agreed", None)
        ctx.answer = False
        ctx.say("feedback_ask", Kind.HANDOFF)
    else:
        _feedback(ctx, token)


def _feedback(ctx: TurnContext, token: str) -> None:
    ctx.answer = False
    ctx.alarms.append("hurt" if token == "feedback_bad" else "feedback")
    if token == "feedback_bad":
        ctx.say("feedback_hurt", Kind.HANDOFF)  # what she says about us is not deleted in the same breath
    else:
        ctx.say("feedback_thanks", Kind.HANDOFF)
        ctx.say("closing_data", Kind.HANDOFF, case_days=str(ctx.services.retention.days_after_case))
    if ctx.before.snapshot.state is State.CLOSING:
        ctx.fire(Event.CLOSING_DONE, tell=False)
