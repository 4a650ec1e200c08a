"""The three processes of Amparo, started as a user starts them, on free ports and a database of their own."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cryptography.fernet import Fernet

from tests.support.providers import FakeProvider, twilio_request

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
TOKEN = "test-token-of-a-twilio-account"
PUBLIC = "https://public.example.org"


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(look: Callable[[], T], seconds: float = 20.0, what: str = "it", pause: float = 0.05) -> T:
    """What `look` returns once it is true; fails after a bounded time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"{what} did not happen in {seconds} s")


class Stack:
    """Assistant, desk and jobs with fake providers. `log`: what they printed."""

    def __init__(self, folder: Path, provider: FakeProvider, database: str = "", **environ: str) -> None:
        self.provider = provider
        self.folder = folder
        assistant, desk, wake = free_ports(3)
        self.assistant, self.desk = f"http://127.0.0.1:{assistant}", f"http://127.0.0.1:{desk}"
        self.database = database or f"sqlite+aiosqlite:///{folder / 'amparo.db'}"
        self.log = folder / "log.txt"
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("AMPARO_", "TWILIO_", "TELEGRAM_", "DESK_"))},
            "AMPARO_ENV_FILE": str(folder / "none.env"),
            "AMPARO_KEYS": Fernet.generate_key().decode(),
            "AMPARO_PSEUDONYM_KEY": secrets.token_urlsafe(32),
            "DESK_SESSION_KEY": secrets.token_urlsafe(32),
            "AMPARO_WAKE_PORT": str(min(wake, 65000)),
            "ASSISTANT_PORT": str(assistant),
            "DESK_PORT": str(desk),
            "DATABASE_URL": self.database,
            "PUBLIC_BASE_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_FROM": "whatsapp:+15550001111",
            "TWILIO_SMS_FROM": "+15550002222",
            "TWILIO_API_BASE_URL": provider.url,
            "TELEGRAM_BOT_TOKEN": "12345:test-bot-token",
            "TELEGRAM_WEBHOOK_SECRET": "s3cret_of-the-webhook",
            "TELEGRAM_API_BASE_URL": provider.url,
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": str(ROOT),
            **environ,
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.http = httpx.Client(timeout=15)

    def commands(self) -> dict[str, list[str]]:
        port = self.environ["ASSISTANT_PORT"]
        rasa = ["-m", "rasa", "run", "-i", "127.0.0.1", "-p", port, "--model", "models/amparo.tar.gz"]
        return {
            "assistant": [*rasa, "--credentials", "credentials.yml", "--endpoints", "endpoints.yml"],
            "desk": ["-m", "amparo.desk"],
            "jobs": ["-m", "amparo.jobs"],
        }

    def start(self, *names: str) -> None:
        self.run("migrate")
        for name in names or ("assistant", "desk", "jobs"):
            self.start_one(name)
        for url in ([self.assistant] if "assistant" in self._processes else []) + ([self.desk] if "desk" in self._processes else []):
            wait_for(lambda url=url: _answers(f"{url}/health"), 90, f"{url} ready")

    def start_one(self, name: str) -> None:
        with self.log.open("ab") as out:
            command = [sys.executable, *self.commands()[name]]
            self._processes[name] = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=out, stderr=out)

    def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        self._processes[name].send_signal(how)
        self._processes[name].wait(20)

    def run(self, *arguments: str, given: str = "") -> str:
        """An `amparo` command; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "amparo", *arguments],
            cwd=ROOT,
            env=self.environ,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def stop(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.http.close()

    # --- as the providers post ------------------------------------------------------------------------------------------

    def twilio(self, channel: str, number: str, text: str, **more: str) -> httpx.Response:
        """A signed webhook of WhatsApp or SMS."""
        sender = f"whatsapp:{number}" if channel == "whatsapp" else number
        fields = {"MessageSid": "SM" + secrets.token_hex(16), "From": sender, "To": "x", "Body": text, "NumMedia": "0", **more}
        path = f"/webhooks/{channel}/webhook"
        headers = twilio_request(TOKEN, PUBLIC + path, fields)
        return self.http.post(self.assistant + path, data=fields, headers=headers)

    def telegram(self, chat: int, text: str, token: str = "") -> httpx.Response:
        """An update with the secret header; `token`: a tapped button."""
        number = secrets.randbelow(2**31)
        who = {"id": chat, "type": "private"}
        user = {"id": chat, "is_bot": False, "first_name": "x", "language_code": "es"}
        message = {"message_id": number, "date": int(time.time()), "chat": who, "from": user, "text": text}
        update: dict[str, Any] = {"update_id": number, "message": message}
        if token:
            query = {"id": str(number), "from": user, "chat_instance": "1", "data": token, "message": {**message, "text": "x"}}
            update = {"update_id": number, "callback_query": query}
        headers = {"X-Telegram-Bot-Api-Secret-Token": "s3cret_of-the-webhook"}
        return self.http.post(f"{self.assistant}/webhooks/telegram/webhook", json=update, headers=headers)

    def heard(self, to: str, part: str, seconds: float = 20.0, after: int = 0) -> str:
        """The first text to `to` that holds `part`, from the `after`-th on."""
        return wait_for(
            lambda: next((text for text in self.provider.texts(to)[after:] if part.lower() in text.lower()), ""),
            seconds,
            f"«{part}» to {to}",
        )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
