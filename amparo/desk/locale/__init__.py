"""The desk's own words in five languages (locale/<lang>.yml and locale/<lang>.d); English where one is missing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent


class Words(dict[str, str]):
    """Key -> text; a missing key shows itself."""

    def __missing__(self, key: str) -> str:
        return key.replace("_", " ")


@lru_cache(maxsize=8)
def words_for(language: str) -> Words:
    """The words of one interface language, over the English ones."""
    words = Words(_read("en"))
    if language != "en":
        words.update(_read(language))
    words["lang"] = language
    return words


def _read(language: str) -> dict[str, str]:
    """<lang>.yml and <lang>.d/*.yml."""
    words: dict[str, str] = {}
    for path in (HERE / f"{language}.yml", *sorted((HERE / f"{language}.d").glob("*.yml"))):
        if path.exists():
            words.update({str(k): str(v) for k, v in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items()})
    return words
