"""Hearing one text: exact words and the model, joined. The conversation and `amparo evaluate` both use this and nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from rasa.core.channels.channel import UserMessage

from amparo.bot.recognizer import LAUGHTER, joined_with
from amparo.core.model import Risk, Signal, Topic, Understanding
from amparo.core.phrases import ExactMatch, ExactWords

log = logging.getLogger(__name__)

MAX_CHARS = 10_000
TOPIC_OF_KIND = {
    "exit": Topic.EXIT,
    "stop": Topic.EXIT,
    "presence": Topic.EXIT,
    "human": Topic.HUMAN,
    "delete": Topic.PRIVACY,
    "help_cry": Topic.HUMAN,
    "touched": Topic.DISCLOSURE,
}


UNKNOWN = {Risk.NONE.value: 0.7, Risk.CONCERN.value: 0.1, Risk.DISCLOSURE.value: 0.1, Risk.IMMINENT.value: 0.1}
"""Scores where no model could look: never so sure of none that a danger phrase would be overruled."""


@dataclass(frozen=True)
class Heard:
    """`parse` is Rasa's own parse result, None where there is no model."""

    understood: Understanding
    exact: ExactMatch | None
    parse: dict[str, Any] | None


async def hear(agent: Any, words: ExactWords, text: str, language: str = "") -> Heard:
    """Understands `text`. Never raises for what the text is; without a model the exact words still count."""
    text = text[:MAX_CHARS]
    exact = words.match(text, language or None)
    parse = await _parse(agent, text, language)
    if parse is None:
        understood = Understanding(text=text, lang=language or (exact.lang if exact else "") or "es", scores=UNKNOWN)
    else:
        understood = _in_her_words(Understanding.from_dict(parse["amparo"]), text)
    return Heard(_joined(understood, exact), exact, parse)


def _in_her_words(understood: Understanding, text: str) -> Understanding:
    """With the text as she wrote it, and quotes that stand in it: `_parse` may have replaced a leading slash."""
    signals = tuple(Signal(s.name, s.quote if s.quote in text else s.quote.replace("∕", "/", 1)) for s in understood.signals)
    return replace(understood, text=text, signals=signals)


async def _parse(agent: Any, text: str, language: str) -> dict[str, Any] | None:
    if agent is None or not agent.is_ready():
        return None
    safe = " " + text if text.lstrip().startswith("/") else text  # what she types is never an intent
    safe = safe.replace("/", "∕", 1) if safe.lstrip().startswith("/") else safe
    try:
        parse = await agent.processor.parse_message(UserMessage(text=safe, metadata={"language": language}))
    except Exception as error:  # noqa: BLE001 - a broken model must not silence the words
        log.error("parse failed", extra={"error": type(error).__name__})
        return None
    return parse if "amparo" in parse else None


def _joined(understood: Understanding, exact: ExactMatch | None) -> Understanding:
    """The rule of amparo.bot.recognizer, step 4, and what a whole-message word says about topic and language."""
    if exact is None:
        return understood
    if exact.kind == "still_here":  # the whole message says nothing else: a guess of the model is no sign of risk
        return replace(understood, risk=Risk.NONE, signals=(), scores=_lifted(understood.scores, Risk.NONE), exact=True)
    sure = exact.kind in ("presence", "suicide", "help_cry", "touched")
    laughing = bool(LAUGHTER.search(understood.text)) and exact.kind != "presence"
    risk = joined_with(understood.risk, understood.scores, exact.risk, sure, laughing)
    signals = {s.name: s for s in understood.signals}
    for name, quoted in exact.signals if risk.rank >= exact.risk.rank and exact.risk is not Risk.NONE else ():
        signals[name] = Signal(name, quoted)
    lifted = risk is not understood.risk
    topic = TOPIC_OF_KIND.get(exact.kind, understood.topic)
    return replace(
        understood,
        risk=risk,
        topic=topic,
        signals=tuple(signals.values()),
        scores=_lifted(understood.scores, risk) if lifted else understood.scores,
        exact=True,
    )


def _lifted(scores: Any, risk: Risk) -> dict[str, float]:
    """Scores with 0.9 on the risk that the words decided."""
    rest = {r.value: float(scores.get(r.value, 0.0)) for r in Risk if r is not risk}
    total = sum(rest.values()) or 1.0
    return {**{name: 0.1 * value / total for name, value in rest.items()}, risk.value: 0.9}
