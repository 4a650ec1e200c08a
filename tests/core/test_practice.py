"""Prepared people: what they hear, how scripts run to their end, and that no script has a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES
from amparo.core.practice import Progress, begin, hears, listen, problems, said
from amparo.store import training_files

FOLDER = Path(__file__).resolve().parents[2] / "content" / "training"
PEOPLE = training_files.load_people(FOLDER)
WORDS = training_files.load_words(FOLDER)
SIX = {"a_calm", "b_whisper", "c_adolescent", "d_family", "e_angry", "f_wrong_number"}


def test_six_people_without_a_hole() -> None:
    assert set(PEOPLE) == SIX
    for person in PEOPLE.values():
        assert problems(person, list(WORDS.tips), LANGUAGES) == [], person.key


@pytest.mark.parametrize(
    ("lang", "text", "rule"),
    [
        ("es", "¿Qué te ayudaría ahora?", "open_question"),
        ("es", "¿Tienes miedo?", "closed_question"),
        ("es", "Te prometo que sales de ahí", "promise"),
        ("es", "¿Por qué no te fuiste?", "blame"),
        ("es", "¿Cómo te llamas?", "identity"),
        ("pt", "Vai ficar tudo bem", "promise"),
        ("en", "You should leave him", "blame"),
        ("en", "What would help you now?", "open_question"),
        ("fr", "Quel est votre nom ?", "identity"),
        ("ht", "Kisa ou bezwen?", "open_question"),
        ("ht", "Poukisa ou te ale?", "blame"),
    ],
)
def test_what_they_hear(lang: str, text: str, rule: str) -> None:
    assert rule in hears(text, WORDS.phrases[lang], (), ())


def test_a_word_of_the_locked_screen_list_reveals_and_an_opener_does_not() -> None:
    lists = WORDS.phrases["es"]
    assert "reveals" in hears("Aquí ayudamos con violencia", lists, (), ("violencia",))
    assert hears("Hola, ¿cómo va?", lists, ("Hola, ¿cómo va?",), ("violencia",)) == {"any", "opener"}


@pytest.mark.parametrize("key", sorted(SIX))
@pytest.mark.parametrize("rule", ["any", "blame", "promise", "open_question", "quiet", "reveals", "confirms", "identity"])
def test_every_person_goes_on_and_says_only_known_lines(key: str, rule: str) -> None:
    """Whatever the counselor repeats: nothing crashes, nothing loops without an answer, and plain words always lead to the end."""
    person = PEOPLE[key]
    progress, now = begin(person, 0.0), 0.0
    for _ in range(12):
        now += 60
        while progress.to_say:
            progress, line = said(person, progress, now)
            assert line in person.lines
            now += 60
        progress, tip = listen(person, progress, frozenset({rule, "any"}), now)
        assert tip == "" or tip in WORDS.tips
    if rule == "any" and key != "b_whisper":
        assert progress.beat == "end"


def test_a_line_waits_for_its_time() -> None:
    person = PEOPLE["b_whisper"]
    progress = begin(person, 100.0)
    assert said(person, progress, 101.0) == (progress, "")
    after, line = said(person, progress, 102.0)
    assert (line, after.to_say) == ("little", ())


def test_whispering_typing_instead_of_quiet_sounds_on_her_phone() -> None:
    person = PEOPLE["b_whisper"]
    progress, tip = listen(person, Progress("hush"), frozenset({"any"}), 0.0)
    assert (progress.to_say, tip, progress.beat) == (("sounded",), "not_quiet", "hush")
    progress, tip = listen(person, progress, frozenset({"quiet"}), 0.0)
    assert (progress.to_say, tip, progress.beat) == (("back",), "quiet", "after")
