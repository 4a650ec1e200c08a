"""`amparo content worksheets` and `fill`: what a translator still has to write, and taking it back with what must not change checked.

A worksheet lists, per entry and field, the text in every language, empty where it is missing. `fill` merges a filled worksheet:
numbers, links and placeholders of each text must be those of the English or the Spanish one, or that text is refused and named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from amparo.core.model import LANGUAGES
from amparo.store.content_sheet import round_trip_yaml
from amparo.store.yaml_files import read

ORDER = ("en", "es", "pt", "fr", "ht")
FACT_FIELDS = ("answers", "sms", "questions", "requirements", "time", "name", "red_flags", "how_to_check", "if_already_paid", "cost.what")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "facts": FACT_FIELDS,
    "services": ("for", "note"),
    "indicators": ("name", "description", "what_to_say"),
}
LISTS = frozenset({"questions", "requirements", "red_flags", "how_to_check"})
FREE = frozenset({"questions"})
"""Fields that are written anew in each language, not translated: nothing is compared."""
SHORTENED = frozenset({"note"})
"""Fields in which a remark may be left out; what is written is still compared."""
SMS_FROM = 300
"""Characters of an answer from which an SMS text of its own is asked for."""
SIZE = 13_500
"""Characters of English text per worksheet, about."""

NUMBER = re.compile(r"\d+(?:[.,:/\-]\d+)*")
LINK = re.compile(r"https?://[^\s)»\"]+|\b[\w-]+(?:\.[\w-]+)*\.(?:gob|gov|org|com|net|int|go)(?:\.[a-z]{2})?\b")
PLACEHOLDER = re.compile(r"\{\w+\}")
ACRONYM = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Z][A-Za-z0-9]{2,}\b")


@dataclass(frozen=True)
class Finding:
    """Something to look at in a filled worksheet. `refused`: the text was not taken."""

    entry: str
    field: str
    lang: str
    problem: str
    refused: bool = True

    def __str__(self) -> str:
        return f"{'refused' if self.refused else 'look at'}: {self.entry} {self.field} {self.lang}: {self.problem}"


# --- writing ---------------------------------------------------------------------------------------------------------------


def area_of(path: Path, root: Path) -> str:
    """What a file is about, which is how worksheets are grouped."""
    relative = path.relative_to(root)
    if relative.parts[0] == "services":
        return "services"
    if relative.parts[0].startswith("indicators"):
        return "indicators"
    return {"rights": "rights", "trafficking_info": "rights", "scams": "scams"}.get(path.stem, "migration")


def entries(root: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """(file, kind, entry) of all knowledge; kind is facts, services or indicators."""
    files = [*sorted((root / "knowledge").glob("*/*.yml")), *sorted((root / "services").glob("*.yml")), root / "indicators.yml"]
    for path in files:
        data = read(path) or {}
        for kind in FIELDS:
            for entry in data.get(kind) or ():
                yield path, kind, entry


def value_of(entry: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The field's texts per language."""
    if field in ("answers", "sms"):
        key = "text" if field == "answers" else "sms"
        return {lang: answer[key] for lang, answer in (entry.get("answers") or {}).items() if answer.get(key)}
    if field == "cost.what":
        cost = entry.get("cost")
        return dict(cost.get("what") or {}) if isinstance(cost, Mapping) else {}
    return dict(entry.get(field) or {})


def _wanted(entry: Mapping[str, Any], field: str, value: Mapping[str, Any]) -> bool:
    if field == "sms":
        return max((len(text) for text in value_of(entry, "answers").values()), default=0) > SMS_FROM
    return bool(value)


def sheet_of(path: Path, root: Path, entry: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """One entry of a worksheet."""
    texts = {}
    for field in FIELDS[kind]:
        value = value_of(entry, field)
        if _wanted(entry, field, value):
            texts[field] = {lang: value.get(lang) or ([] if field in LISTS else "") for lang in ORDER}
    return {"id": entry["id"], "file": str(path.relative_to(root)), "texts": texts}


def write_all(root: Path, folder: Path) -> list[Path]:
    """Worksheets of similar size, named <area>_<n>.yml."""
    areas: dict[str, list[dict[str, Any]]] = {}
    for path, kind, entry in entries(root):
        areas.setdefault(area_of(path, root), []).append(sheet_of(path, root, entry, kind))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for area, items in areas.items():
        for number, part in enumerate(_parts(items), 1):
            file = folder / f"{area}_{number}.yml"
            text = yaml.safe_dump({"items": part}, allow_unicode=True, sort_keys=False, width=10_000)
            file.write_text(text, encoding="utf-8")
            written.append(file)
    return written


def _parts(items: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    sizes = [sum(len(str(t.get("en") or t.get("es") or "")) for t in item["texts"].values()) for item in items]
    each = sum(sizes) / max(1, round(sum(sizes) / SIZE)) + 1
    part: list[dict[str, Any]] = []
    filled = 0.0
    rest = float(sum(sizes))
    for item, size in zip(items, sizes, strict=True):
        if part and filled + size / 2 > each and rest > each / 3:
            yield part
            part, filled = [], 0.0
        part.append(item)
        filled += size
        rest -= size
    if part:
        yield part


# --- taking back -----------------------------------------------------------------------------------------------------------


def numbers(text: str) -> set[str]:
    """The numbers of a text without their separators, which languages write differently."""
    return {re.sub(r"\D", "", found) for found in NUMBER.findall(PLACEHOLDER.sub(" ", text))}


def differences(text: str, origins: list[str], fewer: bool = False) -> str:
    """What must be the same and is not, against the nearest of the originals; '' where all is. `fewer`: numbers may be left out."""
    problems = []
    for origin in origins:
        problem = ""
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(origin)):
            problem = "placeholders differ"
        elif {link.rstrip(".,;") for link in LINK.findall(text)} != {link.rstrip(".,;") for link in LINK.findall(origin)}:
            problem = "links differ"
        elif numbers(text) - numbers(origin) if fewer else numbers(text) != numbers(origin):
            odd = sorted(numbers(text) ^ numbers(origin))
            problem = f"numbers differ: {', '.join(odd)}"
        if not problem:
            return ""
        problems.append(problem)
    return problems[0] if problems else ""


def names_missing(text: str, origins: list[str]) -> list[str]:
    """Acronyms that stand in every original and not in this text: to be looked at, some have a name of their own."""
    kept = set.intersection(*(set(ACRONYM.findall(origin)) for origin in origins)) if origins else set()
    return sorted(kept - set(ACRONYM.findall(text)))


def fill(root: Path, file: Path) -> tuple[int, list[Finding]]:
    """Merges a filled worksheet into content/. Returns (texts taken, findings). Unknown entries are findings."""
    sheet = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    by_file: dict[str, list[dict[str, Any]]] = {}
    for item in sheet.get("items") or ():
        by_file.setdefault(str(item["file"]), []).append(item)
    taken, findings = 0, []
    for name, items in by_file.items():
        path = root / name
        loader = round_trip_yaml()
        data = loader.load(path.read_text(encoding="utf-8"))
        known = {str(entry["id"]): entry for kind in FIELDS for entry in data.get(kind) or ()}
        changed = 0
        for item in items:
            entry = known.get(str(item["id"]))
            if entry is None:
                findings.append(Finding(str(item["id"]), "", "", f"is not in {name}"))
                continue
            changed += _fill_entry(entry, item, findings)
        if changed:
            with path.open("w", encoding="utf-8") as out:
                loader.dump(data, out)
        taken += changed
    return taken, findings


def _fill_entry(entry: Any, item: Mapping[str, Any], findings: list[Finding]) -> int:
    changed = 0
    for field, texts in (item.get("texts") or {}).items():
        have = value_of(entry, field)
        origins = [have[lang] for lang in ("en", "es") if have.get(lang)]
        origins = origins or [texts[lang] for lang in ("en", "es") if texts.get(lang)]
        for lang in LANGUAGES:
            text = texts.get(lang)
            if field in FREE:
                text = _united(have.get(lang) or [], text)
            if not text or text == have.get(lang):
                continue
            if lang in ("en", "es") and have.get(lang) and field not in FREE:
                findings.append(Finding(str(entry["id"]), field, lang, "content/ has another text, which stays", refused=False))
                continue
            problem = _compare(entry["id"], field, lang, text, origins, findings)
            if problem:
                findings.append(Finding(str(entry["id"]), field, lang, problem))
                continue
            _put(entry, field, lang, text)
            changed += 1
    return changed


def _compare(identifier: str, field: str, lang: str, text: Any, origins: list[Any], findings: list[Finding]) -> str:
    """Why this text is refused, '' where it is taken; missing names become findings that refuse nothing."""
    if field in LISTS and not isinstance(text, list):
        return "must be a list"
    if field in FREE or field == "sms":
        return ""
    if field in LISTS and all(len(text) != len(origin) for origin in origins):
        return "has another number of lines"
    joined = _joined(text)
    sources = [_joined(origin) for origin in origins]
    missing = names_missing(joined, sources)
    if missing:
        findings.append(Finding(str(identifier), field, lang, f"without {', '.join(missing)}", refused=False))
    return differences(joined, sources, fewer=field in SHORTENED)


def _united(have: Any, new: Any) -> Any:
    """What is there and what comes, each once: questions are collected, never lost."""
    return [*have, *(text for text in new if text not in have)] if isinstance(new, list) else new


def _joined(text: Any) -> str:
    return "\n".join(map(str, text)) if isinstance(text, list) else str(text)


def _put(entry: Any, field: str, lang: str, text: Any) -> None:
    if field in ("answers", "sms"):
        answer = entry.setdefault("answers", {}).setdefault(lang, {"text": "", "review": "machine"})
        answer["text" if field == "answers" else "sms"] = text
    elif field == "cost.what":
        entry["cost"].setdefault("what", {})[lang] = text
    else:
        if not isinstance(entry.get(field), dict):
            entry[field] = {}
        entry[field][lang] = text


def write_main(root: Path, folder: Path) -> int:
    """The command that writes worksheets."""
    for file in write_all(root, folder):
        print(file)
    return 0


def fill_main(root: Path, file: Path) -> int:
    """The command that takes a filled worksheet; exit code 1 where a text was refused."""
    taken, findings = fill(root, file)
    for finding in findings:
        print(finding)
    print(f"{taken} texts taken, {sum(f.refused for f in findings)} refused")
    return 1 if any(f.refused for f in findings) else 0
