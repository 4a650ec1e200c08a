"""One contract for every channel adapter: verify before reading, parse on purpose, typed errors."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.core.errors import ContactStopped, OutsideWindow, Permanent, Refused, Retryable
from amparo.core.model import Button, Media, Rendered
from channels.base import MAX_BODY
from channels.telegram import TelegramAccount, TelegramAdapter
from channels.text import flat, is_gsm, numbered, segments, split, to_gsm
from channels.twilio import TwilioAccount, TwilioAdapter, canonical
from tests.support.providers import FakeProvider, twilio_request

PUBLIC = "https://public.example.org"


def twilio(name: str, base: str = "") -> TwilioAdapter:
    sender = "whatsapp:+15550001111" if name == "whatsapp" else "+15550002222"
    return TwilioAdapter(name, TwilioAccount("AC" + "0" * 32, "token", sender, PUBLIC, base))


def telegram(base: str = "") -> TelegramAdapter:
    return TelegramAdapter(TelegramAccount("12345:abc", "secret", PUBLIC, base))


def form(**fields: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "From": "whatsapp:+573001", "Body": "hola", "NumMedia": "0", **fields}


class Case:
    """How one channel is posted to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.adapter: Any = telegram() if name == "telegram" else twilio(name)
        self.url = f"/webhooks/{name}/webhook"

    def post(self, text: str = "hola") -> tuple[dict[str, str], bytes]:
        if self.name == "telegram":
            chat = {"id": 7, "type": "private"}
            update = {"update_id": 1, "message": {"message_id": 5, "date": 1_795_521_600, "chat": chat, "text": text}}
            return {"x-telegram-bot-api-secret-token": "secret"}, json.dumps(update).encode()
        fields = form(Body=text)
        signed = twilio_request("token", PUBLIC + self.url, fields)
        return {k.lower(): v for k, v in signed.items()}, urlencode(fields).encode()


@pytest.fixture(params=["whatsapp", "sms", "telegram"])
def case(request: Any) -> Case:
    return Case(request.param)


def test_a_right_message_is_read(case: Case) -> None:
    headers, body = case.post("cuánto cuesta? 🙂")
    case.adapter.verify(case.url, headers, body)
    (message,) = case.adapter.parse(headers, body)
    assert (message.channel, message.text) == (case.name, "cuánto cuesta? 🙂")
    assert message.provider_id and message.address


def test_unsigned_and_wrongly_signed_are_refused(case: Case) -> None:
    headers, body = case.post()
    for wrong in ({}, {name: value[:-1] + "x" for name, value in headers.items()}):
        with pytest.raises(Refused) as refused:
            case.adapter.verify(case.url, wrong, body)
        assert refused.value.status == 403


def test_a_changed_body_is_refused_by_twilio() -> None:
    case = Case("sms")
    headers, body = case.post()
    with pytest.raises(Refused):
        case.adapter.verify(case.url, headers, body + b"&Extra=1")


def test_too_large_is_413(case: Case) -> None:
    headers, _ = case.post()
    with pytest.raises(Refused) as refused:
        case.adapter.verify(case.url, headers, b"x" * (MAX_BODY + 1))
    assert refused.value.status == 413


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_garbage_is_refused_or_ignored_never_more(raw: bytes) -> None:
    for name in ("whatsapp", "sms", "telegram"):
        adapter = Case(name).adapter
        headers = {"content-type": "application/json"} if raw[:1] == b"{" else {}
        assert outcome(adapter, headers, raw) in ("list", 400)


def outcome(adapter: Any, headers: dict[str, str], raw: bytes) -> object:
    """ "list" where parse answers, else the status of its refusal."""
    try:
        return type(adapter.parse(headers, raw)).__name__
    except Refused as refused:
        return refused.status


def test_blank_fields_count_in_the_signature() -> None:
    case = Case("whatsapp")
    fields = form(Body="", MediaContentType0="image/jpeg", MediaUrl0="https://x/1", NumMedia="1")
    headers = {k.lower(): v for k, v in twilio_request("token", PUBLIC + case.url, fields).items()}
    body = urlencode(fields).encode()
    case.adapter.verify(case.url, headers, body)
    (message,) = case.adapter.parse(headers, body)
    assert message.media == (Media.IMAGE,)
    assert message.media_ref == ""  # a picture is never fetched (DH-7)


def test_buttons_and_lists_come_back_as_tokens() -> None:
    (tap,) = twilio("whatsapp").parse({}, urlencode(form(ButtonPayload="yes", ButtonText="Sí", Body="Sí")).encode())
    assert (tap.token, tap.text) == ("yes", "")
    (row,) = twilio("whatsapp").parse({}, urlencode(form(ListId="topic_costs", Body="Cuánto")).encode())
    assert row.token == "topic_costs"


@pytest.mark.parametrize(("word", "opt"), [("STOP", "stop"), ("quit", "stop"), ("START", "start"), ("salir", ""), ("AYUDA", "")])
def test_only_the_carriers_words_opt_out(word: str, opt: str) -> None:
    (message,) = twilio("sms").parse({}, urlencode(form(From="+573001", Body=word)).encode())
    assert message.opt == opt


@pytest.mark.parametrize(
    "update",
    [
        {"edited_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}},
        {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1, "type": "channel", "title": "t"}, "text": "x"}},
        {"message": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group", "title": "g"}, "text": "x"}},
    ],
)
def test_edits_channels_and_groups_are_ignored(update: dict[str, Any]) -> None:
    assert telegram().parse({}, json.dumps({"update_id": 1, **update}).encode()) == []


def test_groups_are_left_without_a_word() -> None:
    body = json.dumps({"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "group"}}}).encode()
    assert telegram().groups(body) == ["-5"]


def test_a_thumbs_up_is_a_yes_and_other_reactions_are_nothing() -> None:
    def reaction(emoji: str) -> bytes:
        body = {
            "chat": {"id": 7, "type": "private"},
            "message_id": 3,
            "date": 1,
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}],
        }
        return json.dumps({"update_id": 2, "message_reaction": body}).encode()

    assert telegram().parse({}, reaction("👍"))[0].text == "👍"
    assert telegram().parse({}, reaction("😢")) == []


@pytest.mark.parametrize("spelling", ["whatsapp:+573001112233", "573001112233", "+57 300 111 2233"])
def test_one_spelling_of_a_number(spelling: str) -> None:
    assert canonical("whatsapp", spelling) == "+573001112233"
    assert canonical("whatsapp", "CO.opaque-id_9") == "CO.opaque-id_9"


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [(429, 20429, Retryable), (503, 0, Retryable), (400, 21610, ContactStopped), (400, 63016, OutsideWindow), (400, 21211, Permanent)],
)
async def test_twilio_errors_are_typed(provider: FakeProvider, status: int, code: int, wanted: type[Exception]) -> None:
    provider.fail = lambda _path, _fields: (status, {"code": code}, {"Retry-After": "7"})
    with pytest.raises(wanted) as raised:
        await twilio("sms", provider.url).send("+573001", Rendered("hola"), 60)
    if status == 429:
        assert raised.value.after == 7.0  # type: ignore[attr-defined]


async def test_a_dead_provider_is_retryable() -> None:
    with pytest.raises(Retryable):
        await twilio("sms", "http://127.0.0.1:9").send("+573001", Rendered("hola"), 60)


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (429, {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 3}}, Retryable),
        (403, {"ok": False, "error_code": 403, "description": "bot was blocked by the user"}, ContactStopped),
        (400, {"ok": False, "error_code": 400, "description": "message text is empty"}, Permanent),
    ],
)
async def test_telegram_errors_are_typed(provider: FakeProvider, status: int, body: dict[str, Any], wanted: type[Exception]) -> None:
    provider.fail = lambda _path, _fields: (status, body, {})
    with pytest.raises(wanted):
        await telegram(provider.url).send("7", Rendered("hola"), 60)


def test_sms_stays_gsm_and_counts_segments() -> None:
    text = "¿Cuánto cuesta? Está en línea, ção, mañana “así” – 5 €"
    assert is_gsm(to_gsm(text))
    assert to_gsm("ñ é ü ¿ ¡") == "ñ é ü ¿ ¡"
    assert to_gsm("á í ó ú ã õ ç â ê ô") == "a i o u a o c a e o"
    assert [segments("a" * n) for n in (0, 160, 161, 306, 307)] == [0, 1, 2, 2, 3]
    assert segments("í" * 70) == 1 and segments("í" * 71) == 2


def test_exit_is_always_00_on_a_numbered_menu() -> None:
    text = numbered("?", (Button("a", "A"), Button("b", "B"), Button("exit", "Ocultar")))
    assert text.splitlines()[1:] == ["1 = A", "2 = B", "00 = Ocultar"]


@given(st.text(max_size=600), st.integers(min_value=10, max_value=80))
@settings(max_examples=200, deadline=None)
def test_splitting_loses_no_word_and_keeps_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


async def test_whatsapp_buttons_use_a_content_resource_where_there_is_one(provider: FakeProvider) -> None:
    account = TwilioAccount("AC" + "0" * 32, "token", "+15550001111", PUBLIC, provider.url)
    message = Rendered("¿La llamo?", (Button("yes", "Sí"), Button("no", "No")))
    adapter = TwilioAdapter("whatsapp", account, {"amparo_es_yes_no": "HX" + secrets.token_hex(16)})
    await adapter.send("whatsapp:+573001", message, 60, "es")
    await twilio("whatsapp", provider.url).send("whatsapp:+573001", message, 60, "es")
    with_resource, without = (fields for _, fields in provider.sent)
    assert with_resource["ContentSid"].startswith("HX") and "Body" not in with_resource
    assert without["Body"] == flat(message, adapter.capabilities)
