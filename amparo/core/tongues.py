"""Language packs: how languages are called, which is nearest, and how she asks for one by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amparo.core.model import LANGUAGES
from amparo.core.phrases import close, tokens


@dataclass(frozen=True)
class Pack:
    """One language: `called`: words by which any writer may name it; `names`: its name in each of our languages."""

    code: str
    called: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    nearest: str = "es"
    chain: tuple[str, ...] = ()


class Languages:
    """All packs."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self._packs = dict(packs)
        others = [(code, name) for code, pack in packs.items() if code not in LANGUAGES for name in pack.names.values()]
        self._others = {token.word: code for code, name in others for token in tokens(name)}

    def chain(self, language: str) -> tuple[str, ...]:
        """Languages to look for a text in, hers first."""
        pack = self._packs.get(language)
        rest = pack.chain if pack else ()
        return tuple(dict.fromkeys((language, *rest, *LANGUAGES)))

    def nearest(self, language: str) -> str:
        """The language of ours that a speaker of `language` most likely reads."""
        pack = self._packs.get(language)
        return pack.nearest if pack else "es"

    def name(self, language: str, reader: str) -> str:
        """What `language` is called in the language of the reader; its code where we do not know."""
        pack = self._packs.get(language)
        return pack.names.get(reader, language) if pack else language

    @property
    def codes(self) -> frozenset[str]:
        """Every language that has a name here."""
        return frozenset(self._packs)

    def spoken(self, text: str) -> str:
        """A language that we do not write and that she says she speaks ("hablo quechua", "m pale wolof"), or ''."""
        said = [token.word for token in tokens(text)]
        for at, word in enumerate(said):
            if word in self._others and SPEAKS & set(said[max(0, at - 3) : at]) and not _denied(said, at):
                return self._others[word]
        return ""

    def named(self, text: str, besides: str) -> str:
        """The language of ours that a short text names ("english please", "m pa pale panyol"), or ''.

        A language that is named after a no ("no hablo español") is not the wish.
        """
        said = [token.word for token in tokens(text)]
        wished = []
        for code in LANGUAGES:
            pack = self._packs.get(code)
            for called in pack.called if pack else ():
                for at, word in enumerate(said):
                    if close(word, called) and not _denied(said, at):
                        wished.append(code)
        return next((code for code in wished if code != besides), "")


SPEAKS = frozenset("hablo hablamos falo falamos speak parle parlons pale lengua lingua language langue lang".split())
NOES = frozenset("no nao not dont don't pa pas ne non cannot can't cant".split())


def _denied(said: list[str], at: int) -> bool:
    return any(word in NOES for word in said[max(0, at - 2) : at])
