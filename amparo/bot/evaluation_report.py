"""Tables and plots of an evaluation: per language, confusion, signals, calibration, recall against false alarms."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from amparo.bot.training import figures
from amparo.core.model import Risk

Row = Mapping[str, Any]
HEADERS = ("severe_recall", "imminent_as_severe", "imminent_exact", "concern_recall", "false_alarms", "exact")


def table(gold: Sequence[Row], said: Sequence[Row]) -> dict[str, dict[str, float]]:
    """The figures of understanding.md per language and over all."""
    languages = sorted({str(g["lang"]) for g in gold})
    found = {}
    for lang in [*languages, "all"]:
        pairs = [(g, s) for g, s in zip(gold, said, strict=True) if lang in ("all", g["lang"])]
        row = figures([Risk(g["risk"]) for g, _ in pairs], [Risk(s["risk"]) for _, s in pairs])
        row.update(_more(pairs))
        row["rows"] = len(pairs)
        found[lang] = row
    return found


def _more(pairs: Sequence[tuple[Row, Row]]) -> dict[str, float]:
    calm = [(g, s) for g, s in pairs if g["risk"] in ("none", "concern") and g.get("topic")]
    long = [(g, s) for g, s in pairs if len(str(g["text"]).split()) >= 3]
    values = {"topic": _share([g["topic"] == s["topic"] for g, s in calm]), "language": _share([g["lang"] == s["lang"] for g, s in long])}
    hits = [bool(set(g["signals"]) & set(s["signals"])) for g, s in pairs if g.get("signals")]
    values["any_signal"] = _share(hits)
    return values


def _share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), 4) if hits else 0.0


def write_report(gold: Sequence[Row], said: Sequence[Row], times: Sequence[float], folder: Path) -> None:
    """table.md, table.json and three PNG. Nothing where the cases carry no gold labels."""
    if not gold or "risk" not in gold[0]:
        return
    folder.mkdir(parents=True, exist_ok=True)
    rows = table(gold, said)
    (folder / "table.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (folder / "table.md").write_text(_markdown(rows, gold, said, times), encoding="utf-8")
    _plots(gold, said, folder)


def _markdown(rows: Mapping[str, Mapping[str, float]], gold: Sequence[Row], said: Sequence[Row], times: Sequence[float]) -> str:
    names = ("rows", *HEADERS, "topic", "language", "any_signal")
    lines = ["| language | " + " | ".join(names) + " |", "|" + " --- |" * (len(names) + 1)]
    lines += [f"| {lang} | " + " | ".join(str(row.get(n, "")) for n in names) + " |" for lang, row in rows.items()]
    counts = Counter((g["risk"], s["risk"]) for g, s in zip(gold, said, strict=True))
    risks = [r.value for r in Risk]
    lines += ["", "Rows: gold; columns: said.", "", "| | " + " | ".join(risks) + " |", "|" + " --- |" * 5]
    lines += [f"| {g} | " + " | ".join(str(counts[g, s]) for s in risks) + " |" for g in risks]
    lines += _by_kind(gold, said)
    if times:
        ordered = sorted(times)
        lines += ["", f"Time per text: median {ordered[len(ordered) // 2]:.0f} ms, p99 {ordered[int(0.99 * (len(ordered) - 1))]:.0f} ms."]
    return "\n".join(lines) + "\n"


def _by_kind(gold: Sequence[Row], said: Sequence[Row]) -> list[str]:
    """Signals (precision, recall), then kinds of case (share right about severe or not), then where topics go."""
    pairs = list(zip(gold, said, strict=True))
    lines = ["", "| signal | cases | found | of what was said, right |", "| --- | --- | --- | --- |"]
    for name in sorted({s for g in gold for s in g.get("signals", ())}):
        have = [g for g, s in pairs if name in g["signals"]]
        both = [g for g, s in pairs if name in g["signals"] and name in s["signals"]]
        named = [g for g, s in pairs if name in s["signals"]]
        lines.append(f"| {name} | {len(have)} | {len(both) / len(have):.2f} | {len(both) / len(named) if named else 0:.2f} |")
    kinds: dict[str, list[bool]] = {}
    for g, s in pairs:
        severe = ("disclosure", "imminent")
        kinds.setdefault(str(g.get("category", "-")), []).append((g["risk"] in severe) == (s["risk"] in severe))
    lines += ["", "| kind of case | cases | severe or not: right |", "| --- | --- | --- |"]
    lines += [f"| {kind} | {len(hits)} | {_share(hits):.2f} |" for kind, hits in sorted(kinds.items())]
    strayed = Counter((g["topic"], s["topic"]) for g, s in pairs if g["risk"] in ("none", "concern") and g["topic"] != s["topic"])
    lines += ["", "| topic meant | topic said | cases |", "| --- | --- | --- |"]
    return lines + [f"| {a} | {b} | {n} |" for (a, b), n in strayed.most_common(15)]


def _confusion(gold: Sequence[Row], said: Sequence[Row], folder: Path) -> None:
    from matplotlib import pyplot as plt

    risks = [r.value for r in Risk]
    counts = np.array([[sum(g["risk"] == a and s["risk"] == b for g, s in zip(gold, said, strict=True)) for b in risks] for a in risks])
    figure, axis = plt.subplots(figsize=(5, 4))
    axis.imshow(counts / np.maximum(1, counts.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    for row in range(4):
        for column in range(4):
            axis.text(column, row, str(counts[row, column]), ha="center", va="center")
    axis.set(xticks=range(4), yticks=range(4), xticklabels=risks, yticklabels=risks, xlabel="said", ylabel="gold")
    figure.tight_layout()
    figure.savefig(folder / "confusion.png", dpi=110)


def _plots(gold: Sequence[Row], said: Sequence[Row], folder: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    severe = np.array([s["scores"]["disclosure"] + s["scores"]["imminent"] for s in said])
    wanted = np.array([g["risk"] in ("disclosure", "imminent") for g in gold])
    calm = np.array([g["risk"] == "none" for g in gold])
    cuts = np.linspace(0, 1, 101)
    figure, axis = plt.subplots(figsize=(5, 4))
    axis.plot([(severe[calm] >= c).mean() for c in cuts], [(severe[wanted] >= c).mean() for c in cuts])
    axis.set(xlabel="false alarms among none", ylabel="recall of disclosure and imminent", xlim=(0, 0.3), ylim=(0.6, 1.005))
    axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(folder / "recall_false_alarms.png", dpi=110)
    figure, axis = plt.subplots(figsize=(5, 4))
    bins = np.clip((severe * 10).astype(int), 0, 9)
    held = [(severe[bins == b].mean(), wanted[bins == b].mean()) for b in range(10) if (bins == b).any()]
    axis.plot([0, 1], [0, 1], "--", color="grey")
    axis.plot([x for x, _ in held], [y for _, y in held], "o-")
    axis.set(xlabel="score of disclosure and imminent", ylabel="share that is so")
    figure.tight_layout()
    figure.savefig(folder / "calibration.png", dpi=110)
    _confusion(gold, said, folder)
    plt.close("all")
