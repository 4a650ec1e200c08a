"""content/safety and content/languages as the core's values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.core.model import LANGUAGES, Risk
from amparo.core.phrases import ANYWHERE, CLAUSE, GAP, SHORT, WHOLE, ExactWords, Phrase
from amparo.core.tongues import Languages, Pack
from amparo.store.yaml_files import read

SAFETY_KINDS: Mapping[str, tuple[str, Risk, tuple[str, ...]]] = {
    "presence": (SHORT, Risk.IMMINENT, ("cannot_call",)),
    "presence_whole": (WHOLE, Risk.IMMINENT, ("cannot_call",)),
    "danger": (ANYWHERE, Risk.IMMINENT, ()),
    "danger_short": (SHORT, Risk.IMMINENT, ()),
    "suicide": (ANYWHERE, Risk.IMMINENT, ("suicide_self_harm",)),
    "touched": (ANYWHERE, Risk.DISCLOSURE, ("sexual_violence",)),
    "can_talk_again": (WHOLE, Risk.NONE, ()),
    "still_here": (WHOLE, Risk.NONE, ()),
}
COMPOSED: Mapping[str, tuple[str, Risk, tuple[str, ...], str]] = {
    "presence": (CLAUSE, Risk.IMMINENT, ("cannot_call",), " "),
    "touched": (ANYWHERE, Risk.DISCLOSURE, ("sexual_violence",), f" {GAP} "),
}
"""Kinds whose phrases are put together from <kind>_who and <kind>_does, in the order of `does_first` too: (where, risk, signals,
what stands between)."""
LANGUAGE_KINDS: Mapping[str, tuple[str, str]] = {
    "agree": ("yes", WHOLE),
    "refuse": ("no", WHOLE),
    "not_now": ("not_now", WHOLE),
    "exit": ("exit", WHOLE),
    "human": ("human", SHORT),
    "help_cry": ("help_cry", WHOLE),
    "delete": ("delete", SHORT),
    "leave": ("leave", WHOLE),
    "menu": ("menu", WHOLE),
}
"""Key of content/languages -> (kind, where it counts). Not named yes and no: YAML reads those as truth values."""

SIGNS = (
    Phrase("exit", "🛑", ""),
    *(Phrase("exit", typed, "") for typed in ("00", "000", "0000", "0 0", "00 00", "🛑 🛑", "🛑 00")),
    Phrase("stop", "stop", ""),  # where a carrier enforces it (SMS), it never comes so far
    Phrase("thumbs_up", "👍", ""),
    Phrase("help_cry", "🆘", "", risk=Risk.IMMINENT),
)


def exact_words(root: Path) -> ExactWords:
    """Every exact phrase of every language. Raises ContentError."""
    phrases: list[Phrase] = list(SIGNS)
    polite: dict[str, list[str]] = {}
    harmless: list[str] = []
    for lang in LANGUAGES:
        safety = read(root / "safety" / f"{lang}.yml")
        for kind, (where, risk, signals) in SAFETY_KINDS.items():
            for entry in safety.get(kind) or ():
                phrases.append(_phrase(kind.partition("_whole")[0].partition("_short")[0], entry, lang, where, risk, signals))
        phrases += _composed(safety, lang)
        harmless += [str(word) for word in safety.get("harmless") or ()]
        pack = read(root / "languages" / f"{lang}.yml")
        for key, (kind, where) in LANGUAGE_KINDS.items():
            for entry in pack.get(key) or ():
                phrases.append(_phrase(kind, entry, lang, where, Risk.NONE, ()))
        polite[lang] = [str(word) for word in pack.get("polite") or ()]
    return ExactWords(phrases, polite, harmless=harmless)


def _composed(safety: Mapping[str, Any], lang: str) -> list[Phrase]:
    """Who is there x what they do: "my boss" x "is here", and where a language says it so, "llegó" x "mi jefe"."""
    made: list[Phrase] = []
    for kind, (where, risk, signals, between) in COMPOSED.items():
        for who in safety.get(f"{kind}_who") or ():
            texts = [f"{who}{between}{does}" for does in safety.get(f"{kind}_does") or ()]
            texts += [f"{does} {who}" for does in safety.get(f"{kind}_does_first") or ()]
            made += [Phrase(kind, text, lang, where, risk, signals) for text in texts]
    return made


def _phrase(kind: str, entry: Any, lang: str, where: str, risk: Risk, signals: tuple[str, ...]) -> Phrase:
    """An entry is a phrase, or {text, where, signals, attack, risk}."""
    if isinstance(entry, Mapping):
        return Phrase(
            kind,
            str(entry["text"]),
            lang,
            str(entry.get("where", where)),
            Risk(entry.get("risk", risk.value)),
            tuple(dict.fromkeys((*signals, *(entry.get("signals") or ())))),
            bool(entry.get("attack")),
        )
    return Phrase(kind, str(entry), lang, where, risk, signals)


def languages(root: Path) -> Languages:
    """All language packs, those of languages that we only recognise included. Raises ContentError."""
    packs: dict[str, Pack] = {}
    for lang in LANGUAGES:
        data = read(root / "languages" / f"{lang}.yml")
        packs[lang] = Pack(lang, tuple(data.get("called") or ()), data.get("names") or {}, lang, tuple(data.get("chain") or ()))
    for code, data in (read(root / "languages" / "others.yml") or {}).items():
        packs[code] = Pack(code, (), data.get("names") or {}, str(data.get("nearest", "es")))
    return Languages(packs)
