"""`amparo content report`: coverage, staleness, machine text and readability per language, as a table and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from amparo.core.model import LANGUAGES
from amparo.store.content_files import ContentFiles
from amparo.store.readability import reading

SOON = timedelta(days=30)


def rows(content: ContentFiles, today: date) -> dict[str, dict[str, int | float]]:
    """Per language: how much of each kind is there, what is machine text, what goes stale, how plain it reads."""
    knowledge = content.knowledge
    facts, services = list(knowledge.facts.values()), list(knowledge.services.values())
    indicators = list(knowledge.indicators.values())
    found: dict[str, dict[str, int | float]] = {}
    for lang in LANGUAGES:
        keys = content.keys(lang)
        answered = [fact for fact in facts if lang in fact.answers]
        plain = reading([fact.answers[lang] for fact in answered], lang)
        found[lang] = {
            "facts answered": len(answered),
            "facts": len(facts),
            "facts with 3 questions": sum(len(fact.questions.get(lang, ())) >= 3 for fact in facts),
            "services described": sum(lang in service.purpose for service in services),
            "services": len(services),
            "signs explained": sum(lang in indicator.advice for indicator in indicators),
            "signs": len(indicators),
            "messages": len(keys),
            "machine text": sum((content.entry(lang, key) or {}).get("review") == "machine" for key in keys),
            "stale": sum(fact.stale(today) for fact in answered),
            "stale in 30 days": sum(fact.stale(today + SOON) for fact in answered),
            "checked by a person": sum(fact.verified_on is not None for fact in facts),
            "reading ease": round(plain.ease, 1) if plain.ease is not None else 0,
            "words a sentence": round(plain.words_per_sentence, 1),
            "long words %": round(100 * plain.long_words, 1),
        }
    return found


def table_of(table: Mapping[str, Mapping[str, int | float]]) -> str:
    """A Markdown table, one line a measure, one column a language."""
    lines = ["| | " + " | ".join(table) + " |", "| --- |" + " --- |" * len(table)]
    for name in next(iter(table.values())):
        lines.append(f"| {name} | " + " | ".join(str(row[name]) for row in table.values()) + " |")
    return "\n".join(lines)


def main(root: Path, folder: Path) -> int:
    """Prints the table and writes report.md and coverage.png into `folder`."""
    table = rows(ContentFiles(root), date.today())
    text = table_of(table)
    print(text)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(text + "\n", encoding="utf-8")
    _plot(table, folder / "coverage.png")
    return 0


PLOTTED = (("facts answered", "facts"), ("services described", "services"), ("signs explained", "signs"))


def _plot(table: Mapping[str, Mapping[str, int | float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 3.2))
    width = 0.8 / len(PLOTTED)
    for n, (have, of) in enumerate(PLOTTED):
        at = [i + (n - 1) * width for i in range(len(table))]
        axis.bar(at, [100 * row[have] / max(1, row[of]) for row in table.values()], width * 0.92, label=have)
    axis.set_xticks(range(len(table)), list(table))
    axis.set_ylim(0, 105)
    axis.set_ylabel("% of entries in the language")
    axis.legend(frameon=False, ncol=len(PLOTTED), loc="upper center", bbox_to_anchor=(0.5, 1.18))
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
