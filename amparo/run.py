"""`amparo run`: secrets, schema, model, then assistant, desk and jobs side by side until Ctrl-C."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from amparo import envfile
from amparo.settings import Settings, SettingsError, channels_on

MODEL = "amparo"
TRAINED_ON = ("data", "config.yml", "domain.yml", "content/places.yml")
CODE = tuple(
    "features embeddings encoder unigram spelling kernel labels language lexicon places recognizer training rows components".split()
)
STOP_SECONDS = 15.0
READY_SECONDS = 180.0
RESTARTS = 5


def prepare_environment() -> bool:
    """Writes .env once and reads it. True where it was written now. Raises SettingsError later, in Settings.from_env."""
    path = Path(os.environ.get("AMPARO_ENV_FILE", ".env"))
    fresh = envfile.ensure(path)
    envfile.load(path, os.environ)
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("PYTHONWARNINGS", "ignore")  # of the processes it starts; the tests look at warnings
    return fresh


def fingerprint(root: Path = Path()) -> str:
    """Of everything that the model is made from."""
    sums = hashlib.sha256()
    files = [path for name in TRAINED_ON for path in ([root / name] if (root / name).is_file() else sorted((root / name).rglob("*.yml")))]
    files += [root / "amparo" / "bot" / f"{name}.py" for name in CODE]
    for path in files:
        sums.update(str(path).encode() + path.read_bytes())
    return sums.hexdigest()


def train(force: bool, models: Path = Path("models")) -> int:
    """Trains unless the model was made from exactly this data and code. Returns the exit code."""
    mark = models / f"{MODEL}.fingerprint"
    wanted = fingerprint()
    if not force and mark.exists() and mark.read_text() == wanted and (models / f"{MODEL}.tar.gz").exists():
        return 0
    print("Training (a few minutes the first time, seconds when little changed) …", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", MODEL, "--out", str(models), "--quiet"]
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        mark.write_text(wanted)
        print(f"Trained in {time.monotonic() - began:.0f} s.", flush=True)
    return done.returncode


@dataclass
class Child:
    """One process that is kept running."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    died_at: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, start_new_session=True)
        self.starts += 1

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)


def children(settings: Settings) -> list[Child]:
    """The three processes."""
    python = sys.executable
    rasa = [python, "-m", "rasa", "run", "-i", settings.host, "-p", str(settings.assistant_port)]
    rasa += ["--model", str(settings.models / f"{MODEL}.tar.gz"), "--credentials", "credentials.yml", "--endpoints", "endpoints.yml"]
    return [
        Child("assistant", rasa),
        Child("desk", [python, "-m", "amparo.desk"]),
        Child("jobs", [python, "-m", "amparo.jobs"]),
    ]


def main() -> int:
    """Prepares and runs. Exit codes: 0 stopped on request, 1 something does not stay up, 2 settings refused."""
    fresh = prepare_environment()
    settings = Settings.from_env({k: v for k, v in os.environ.items() if k != "AMPARO_ENV_FILE"})
    if fresh:
        print("Wrote .env with fresh secrets (readable by you only).")
    _say_channels(settings)
    from amparo.store import migrate

    migrate.upgrade(settings.database_url)
    if train(force=False, models=settings.models) != 0:
        print("Training failed; see above.", file=sys.stderr)
        return 1
    return Supervisor(settings).run()


def _say_channels(settings: Settings) -> None:
    on = channels_on(settings)
    for name in ("whatsapp", "sms", "telegram"):
        print(f"Channel {name}: {'on' if name in on else 'off (no settings)'}")


class Supervisor:
    """Starts, watches and stops the processes; one that keeps dying ends everything, in plain words."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children = children(settings)
        self._stopping = False

    def run(self) -> int:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, self._on_signal)
        print("Starting assistant, desk and jobs …", flush=True)
        for child in self.children:
            child.start()
        ready = self._wait_ready()
        if ready:
            self._greet()
        code = self._watch() if ready else (0 if self._stopping else 1)
        self._stop()
        return code

    def _on_signal(self, _signal: int, _frame: object) -> None:
        self._stopping = True

    def _wait_ready(self) -> bool:
        until = time.monotonic() + READY_SECONDS
        urls = {
            "assistant": f"http://127.0.0.1:{self.settings.assistant_port}/health",
            "desk": f"http://127.0.0.1:{self.settings.desk_port}/health",
        }
        while urls and time.monotonic() < until and not self._stopping:
            for name in [name for name, url in urls.items() if _answers(url)]:
                del urls[name]
                print(f"  {name} is ready", flush=True)
            if not self._keep_alive():
                return False
            time.sleep(0.3)
        if urls and not self._stopping:
            print(f"Not ready in time: {', '.join(urls)}.", file=sys.stderr)
        return not urls

    def _keep_alive(self) -> bool:
        """Restarts what died; False where something died too often in a minute."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None or child.process.poll() is None or self._stopping:
                continue
            child.died_at = [at for at in child.died_at if now - at < 60] + [now]
            if len(child.died_at) > RESTARTS or child.process.returncode == 2:
                print(f"{child.name} does not stay up (exit code {child.process.returncode}).", file=sys.stderr)
                return False
            print(f"{child.name} stopped (exit code {child.process.returncode}); starting it again.", flush=True)
            child.start()
        return True

    def _greet(self) -> None:
        host, assistant, desk = self.settings.host, self.settings.assistant_port, self.settings.desk_port
        print(f"\nAssistant  http://{host}:{assistant}")
        if self.settings.simulator:
            print(f"  try it   http://{host}:{assistant}/simulator/   (or: .venv/bin/amparo chat)")
        print(f"Desk       http://{host}:{desk}")
        print("  first account: the page and code that the desk printed, or .venv/bin/amparo counselor add NAME --role supervisor")
        print("Ctrl-C stops everything.\n", flush=True)

    def _watch(self) -> int:
        while not self._stopping:
            if not self._keep_alive():
                return 1
            time.sleep(0.5)
        return 0

    def _stop(self) -> None:
        print("Stopping …", flush=True)
        for child in self.children:
            child.stop()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


__all__ = ["SettingsError", "Supervisor", "fingerprint", "main", "prepare_environment", "train"]
