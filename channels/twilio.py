"""WhatsApp and SMS through Twilio: signature, form body, messages, Content resources, recent inbound.

Signature: X-Twilio-Signature is the base64 HMAC-SHA1 of the public URL with its query string and the sorted POST fields; blank
fields count. Errors of api.twilio.com are mapped to the closed set of `amparo.core.errors` in one table.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from amparo.core.errors import ContactStopped, OutsideWindow, Permanent, Refused, Retryable, SendError
from amparo.core.model import Capabilities, Inbound, Media, Rendered
from channels.base import CAPABILITIES, check_size
from channels.text import fits_buttons, fits_list, flat

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP"})
KINDS: Mapping[str, Media] = {"image": Media.IMAGE, "video": Media.VIDEO, "audio": Media.VOICE}
STOPPED_CODES = frozenset({"21610"})
WINDOW_CODES = frozenset({"63016"})
PERMANENT_CODES = frozenset({"21211", "21214", "21217", "21408", "21421", "21602", "21606", "21612", "21614", "21617", "63003", "63024"})
MAX_VALIDITY = 14_400
TIMEOUT_SECONDS = 10.0
STATUSES = frozenset({"sent", "delivered", "undelivered", "failed", "read"})


@dataclass(frozen=True)
class TwilioAccount:
    """Settings of one Twilio sender. `base_url` replaces every Twilio host, for tests."""

    sid: str
    token: str
    sender: str
    public_url: str
    base_url: str = ""


class HttpxClient(AsyncHttpClient):
    """Twilio's client over httpx: one connection pool, a bounded time, and another host where tests ask for one."""

    def __init__(self, base_url: str = "") -> None:
        super().__init__(logging.getLogger("twilio.http_client"), True, TIMEOUT_SECONDS)
        self._base = urlsplit(base_url) if base_url else None
        self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False)

    async def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request; connection trouble becomes Retryable."""
        if self._base:
            parts = urlsplit(url)
            url = urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))
        body: dict[str, Any] = {"content": data} if isinstance(data, (str, bytes)) else {"data": data}
        try:
            answer = await self._http.request(
                method,
                url,
                params={name: str(value) for name, value in (params or {}).items()},
                headers=dict(headers or {}),
                auth=auth,
                timeout=timeout or self.timeout,
                **body,
            )
        except httpx.HTTPError as error:
            raise Retryable(type(error).__name__) from None
        return Response(answer.status_code, answer.text, answer.headers)

    async def aclose(self) -> None:
        await self._http.aclose()


class TwilioAdapter:
    """One Twilio channel: `name` is whatsapp or sms."""

    def __init__(self, name: str, account: TwilioAccount, templates: Mapping[str, Any] | None = None) -> None:
        """`templates`: content/… keys of `channels setup` to ContentSid; without them buttons become numbered text."""
        self.name = name
        self.capabilities: Capabilities = CAPABILITIES[name]
        self._account = account
        self._templates = dict(templates or {})
        self._validator = RequestValidator(account.token)
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The real Twilio client, made in the loop that uses it."""
        if self._client is None:
            http = HttpxClient(self._account.base_url)
            self._client = Client(self._account.sid, self._account.token, http_client=http)
        return self._client

    # --- in -----------------------------------------------------------------------------------------------------------

    def verify(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """`url`: path and query as received; the public base is ours. Raises Refused(403) or Refused(413)."""
        check_size(body)
        signature = headers.get("x-twilio-signature", "")
        public = self._account.public_url.rstrip("/") + url
        if not signature or not self._signed(public, headers, body, signature):
            raise Refused(403, "signature")

    def _signed(self, public: str, headers: Mapping[str, str], body: bytes, signature: str) -> bool:
        try:
            text = body.decode()
            if "json" in headers.get("content-type", ""):
                return bool(self._validator.validate(public, text, signature))
            fields: dict[str, Any] = {}
            for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=False, max_num_fields=500):
                fields.setdefault(name, []).append(value)
            single = {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
            return bool(self._validator.validate(public, single, signature))
        except (UnicodeDecodeError, ValueError):
            return False

    def parse(self, headers: Mapping[str, str], body: bytes) -> list[Inbound]:
        """The one message of a webhook, [] for what is no message (status, typing). Raises Refused(400)."""
        fields = _form(headers, body)
        sid, sender = fields.get("MessageSid") or fields.get("SmsMessageSid", ""), fields.get("From", "")
        if not sid or not sender:
            raise Refused(400, "no message")
        if fields.get("MessageStatus") or fields.get("SmsStatus", "received") not in ("received", "receiving"):
            return []
        return [self._inbound(fields, sid, sender)]

    def _inbound(self, fields: Mapping[str, str], sid: str, sender: str) -> Inbound:
        token = fields.get("ButtonPayload") or fields.get("ListId", "")
        text = "" if token else fields.get("Body", "")
        media = tuple(KINDS.get(fields.get(f"MediaContentType{i}", "").split("/")[0], Media.DOCUMENT) for i in range(_count(fields)))
        if fields.get("Latitude"):
            media += (Media.LOCATION,)
        word = text.strip().upper()
        opt = fields.get("OptOutType", "").lower()
        if self.name == "sms" and opt not in ("stop", "start"):
            opt = "stop" if word in STOP_WORDS else "start" if word in START_WORDS else ""
        elif opt not in ("stop", "start") or self.name != "sms":
            opt = ""
        voice = next((i for i, kind in enumerate(media) if kind is Media.VOICE), None)
        return Inbound(
            channel=self.name,
            address=canonical(self.name, fields.get("WaId") or sender),
            reply_address=sender,
            provider_id=sid,
            text=text,
            token=token[:64],
            media=media,
            media_ref=fields.get(f"MediaUrl{voice}", "") if voice is not None else "",
            opt=opt,
        )

    def parse_status(self, headers: Mapping[str, str], body: bytes) -> tuple[str, str, str] | None:
        """(provider id, status, error code) of a status callback; None where it says nothing for us."""
        fields = _form(headers, body)
        sid = fields.get("MessageSid") or fields.get("SmsSid", "")
        status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
        if not sid:
            raise Refused(400, "no message")
        return (sid, status, fields.get("ErrorCode", "")) if status in STATUSES else None

    # --- out ----------------------------------------------------------------------------------------------------------

    async def send(self, address: str, message: Rendered, ttl_seconds: int, language: str = "") -> str:
        """Hands one message to Twilio and returns its MessageSid. Raises SendError subclasses."""
        fields: dict[str, Any] = {
            "to": address,
            "from_": self._sender(),
            "status_callback": f"{self._account.public_url.rstrip('/')}/webhooks/{self.name}/status",
            "validity_period": max(1, min(ttl_seconds, MAX_VALIDITY)),
        }
        if self.name == "sms":
            fields["smart_encoded"] = True
        content = self._content(message, language)
        fields.update(content or {"body": flat(message, self.capabilities)[: self.capabilities.max_text]})
        sent = await self._call("POST", _messages(self._account.sid), _form_fields(fields))
        return str(sent["sid"])

    def _content(self, message: Rendered, language: str) -> dict[str, str] | None:
        """ContentSid and variables where `channels setup` has made a resource for these very choices."""
        if not message.buttons or not self._templates:
            return None
        fits = fits_buttons(message.buttons, self.capabilities) or fits_list(message.buttons, self.capabilities)
        sid = self._templates.get(template_name(message, language)) if fits else None
        return {"content_sid": sid, "content_variables": json.dumps({"1": message.text})} if sid else None

    async def send_template(self, address: str, name: str, language: str, ttl_seconds: int) -> str:
        """An approved template of ours, outside the reply window; text in `Body` would fail there with 63016. Raises SendError."""
        sid = self._templates.get(approved_name(name, language))
        if not sid:
            raise Permanent("no approved template", "no_template")
        fields = {
            "to": address,
            "from_": self._sender(),
            "content_sid": sid,
            "content_variables": "{}",
            "validity_period": max(1, min(ttl_seconds, MAX_VALIDITY)),
            "status_callback": f"{self._account.public_url.rstrip('/')}/webhooks/{self.name}/status",
        }
        return str((await self._call("POST", _messages(self._account.sid), _form_fields(fields)))["sid"])

    async def delete(self, address: str, provider_id: str) -> None:
        """Removes Twilio's copy with its media; a copy that is gone already counts as removed."""
        del address
        try:
            await self._call("DELETE", _messages(self._account.sid, provider_id), {})
        except Permanent as error:
            if error.code not in ("20404", "404"):
                raise

    async def recent(self, since: datetime) -> list[Inbound]:
        """Messages that reached Twilio since then, whether or not their webhook reached us; marked recovered."""
        day = since.astimezone(timezone.utc).strftime("%Y-%m-%d")
        query = {"To": self._sender(), "DateSent>": day, "PageSize": "200"}
        page = await self._call("GET", _messages(self._account.sid), query)
        found = []
        for row in page.get("messages", ()):
            if row.get("direction") != "inbound" or not row.get("from"):
                continue
            sent_at = _rfc2822(row.get("date_sent") or row.get("date_created"))
            if sent_at is not None and sent_at < since.timestamp():
                continue
            fields = {"Body": row.get("body") or "", "NumMedia": row.get("num_media") or "0"}
            inbound = self._inbound(fields, row["sid"], row["from"])
            found.append(_recovered(inbound, sent_at))
        return found

    def _sender(self) -> str:
        sender = self._account.sender.removeprefix("whatsapp:")
        return f"whatsapp:{sender}" if self.name == "whatsapp" else sender

    async def _call(self, method: str, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """One API call; every failure becomes one of the closed set of errors."""
        url = f"https://api.twilio.com{path}"
        params = dict(fields) if method == "GET" else None
        data = dict(fields) if method == "POST" else None
        answer = await self.client.request_async(method, url, params=params, data=data)
        if answer.status_code < 300:
            return json.loads(answer.text) if answer.text else {}
        raise error_for(answer.status_code, answer.text, getattr(answer, "headers", None) or {})


def error_for(status: int, text: str, headers: Mapping[str, str]) -> SendError:
    """The typed error of an unsuccessful answer."""
    try:
        code = str(json.loads(text).get("code") or status)
    except (ValueError, AttributeError):
        code = str(status)
    if code in STOPPED_CODES:
        return ContactStopped("opted out", code)
    if code in WINDOW_CODES:
        return OutsideWindow("reply window closed", code)
    if status == 429 or status >= 500:
        wish = headers.get("Retry-After") or headers.get("retry-after")
        return Retryable("provider busy", code, float(wish) if wish and wish.isdigit() else None)
    if status in (401, 403):
        return Retryable("credentials refused", code, 60.0)
    return Permanent("not taken", code)


def canonical(channel: str, address: str) -> str:
    """One spelling of an address: `+` and digits for phones, anything else as it is (a business-scoped id)."""
    bare = address.removeprefix("whatsapp:").strip()
    digits = bare.replace(" ", "").lstrip("+")
    return f"+{digits}" if digits.isdigit() else bare


def template_name(message: Rendered, language: str) -> str:
    """The name under which `channels setup` files a Content resource: choices and language, not the text."""
    tokens = "_".join(button.token for button in message.buttons)
    return f"amparo_{language}_{tokens}"[:120]


def approved_name(key: str, language: str) -> str:
    """The name of the approved template that stands for a text of content/messages outside the reply window."""
    return f"amparo_{language}_approved_{key}"


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    try:
        text = body.decode()
        if "json" in headers.get("content-type", ""):
            data = json.loads(text)
            return {str(k): str(v) for k, v in data.items()}
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=500))
    except (UnicodeDecodeError, ValueError, AttributeError):
        raise Refused(400, "malformed") from None


def _count(fields: Mapping[str, str]) -> int:
    digits = fields.get("NumMedia", "0")
    return min(int(digits), 10) if digits.isdigit() else 0


def _messages(account: str, sid: str = "") -> str:
    return f"/2010-04-01/Accounts/{account}/Messages{'/' + sid if sid else ''}.json"


FIELD_NAMES: Mapping[str, str] = {
    "to": "To",
    "from_": "From",
    "body": "Body",
    "status_callback": "StatusCallback",
    "validity_period": "ValidityPeriod",
    "smart_encoded": "SmartEncoded",
    "content_sid": "ContentSid",
    "content_variables": "ContentVariables",
}


def _form_fields(fields: Mapping[str, Any]) -> dict[str, str]:
    return {FIELD_NAMES[name]: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}


def _rfc2822(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (TypeError, ValueError):
        return None


def _recovered(inbound: Inbound, sent_at: float | None) -> Inbound:
    return replace(inbound, recovered=True, sent_at=sent_at)
