"""Words that count exactly, in every language and state, without any model: exit, presence, danger, a person, yes and no.

The phrases stand in content/safety and content/languages; this module compiles them. A phrase matches without accents and
capitals, with a typo in its longer words, with polite words around it. Rules: DH-1, DH-4, DH-5, DH-21.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amparo.core.model import Risk

WHOLE, CLAUSE, SHORT, ANYWHERE = "whole", "clause", "short", "anywhere"
"""Where a phrase counts: as the whole message; as a whole clause of a message of at most CLAUSE_WORDS words; in a message with at
most SHORT_EXTRA more words; anywhere."""

SHORT_EXTRA = 4
CLAUSE_WORDS = 12
GAP = "*"
GAP_WORDS = 2
"""In a phrase, * stands for up to so many words."""
MAX_TOKENS = 400
EMOJI_WORDS = {"🛑": "exitsign", "👍": "thumbsup", "🆘": "sossign"}

KIND_ORDER = (
    "presence", "danger", "suicide", "touched", "exit", "stop", "help_cry", "human", "delete", "can_talk_again", "still_here", "leave",
    "not_now", "no", "yes", "thumbs_up", "menu",
)  # fmt: skip
"""Where several kinds match, the first of these wins."""


@dataclass(frozen=True)
class Phrase:
    """One listed phrase. `signals`: (name, …); `attack`: it names an attack or asks for police or an ambulance."""

    kind: str
    text: str
    lang: str
    where: str = WHOLE
    risk: Risk = Risk.NONE
    signals: tuple[str, ...] = ()
    attack: bool = False


@dataclass(frozen=True)
class ExactMatch:
    """What matched. `quote` is her own text of the matched words; `signals` are (name, quote) pairs."""

    kind: str
    lang: str
    quote: str
    risk: Risk = Risk.NONE
    signals: tuple[tuple[str, str], ...] = ()
    attack: bool = False


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


_WORD = re.compile(r"\w+(?:['’ʼ`´]\w+)*|[🛑👍🆘]", re.UNICODE)
_LISTED = re.compile(rf"{_WORD.pattern}|\*", re.UNICODE)
_CLAUSE = re.compile(r"[.,;:!\n…]+|(?<=\?)")
_APOSTROPHE = re.compile(r"['’ʼ`´]")
_STRETCH = re.compile(r"(.)\1{2,}")


LOOKALIKES = str.maketrans("аеорсухіјѕԁɡАЕОРСУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορν", "aeopcyxijsdgAEOPCYXIJSABEZHIKMNOPTYXaopv")
"""Cyrillic and Greek letters that look like Latin ones, for words that mix both."""


def latin(word: str) -> str:
    """A word in Latin letters where it mixes them with others that look the same; any other word as it is."""
    mixed = any("Ͱ" <= c <= "ӿ" for c in word) and any(c.isascii() and c.isalpha() for c in word)
    return word.translate(LOOKALIKES) if mixed else word


def fold(word: str) -> str:
    """A word without capitals, accents, apostrophes and stretched letters ("ayudaaaa" -> "ayuda", "l’ap" -> "lap")."""
    word = latin(word)
    word = _APOSTROPHE.sub("", EMOJI_WORDS.get(word, word))
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    return _STRETCH.sub(r"\1", plain)


def tokens(text: str) -> list[_Token]:
    """Folded words with their places in `text`; of very long texts the head and the tail."""
    found = [_Token(fold(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]
    return found if len(found) <= MAX_TOKENS else found[: MAX_TOKENS // 2] + found[-MAX_TOKENS // 2 :]


def close(said: str, listed: str) -> bool:
    """Same word, or one slip of the finger in a word of five letters and more, two from nine on."""
    if said == listed:
        return True
    if len(listed) < 5 or abs(len(said) - len(listed)) > 2 or said[0] != listed[0]:
        return False
    return _distance(said, listed, 2 if len(listed) >= 9 else 1)


def _distance(a: str, b: str, limit: int) -> bool:
    """True where the edit distance (a swap counts as one) is at most `limit`."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i] + [0] * len(b)
        for j, y in enumerate(b, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                row[j] = min(row[j], older[j - 2] + 1)
        if min(row) > limit:
            return False
    return row[-1] <= limit


class ExactWords:
    """All phrases of all languages, ready to match."""

    def __init__(
        self,
        phrases: Iterable[Phrase],
        polite: Mapping[str, Sequence[str]],
        own: Mapping[str, str] | None = None,
        harmless: Iterable[str] = (),
    ) -> None:
        """`polite`: words per language that may stand around a whole-message word. `own`: extra words -> kind.

        `harmless`: words beside which a SHORT phrase is about something else ("no puedo hablar español").
        """
        self._harmless = {fold(word) for word in harmless}
        self._polite = {fold(word) for words in polite.values() for phrase in words for word in phrase.split()}
        self._phrases: list[tuple[Phrase, tuple[str, ...]]] = []
        for phrase in phrases:
            for words in _spellings(phrase.text):
                self._phrases.append((phrase, words))
        self._by_word: dict[tuple[str, int], list[int]] = {}  # (letter of the longest word, how many words where that must fit, else 0)
        for index, (phrase, words) in enumerate(self._phrases):
            size = len(words) if phrase.where in (WHOLE, CLAUSE) else 0
            self._by_word.setdefault((max(words, key=len)[:1], size), []).append(index)
        self._own = {fold(word): kind for word, kind in (own or {}).items()}

    def match(self, text: str, lang: str | None = None) -> ExactMatch | None:
        """The strongest match of `text`, or None. Phrases of `lang` win over those of other languages."""
        said = tokens(text)
        if not said:
            return None
        found = [match for match in self._matches(text, said) if match is not None]
        if not found:
            return None
        return min(found, key=lambda m: (-m.risk.rank, KIND_ORDER.index(m.kind), m.lang != lang))

    def _matches(self, text: str, said: list[_Token]) -> Iterable[ExactMatch | None]:
        letters = {token.word[:1] for token in said}
        core = self._core(said)
        clauses = self._clauses(text, said)
        sizes = {0, len(said), len(core), *map(len, clauses)}
        for key in ((letter, size) for letter in letters for size in sizes):
            for index in self._by_word.get(key, ()):
                phrase, words = self._phrases[index]
                if phrase.where in (WHOLE, CLAUSE):
                    yield _whole(text, (said, core) if phrase.where == WHOLE else clauses, phrase, words)
                else:
                    yield self._inside(text, said, core, phrase, words)

    def _core(self, said: list[_Token]) -> list[_Token]:
        """Without polite words, unless nothing else was said."""
        return [token for token in said if token.word not in self._polite] or said

    def _clauses(self, text: str, said: list[_Token]) -> list[list[_Token]]:
        """What a CLAUSE phrase may be: the clauses of a short text that is about nothing harmless; a question is none."""
        if len(said) > CLAUSE_WORDS or any(token.word in self._harmless for token in said):
            return []
        found: list[list[_Token]] = []
        start = 0
        for cut in [*(m.end() for m in _CLAUSE.finditer(text)), len(text)]:
            clause = [token for token in said if start <= token.start < cut]
            if clause and not text[start:cut].rstrip().endswith("?"):
                found += [clause, self._core(clause)]
            start = cut
        return found

    def _inside(self, text: str, said: list[_Token], core: list[_Token], phrase: Phrase, words: tuple[str, ...]) -> ExactMatch | None:
        if phrase.where == SHORT and (len(core) > len(words) + SHORT_EXTRA or self._about_else(said, words)):
            return None
        for at in range(len(said) - len(words) + 1 + words.count(GAP)):
            end = _run(said, at, words) if said[at].word[:1] == words[0][:1] else 0
            if end:
                return _matched(text, phrase, said[at].start, said[end - 1].end)
        return None

    def _about_else(self, said: list[_Token], words: tuple[str, ...]) -> bool:
        return any(token.word in self._harmless and token.word not in words for token in said)


def _whole(text: str, parts: Iterable[list[_Token]], phrase: Phrase, words: tuple[str, ...]) -> ExactMatch | None:
    """The phrase where it is the whole of one part."""
    for part in parts:
        if len(part) == len(words) and all(close(t.word, w) for t, w in zip(part, words, strict=True)):
            return _matched(text, phrase, part[0].start, part[-1].end)
    return None


def _run(said: list[_Token], at: int, words: tuple[str, ...]) -> int:
    """The place after `words` where they stand in `said` from `at` on, 0 where they do not; GAP skips up to GAP_WORDS words."""
    for index, word in enumerate(words):
        if word == GAP:
            rest = words[index + 1 :]
            return next((end for skip in range(GAP_WORDS + 1) if (end := _run(said, at + skip, rest))), 0)
        if at >= len(said) or not close(said[at].word, word):
            return 0
        at += 1
    return at


def _spellings(text: str) -> set[tuple[str, ...]]:
    """The folded words, and the same with a lone letter joined to the next word ("l ap bat" is also "lap bat")."""
    words = [fold(m.group()) for m in _LISTED.finditer(text)]
    joined: list[str] = []
    carry = ""
    for word in words:
        if word == GAP and carry:
            joined.append(carry)
            carry = ""
        if len(word) == 1 and word.isalpha() and word not in "yoaes":
            carry += word
            continue
        joined.append(carry + word)
        carry = ""
    if carry:
        joined.append(carry)
    return {tuple(words), tuple(joined)} - {()}


def _matched(text: str, phrase: Phrase, start: int, end: int) -> ExactMatch:
    quote = text[start:end]
    return ExactMatch(phrase.kind, phrase.lang, quote, phrase.risk, tuple((s, quote) for s in phrase.signals), phrase.attack)


OPEN_ENDS: Mapping[str, frozenset[str]] = {
    "es": frozenset("dejan deja puedo quiero dejo dejaban permiten permite quieren quiere voy van a de podemos puede logro".split()),
    "pt": frozenset("deixam deixa posso quero consigo querem quer vou vao permitem permite a de pra podemos pode".split()),
    "en": frozenset("cant can't cannot let me to want wanna not dont don't us her".split()),
    "fr": frozenset("peux peut veux veut laisse laissent pas de a pouvons".split()),
    "ht": frozenset("ka pa kite vle kapab pap pou m mwen l li".split()),
}
"""Words after which a single "salir", "sair", "sortir", "soti", "exit" completes a sentence instead of commanding (DH-4)."""


def completes_open_sentence(previous: str, word: str, lang: str | None) -> bool:
    """True where `previous` stops in the middle and `word`, one or two words, may be its end."""
    before, after = tokens(previous), tokens(word)
    if len(before) < 2 or not 1 <= len(after) <= 2 or previous.rstrip()[-1:] in ".!?":
        return False
    if after[0].word in ("exitsign", "00"):
        return False
    ends = OPEN_ENDS.get(lang or "", frozenset()) | (frozenset().union(*OPEN_ENDS.values()) if not lang else frozenset())
    return before[-1].word in ends
