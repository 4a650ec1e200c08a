"""`amparo chat`: a real conversation in the terminal, through the running assistant's simulator."""

from __future__ import annotations

import json
import secrets
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from amparo import wiring

WAIT_SECONDS = 8.0
STYLE = "sms"


def main() -> int:
    """Reads lines until end of input. Exit code 1 where no assistant runs."""
    settings = wiring.application().settings
    base = f"http://127.0.0.1:{settings.assistant_port}/simulator/{STYLE}/messages"
    phone = f"chat-{secrets.token_hex(4)}"
    after = 0
    print("Write in any of the five languages; Ctrl-D ends.")
    while True:
        try:
            line = input("> ")
        except EOFError:
            return 0
        try:
            _post(base, {"phone": phone, "text": line})
            after = _show(base, phone, after)
        except (urllib.error.URLError, OSError):
            print("No assistant answers. Start it with `make run`.", file=sys.stderr)
            return 1


def _show(base: str, phone: str, after: int) -> int:
    """Prints what comes within a few seconds; stops early once something came and then nothing more."""
    until = time.monotonic() + WAIT_SECONDS
    came = 0.0
    while time.monotonic() < until and (not came or time.monotonic() - came < 1.2):
        for bubble in _get(f"{base}?phone={phone}&after={after}"):
            after, came = int(bubble["id"]), time.monotonic()
            print(f"\n{bubble['text']}\n")
        time.sleep(0.2)
    return after


def _post(url: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=5):
        pass


def _get(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return list(json.loads(answer.read()))
