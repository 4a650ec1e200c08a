"""Content: nothing wrong in it, edits take effect, a broken file never takes the service down, the spreadsheet loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from amparo.core.model import LANGUAGES
from amparo.core.services import Wish, choose, emergency
from amparo.store import content_check, content_sheet
from amparo.store.content_files import ContentFiles

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "content", tmp_path / "content"))


class Ticks:
    """A clock for the reload interval."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        self.time += 10.0
        return self.time


def test_nothing_is_wrong_in_content() -> None:
    assert [str(problem) for problem in content_check.check(ROOT / "content")] == []


def test_an_edit_is_spoken_without_restart(copy: Path) -> None:
    content = ContentFiles(copy, Ticks())
    path = copy / "messages" / "es.yml"
    path.write_text(path.read_text().replace("Con gusto.", "Con muchísimo gusto."))
    assert "muchísimo" in str((content.entry("es", "thanks") or {})["text"])


def test_a_broken_file_keeps_the_last_good_version_and_says_where(copy: Path) -> None:
    content = ContentFiles(copy, Ticks())
    before = content.entry("es", "thanks")
    (copy / "messages" / "es.yml").write_text("thanks: {text: [oops\n")
    assert content.entry("es", "thanks") == before
    assert "es.yml:" in content.problems[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("messages/pt.yml", "{days} dias no máximo", "alguns dias", "placeholders differ"),
        ("messages/fr.yml", '[yes, "Oui, une personne"]', '[oui, "Oui"]', "choices differ"),
        ("messages/en.yml", "All right, nothing was deleted.", "The police shelter for trafficking", "locked screen"),
        ("knowledge/CO/requirements.yml", "El PPT (Permiso", "Cuesta 50 dólares. El PPT (Permiso", "amount of money"),
    ],
)
def test_mistakes_are_found_with_file_and_line(copy: Path, file: str, old: str, new: str, said: str) -> None:
    path = copy / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    found = [problem for problem in content_check.check(copy) if said in problem.text]
    assert found and found[0].file == path and found[0].line >= 1


def test_the_spreadsheet_round_trip_loses_nothing(copy: Path, tmp_path: Path) -> None:
    before = list(content_sheet.export_rows(copy))
    content_sheet.export_main(copy, tmp_path / "c.xlsx")
    content_sheet.import_main(copy, tmp_path / "c.xlsx")
    assert list(content_sheet.export_rows(copy)) == before
    assert len(before) > 1500


@pytest.mark.parametrize("country", ["CO", "PE", "CL", "BR", "MX", "VE", "EC", "HT", "DO", "US"])
def test_services_are_few_and_not_only_police(country: str) -> None:
    services = ContentFiles(ROOT / "content").knowledge.services.values()
    chosen = choose(services, Wish(country, "violence"))
    assert 1 <= len(chosen) <= 3
    assert any(service.authority != "police" for service in chosen)
    assert emergency(services, country)


def test_every_message_is_marked_as_machine_text() -> None:
    content = ContentFiles(ROOT / "content")
    for lang in LANGUAGES:
        assert all((content.entry(lang, key) or {}).get("review") == "machine" for key in content.keys(lang))
