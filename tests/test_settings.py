"""Settings: unknown, half-set and unreadable ones are refused in plain words."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from amparo import envfile
from amparo.settings import Settings, SettingsError, channels_on

GOOD = {"AMPARO_KEYS": Fernet.generate_key().decode(), "AMPARO_PSEUDONYM_KEY": "p" * 32}


def problems(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**GOOD, **environ})
    return str(refused.value)


def test_defaults_are_local_and_closed() -> None:
    settings = Settings.from_env(GOOD)
    assert (settings.host, settings.assistant_port, settings.desk_port) == ("127.0.0.1", 5005, 8080)
    assert channels_on(settings) == ()


def test_a_half_set_channel_names_what_is_missing() -> None:
    said = problems(TELEGRAM_BOT_TOKEN="1:a")
    assert "telegram is half set" in said and "TELEGRAM_WEBHOOK_SECRET" in said and "PUBLIC_BASE_URL" in said
    assert "TWILIO_AUTH_TOKEN" in problems(TWILIO_SMS_FROM="+1", TWILIO_ACCOUNT_SID="AC", PUBLIC_BASE_URL="https://x")


def test_an_unknown_key_gets_a_hint() -> None:
    assert "Did you mean TELEGRAM_BOT_TOKEN?" in problems(TELEGRAM_BOT_TOKN="x")


def test_production_refuses_the_simulator_and_debug() -> None:
    assert "AMPARO_SIMULATOR" in problems(AMPARO_ENV="production", AMPARO_SIMULATOR="on")
    assert "DEBUG" in problems(AMPARO_ENV="production", LOG_LEVEL="DEBUG")
    assert Settings.from_env({**GOOD, "AMPARO_ENV": "production", "DESK_SESSION_KEY": "k"}).desk_require_totp


@pytest.mark.parametrize(
    ("given", "wanted"), [("postgresql://u@h/d", "postgresql+asyncpg://u@h/d"), ("sqlite:///x.db", "sqlite+aiosqlite:///x.db")]
)
def test_plain_urls_get_their_driver(given: str, wanted: str) -> None:
    assert Settings.from_env({**GOOD, "DATABASE_URL": given}).database_url == wanted


def test_env_is_written_once_for_her_eyes_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert envfile.ensure(path)
    first = path.read_text()
    assert not envfile.ensure(path)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    environ: dict[str, str] = {"AMPARO_KEYS": "mine"}
    envfile.load(path, environ)
    assert environ["AMPARO_KEYS"] == "mine" and len(environ["AMPARO_PSEUDONYM_KEY"]) > 32
