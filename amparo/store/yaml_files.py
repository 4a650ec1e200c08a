"""Reading YAML with line numbers for people: every mapping knows the line it began on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

LINE = "__line__"


class ContentError(Exception):
    """A content file that cannot be read. `line` is 1-based."""

    def __init__(self, file: Path, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file, self.line, self.problem = file, line, problem


class _Lined(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """The safe loader, refusing duplicate keys; yes, no, on and off are words (only true and false are truth values).

    YAML 1.1 reads a button's token `yes` as True and Norway's code as False; people who edit content mean what they wrote.
    """


BOOL = "tag:yaml.org,2002:bool"
_Lined.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != BOOL] for first, resolvers in _Lined.yaml_implicit_resolvers.items()
}
_Lined.add_implicit_resolver(BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands here twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Lined.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(path: Path) -> Any:
    """The file's content. Raises ContentError with file, line and the problem in plain words."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Lined)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ContentError(path, (mark.line + 1) if mark else 1, error.problem or "cannot be read") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(path, 1, f"cannot be opened ({type(error).__name__})") from None


def line_of(path: Path, needle: str) -> int:
    """The first line that holds `needle`, 1 where none does; for messages about one entry of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if needle in line:
            return number
    return 1
