"""Content: nothing wrong in it, edits take effect, a broken file never takes the service down, the spreadsheet loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from amparo.core.answering import year_of
from amparo.core.model import LANGUAGES
from amparo.core.services import Wish, choose, emergency
from amparo.store import content_check, content_schema, content_sheet, content_worksheets
from amparo.store.content_files import ContentFiles
from amparo.store.yaml_files import read

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
        ("services/EC.yml", "    es: Elige la opción 5.", "    es: Mira ec-spi. Elige la opción 5.", "names our entry ec-spi"),
        ("services/EC.yml", "    es: Elige la opción 5.", "    es: Número de memoria. Elige la opción 5.", "not for the reader"),
        ("knowledge/AR/requirements.yml", "sms: 'Argentina: una norma", "sms: 'Aquí, Argentina: una norma", "letters that make it dear: í"),
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


def test_an_unchanged_spreadsheet_changes_no_file(copy: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*.yml")}
    content_sheet.export_main(copy, tmp_path / "texts.xlsx")
    content_sheet.import_main(copy, tmp_path / "texts.xlsx")
    assert {path: path.read_bytes() for path in copy.rglob("*.yml")} == before
    files = {row[0] for row in content_sheet.export_rows(copy)}
    assert {"indicators.yml", "needs.yml", "gaps.yml"} <= files


def test_a_filled_worksheet_comes_back_and_an_altered_number_does_not(copy: Path, tmp_path: Path) -> None:
    sheet = next(file for file in content_worksheets.write_all(copy, tmp_path) if file.name == "rights_1.yml")
    data = yaml.safe_load(sheet.read_text())
    first, second = data["items"][0], next(i for i in data["items"][1:] if any(c.isdigit() for c in i["texts"]["answers"]["es"]))
    first["texts"]["answers"]["pt"] = first["texts"]["answers"]["es"]
    second["texts"]["answers"]["pt"] = second["texts"]["answers"]["es"].replace("2", "3").replace("1", "4")
    sheet.write_text(yaml.safe_dump(data, allow_unicode=True))
    taken, findings = content_worksheets.fill(copy, sheet)
    assert taken == 1
    assert [f.entry for f in findings if f.refused] == [second["id"]]
    assert "numbers differ" in findings[0].problem
    assert ContentFiles(copy).knowledge.facts[first["id"]].answers["pt"] == first["texts"]["answers"]["es"]


def test_the_schemas_on_disk_are_those_of_the_code(tmp_path: Path) -> None:
    content_schema.write(tmp_path)
    for file in tmp_path.glob("*.json"):
        assert file.read_text() == (ROOT / "content" / "schemas" / file.name).read_text(), "write them with amparo content schemas"


def test_a_card_with_a_field_of_its_own_invention_is_found(copy: Path) -> None:
    path = copy / "health" / "ar.yml"
    path.write_text(path.read_text().replace("pregnancy:", "pregnancies:"))
    assert any("pregnancies" in problem.text for problem in content_check.check(copy))


@pytest.mark.parametrize("broken", ["facts: [1, 2]\n", "facts: {a: b}\n", "- x\n", "facts:\n- id: x\n"])
def test_whatever_is_wrong_in_a_file_the_last_good_version_stays(copy: Path, broken: str) -> None:
    content = ContentFiles(copy, Ticks())
    before = len(content.knowledge.facts)
    (copy / "knowledge" / "PE" / "rights.yml").write_text(broken)
    assert len(content.knowledge.facts) == before
    assert content.problems


def test_services_fit_age_and_ask_for_no_complaint() -> None:
    services = ContentFiles(ROOT / "content").knowledge.services.values()
    young = choose(services, Wish("CL", "violence", minor=True))
    assert any(service.kind == "child_hotline" for service in young)
    free = choose(services, Wish("VE", "trafficking", no_complaint=True))
    assert free and all(service.complaint_required != "yes" for service in free)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_button_sends_a_word(lang: str) -> None:
    """YAML 1.1 reads `yes` as a truth value: the button would send "True" and queue nobody."""
    files = [ROOT / "content" / "messages" / f"{lang}.yml", *sorted((ROOT / "content" / "messages" / f"{lang}.d").glob("*.yml"))]
    buttons = [b for file in files for entry in read(file).values() if isinstance(entry, dict) for b in entry.get("buttons") or ()]
    assert {"yes", "not_now"} <= {button[0] for button in buttons}
    assert all(isinstance(cell, str) for button in buttons for cell in button)


@pytest.mark.parametrize(
    ("file", "broken"), [("places.yml", "CO: {names: colombia}\n"), ("places.yml", "CO: [\n"), ("gloss/ht.yml", "- x\n")]
)
def test_a_broken_gazetteer_or_gloss_is_an_alarm_and_not_a_failed_turn(copy: Path, file: str, broken: str) -> None:
    content = ContentFiles(copy, Ticks())
    version = content.version
    (copy / file).write_text(broken)
    content.refresh()
    assert content.version == version  # the index is not built anew
    assert file.split("/")[-1] in content.problems[0]


def test_the_worked_example_for_editors_works_as_written(copy: Path) -> None:
    """docs/for-content-editors.md, "a new country in ten minutes": its block, with the gaps filled in, is good and spoken at once."""
    page = (ROOT / "docs" / "for-content-editors.md").read_text()
    block = page.split("requirements.yml`:\n", 1)[1].split("\n3. ", 1)[0]
    block = "\n".join(line[7:] for line in block.splitlines())
    block = block.replace("https://…", "https://example.org/asylum").replace(
        "…two to five plain sentences, no amounts…", "Ask at the office."
    )
    block = block.replace('"…"', '"Pide en la oficina."')
    content = ContentFiles(copy, Ticks())
    (copy / "knowledge" / "SR").mkdir(exist_ok=True)
    (copy / "knowledge" / "SR" / "requirements.yml").write_text(block)
    assert [str(problem) for problem in content_check.check(copy)] == []
    content.refresh()
    assert content.knowledge.facts["sr-asylum"].country == "SR"
    sheets = content_worksheets.write_all(copy, copy.parent / "todo")
    assert any("sr-asylum" in sheet.read_text() for sheet in sheets)


def test_a_page_without_a_date_is_no_remark_in_english() -> None:
    assert year_of("undated page, about 2022-2023") == "2022-2023"
    assert year_of("2025-04-22") == "2025-04-22"
    assert year_of("undated page, UNHCR Help") == ""
