"""The desk's words: the same keys in five languages, every key that a page asks for, and no page that shows a bare key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES, SIGNALS
from amparo.desk import access, papers, published
from amparo.desk.alarms import heard
from amparo.desk.locale import HERE, _read
from amparo.store.desk_tables import ROLES
from amparo.store.referrals import CONTENTS

DESK = Path(HERE).parent
ASKED = re.compile(r"\bw(?:ords)?(?:\.([a-z_]+)|\[[\"']([a-z_]+)[\"']\])")
REFUSED = re.compile(r'(?:NotAllowed|WindowClosed)\("([a-z_]+)"\)')
OWN = {"lang", "values", "get", "items"}


def asked() -> set[str]:
    keys: set[str] = set()
    for path in [*DESK.rglob("*.html"), *DESK.rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        keys |= {a or b for a, b in ASKED.findall(text)} if path.suffix == ".html" else {b for _, b in ASKED.findall(text) if b}
        keys |= {f"error_{name}" for name in REFUSED.findall(text)}
    for path in (DESK.parent / "store").glob("*.py"):
        keys |= {f"error_{name}" for name in REFUSED.findall(path.read_text(encoding="utf-8"))}
    for kind, fields in papers.FORMS.items():
        keys |= {f"part_{kind}"} | {f"field_{one.name}" for one in fields} | {f"opt_{o}" for one in fields for o in one.options}
    for prefix, names in (
        ("look", access.REASONS),
        ("dim", published.DIMENSIONS),
        ("content", CONTENTS),
        ("role", ROLES),
        ("signal", SIGNALS),
    ):
        keys |= {f"{prefix}_{name}" for name in names}
    return keys - OWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there(language: str) -> None:
    words = _read(language)
    assert sorted(asked() - set(words)) == []
    assert set(words) == set(_read("en"))
    assert all(text.strip() for text in words.values())


def test_what_hurt_her_bypasses_the_counselor() -> None:
    assert not heard("alarm:hurt", "counselor")
    assert heard("alarm:hurt", "supervisor")
    assert heard("alarm:new_case", "counselor")
    assert heard("message", "counselor")
