"""A voice note is fetched on a click only: from our account, audio only, bounded, and the token never follows a redirect."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from amparo.core.errors import Permanent, Retryable
from amparo.settings import Settings
from channels import voice
from tests.conftest import settings_for

SID = "AC" + "0" * 32
SOUND = b"OggS" + bytes(2000)
MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/"


class Store(BaseHTTPRequestHandler):
    seen: list[tuple[str, str]] = []

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Authorization", "")))
        if self.path.endswith("/Media/ME1"):
            self.send_response(307)
            self.send_header("Location", f"http://{self.headers['Host']}/far/sound")
            self.end_headers()
        elif "getFile" in self.path:
            self._say(b'{"ok": true, "result": {"file_path": "voice/1.oga"}}', "application/json")
        elif "/far/" in self.path or "/file/" in self.path:
            self._say(SOUND, "audio/ogg" if "/far/" in self.path else "application/octet-stream")
        elif self.path.endswith("/ME2"):
            self._say(b"<html>", "image/jpeg")
        else:
            self.send_response(404)
            self.end_headers()

    def _say(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Store.seen = []
    made = settings_for("sqlite:///x.db", tmp_path)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    for name, value in {
        "twilio_sid": SID,
        "twilio_token": "secret-token",
        "twilio_base_url": url,
        "telegram_token": "1:t",
        "telegram_base_url": url,
    }.items():
        object.__setattr__(made, name, value)
    yield made
    server.shutdown()
    server.server_close()


async def test_twilio_and_the_token_stays_at_twilio(settings: Settings) -> None:
    assert await voice.fetch(settings, "whatsapp", MEDIA + "ME1") == (SOUND, "audio/ogg")
    (_, first), (_, second) = Store.seen
    assert base64.b64decode(first.removeprefix("Basic ")).decode() == f"{SID}:secret-token"
    assert second == ""


async def test_telegram(settings: Settings) -> None:
    assert await voice.fetch(settings, "telegram", "FILE1") == (SOUND, "audio/ogg")


@pytest.mark.parametrize(
    "reference", [MEDIA + "ME2", MEDIA + "gone", "https://evil.example/x", "http://169.254.169.254/", MEDIA.replace(SID, "AC1")]
)
async def test_anything_else_is_refused(settings: Settings, reference: str) -> None:
    with pytest.raises(Permanent):
        await voice.fetch(settings, "whatsapp", reference)


async def test_a_long_sound_is_cut_off(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "MAX_BYTES", 100)
    with pytest.raises(Permanent):
        await voice.fetch(settings, "whatsapp", MEDIA + "ME1")


async def test_a_provider_that_is_away_may_be_asked_again(settings: Settings) -> None:
    object.__setattr__(settings, "twilio_base_url", "http://127.0.0.1:9")
    with pytest.raises(Retryable):
        await voice.fetch(settings, "whatsapp", MEDIA + "ME1")
