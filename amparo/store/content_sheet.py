"""`amparo content export` and `import`: the texts of facts and messages as a spreadsheet, and back, losing nothing.

One row per text: file, id, path inside the entry, language, text. Import changes only texts; everything else of a file stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from ruamel.yaml import YAML

from amparo.store.yaml_files import read

HEADER = ("file", "id", "field", "language", "text")
TEXT_FIELDS = (
    *("questions", "requirements", "time", "note", "name", "red_flags", "how_to_check", "if_already_paid", "for"),
    *("description", "what_to_say", "phrases"),
)
LISTED = ("facts", "services", "indicators")
NAMED = ("needs", "gaps")
"""Files that hold a list of entries, and files that hold a mapping of them by name."""


def round_trip_yaml() -> Any:
    yaml: Any = YAML()
    yaml.width = 140
    yaml.preserve_quotes = True
    yaml.representer.add_representer(type(None), lambda r, _: r.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml


def _files(root: Path) -> list[Path]:
    files = [*(root / "knowledge").rglob("*.yml"), *(root / "services").glob("*.yml"), *(root / "messages").rglob("*.yml")]
    return sorted([*files, *(path for name in ("indicators", *NAMED) if (path := root / f"{name}.yml").exists())])


def _entries(data: Any) -> list[tuple[str, Any]] | None:
    """(id, entry) of a file's entries, None where it holds messages."""
    for key in LISTED:
        if isinstance(data, dict) and isinstance(data.get(key), list):
            return [(str(entry["id"]), entry) for entry in data[key]]
    for key in NAMED:
        if isinstance(data, dict) and set(data) == {key}:
            return [(str(name), entry) for name, entry in data[key].items()]
    return None


def texts(data: Any) -> Iterator[tuple[str, str, str, Any, Any]]:
    """(id, field, language, container, key) of every text of a loaded file; `container[key]` is the text."""
    entries = _entries(data)
    if entries is None:
        for name, entry in (data or {}).items():
            for field in ("text", "sms", "whatsapp"):
                if field in entry:
                    yield name, field, "", entry, field
        return
    for identifier, entry in entries:
        for lang, answer in (entry.get("answers") or {}).items():
            for field in ("text", "sms"):
                if field in answer:
                    yield identifier, f"answers.{field}", lang, answer, field
        for field in TEXT_FIELDS:
            value = entry.get(field)
            for lang in value if isinstance(value, dict) else ():
                if isinstance(value[lang], list):
                    for index in range(len(value[lang])):
                        yield identifier, f"{field}.{index}", lang, value[lang], index
                else:
                    yield identifier, field, lang, value, lang


def export_rows(root: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Every text as a row."""
    for path in _files(root):
        for identifier, field, lang, container, key in texts(read(path) or {}):
            yield str(path.relative_to(root)), str(identifier), field, lang or path.stem, str(container[key])


def export_main(root: Path, file: Path) -> int:
    """Writes the spreadsheet."""
    book = Workbook()
    sheet = book.active
    sheet.append(HEADER)
    count = 0
    for row in export_rows(root):
        sheet.append(row)
        count += 1
    book.save(file)
    print(f"{count} texts written to {file}")
    return 0


def import_main(root: Path, file: Path) -> int:
    """Takes changed texts back; files whose texts did not change are not touched, and not read by the slow parser that keeps comments."""
    rows = load_workbook(file, read_only=True).active.iter_rows(min_row=2, values_only=True)
    wanted: dict[str, dict[tuple[str, str, str], str]] = {}
    for name, identifier, field, lang, text in rows:
        wanted.setdefault(str(name), {})[(str(identifier), str(field), str(lang))] = "" if text is None else str(text)
    changed = 0
    for name, cells in wanted.items():
        changed += _apply(root / name, cells)
    print(f"{changed} texts changed")
    return 0


def _apply(path: Path, cells: dict[tuple[str, str, str], str]) -> int:
    if not path.is_file() or not list(_changes(read(path) or {}, path, cells)):
        return 0
    yaml = round_trip_yaml()
    data = yaml.load(path.read_text(encoding="utf-8"))
    changed = 0
    for container, key, text in list(_changes(data, path, cells)):
        container[key] = text
        changed += 1
    with path.open("w", encoding="utf-8") as out:
        yaml.dump(data, out)
    return changed


def _changes(data: Any, path: Path, cells: dict[tuple[str, str, str], str]) -> Iterator[tuple[Any, Any, str]]:
    """(container, key, new text) where the sheet says something else than the file."""
    for identifier, field, lang, container, key in texts(data):
        text = cells.get((str(identifier), field, lang or path.stem))
        if text is not None and text != str(container[key]):
            yield container, key, text
