"""The git-ignored .env: written once with fresh secrets and mode 0600, read at every start; the environment wins over it."""

from __future__ import annotations

import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path

from cryptography.fernet import Fernet


def ensure(path: Path) -> bool:
    """Writes the file with fresh secrets unless it exists. True where it was written now."""
    if path.exists():
        return False
    lines = (
        "# Written once. Keep a copy apart from the database: without AMPARO_KEYS nothing stored can be read again.",
        f"AMPARO_KEYS={Fernet.generate_key().decode()}",
        f"AMPARO_PSEUDONYM_KEY={secrets.token_urlsafe(48)}",
        f"DESK_SESSION_KEY={secrets.token_urlsafe(48)}",
        "",
    )
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return True


def load(path: Path, environ: MutableMapping[str, str]) -> None:
    """Adds the file's keys to `environ` where they are not set yet."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        key, mark, value = line.partition("=")
        if mark and not key.lstrip().startswith("#"):
            environ.setdefault(key.strip(), value.strip().strip('"'))
