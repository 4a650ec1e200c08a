"""Beside our recogniser, on the same training rows and the same benchmark: Rasa's default pipeline (DIET) and nlp.js.

`python bench/compare/compare.py [diet] [nlpjs]`: trains each on the risk labels of data/risk, predicts tests/benchmark and writes
docs/evaluation/compare.json. DIET trains for about half an hour on two cores; nlp.js needs `npm ci` in this folder. Rasa runs from the
project's own environment; nothing that is made here reaches the assistant.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from amparo.bot.rows import risk_rows  # noqa: E402
from amparo.bot.training import figures  # noqa: E402
from amparo.core.model import LANGUAGES, Risk  # noqa: E402

OUT = ROOT / "docs" / "evaluation" / "compare.json"
DEFAULT_PIPELINE = """recipe: default.v1
assistant_id: compare
language: es
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
- name: EntitySynonymMapper
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies: []
"""


def cases() -> list[dict[str, str]]:
    """The benchmark of all languages: id, text, lang and label."""
    found = []
    for lang in LANGUAGES:
        for line in (ROOT / "tests" / "benchmark" / f"{lang}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append({"id": row["id"], "text": row["text"], "lang": lang, "label": row["risk"]})
    return found


def diet(folder: Path, asked: Sequence[dict[str, str]]) -> list[str]:
    """Labels that Rasa's default pipeline gives."""
    by_label: dict[str, list[str]] = {}
    for row in risk_rows(ROOT / "data" / "risk"):
        by_label.setdefault(row.risk.value, []).append(" ".join(row.text.split()).replace("[", "(").replace("]", ")"))
    lines = ['version: "3.1"', "nlu:"]
    for label, texts in by_label.items():
        lines += [f"- intent: {label}", "  examples: |", *(f"    - {text}" for text in texts)]
    (folder / "nlu.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "config.yml").write_text(DEFAULT_PIPELINE, encoding="utf-8")
    command = [sys.executable, "-m", "rasa", "train", "nlu", "--nlu", "nlu.yml", "--config", "config.yml", "--out", "models", "--quiet"]
    subprocess.run(command, check=True, cwd=folder)
    model = next((folder / "models").glob("*.tar.gz"))
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))
    return [predicted(agent, row["text"]) for row in asked]


def predicted(agent: object, text: str) -> str:
    """The intent of one text, 'none' where the fallback speaks."""
    import asyncio

    parsed = asyncio.run(agent.parse_message(" " + text if text.startswith("/") else text))  # type: ignore[attr-defined]
    name = str(parsed["intent"]["name"])
    ranking = [r["name"] for r in parsed.get("intent_ranking", []) if r["name"] in {risk.value for risk in Risk}]
    return name if name in {risk.value for risk in Risk} else (ranking[0] if ranking else "none")


def nlpjs(folder: Path, asked: Sequence[dict[str, str]]) -> list[str]:
    """Labels that nlp.js gives."""
    known = [{"text": row.text, "lang": row.lang, "label": row.risk.value} for row in risk_rows(ROOT / "data" / "risk")]
    for name, rows in (("train", known), ("test", asked)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    here = Path(__file__).parent
    files = [str(folder / f"{name}.jsonl") for name in ("train", "test", "out")]
    subprocess.run(["node", str(here / "nlpjs.js"), *files], check=True, cwd=here)
    return [json.loads(line)["label"] for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def main(names: Sequence[str]) -> int:
    asked = cases()
    gold = [Risk(row["label"]) for row in asked]
    results = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    for name, method in (("diet", diet), ("nlpjs", nlpjs)):
        if names and name not in names:
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            said = [Risk(label) for label in method(Path(folder), asked)]
        results[name] = {**figures(gold, said), "seconds": round(time.monotonic() - began), "rows": len(risk_rows(ROOT / "data" / "risk"))}
        print(name, results[name], flush=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
