"""All settings, read once from the environment by `amparo.wiring`; unknown and half-set ones are refused in plain words."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

OWN_PREFIXES = ("AMPARO_", "DESK_", "TWILIO_", "TELEGRAM_", "ONCALL_", "SMTP_")


class SettingsError(Exception):
    """The environment cannot be used; `problems` says why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _key(name: str, about: str, default: Any = "", secret: bool = False) -> Any:
    return field(default=default, metadata={"key": name, "about": about, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """Every setting with its environment key; `amparo settings` prints this table."""

    env: str = _key("AMPARO_ENV", "local or production; production asks for more at the start; live-check gates nothing yet", "local")
    host: str = _key("AMPARO_HOST", "address that assistant and desk bind to", "127.0.0.1")
    assistant_port: int = _key("ASSISTANT_PORT", "port of the assistant: webhooks, health, simulator", 5005)
    desk_port: int = _key("DESK_PORT", "port of the counselor desk", 8080)
    wake_port: int = _key("AMPARO_WAKE_PORT", "first of three loopback UDP ports for wake-ups on SQLite", 5850)
    database_url: str = _key("DATABASE_URL", "sqlite or postgresql url", "sqlite+aiosqlite:///var/amparo.db", True)
    redis_url: str = _key("REDIS_URL", "optional: Rasa's lock store when several assistants run", "", True)
    content: Path = _key("AMPARO_CONTENT", "folder of texts and facts", Path("content"))
    models: Path = _key("AMPARO_MODELS", "folder of trained models", Path("models"))
    cache: Path = _key("AMPARO_CACHE", "folder of caches that may be deleted at any time", Path("var/cache"))
    keys: tuple[str, ...] = _key("AMPARO_KEYS", "master keys (Fernet), comma separated, newest first", (), True)
    pseudonym_key: str = _key("AMPARO_PSEUDONYM_KEY", "secret behind pseudonyms, 32 characters or more", "", True)
    simulator: bool = _key("AMPARO_SIMULATOR", "serve the simulator page (never in production)", True)
    organisation: str = _key("AMPARO_ORGANISATION", "who runs this, as she reads it; neutral words", "")
    log_level: str = _key("AMPARO_LOG_LEVEL", "INFO, WARNING or ERROR", "INFO")
    public_base_url: str = _key("PUBLIC_BASE_URL", "https address under which the providers reach the assistant")
    twilio_sid: str = _key("TWILIO_ACCOUNT_SID", "Twilio account", "", True)
    twilio_token: str = _key("TWILIO_AUTH_TOKEN", "Twilio token", "", True)
    twilio_whatsapp_from: str = _key("TWILIO_WHATSAPP_FROM", "WhatsApp sender, with or without whatsapp:")
    twilio_sms_from: str = _key("TWILIO_SMS_FROM", "SMS sender")
    twilio_base_url: str = _key("TWILIO_API_BASE_URL", "replaces every Twilio host, for tests")
    telegram_token: str = _key("TELEGRAM_BOT_TOKEN", "bot token", "", True)
    telegram_secret: str = _key("TELEGRAM_WEBHOOK_SECRET", "1-256 of A-Z a-z 0-9 _ -", "", True)
    telegram_base_url: str = _key("TELEGRAM_API_BASE_URL", "replaces Telegram's host, without /bot, for tests")
    desk_session_key: str = _key("DESK_SESSION_KEY", "secret that signs desk cookies", "", True)
    desk_require_totp: bool = _key("DESK_REQUIRE_TOTP", "second factor at login; default off in local, on in production", False)
    desk_base_url: str = _key("DESK_BASE_URL", "address of the desk as staff type it", "")
    oncall_email: str = _key("ONCALL_EMAIL", "where alerts go, comma separated")
    oncall_telegram_chat: str = _key("ONCALL_TELEGRAM_CHAT", "Telegram chat id that gets alerts")
    oncall_sms: str = _key("ONCALL_SMS", "phone that gets alerts by SMS")
    smtp_host: str = _key("SMTP_HOST", "mail server for alerts")
    smtp_port: int = _key("SMTP_PORT", "its port", 587)
    smtp_user: str = _key("SMTP_USER", "its user", "", True)
    smtp_password: str = _key("SMTP_PASSWORD", "its password", "", True)
    smtp_from: str = _key("SMTP_FROM", "sender of alerts; neutral words")

    @property
    def production(self) -> bool:
        return self.env == "production"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Reads and checks. Raises SettingsError with every problem found."""
        values: dict[str, Any] = {}
        problems: list[str] = []
        production = environ.get("AMPARO_ENV") == "production"
        defaults = {"AMPARO_SIMULATOR": not production, "DESK_REQUIRE_TOTP": production}
        for one in fields(cls):
            key = one.metadata["key"]
            raw = environ.get(key, "").strip()
            if not raw:
                values[one.name] = defaults.get(key, one.default)
                continue
            try:
                values[one.name] = _parse(one.default, raw)
            except ValueError:
                problems.append(f"{key} cannot be read: {_wanted(one.default)} is expected.")
        problems += _unknown(cls, environ)
        if problems:
            raise SettingsError(problems)
        settings = cls(**{**values, "database_url": async_url(values["database_url"])})
        problems = _check(settings, environ)
        if problems:
            raise SettingsError(problems)
        return settings


def async_url(url: str) -> str:
    """The url with the async driver of its database."""
    for plain, driver in (("postgresql://", "postgresql+asyncpg://"), ("postgres://", "postgresql+asyncpg://")):
        if url.startswith(plain):
            return driver + url[len(plain) :]
    return "sqlite+aiosqlite://" + url[len("sqlite://") :] if url.startswith("sqlite://") else url


def _parse(default: Any, raw: str) -> Any:
    if isinstance(default, bool):
        if raw.lower() not in ("1", "0", "true", "false", "on", "off", "yes", "no"):
            raise ValueError(raw)
        return raw.lower() in ("1", "true", "on", "yes")
    if isinstance(default, int):
        return int(raw)
    if isinstance(default, tuple):
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    return Path(raw) if isinstance(default, Path) else raw


def _wanted(default: Any) -> str:
    return "on or off" if isinstance(default, bool) else "a whole number" if isinstance(default, int) else "text"


def _unknown(cls: type[Settings], environ: Mapping[str, str]) -> list[str]:
    known = {one.metadata["key"] for one in fields(cls)}
    problems = []
    for key in sorted(environ):
        if key.startswith(OWN_PREFIXES) and key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            problems.append(f"{key} is not a setting of ours.{hint}")
    return problems


CHANNEL_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "whatsapp": (("twilio_whatsapp_from",), ("twilio_sid", "twilio_token", "public_base_url")),
    "sms": (("twilio_sms_from",), ("twilio_sid", "twilio_token", "public_base_url")),
    "telegram": (("telegram_token", "telegram_secret"), ("public_base_url",)),
}
"""Channel -> (keys that switch it on, keys that it needs besides)."""


def channels_on(settings: Settings) -> tuple[str, ...]:
    """Channels whose settings are complete."""
    return tuple(name for name, (own, more) in CHANNEL_KEYS.items() if all(getattr(settings, one) for one in own + more))


def _check(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    names = {one.name: one.metadata["key"] for one in fields(settings)}
    problems = []
    for channel, (own, more) in CHANNEL_KEYS.items():
        if any(getattr(settings, one) for one in own):
            missing = [names[one] for one in own + more if not getattr(settings, one)]
            if missing:
                problems.append(f"The channel {channel} is half set: {', '.join(missing)} missing.")
    if (settings.twilio_sid or settings.twilio_token) and not (settings.twilio_whatsapp_from or settings.twilio_sms_from):
        problems.append("Twilio is half set: TWILIO_WHATSAPP_FROM or TWILIO_SMS_FROM missing.")
    if settings.env not in ("local", "production"):
        problems.append("AMPARO_ENV is local or production.")
    if len(settings.pseudonym_key) < 32:
        problems.append("AMPARO_PSEUDONYM_KEY is missing or shorter than 32 characters; `amparo run` writes one to .env.")
    if not settings.keys:
        problems.append("AMPARO_KEYS is missing; `amparo run` writes one to .env.")
    if settings.production and environ.get("LOG_LEVEL", "").upper() == "DEBUG":
        problems.append("LOG_LEVEL=DEBUG is refused in production: Rasa would log what people write.")
    if settings.log_level.upper() not in ("INFO", "WARNING", "ERROR"):
        problems.append("AMPARO_LOG_LEVEL is INFO, WARNING or ERROR.")
    if settings.production and settings.simulator:
        problems.append("AMPARO_SIMULATOR is for trying things out, not for production.")
    if settings.production and not settings.desk_session_key:
        problems.append("DESK_SESSION_KEY is missing.")
    return problems


def table() -> str:
    """Every setting with its default and meaning, as Markdown."""
    lines = ["| key | default | meaning |", "| --- | --- | --- |"]
    for one in fields(Settings):
        default = "" if one.default in ("", ()) else str(one.default)
        lines.append(f"| {one.metadata['key']} | {default} | {one.metadata['about']} |")
    return "\n".join(lines)
