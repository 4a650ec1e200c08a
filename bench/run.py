"""`make bench`: Amparo beside `rasa init`'s assistant, same Rasa, same machine, same run; ratios to bench/latest.json.

Measured: a webhook received until the reply is handed over (ours: signed SMS webhook to a fake Twilio; theirs: the REST channel
answer), p50 around turn 5 and around turn 200; cold start until ready; resident memory.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.providers import FakeProvider  # noqa: E402
from tests.support.stack import Stack, free_ports, wait_for  # noqa: E402

TEXTS = (
    "cuanto cuesta el pasaporte en peru y donde lo saco",
    "preciso de visto pra entrar no mexico sendo venezuelana",
    "can my child go to school without papers here",
    "combien coute la residence definitive au chili",
    "kijan pou m mande azil nan brezil tanpri",
)
EARLY, LATE = range(4, 9), range(196, 204)


def memory(pid: int) -> float:
    """Resident MiB of a process and its children."""
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 2**20


def ours() -> dict[str, float]:
    """Amparo: assistant and jobs; times in ms, start in s, memory in MiB (assistant)."""
    provider = FakeProvider()
    stack = Stack(Path(tempfile.mkdtemp()), provider)
    stack.run("migrate")
    began = time.monotonic()
    stack.start("assistant", "jobs")
    start = time.monotonic() - began
    times: list[float] = []
    number = "+573009990000"
    for turn in range(LATE.stop):
        seen = len(provider.texts(number))
        began = time.perf_counter()
        stack.twilio("sms", number, TEXTS[turn % len(TEXTS)])
        wait_for(lambda seen=seen: len(provider.texts(number)) > seen, 30, f"turn {turn}", pause=0.002)
        times.append((time.perf_counter() - began) * 1000)
        settle(provider, number)
    used = memory(stack._processes["assistant"].pid)
    stack.stop()
    provider.close()
    return summary(times, start, used)


def settle(provider: FakeProvider, number: str) -> None:
    """Waits until the turn has said all it says."""
    count = -1
    while count != len(provider.texts(number)):
        count = len(provider.texts(number))
        time.sleep(0.12)


def theirs(folder: Path) -> dict[str, float]:
    """`rasa init`'s assistant on the REST channel."""
    environ = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    rasa = [sys.executable, "-m", "rasa"]
    if not (folder / "models").exists():
        subprocess.run([*rasa, "init", "--no-prompt", "--init-dir", str(folder)], env=environ, check=True, stdout=subprocess.DEVNULL)
    (port,) = free_ports(1)
    (folder / "credentials.yml").write_text("rest:\n")
    began = time.monotonic()
    process = subprocess.Popen([*rasa, "run", "-i", "127.0.0.1", "-p", str(port)], cwd=folder, env=environ, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(timeout=30) as http:
        wait_for(lambda: _up(http, f"{url}/"), 120, "rasa init's assistant")
        start = time.monotonic() - began
        times = []
        for turn in range(LATE.stop):
            began = time.perf_counter()
            http.post(
                f"{url}/webhooks/rest/webhook", json={"sender": "bench", "message": ("hi", "i am sad", "yes", "great", "bye")[turn % 5]}
            )
            times.append((time.perf_counter() - began) * 1000)
    used = memory(process.pid)
    process.terminate()
    process.wait(30)
    return summary(times, start, used)


def _up(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def summary(times: list[float], start: float, used: float) -> dict[str, float]:
    return {
        "p50_turn5": statistics.median(times[i] for i in EARLY),
        "p50_turn200": statistics.median(times[i] for i in LATE),
        "cold_start": start,
        "memory": used,
    }


def main() -> int:
    """Prints both and the ratios, writes bench/latest.json."""
    folder = ROOT / "var" / "rasa-init"
    folder.mkdir(parents=True, exist_ok=True)
    other = theirs(folder)
    own = ours()
    ratios = {name: round(own[name] / other[name], 3) for name in own}
    machine = f"{platform.machine()}, {psutil.cpu_count()} processors"
    print(f"{machine}\n{'':14}{'ours':>10}{'rasa init':>12}{'ratio':>8}")
    for name in own:
        print(f"{name:14}{own[name]:10.1f}{other[name]:12.1f}{ratios[name]:8.2f}")
    data = {**ratios, "ours": own, "rasa_init": other, "machine": machine}
    (ROOT / "bench" / "latest.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
