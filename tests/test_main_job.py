"""The main job, end to end: real processes, signed webhooks, fake providers, a counselor in real Chromium; twice per person."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import log_in, named, open_browser, press, sees
from tests.support.providers import FakeProvider
from tests.support.stack import ROOT, Stack, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PASSWORD = "a-long-enough-password"
SECRET_MARK = "palabrasecretaxyz"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    provider = FakeProvider()
    made = Stack(tmp_path_factory.mktemp("stack"), provider)
    made.start()
    made.run("counselor", "add", "Ana", "--role", "supervisor", "--password-stdin", given=PASSWORD + "\n")
    yield made
    made.stop()
    provider.close()


@pytest.fixture(scope="module")
def desk(stack: Stack, chromium: str) -> Iterator[Any]:
    browser = open_browser(chromium)
    log_in(browser, stack.desk, "Ana", PASSWORD)
    named(browser, "Language")
    yield browser
    browser.quit()


class Person:
    """Somebody who writes on one channel."""

    def __init__(self, stack: Stack, channel: str) -> None:
        self.stack, self.channel = stack, channel
        number = 100_000 + secrets.randbelow(800_000)
        self.id = str(number) if channel == "telegram" else f"+57310{number}"
        self.to = f"whatsapp:{self.id}" if channel == "whatsapp" else self.id

    def write(self, text: str) -> None:
        if self.channel == "telegram":
            answer = self.stack.telegram(int(self.id), text)
        else:
            answer = self.stack.twilio(self.channel, self.id, text)
        assert answer.status_code == 200

    def reads(self, part: str, after: int = 0) -> str:
        return self.stack.heard(self.to, part, after=after)

    @property
    def count(self) -> int:
        return len(self.stack.provider.texts(self.to))


CASES = [
    (
        "whatsapp",
        "cuanto cuesta el ppt en colombia",
        "PPT",
        "me quitaron el pasaporte y no me dejan salir",
        "te creo",
        "¿",
        "si",
        "pedí una persona",
    ),
    (
        "telegram",
        "cuanto cuesta el ppt en colombia",
        "PPT",
        "me quitaron el pasaporte y no me dejan salir",
        "te creo",
        "¿",
        "si",
        "pedí una persona",
    ),
    (
        "sms",
        "cuanto cuesta el ppt en colombia",
        "PPT",
        "me quitaron el pasaporte y no me dejan salir",
        "te creo",
        "escribir contigo",
        "si",
        "pedi una persona",
    ),
    (
        "whatsapp",
        "konbyen ppt a koute nan kolonbi",
        "PPT",
        "yo pran paspo m yo pa kite m soti nan kay la",
        "kwè w",
        "yon moun",
        "wi",
        "mwen mande yon moun",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=["whatsapp-es", "telegram-es", "sms-es", "whatsapp-ht"])
def test_main_job(stack: Stack, desk: Any, case: tuple[str, ...]) -> None:
    channel, question, fact, disclosure, care, offer, yes, queued = case
    her = Person(stack, channel)
    her.write(question)
    her.reads("Amparo")
    answer = her.reads(fact, after=1)
    assert "http" in answer  # the page to confirm at
    for talk in (1, 2):
        before = her.count
        her.write(disclosure if talk == 1 else f"{disclosure} {'otra vez' if yes == 'si' else 'ankò'} {SECRET_MARK}")
        her.reads(care, after=before)
        her.reads(offer, after=before)
        before = her.count
        her.write(yes)
        her.reads(queued, after=before)
        desk.get(f"{stack.desk}/queue")
        assert SECRET_MARK not in desk.page_source  # no words of hers before the claim
        press(desk, "Claim")
        her.reads("Ana", after=before)
        hello = f"Hola, aqui estoy {secrets.token_hex(3)}"
        named(desk, "Message").send_keys(hello)
        press(desk, "Send")
        her.reads(hello, after=before)
        reply = f"gracias {secrets.token_hex(3)}"
        before = her.count
        her.write(reply)
        assert sees(desk, reply)
        press(desk, "Close")
        her.reads("PERSON" if yes == "si" else "MOUN", after=before)
        before = her.count
        her.write(question)
        her.reads(fact, after=before)


def test_requests_fit_the_providers_descriptions(stack: Stack) -> None:
    """What went out during the main job is what Twilio and Telegram describe."""
    specs = ROOT.parent / "shared" / "specs"
    if not specs.is_dir():
        pytest.skip("../shared/specs is not there")
    twilio = json.loads((specs / "twilio_api_v2010.json").read_text())
    form = twilio["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]["requestBody"]["content"]
    schema = form["application/x-www-form-urlencoded"]["schema"]
    telegram = json.loads((specs / "telegram_bot_api.json").read_text())["methods"]["sendMessage"]
    known = {field["name"] for field in telegram["fields"]}
    checked = 0
    for path, fields in stack.provider.sent:
        if path.endswith("/Messages.json"):
            assert set(fields) <= set(schema["properties"])
            assert set(schema["required"]) <= set(fields)
            assert 1 <= int(fields["ValidityPeriod"]) <= 14_400
            assert len(fields.get("Body", "")) <= 1600
            checked += 1
        elif path.endswith("/sendMessage"):
            assert set(fields) <= known
            assert 1 <= len(fields["text"]) <= 4096
            checked += 1
    assert checked > 20


def test_logs_hold_no_text_address_or_token(stack: Stack) -> None:
    """Everything the processes printed, searched for what people wrote, where they are, and secrets."""
    log = wait_for(lambda: stack.log.read_text(errors="replace"))
    for marked in (
        SECRET_MARK,
        "pasaporte",
        "paspo",
        "+57310",
        stack.environ["TWILIO_AUTH_TOKEN"],
        stack.environ["AMPARO_KEYS"],
        "test-bot-token",
    ):
        assert marked not in log


def test_database_file_holds_no_plain_text(stack: Stack) -> None:
    """At rest: neither her words nor her address nor the desk's words stand in the database or its log."""
    folder = Path(stack.folder)
    for file in folder.glob("amparo.db*"):
        raw = file.read_bytes()
        for marked in (SECRET_MARK.encode(), b"pasaporte y no me dejan", b"+57310", b"Hola, aqui estoy"):
            assert marked not in raw, file.name


def test_bad_input_is_refused_on_purpose(stack: Stack) -> None:
    """Over real HTTP: unsigned 403, malformed 400, too large 413, ignored kinds 200, a replay 200; never a 500."""
    http, base = stack.http, stack.assistant
    secret = {"X-Telegram-Bot-Api-Secret-Token": "s3cret_of-the-webhook"}
    edited = {"update_id": 1, "edited_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}}
    for name in ("whatsapp", "sms", "telegram"):
        assert http.post(f"{base}/webhooks/{name}/webhook", data={"Body": "hola"}).status_code == 403
        assert http.post(f"{base}/webhooks/{name}/webhook", content=b"x" * 200_000).status_code == 413
    assert http.post(f"{base}/webhooks/telegram/webhook", content=b"\xff{", headers=secret).status_code == 400
    assert http.post(f"{base}/webhooks/telegram/webhook", json=edited, headers=secret).status_code == 200
    assert stack.twilio("sms", "+573101234567", "", MessageSid="").status_code == 400
    assert stack.twilio("sms", "+573101234567", "?", MessageSid="SMreplay").status_code == 200
    assert stack.twilio("sms", "+573101234567", "?", MessageSid="SMreplay").status_code == 200
    assert http.post(f"{base}/webhooks/sms/status", data={"MessageSid": "x"}).status_code == 403
    assert http.get(f"{base}/health").status_code == 200


def test_kill_at_any_moment_loses_nothing(stack: Stack) -> None:
    """The assistant and the jobs are killed while messages come in; every message is answered after they are back."""
    people = [Person(stack, "sms") for _ in range(6)]
    for one in people:
        one.write("cuanto cuesta el pasaporte en peru")
    stack.kill("assistant")
    stack.kill("jobs")
    stack.start_one("assistant")
    stack.start_one("jobs")
    wait_for(lambda: _ready(stack), 90, "assistant back")
    for one in people:
        one.reads("PEN")
        assert len([text for text in stack.provider.texts(one.to) if "PEN" in text]) <= 2


def _ready(stack: Stack) -> bool:
    try:
        return stack.http.get(f"{stack.assistant}/health").status_code == 200
    except Exception:  # noqa: BLE001 - not up yet
        return False
