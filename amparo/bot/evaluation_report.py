"""Tables and plots of an evaluation: per language, risk and signal, confusion, calibration, recall against false alarms, time.

A file with numbers (figures.json), one to read (report.md) and three plots. Gold keys: lang, risk, topic, signals, speaker; a case
without a key does not count for that figure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from amparo.core.model import LANGUAGES, SIGNALS, Risk

RISKS = tuple(r.value for r in Risk)
SEVERE = ("disclosure", "imminent")
GOALS = {
    "severe_recall": 0.97,
    "imminent_as_severe": 0.99,
    "imminent_exact": 0.85,
    "concern_recall": 0.90,
    "false_alarms": 0.04,
    "topic": 0.88,
    "language": 0.99,
}
Line = Mapping[str, Any]
Pairs = Sequence[tuple[Line, Line]]


def figures(pairs: Pairs) -> dict[str, float]:
    """The figures of the goals for (gold, predicted) lines; one that no case has labels for is left out."""
    risky = [(g["risk"], p["risk"]) for g, p in pairs if g.get("risk") in RISKS]
    hits: dict[str, list[bool]] = {
        "severe_recall": [p in SEVERE for g, p in risky if g in SEVERE],
        "imminent_as_severe": [p in SEVERE for g, p in risky if g == "imminent"],
        "imminent_exact": [p == "imminent" for g, p in risky if g == "imminent"],
        "concern_recall": [p != "none" for g, p in risky if g == "concern"],
        "false_alarms": [p in SEVERE for g, p in risky if g == "none"],
        "topic": [g["topic"] == p["topic"] for g, p in pairs if g.get("topic") and g.get("risk") in ("none", "concern")],
        "language": [g["lang"] == p["lang"] for g, p in pairs if g.get("lang") and len(str(g.get("text", "")).split()) >= 3],
        "speaker": [g["speaker"] == p["speaker"] for g, p in pairs if g.get("speaker")],
    }
    return {name: round(sum(values) / len(values), 4) for name, values in hits.items() if values}


def signal_table(pairs: Pairs) -> dict[str, tuple[int, float, float]]:
    """signal -> (cases, precision, recall), for signals that occur in gold or prediction."""
    table = {}
    labelled = [(set(g["signals"]), set(p["signals"])) for g, p in pairs if g.get("signals") is not None]
    for name in SIGNALS:
        both = sum(name in g and name in p for g, p in labelled)
        gold = sum(name in g for g, _ in labelled)
        said = sum(name in p for _, p in labelled)
        if gold or said:
            table[name] = (gold, round(both / said, 3) if said else 0.0, round(both / gold, 3) if gold else 0.0)
    return table


def curve(pairs: Pairs) -> list[tuple[float, float, float]]:
    """(threshold, recall of disclosure and imminent, false alarms) for the summed severe score."""
    severe = np.array([p["scores"]["disclosure"] + p["scores"]["imminent"] for g, p in pairs if g.get("risk") in RISKS])
    gold = np.array([g["risk"] for g, _ in pairs if g.get("risk") in RISKS])
    wanted, none = np.isin(gold, SEVERE), gold == "none"
    if not wanted.any() or not none.any():
        return []
    return [(float(t), float((severe[wanted] >= t).mean()), float((severe[none] >= t).mean())) for t in np.linspace(0.0, 1.0, 101)]


def calibration(pairs: Pairs, bins: int = 10) -> list[tuple[float, float, int]]:
    """(mean severe score, share that was severe, cases) per tenth of the score."""
    scored = [(p["scores"]["disclosure"] + p["scores"]["imminent"], g["risk"] in SEVERE) for g, p in pairs if g.get("risk") in RISKS]
    rows = []
    for i in range(bins):
        part = [(s, hit) for s, hit in scored if min(int(s * bins), bins - 1) == i]
        if part:
            rows.append((sum(s for s, _ in part) / len(part), sum(hit for _, hit in part) / len(part), len(part)))
    return rows


def write(folder: Path, gold: Sequence[Line], said: Sequence[Line], seconds: Sequence[float]) -> dict[str, Any]:
    """Writes figures.json, report.md and plots into `folder`; returns what figures.json holds."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = list(zip(gold, said, strict=True))
    by_language = {lang: [(g, p) for g, p in pairs if g.get("lang") == lang] for lang in LANGUAGES}
    ms = np.array(seconds or [0.0]) * 1000
    result = {
        "cases": len(pairs),
        "all": figures(pairs),
        "languages": {lang: figures(part) for lang, part in by_language.items() if part},
        "signals": signal_table(pairs),
        "milliseconds": {"p50": round(float(np.percentile(ms, 50)), 1), "p99": round(float(np.percentile(ms, 99)), 1)},
    }
    (folder / "figures.json").write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
    (folder / "report.md").write_text(_markdown(result, pairs), encoding="utf-8")
    _plots(folder, pairs, by_language)
    return result


def _markdown(result: Mapping[str, Any], pairs: Pairs) -> str:
    names = [*GOALS, "speaker"]
    lines = [f"# Evaluation: {result['cases']} cases", "", "| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines.append("| goal | " + " | ".join(str(GOALS.get(n, "")) for n in names) + " |")
    for name, row in {"all": result["all"], **result["languages"]}.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[n]:.3f}" if n in row else "" for n in names) + " |")
    lines += ["", "Confusion of risk (rows: gold, columns: said)", "", "| | " + " | ".join(RISKS) + " |", "|---" * 5 + "|"]
    counts = Counter((g.get("risk"), p["risk"]) for g, p in pairs)
    lines += [f"| {g} | " + " | ".join(str(counts[(g, p)]) for p in RISKS) + " |" for g in RISKS]
    topics = Counter((g["topic"], p["topic"]) for g, p in pairs if g.get("topic") and g["topic"] != p["topic"])
    lines += ["", "Most frequent topic confusions", "", "| gold | said | cases |", "|---|---|---|"]
    lines += [f"| {g} | {p} | {n} |" for (g, p), n in topics.most_common(15)]
    lines += ["", "| signal | cases | precision | recall |", "|---|---|---|---|"]
    lines += [f"| {name} | {n} | {precision} | {recall} |" for name, (n, precision, recall) in result["signals"].items()]
    lines += ["", f"Time per message: p50 {result['milliseconds']['p50']} ms, p99 {result['milliseconds']['p99']} ms.", ""]
    return "\n".join(lines)


def _plots(folder: Path, pairs: Pairs, by_language: Mapping[str, Pairs]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(7, 5))
    for name, part in {"all": pairs, **by_language}.items():
        points = curve(part)
        if points:
            axis.plot([f for _, _, f in points], [r for _, r, _ in points], label=name, linewidth=2.5 if name == "all" else 1.2)
    axis.axhline(GOALS["severe_recall"], color="grey", linestyle=":")
    axis.axvline(GOALS["false_alarms"], color="grey", linestyle=":")
    axis.set(xlim=(0, 0.3), ylim=(0.7, 1.005), xlabel="false alarms among harmless texts", ylabel="recall of disclosure and imminent")
    axis.legend()
    figure.savefig(folder / "recall_false_alarms.png", dpi=110, bbox_inches="tight")
    pyplot.close(figure)

    figure, axis = pyplot.subplots(figsize=(5, 5))
    rows = calibration(pairs)
    axis.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axis.plot([s for s, _, _ in rows], [share for _, share, _ in rows], marker="o")
    axis.set(xlabel="score of disclosure and imminent together", ylabel="share that was")
    figure.savefig(folder / "calibration.png", dpi=110, bbox_inches="tight")
    pyplot.close(figure)

    counts = Counter((g.get("risk"), p["risk"]) for g, p in pairs)
    table = np.array([[counts[(g, p)] for p in RISKS] for g in RISKS])
    figure, axis = pyplot.subplots(figsize=(5, 5))
    axis.imshow(table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    for i, j in np.ndindex(*table.shape):
        axis.text(j, i, str(table[i, j]), ha="center", va="center")
    axis.set(xticks=range(4), yticks=range(4), xticklabels=RISKS, yticklabels=RISKS, xlabel="said", ylabel="gold")
    figure.savefig(folder / "confusion.png", dpi=110, bbox_inches="tight")
    pyplot.close(figure)
