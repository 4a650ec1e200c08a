"""Understanding what came, and in which language to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amparo.bot.stages.context import Fire, TurnContext
from amparo.bot.understand import Heard, hear
from amparo.core.model import LANGUAGES, Kind, Rendered, Say
from amparo.core.phrases import completes_open_sentence

JOIN_SECONDS = 20
SURE_WORDS = 3
STALE = frozenset({"human", "yes", "exit", "delete", "delete_yes"})
"""Choices of an old menu that a number never picks in quiet or in a human's talk: whoever types it may not be her (DH-1, DH-12)."""


async def understand(ctx: TurnContext) -> None:
    """Exact words first, then the model; words that finish a sentence sent seconds ago are read with it (DH-4)."""
    ctx.text = ctx.message.text
    if ctx.message.token and not ctx.text:
        ctx.understood = replace(ctx.understood, lang=ctx.language)
        return
    token = _picked_number(ctx)
    if token:
        ctx.message, ctx.text = replace(ctx.message, token=token, text=""), ""
        ctx.understood = replace(ctx.understood, lang=ctx.language)
        return
    word = ctx.services.exact_words.match(ctx.text, ctx.language or None)
    open_sentence = _open_sentence(ctx) if word is not None and word.kind in ("exit", "stop") else ""
    if open_sentence and completes_open_sentence(open_sentence, ctx.text, ctx.language or None):
        ctx.text = f"{open_sentence} {ctx.text}"
    heard: Heard = await hear(ctx.agent, ctx.services.exact_words, ctx.text, ctx.language)
    ctx.exact, ctx.understood, ctx.parse = heard.exact, heard.understood, heard.parse
    ctx.risk = ctx.understood.risk
    ctx.memory["last_text"] = {"text": ctx.message.text[-200:], "at": ctx.message.created_at}


def _picked_number(ctx: TurnContext) -> str:
    """The token of the numbered choice she made ("2", "2.", "2)"), or ''. "00" is the exit word, never a choice."""
    token = picked(ctx.text, ctx.memory.get("choices") or [])
    snapshot = ctx.before.snapshot
    return "" if (snapshot.quiet or snapshot.state.human) and token in STALE else token


def picked(text: str, choices: Sequence[str]) -> str:
    """The choice that a number stands for, or ''."""
    digits = text.strip().rstrip(".)")
    if not digits.isdigit() or len(digits) > 2 or digits.startswith("0"):
        return ""
    return str(choices[int(digits) - 1]) if 0 < int(digits) <= len(choices) else ""


def _open_sentence(ctx: TurnContext) -> str:
    last = ctx.memory.get("last_text") or {}
    recent = ctx.message.created_at - float(last.get("at", 0.0)) <= JOIN_SECONDS
    return str(last.get("text", "")) if recent else ""


async def choose_language(ctx: TurnContext) -> None:
    """Her own words decide once; after that only a request, or a whole sentence in another language, changes it."""
    if ctx.message.token.startswith("lang_"):
        _set(ctx, ctx.message.token[5:])
        ctx.say("language_set")
        ctx.answer = False
        return
    spoken = ctx.understood.lang
    _other_tongue(ctx, spoken)
    asked = ctx.parse is not None and ctx.understood.intent == "language" and _asked_language(ctx)
    if asked:
        _set(ctx, str(asked))
        ctx.say("language_set")
        ctx.answer = False
    elif spoken in LANGUAGES:
        sure = len(ctx.text.split()) >= SURE_WORDS and ctx.understood.lang_confidence >= 0.8
        if not ctx.language or (not ctx.before.language_sure and sure):
            ctx.language = spoken
            ctx.columns["language_sure"] = int(sure)
        elif sure and spoken != ctx.language and ctx.understood.lang_confidence >= 0.95 and len(ctx.text.split()) >= 5:
            ctx.language = spoken
    elif spoken and not ctx.language:
        ctx.language = ctx.services.languages.nearest(spoken)
        ctx.memory["other_language"] = spoken
        ctx.say("language_other", language=ctx.services.languages.name(spoken, ctx.language))
    if not ctx.before.language and ctx.exact is not None and ctx.exact.lang in LANGUAGES and len(ctx.text.split()) < SURE_WORDS:
        hint = ctx.message.language_hint
        again = ctx.services.exact_words.match(ctx.text, hint) if hint in LANGUAGES else None
        ctx.language = (again or ctx.exact).lang  # two words of a cry: the list knows whose words they are
    if not ctx.language:
        ctx.language = ctx.message.language_hint if ctx.message.language_hint in LANGUAGES else "es"


def _other_tongue(ctx: TurnContext, spoken: str) -> None:
    """A language that we do not write, spoken in a whole sentence or named by her ("hablo quechua"), is kept for the desk (DH-22)."""
    said = ctx.services.languages.spoken(ctx.text)
    sure = spoken and spoken not in LANGUAGES and len(ctx.text.split()) >= SURE_WORDS and ctx.understood.lang_confidence >= 0.8
    if said or sure:
        ctx.memory["other_language"] = said or spoken


def _set(ctx: TurnContext, language: str) -> None:
    if language in LANGUAGES:
        ctx.language = language
        ctx.columns["language_sure"] = 1
        ctx.memory.pop("other_language", None)


def _asked_language(ctx: TurnContext) -> str:
    """The language that she asked for by name, or ''."""
    return str(ctx.services.languages.named(ctx.text, besides=""))


async def introduce(ctx: TurnContext) -> None:
    """Who this is, before the first answer; after a risk reply it waits for a calmer turn."""
    spoken = [act for act in ctx.acts if not isinstance(act, Fire)]
    if ctx.before.introduced or ctx.plain or not spoken:
        return
    if any(act.kind in (Kind.RISK, Kind.COVER, Kind.HANDOFF) for act in spoken) or ctx.memory.get("silent"):
        return
    retention = ctx.services.retention
    intro = Say("intro", {"days": str(retention.days_without_handoff)})
    ctx.acts.insert(_first_text(ctx), intro)
    ctx.columns["introduced"] = 1
    _with_menu(ctx, unsure=not ctx.columns.get("language_sure", ctx.before.language_sure))


def _first_text(ctx: TurnContext) -> int:
    return next(i for i, act in enumerate(ctx.acts) if not isinstance(act, Fire))


def _with_menu(ctx: TurnContext, unsure: bool) -> None:
    """The last text of the first turn carries the way on: the menu, and the other languages where we guessed."""
    for index in range(len(ctx.acts) - 1, -1, -1):
        act = ctx.acts[index]
        if isinstance(act, Fire):
            continue
        rendered = act if isinstance(act, Rendered) else ctx.render(act)
        short = ctx.render(Say("menu_short"))
        if unsure:
            rendered = replace(rendered, text=f"{rendered.text}\n\n{ctx.render(Say('language_line')).text}")
        if not rendered.buttons:
            rendered = replace(rendered, buttons=short.buttons)
        if isinstance(act, Say):
            ctx.ask(act.key)
        if not (isinstance(act, Say) and act.key == "intro"):
            ctx.acts[index] = rendered
        return
