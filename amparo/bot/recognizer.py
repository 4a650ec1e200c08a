"""Risk, topic, signals, speaker and ages of a text, from the kernel machine; and the rule that joins them with the exact words.

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

from amparo.bot.embeddings import DEEP_PARTS, Vectors
from amparo.bot.kernel import Floats, Grams, KernelMachine, Projection
from amparo.bot.labels import AGES, INTENTS, RISKS, SPEAKERS, columns, shares, softmax
from amparo.bot.rows import INTENT_TOPICS
from amparo.core.model import SIGNALS, AgeGroup, Entity, Risk, Signal, Speaker, Topic

SENTENCE = re.compile(r"[^.!?\n;]+[.!?;]*")
INTENT_SHARPNESS = 6.0
AGE_SURE = 0.45
"""Below this an age is unknown: she is not taken for a girl because of how she writes (SP-95)."""
MOST_SIGNALS = 6
LEXICON_HELP = 0.15
CERTAIN, LIKELY = 0.97, 0.6
WORST, WORST_UNREAD = 0.2, 0.8
"""Share of the worst window in the scores of a text whose windows were all read, and of one that was hardly read at all.

On held-out stories of up to four windows a share of 0.2 (0.5, 0.8) makes 0.21 (0.53, 0.63) of the harmless ones an alarm; but where
most of a text was left unread, the few windows that were chosen for what they tell are all there is.
"""
LAUGHTER = re.compile(r"(?:j[aeio]){2,}|(?:h[aei]){2,}|k{3,}|\b(?:lol|lmao|lmfao|mdr+|ptdr+|rs{2,}|xd)\b|[😂🤣😹😆]", re.I)


@dataclass(frozen=True)
class Thresholds:
    """Where the rule cuts; chosen on held-out scenarios. `signals`: one for each of SIGNALS, on the raw numbers."""

    imminent: float = 0.5
    severe: float = 0.5
    concern: float = 0.5
    sharpness: float = 6.0
    signals: tuple[float, ...] = field(default=(0.4,) * len(SIGNALS))


@dataclass
class Recognizer:
    """The trained models. `read` is the only thing that others call.

    `machine` knows every column; `questions` knows intents only, from rows without harm: what a question is about is learnt
    apart from what harm sounds like (held-out topics of such rows: 0.69 from the one machine, 0.74 from its own).
    """

    projection: Projection
    grams: Grams
    machine: KernelMachine
    questions: KernelMachine
    thresholds: Thresholds = field(default_factory=Thresholds)

    def read(
        self, text: str, pieces: Sequence[str], deep: Vectors, entities: Sequence[Entity], said: Sequence[Signal] = ()
    ) -> dict[str, Any]:
        """Everything about one text.

        `pieces`: its windows as the encoders saw them; `deep`: their deep vectors [windows, 2432]; `said`: phrases of the lexicon.
        """
        dense, grams = self.seen(pieces, deep)
        raw = self.machine.raw(dense, grams)
        scores = pooled(shares(raw, "risk", self.thresholds.sharpness), unread(text, pieces))
        risk = decide(scores, self.thresholds)
        asked = raw[:1, columns("intent")] if risk.severe else self.questions.raw(dense[:1], grams[:1])
        ranking = ranked(softmax(asked * INTENT_SHARPNESS)[0])
        found = self.signals(text, raw, pieces, risk, said)
        speaker = Speaker(SPEAKERS[int(raw[0, columns("speaker")].argmax())])
        writer, at_risk = (_age(raw[0, columns(group)]) for group in ("writer_age", "at_risk_age"))
        writer, at_risk = ages_said(text, entities, writer, at_risk, speaker)
        if at_risk.minor and risk is not Risk.NONE and not any(s.name == "minor" for s in found):
            found.append(Signal("minor", ""))
        return {
            "risk": risk,
            "scores": dict(zip(RISKS, map(float, scores), strict=True)),
            "intent": ranking[0][0],
            "intent_confidence": ranking[0][1],
            "topic": topic_of(ranking, risk),
            "signals": tuple(found),
            "speaker": speaker,
            "writer_age": writer,
            "at_risk_age": at_risk,
        }

    def seen(self, pieces: Sequence[str], deep: Vectors) -> tuple[Floats, Any]:
        """Dense and n-gram rows [1 + windows]: the whole first; a text of one window has that one row only."""
        joined = " ".join(pieces)
        texts = [joined, *pieces] if len(pieces) > 1 else [joined]
        vectors = np.concatenate([whole(deep)[None], deep]) if len(pieces) > 1 else deep[:1]
        return self.projection(vectors), self.grams(texts)

    def skim(self, pieces: Sequence[str]) -> Sequence[float]:
        """How telling each window is, by its n-grams alone (no encoder is asked)."""
        severe = columns("risk").start + 2
        return np.asarray(self.grams(pieces) @ self.machine.primal[:, severe : severe + 2]).sum(axis=1).tolist()

    def signals(self, text: str, raw: Floats, pieces: Sequence[str], risk: Risk, said: Sequence[Signal]) -> list[Signal]:
        """Signals above their cut in any window, each with the words that show it best.

        A phrase of the lexicon gives the quote, and lowers the cut of its signal by LEXICON_HELP; without risk nothing is a signal.
        """
        if risk is Risk.NONE:
            return []
        quotes = {signal.name: signal.quote for signal in said}
        part = raw[:, columns("signal")]
        helped = np.array([LEXICON_HELP if name in quotes else 0.0 for name in SIGNALS])
        over = part.max(axis=0) + helped - np.array(self.thresholds.signals)
        best = part[-len(pieces) :].argmax(axis=0)
        kept = [j for j in np.argsort(-over) if over[j] >= 0][:MOST_SIGNALS]
        return [Signal(SIGNALS[j], quotes.get(SIGNALS[j]) or quote(text, pieces[int(best[j])])) for j in kept]


def whole(deep: Vectors) -> Vectors:
    """One deep vector [2432] for all windows [windows, 2432] of a text: their mean, and the greatest peak."""
    joined = deep.mean(axis=0)
    joined[DEEP_PARTS[4]] = deep[:, DEEP_PARTS[4]].max(axis=0)
    return np.asarray(joined, dtype=np.float32)


def unread(text: str, pieces: Sequence[str]) -> float:
    """The share of a text's words that stand in none of its windows, 0..1."""
    return max(0.0, 1.0 - sum(len(piece.split()) for piece in pieces) / max(1, len(text.split())))


def pooled(scores: Any, left: float = 0.0) -> Any:
    """One row from the scores of [whole, window …]: the worst window counts beside the whole (a long story hides one sentence).

    `left`: the share of the text that no window holds; the more of it, the more the worst window counts.
    """
    if len(scores) == 1:
        return scores[0]
    severe = scores[1:, 2] + scores[1:, 3]
    share = WORST + (WORST_UNREAD - WORST) * left
    mixed = (1 - share) * scores[0] + share * scores[1 + int(severe.argmax())]
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


def joined_with(risk: Risk, scores: Mapping[str, float], phrase_risk: Risk, sure: bool, laughing: bool = False) -> Risk:
    """Step 4: the phrase lifts, unless it is one that idioms share (`sure` False) and the model is certain of none.

    `laughing`: she laughs beside it ("me quiero morir jajaja"); then it is enough that the model takes it for harmless.
    """
    if phrase_risk.rank <= risk.rank:
        return risk
    harmless = scores.get("none", 0.0)
    if (not sure and harmless >= CERTAIN) or (laughing and harmless >= LIKELY):
        return risk
    return phrase_risk


def ranked(intents: Any) -> list[tuple[str, float]]:
    """Intents with their shares, the likeliest first."""
    return sorted(zip(INTENTS, map(float, intents), strict=True), key=lambda pair: -pair[1])


def topic_of(ranking: Sequence[tuple[str, float]], risk: Risk) -> Topic:
    """Shares of finer intents count for their topic; harm without a narrower question is `disclosure`."""
    sums: dict[str, float] = {}
    for intent, share in ranking:
        name = INTENT_TOPICS.get(intent, intent)
        sums[name] = sums.get(name, 0.0) + share
    if risk.severe:
        for name in ("smalltalk", "out_of_scope"):
            sums[name] = sums.get(name, 0.0) * 0.3
    return Topic(max(sums, key=lambda name: sums[name]))


def _age(raw: Floats) -> AgeGroup:
    best = int(raw.argmax())
    return AgeGroup(AGES[best]) if raw[best] >= AGE_SURE else AgeGroup.UNKNOWN


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
