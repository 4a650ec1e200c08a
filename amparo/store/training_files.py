"""content/training: prepared people (one file each) and the word lists of what they hear."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.core.practice import Beat, Person, Reaction, WordLists
from amparo.store.yaml_files import ContentError, read

WORDS = "words.yml"


def load_people(folder: Path) -> dict[str, Person]:
    """Every prepared person by key, in the order of the files' names. Raises ContentError."""
    return {path.stem: _person(path) for path in sorted(folder.glob("*.yml")) if path.name != WORDS}


def load_words(folder: Path) -> WordLists:
    """The word lists and tips; empty where the folder has none. Raises ContentError."""
    path = folder / WORDS
    data = (read(path) or {}) if path.exists() else {}
    phrases = {lang: {rule: tuple(map(str, words)) for rule, words in lists.items()} for lang, lists in (data.get("words") or {}).items()}
    return WordLists(phrases, {str(key): _texts(texts) for key, texts in (data.get("tips") or {}).items()})


def _person(path: Path) -> Person:
    data = read(path) or {}
    try:
        return Person(
            key=path.stem,
            title=_texts(data["title"]),
            goal=_texts(data["goal"]),
            case=dict(data.get("case") or {}),
            lines={str(key): _texts(texts) for key, texts in data["lines"].items()},
            beats={str(name): _beat(beat) for name, beat in data["beats"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ContentError(path, 1, f"cannot be read: {error.args[0] if error.args else ''}") from None


def _beat(data: Mapping[str, Any]) -> Beat:
    return Beat(_keys(data.get("says")), tuple(_reaction(one) for one in data.get("hears") or ()), int(data.get("wait", 3)))


def _reaction(data: Mapping[str, Any]) -> Reaction:
    return Reaction(str(data["when"]), _keys(data.get("says")), str(data.get("tip") or ""), str(data.get("go") or ""))


def _keys(given: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in given or ())


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {str(lang): str(text).strip() for lang, text in given.items()}
