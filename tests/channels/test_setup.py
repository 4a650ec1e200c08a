"""`amparo channels setup` and `check`, against fake providers; what is sent fits Twilio's own description of Content resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from amparo.settings import Settings
from amparo.wiring import Application
from channels import setup
from tests.conftest import ROOT
from tests.support.providers import FakeProvider

SPECS = ROOT.parent / "shared" / "specs" / "twilio_content_v1.json"


def application(provider: FakeProvider, folder: Path) -> Application:
    return Application(
        Settings.from_env(
            {
                "AMPARO_KEYS": Fernet.generate_key().decode(),
                "AMPARO_PSEUDONYM_KEY": "p" * 40,
                "AMPARO_CONTENT": str(ROOT / "content"),
                "AMPARO_CACHE": str(folder / "cache"),
                "PUBLIC_BASE_URL": "https://public.example.org",
                "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
                "TWILIO_AUTH_TOKEN": "token",
                "TWILIO_WHATSAPP_FROM": "+15550001111",
                "TWILIO_API_BASE_URL": provider.url,
                "TELEGRAM_BOT_TOKEN": "12345:abc",
                "TELEGRAM_WEBHOOK_SECRET": "secret",
                "TELEGRAM_API_BASE_URL": provider.url,
            }
        )
    )


async def test_setup_registers_once(provider: FakeProvider, tmp_path: Path) -> None:
    app = application(provider, tmp_path)
    await setup.setup(app)
    hook = next(fields for path, fields in provider.sent if path.endswith("/setWebhook"))
    assert hook["secret_token"] == "secret"
    assert json.loads(hook["allowed_updates"]) == ["message", "callback_query", "message_reaction", "my_chat_member"]
    made = [fields for path, fields in provider.sent if path == "/v1/Content"]
    assert len(made) > 50
    assert {body["language"] for body in made} == {"es", "pt_BR", "en", "fr"}  # ht stands under fr
    before = len(provider.sent)
    await setup.setup(app)
    assert not [path for path, _ in provider.sent[before:] if path == "/v1/Content"]


def test_content_bodies_fit_twilios_description(provider: FakeProvider, tmp_path: Path) -> None:
    if not SPECS.is_file():
        pytest.skip("../shared/specs is not there")
    schemas = json.loads(SPECS.read_text())["components"]["schemas"]
    for body in setup.wanted(application(provider, tmp_path)).values():
        fits(body, schemas["ContentCreateRequest"], schemas)


def fits(value: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Every key is known, every required one is there, down to the buttons."""
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(value, dict) and schema.get("properties"):
        assert set(value) <= set(schema["properties"])
        assert set(schema.get("required") or ()) <= set(value)
        for name, part in value.items():
            fits(part, schema["properties"][name], schemas)
    elif isinstance(value, list):
        for part in value:
            fits(part, schema["items"], schemas)


def test_titles_keep_whatsapps_limits(provider: FakeProvider, tmp_path: Path) -> None:
    for body in setup.wanted(application(provider, tmp_path)).values():
        for kind, part in body["types"].items():
            if kind == "twilio/quick-reply":
                assert 1 <= len(part["actions"]) <= 3
                assert all(len(action["title"]) <= 20 for action in part["actions"])
            elif kind == "twilio/text":
                assert 1 <= len(part["body"]) <= 1024
            else:
                assert 1 <= len(part["items"]) <= 10
                assert all(len(item["item"]) <= 24 for item in part["items"])


def test_check_says_what_is_on(provider: FakeProvider, tmp_path: Path) -> None:
    lines = setup.check(application(provider, tmp_path))
    assert "sms: off" in lines
    assert any(line.startswith("telegram: on") for line in lines)
