"""Words that count without any model: exit, presence, the carrier's stop, late messages, media, and silence."""

from __future__ import annotations

import re

from amparo.bot.stages.context import Fire, TurnContext
from amparo.bot.stages.tongue import picked
from amparo.core.handoff import Event, State
from amparo.core.model import Kind, Media, Risk
from amparo.core.triage import severity

LATE_SECONDS = 30 * 60
UNHEARD_SECONDS = 24 * 3600
"""So long a voice note waits, sealed and unplayed, for a person (DH-10)."""
LATE_RISK_SECONDS = 5 * 60
WORDLESS = re.compile(r"^[\W_]*$")
LINK = re.compile(r"https?://\S+|www\.\S+", re.I)


async def opted(ctx: TurnContext) -> None:
    """The carrier has already answered and blocked (or opened) the way; staff see it (DH-5)."""
    if not ctx.message.opt:
        return
    ctx.alarms.append("opted_out" if ctx.message.opt == "stop" else "opted_in")
    ctx.columns["opted_out"] = int(ctx.message.opt == "stop")
    ctx.finished = True


async def late(ctx: TurnContext) -> None:
    """Fetched or reached us late: the desk sees it where it shows risk, she is not answered as if it were fresh (DH-3)."""
    age = ctx.now - ctx.message.sent_at
    limit = LATE_RISK_SECONDS if ctx.understood.risk.severe and ctx.message.recovered else LATE_SECONDS
    if age <= limit:
        return
    ctx.status = "late"
    ctx.finished = True
    _late_word(ctx)
    if ctx.understood.risk.severe or ctx.before.snapshot.state.human:
        ctx.alarms.append("late_risk")
        ctx.columns.update(risk=ctx.understood.risk.value, risk_at=ctx.now)


def _late_word(ctx: TurnContext) -> None:
    """What a late word still does: it hides her, or brings a person to the desk; nothing is sent either way (DH-3)."""
    kind, snapshot = ctx.exact.kind if ctx.exact else "", ctx.before.snapshot
    token = ctx.message.token or picked(ctx.text, ctx.before.memory.get("choices") or [])
    if kind in ("exit", "stop") or token == "exit":
        ctx.fire(Event.EXIT, tell=False)
    elif kind == "presence":
        ctx.fire(Event.PRESENCE, tell=False)
    elif not snapshot.quiet and not snapshot.state.human and _late_yes(ctx, kind, token):
        ctx.alarms.append("late_yes")
        risk = max(ctx.before.risk, ctx.understood.risk, key=lambda one: one.rank)
        case = {"severity": severity(risk), "minor": int(ctx.minor), "country": ctx.where_now, "language": ctx.language or "es"}
        case["from_message"] = ctx.before.risk_from or ctx.message.id
        case["intake"] = {"late": "yes"}
        ctx.acts.append(Fire(Event.YES, {}, tell=False, case={} if snapshot.state.queued else case))


def _late_yes(ctx: TurnContext, kind: str, token: str) -> bool:
    """She wanted a person: the word for one, or a yes to the offer that was open when she wrote it."""
    if token == "human" or kind in ("human", "help_cry"):
        return True
    offered = ctx.before.snapshot.state is State.OFFERED or ctx.before.memory.get("ask") == "offer"
    return token == "yes" or (kind in ("yes", "thumbs_up") and offered)


async def presence_and_exit(ctx: TurnContext) -> None:
    """ "He is here" and the exit word: one line or nothing, then quiet over whatever was going on (DH-1, DH-4)."""
    kind = ctx.exact.kind if ctx.exact else ""
    if ctx.message.token == "exit":
        kind = "exit"
    if kind == "presence":
        await _presence(ctx)
    elif kind in ("exit", "stop"):
        ctx.fire(Event.EXIT, tell=False)
        _cover(ctx)
        ctx.finished = True


async def _presence(ctx: TurnContext) -> None:
    names = {name for name, _ in ctx.exact.signals} if ctx.exact else set()
    attacked = ctx.exact is not None and ctx.exact.attack
    ctx.fire(Event.PRESENCE, tell=False)
    ctx.columns.update(risk=Risk.IMMINENT.value, risk_at=ctx.now)
    ctx.risk = Risk.IMMINENT
    ctx.memory["signals"] = {**dict.fromkeys(names | {"cannot_call"}, ""), **ctx.memory.get("signals", {})}
    if attacked:
        numbers = ctx.numbers()
        number = numbers.emergency or "911 / 112"
        ctx.say("attack_line", Kind.COVER, number=number)
    else:
        ctx.say("presence", Kind.COVER)
    ctx.alarms.append("cannot_talk")
    ctx.finished = True


def _cover(ctx: TurnContext) -> None:
    """The next line of the organisation's own list, or nothing where she chose that."""
    line = ctx.services.covers.line(ctx.before.id, ctx.language or "es")
    if line and ctx.memory.get("cover") != "none":
        from amparo.core.model import Rendered

        ctx.acts.append(Rendered(line, kind=Kind.COVER))


async def media(ctx: TurnContext) -> None:
    """Pictures are never fetched, voice waits for a person, a place is not kept (DH-7, DH-10)."""
    kinds = ctx.message.media
    if not kinds or ctx.text.strip():
        return
    key = {
        Media.VOICE: "media_voice",
        Media.IMAGE: "media_image",
        Media.VIDEO: "media_image",
        Media.LOCATION: "media_location",
    }.get(kinds[0], "media_other")
    values = {}
    if ctx.plain and key == "media_voice":
        key = "media_other"  # in quiet whoever sent it may not be her: no word of a person, nothing is kept
    if key == "media_voice":
        known = ctx.memory.get("voice") or {}
        if ctx.now - float(known.get("at", 0.0)) > UNHEARD_SECONDS:
            ctx.memory["voice"] = {"id": ctx.message.id, "at": ctx.now}
    if key == "media_voice" and ctx.before.risk.severe:
        key, values = "media_voice_risk", {"number": ctx.numbers().emergency or "911 / 112"}
    ctx.say(key, Kind.RISK if key == "media_voice_risk" else Kind.ANSWER, **values)
    ctx.answer = False


async def silent_contact(ctx: TurnContext) -> None:
    """Empty, "?", a lone emoji: somebody who cannot say it yet. One answer, no second (DH-21)."""
    if ctx.message.media or ctx.message.token or ctx.exact:
        return
    text = ctx.text.strip()
    if text and LINK.sub("", text).strip() == "":
        ctx.say("links_only")
        ctx.answer = False
        return
    if not WORDLESS.match(text) or any(ch.isdigit() for ch in text):
        ctx.memory.pop("silent", None)
        return
    ctx.answer = False
    if not ctx.memory.get("silent"):
        ctx.memory["silent"] = 1
        ctx.columns["introduced"] = ctx.before.introduced
        ctx.say("silent_contact")
