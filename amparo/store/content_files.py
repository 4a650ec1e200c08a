"""The content folder, loaded and watched: staff edit, the next turn speaks the new text, a broken file never takes it down.

A reload happens when a file's time or size changed, at most every few seconds; what cannot be read leaves the last good version
in place and is reported by `problems` (the desk shows it as an alarm).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import date
from datetime import time as day_time
from pathlib import Path
from typing import Any

from amparo.core.helpline import Helpline, Retention
from amparo.core.hours import Opening, Schedule
from amparo.core.knowledge import Knowledge
from amparo.core.model import LANGUAGES
from amparo.core.phrases import ExactWords
from amparo.core.practice import Person, WordLists
from amparo.core.rescue_card import RescueCard
from amparo.core.tongues import Languages
from amparo.store import knowledge_files, phrase_files, training_files
from amparo.store.rescue_files import load_rescue, rescue_card
from amparo.store.yaml_files import ContentError, line_of, read

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ContentFiles:
    """All content. Raises ContentError at the first load only; later the last good version stays."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.root = root
        self.problems: tuple[str, ...] = ()
        self.version = 0
        self._clock = clock
        self._looked = clock()
        self._seen = self._fingerprint()
        self._load()

    def _load(self) -> None:
        knowledge_files.check_lookups(self.root)
        self._messages = load_messages(self.root)
        self._helpline = load_helpline(self.root / "helpline.yml")
        self._languages = phrase_files.languages(self.root)
        self._exact = phrase_files.exact_words(self.root)
        self._knowledge = knowledge_files.load(self.root)
        self._phrases = load_phrasebook(self.root / "phrasebook")
        self._lock_screen = frozenset(
            str(word) for lang in LANGUAGES for word in read(self.root / "safety" / f"{lang}.yml").get("lock_screen") or ()
        )
        self._codewords = load_codewords(self.root / "codewords.yml")
        self._rescue = load_rescue(self.root / "rescue")
        self._people = training_files.load_people(self.root / "training")
        self._training_words = training_files.load_words(self.root / "training")
        self.version += 1

    def refresh(self) -> None:
        """Looks for changed files, at most every LOOK_SECONDS."""
        now = self._clock()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        seen = self._fingerprint()
        if seen == self._seen:
            return
        self._seen = seen
        kept = (self._messages, self._helpline, self._languages, self._exact, self._knowledge, self._phrases)
        try:
            self._load()
            self.problems = ()
            log.info("content reloaded")
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a file, what was good stays
            self._messages, self._helpline, self._languages, self._exact, self._knowledge, self._phrases = kept
            said = str(error) if isinstance(error, ContentError) else f"{self.root}: cannot be read ({type(error).__name__})"
            self.problems = (said,)
            log.error("content broken, last good version kept")

    def _fingerprint(self) -> frozenset[tuple[str, int, int]]:
        stats = ((str(path), path.stat()) for path in self.root.rglob("*.yml"))
        return frozenset((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

    def entry(self, language: str, key: str) -> Mapping[str, object] | None:
        """The message `key` in exactly this language, or None."""
        self.refresh()
        return self._messages.get(language, {}).get(key)

    def keys(self, language: str) -> frozenset[str]:
        return frozenset(self._messages.get(language, {}))

    def chain(self, language: str) -> tuple[str, ...]:
        """Languages to try for a reader of `language`."""
        return self._languages.chain(language)

    def phrasebook(self, hers: str, mine: str) -> list[tuple[str, str, str]]:
        """Reviewed phrases side by side: (key, in the counselor's language, in hers). The key begins with its group."""
        self.refresh()
        return [(key, self._phrases.get(mine, {}).get(key, text), text) for key, text in self._phrases.get(hers, {}).items()]

    def phrase_table(self) -> dict[str, dict[str, str]]:
        """Every phrase in every language: key -> language -> text."""
        self.refresh()
        keys = self._phrases.get(LANGUAGES[0], {})
        return {key: {lang: self._phrases.get(lang, {}).get(key, "") for lang in LANGUAGES} for key in keys}

    def lock_screen(self) -> frozenset[str]:
        """Words of every language that should not be read on a locked screen (DH-9)."""
        self.refresh()
        return self._lock_screen

    @property
    def codewords(self) -> Mapping[str, tuple[str, ...]]:
        """Everyday words per language, for the three-word case code."""
        return self._codewords

    @property
    def people(self) -> Mapping[str, Person]:
        """Prepared people with whom a new counselor practises."""
        self.refresh()
        return self._people

    @property
    def training_words(self) -> WordLists:
        """What prepared people hear in a counselor's words, and the tips that follow."""
        return self._training_words

    def rescue_card(self, country: str, language: str) -> RescueCard:
        """What staff need when a life is at risk now in this country (ISO alpha-2), in their language."""
        self.refresh()
        return rescue_card(self._rescue, self._knowledge, country, self.chain(language))

    @property
    def helpline(self) -> Helpline:
        self.refresh()
        return self._helpline

    @property
    def languages(self) -> Languages:
        return self._languages

    @property
    def exact_words(self) -> ExactWords:
        self.refresh()
        return self._exact

    @property
    def knowledge(self) -> Knowledge:
        self.refresh()
        return self._knowledge


def load_messages(root: Path) -> dict[str, dict[str, Mapping[str, Any]]]:
    """content/messages/<lang>.yml and content/messages/<lang>.d/*.yml. Raises ContentError (a key twice, no text)."""
    languages: dict[str, dict[str, Mapping[str, Any]]] = {}
    for lang in LANGUAGES:
        entries: dict[str, Mapping[str, Any]] = {}
        folder = root / "messages"
        for path in (folder / f"{lang}.yml", *sorted((folder / f"{lang}.d").glob("*.yml"))):
            if not path.exists():
                continue
            for key, entry in (read(path) or {}).items():
                if not isinstance(entry, Mapping) or not str(entry.get("text") or "").strip():
                    raise ContentError(path, line_of(path, f"{key}:"), f"{key} has no text")
                if key in entries:
                    raise ContentError(path, line_of(path, f"{key}:"), f"{key} exists twice")
                entries[str(key)] = entry
        languages[lang] = entries
    return languages


def load_phrasebook(folder: Path) -> dict[str, dict[str, str]]:
    """content/phrasebook/<lang>.yml: key -> phrase."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        found[path.stem] = {str(key): str(text) for key, text in (read(path) or {}).items()}
    return found


def load_codewords(path: Path) -> dict[str, tuple[str, ...]]:
    """content/codewords.yml: language -> words."""
    return {str(lang): tuple(str(word) for word in words) for lang, words in (read(path) or {}).items()}


def load_helpline(path: Path) -> Helpline:
    """content/helpline.yml. Raises ContentError with the line of the mistake."""
    data = read(path) or {}
    try:
        openings = tuple(
            Opening(WEEKDAYS.index(day), day_time.fromisoformat(str(row["from"])), day_time.fromisoformat(str(row["to"])))
            for row in data.get("openings") or ()
            for day in row["days"]
        )
        country = str(data.get("country") or "")
        calendars = {str(code): row for code, row in (data.get("holidays") or {}).items()}
        mine = calendars.get(country) or {}
        schedule = Schedule(
            timezone=str(data["timezone"]),
            always=bool(data.get("always_open", True)),
            openings=openings,
            holidays=frozenset(_day(day) for day in mine.get("days") or ()),
            holidays_until=_day(mine["until"]) if mine.get("until") else None,
            country=country,
        )
        return Helpline(
            name=str(data.get("name", "Amparo")),
            schedule=schedule,
            retention=Retention(**(data.get("retention") or {})),
            covers={lang: tuple(map(str, lines)) for lang, lines in (data.get("covers") or {}).items()},
            minutes_each=int(data.get("minutes_each", 15)),
            caseload_cap=int(data.get("caseload_cap", 5)),
            claim_alarm_minutes=int(data.get("claim_alarm_minutes", 5)),
            gone_minutes=int(data.get("gone_minutes", 15)),
            safeguarding=str(data.get("safeguarding") or ""),
            alarm_language=str(data.get("alarm_language") or "es"),
            queue_alarm=int(data.get("queue_alarm", 10)),
            calendars={code: _day(row["until"]) for code, row in calendars.items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        word = str(error.args[0]) if error.args else ""
        raise ContentError(path, line_of(path, word or ":"), f"cannot be read: {word}") from None


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
