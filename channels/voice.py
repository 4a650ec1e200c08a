"""Fetching one voice note from its provider, when a counselor clicks on it: bounded in size and time, audio only, never kept (DH-10)."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import httpx

from amparo.core.errors import Permanent, Retryable
from amparo.settings import Settings

MAX_BYTES = 16 * 1024 * 1024
TIMEOUT_SECONDS = 15.0
TWILIO_HOST = "api.twilio.com"
TELEGRAM_BASE = "https://api.telegram.org"


async def fetch(settings: Settings, channel: str, reference: str) -> tuple[bytes, str]:
    """(sound, content type). `reference`: what the webhook said, Twilio's media address or Telegram's file id.

    Raises Permanent where it is gone, too large or no sound, Retryable where the provider cannot be reached.
    """
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as http:
        try:
            if channel == "telegram":
                return await _telegram(http, settings, reference)
            return await _twilio(http, settings, reference)
        except httpx.HTTPError as error:
            raise Retryable(type(error).__name__) from None


async def _twilio(http: httpx.AsyncClient, settings: Settings, reference: str) -> tuple[bytes, str]:
    """Twilio asks for the account's name and token, then redirects to where the sound lies, which must not see them."""
    parts = urlsplit(reference)
    if parts.scheme != "https" or parts.netloc != TWILIO_HOST or f"/Accounts/{settings.twilio_sid}/" not in parts.path:
        raise Permanent("not a media address of our account")
    if settings.twilio_base_url:
        base = urlsplit(settings.twilio_base_url)
        reference = urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))
    request = http.build_request("GET", reference)
    answer = await http.send(request, auth=(settings.twilio_sid, settings.twilio_token), stream=True)
    if answer.status_code in (301, 302, 303, 307, 308):
        await answer.aclose()
        answer = await http.send(http.build_request("GET", answer.headers["location"]), stream=True)
    return await _sound(answer)


async def _telegram(http: httpx.AsyncClient, settings: Settings, reference: str) -> tuple[bytes, str]:
    base = settings.telegram_base_url.rstrip("/") or TELEGRAM_BASE
    answer = await http.get(f"{base}/bot{settings.telegram_token}/getFile", params={"file_id": reference})
    if answer.status_code != 200:
        raise Permanent("gone", str(answer.status_code))
    path = str(answer.json()["result"].get("file_path") or "")
    if not path or ".." in path:
        raise Permanent("gone")
    stream = await http.send(http.build_request("GET", f"{base}/file/bot{settings.telegram_token}/{path}"), stream=True)
    return await _sound(stream, "audio/ogg")


async def _sound(answer: httpx.Response, fallback: str = "") -> tuple[bytes, str]:
    """The body, read until the limit."""
    try:
        kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        kind = fallback if kind in ("", "application/octet-stream", "binary/octet-stream") else kind
        if answer.status_code != 200:
            raise Permanent("gone", str(answer.status_code))
        if not kind.startswith("audio/"):
            raise Permanent("no sound")
        body = bytearray()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise Permanent("too large")
        return bytes(body), kind
    finally:
        await answer.aclose()
