"""Risk, topic, signals, speaker and ages of a text, from the features and heads; and the rule that joins them with the words.

The rule (`decide`), written down because everything hangs on it:
1. severe where the calibrated shares of imminent and disclosure together reach SEVERE: one gate, so that false alarms have one cause;
2. of what is severe, imminent where its part of the two reaches IMMINENT, else disclosure;
3. concern where everything but none reaches CONCERN;
4. a danger phrase of content/safety lifts at least to its own risk, unless the text is clearly about something else (joined_with).
Thresholds come from predictions on scenarios that the model had not seen (amparo.bot.training).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from amparo.bot.embeddings import Vectors
from amparo.bot.features import Features
from amparo.bot.heads import Head, KernelHead, SignalHead, Temperature
from amparo.bot.rows import INTENT_TOPICS
from amparo.core.model import AgeGroup, Entity, Risk, Signal, Speaker, Topic

RISKS = tuple(r.value for r in Risk)
SENTENCE = re.compile(r"[^.!?\n;]+[.!?;]*")


@dataclass(frozen=True)
class Thresholds:
    """Where the rule cuts; chosen on held-out scenarios."""

    imminent: float = 0.5
    severe: float = 0.5
    concern: float = 0.5


@dataclass
class Recognizer:
    """The trained models. `read` is the only thing that others call."""

    features: Features
    risk: KernelHead
    intent: Head
    signals: SignalHead
    speaker: Head
    writer_age: Head
    at_risk_age: Head
    temperature: Temperature = field(default_factory=Temperature)
    thresholds: Thresholds = field(default_factory=Thresholds)

    def read(self, text: str, dense: Vectors, pieces: Sequence[str], entities: Sequence[Entity]) -> dict[str, Any]:
        """Everything about one text. `pieces`: its windows, `dense`: their embeddings."""
        matrix = self.features.transform(list(pieces), dense)
        scores = pooled(self.temperature.apply(order(self.risk, self.risk.scores(dense))))
        risk = decide(scores, self.thresholds)
        whole = matrix[:1]
        intent, confidence, ranking = _best(self.intent, whole)
        topic = self.topic(ranking, risk)
        found = self.found_signals(text, dense, pieces, risk)
        writer = _age(self.writer_age, whole)
        at_risk = _age(self.at_risk_age, whole)
        speaker = Speaker(_best(self.speaker, whole)[0])
        writer, at_risk = ages_said(text, entities, writer, at_risk, speaker)
        if at_risk.minor and risk is not Risk.NONE and not any(s.name == "minor" for s in found):
            found.append(Signal("minor", ""))
        return {
            "risk": risk,
            "scores": dict(zip(RISKS, map(float, scores), strict=True)),
            "intent": intent,
            "intent_confidence": confidence,
            "topic": topic,
            "signals": tuple(found),
            "speaker": speaker,
            "writer_age": writer,
            "at_risk_age": at_risk,
        }

    def topic(self, ranking: Sequence[tuple[str, float]], risk: Risk) -> Topic:
        """Shares of finer intents count for their topic; harm without a narrower question is `disclosure`."""
        shares: dict[str, float] = {}
        for intent, share in ranking:
            name = INTENT_TOPICS.get(intent, intent)
            shares[name] = shares.get(name, 0.0) + share
        if not risk.severe:
            shares["disclosure"] = shares.get("disclosure", 0.0) * 0.5
        else:
            for name in ("smalltalk", "out_of_scope"):
                shares[name] = shares.get(name, 0.0) * 0.3
        return Topic(max(shares, key=lambda name: shares[name]))

    def found_signals(self, text: str, dense: Vectors, pieces: Sequence[str], risk: Risk) -> list[Signal]:
        """Signals above their threshold in any window, each with the sentence of hers that shows it best."""
        if risk is Risk.NONE or not self.signals.names:
            return []
        scores = self.signals.scores(dense)
        found = []
        for column, name in enumerate(self.signals.names):
            best = int(scores[:, column].argmax())
            if scores[best, column] >= 0.5:
                found.append((float(scores[best, column]), Signal(name, quote(text, pieces[best]))))
        found.sort(key=lambda pair: -pair[0])
        return [signal for _, signal in found[:6]]


def order(head: KernelHead, scores: Any) -> Any:
    """Columns of the risk head in the order none, concern, disclosure, imminent."""
    return np.stack([scores[:, head.classes.index(r)] if r in head.classes else np.zeros(len(scores)) for r in RISKS], axis=1)


def pooled(scores: Any) -> Any:
    """One row from the scores of [whole, window …]: the worst window counts beside the whole (a long story hides one sentence)."""
    if len(scores) == 1:
        return scores[0]
    severe = scores[1:, 2] + scores[1:, 3]
    worst = scores[1 + int(severe.argmax())]
    mixed = 0.5 * scores[0] + 0.5 * worst
    return mixed / mixed.sum()


def decide(scores: Any, cut: Thresholds) -> Risk:
    """The rule of this module's first lines, steps 1 to 3."""
    _none, concern, disclosure, imminent = (float(s) for s in scores)
    severe = disclosure + imminent
    if severe >= cut.severe:
        return Risk.IMMINENT if imminent >= cut.imminent * severe else Risk.DISCLOSURE
    if severe + concern >= cut.concern:
        return Risk.CONCERN
    return Risk.NONE


def joined_with(risk: Risk, scores: Mapping[str, float], phrase_risk: Risk, sure: bool) -> Risk:
    """Step 4: the phrase lifts, unless it is one that idioms share (`sure` False) and the model is certain of none."""
    if phrase_risk.rank <= risk.rank:
        return risk
    if not sure and scores.get("none", 0.0) >= 0.97:
        return risk
    return phrase_risk


def _best(head: Head, row: Any) -> tuple[str, float, list[tuple[str, float]]]:
    scores = head.scores(row)[0]
    ranking = sorted(zip(head.classes, map(float, scores), strict=True), key=lambda pair: -pair[1])
    return ranking[0][0], ranking[0][1], ranking


AGE_SURE = 0.6
"""Below this share an age is unknown: she is not taken for a girl because of how she writes (SP-95)."""


def _age(head: Head, row: Any) -> AgeGroup:
    label, share, _ = _best(head, row)
    return AgeGroup(label) if share >= AGE_SURE else AgeGroup.UNKNOWN


def quote(text: str, piece: str) -> str:
    """An exact part of `text`: the piece itself where it stands there, else the sentence that shares most words with it."""
    if piece in text:
        return piece[:300]
    wanted = set(piece.lower().split())
    sentences = [m.group().strip() for m in SENTENCE.finditer(text)] or [text]
    best = max(sentences, key=lambda s: len(wanted & set(s.lower().split())))
    return best[:300]


YOUNG_OTHER = re.compile(
    r"\b(?:hij[ao]|herman[ai]t?[ao]?|sobrin[ao]|niet[ao]|amiga|prima|filha|irma|sobrinha|daughter|sister|niece|friend|cousin|son|"
    r"fille|soeur|niece|amie|pitit|se|nyes|zanmi|kouzin)\b",
    re.I,
)


def ages_said(text: str, entities: Sequence[Entity], writer: AgeGroup, at_risk: AgeGroup, speaker: Speaker) -> tuple[AgeGroup, AgeGroup]:
    """A number in the text wins over the model: her own age, or the age of the person she writes about."""
    ages = [int(e.value) for e in entities if e.kind == "age" and e.value.isdigit()]
    if not ages:
        return writer, at_risk
    group = group_of(min(ages))
    if speaker in (Speaker.RELATIVE, Speaker.FRIEND) or YOUNG_OTHER.search(text):
        return writer, group
    return group, group if speaker is Speaker.SELF or at_risk is AgeGroup.UNKNOWN else at_risk


def group_of(age: int) -> AgeGroup:
    """The age group of a number of years."""
    return AgeGroup.UNDER_13 if age < 13 else AgeGroup.TEEN if age < 18 else AgeGroup.ADULT
