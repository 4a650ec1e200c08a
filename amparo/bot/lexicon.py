"""Words that point to a signal, in her language: what a counselor is shown as the reason, beside what the model found.

The phrases stand in content/safety/<lang>.yml under `signals` (staff edit). spaCy's Matcher over words folded as in core.phrases
(without accents, capitals and apostrophes); words of six letters and more may carry one slip of the finger (FUZZY1). `*` in a phrase
stands for up to three words. A phrase alone never raises a risk: it names a signal only where risk was found (recognizer.signals).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy
import yaml
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.util import filter_spans

from amparo.core.model import LANGUAGES, SIGNALS, Signal
from amparo.core.phrases import fold, tokens

FUZZY_LETTERS = 6
GAP = 3


class SignalLexicon:
    """The phrases of all languages, ready to match."""

    def __init__(self, phrases: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """`phrases`: language -> signal -> phrases. Raises ValueError for an unknown signal."""
        self._nlp = spacy.blank("xx")
        self._matchers: dict[str, Matcher] = {}
        for lang, signals in phrases.items():
            matcher = self._matchers[lang] = Matcher(self._nlp.vocab)
            for name, texts in signals.items():
                if name not in SIGNALS:
                    raise ValueError(f"{lang}: unknown signal {name}")
                matcher.add(name, [self._pattern(text) for text in texts])

    def find(self, text: str, lang: str) -> tuple[Signal, ...]:
        """Signals with her own words, the longest match of each; an empty tuple for other languages."""
        matcher = self._matchers.get(lang)
        if matcher is None or not text.strip():
            return ()
        said = tokens(text)
        doc = Doc(self._nlp.vocab, words=[token.word for token in said])
        found: dict[str, Signal] = {}
        for span in filter_spans(matcher(doc, as_spans=True)):
            quote = text[said[span.start].start : said[span.end - 1].end]
            if span.label_ not in found or len(quote) > len(found[span.label_].quote):
                found[span.label_] = Signal(span.label_, quote)
        return tuple(found.values())

    def names(self, lang: str) -> frozenset[str]:
        """Signals that have phrases in a language."""
        matcher = self._matchers.get(lang)
        return frozenset(name for name in SIGNALS if matcher is not None and name in matcher)

    def _pattern(self, text: str) -> list[dict[str, Any]]:
        pattern: list[dict[str, Any]] = []
        for word in str(text).split():
            if word == "*":
                pattern += [{"OP": "?"}] * GAP
                continue
            folded = fold(word)
            pattern.append({"LOWER": {"FUZZY1": folded}} if len(folded) >= FUZZY_LETTERS else {"LOWER": folded})
        return pattern


def read_lexicon(folder: Path) -> SignalLexicon:
    """From the `signals` of content/safety/<lang>.yml."""
    phrases = {}
    for lang in LANGUAGES:
        path = folder / f"{lang}.yml"
        content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        phrases[lang] = {str(name): [str(t) for t in texts or ()] for name, texts in (content.get("signals") or {}).items()}
    return SignalLexicon(phrases)
