"""`amparo content report`: coverage, staleness and machine text per language, as a table and a picture."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from amparo.core.model import LANGUAGES
from amparo.store.content_files import ContentFiles

SOON = timedelta(days=30)


def rows(content: ContentFiles, today: date) -> dict[str, dict[str, int]]:
    """Per language: facts with an answer, all facts, messages, messages marked machine; and what goes stale."""
    facts = list(content.knowledge.facts.values())
    found = {}
    for lang in LANGUAGES:
        keys = content.keys(lang)
        machine = sum((content.entry(lang, key) or {}).get("review") == "machine" for key in keys)
        found[lang] = {
            "facts answered": sum(lang in fact.answers for fact in facts),
            "facts": len(facts),
            "messages": len(keys),
            "machine text": machine,
            "stale": sum(fact.stale(today) for fact in facts if lang in fact.answers),
            "stale in 30 days": sum(fact.stale(today + SOON) for fact in facts if lang in fact.answers),
            "checked by a person": sum(fact.verified_on is not None for fact in facts),
        }
    return found


def main(root: Path, folder: Path) -> int:
    """Prints the table and writes report.md and coverage.png into `folder`."""
    table = rows(ContentFiles(root), date.today())
    names = list(next(iter(table.values())))
    lines = ["| language | " + " | ".join(names) + " |", "|" + " --- |" * (len(names) + 1)]
    lines += [f"| {lang} | " + " | ".join(str(row[name]) for name in names) + " |" for lang, row in table.items()]
    text = "\n".join(lines)
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(text + "\n", encoding="utf-8")
    _plot(table, folder / "coverage.png")
    return 0


def _plot(table: dict[str, dict[str, int]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(6, 3))
    languages = list(table)
    axis.bar(languages, [row["facts"] for row in table.values()], color="#d5dae3", label="facts")
    axis.bar(languages, [row["facts answered"] for row in table.values()], color="#1f5fa8", label="answered in the language")
    axis.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
