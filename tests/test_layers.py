"""Who may import whom (docs/architecture.md), and who reads the environment."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("amparo", "channels", "actions")
STDLIB = sys.stdlib_module_names
ALLOWED = {
    "amparo.core": ("amparo.core",),
    "amparo.store": ("amparo.store", "amparo.core"),
    "amparo.jobs": ("amparo.jobs", "amparo.core", "amparo.store", "amparo.wiring", "channels.base"),
    "amparo.desk": ("amparo.desk", "amparo.core", "amparo.store", "amparo.wiring", "channels.base"),
    "amparo.bot": ("amparo.bot", "amparo.core", "amparo.store", "amparo.wiring", "amparo.run"),
    "actions": ("actions", "amparo.bot", "amparo.core", "amparo.wiring"),
}
NOBODY_IMPORTS = ("channels.endpoint", "amparo.desk", "amparo.jobs", "amparo.cli", "actions")
READ_ENVIRONMENT = {"amparo/wiring.py", "amparo/cli.py", "amparo/run.py", "amparo/envfile.py"}


def modules() -> list[tuple[str, Path]]:
    found = []
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "migrations" not in path.parts:
                found.append((".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path))
    return found


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ours(names: set[str]) -> set[str]:
    known = {name for name, _ in modules()}
    return {name for name in names if name in known and name.split(".")[0] in OURS}


@pytest.mark.parametrize(("layer", "allowed"), ALLOWED.items(), ids=list(ALLOWED))
def test_layers(layer: str, allowed: tuple[str, ...]) -> None:
    for name, path in modules():
        if name == layer or name.startswith(layer + "."):
            wrong = {i for i in ours(imports(path)) if i != "amparo" and not i.startswith(allowed)}
            assert not wrong, f"{name} imports {sorted(wrong)}"


def test_core_uses_the_standard_library_only() -> None:
    for name, path in modules():
        if name.startswith("amparo.core"):
            foreign = {i.split(".")[0] for i in imports(path)} - set(STDLIB) - {"amparo", "__future__"}
            assert not foreign, f"{name} imports {sorted(foreign)}"


def test_nobody_imports_the_edges() -> None:
    for name, path in modules():
        for edge in NOBODY_IMPORTS:
            inside = name.startswith(edge) or name in ("amparo.__main__", "amparo.cli")
            reached = {i for i in ours(imports(path)) if i == edge or i.startswith(edge + ".")}
            assert inside or not reached, f"{name} imports {sorted(reached)}"


def test_only_wiring_reads_the_environment() -> None:
    for _, path in modules():
        if "environ" in path.read_text(encoding="utf-8") and str(path.relative_to(ROOT)) not in READ_ENVIRONMENT:
            assert "os.environ" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("module", ["amparo.desk.app", "amparo.jobs.__main__"])
def test_desk_and_jobs_stay_light(module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('rasa', 'spacy', 'tensorflow') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, env={"PYTHONPATH": str(ROOT), "PATH": ""}
    )
    assert done.stdout.strip() == "[]", done.stderr[-500:]


def test_files_stay_small() -> None:
    long = {str(path.relative_to(ROOT)): count for _, path in modules() if (count := len(path.read_text().splitlines())) > 350}
    assert not long
