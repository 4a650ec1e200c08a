"""The code of the first run: printed where the desk is started, worth something only while there is no account at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

LETTERS = 12


def code(settings: Any) -> str:
    """Twelve letters and digits that only this installation knows (60 bits of HMAC-SHA256 under its own secrets)."""
    key = (settings.desk_session_key + settings.pseudonym_key).encode()
    digest = hmac.new(key, b"first run", hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:LETTERS]


def shown(settings: Any) -> str:
    """The code in groups of four, as it is printed."""
    plain = code(settings)
    return "-".join(plain[i : i + 4] for i in range(0, LETTERS, 4))


def typed(text: str) -> bytes:
    """What somebody typed, without groups and small letters."""
    return "".join(char for char in text.upper() if char.isalnum()).encode()
