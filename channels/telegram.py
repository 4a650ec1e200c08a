"""Telegram through python-telegram-bot's `Bot` and `Update`: secret header, updates, inline keyboards."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from amparo.core.errors import ContactStopped, Permanent, Refused, Retryable, SendError
from amparo.core.model import Capabilities, Inbound, Media, Rendered
from channels.base import CAPABILITIES, check_size

ALLOWED_UPDATES = ("message", "callback_query", "message_reaction", "my_chat_member")
SECRET_HEADER = "x-telegram-bot-api-secret-token"
TIMEOUT_SECONDS = 10.0
KINDS: tuple[tuple[str, Media], ...] = (
    ("voice", Media.VOICE),
    ("audio", Media.VOICE),
    ("video_note", Media.VIDEO),
    ("photo", Media.IMAGE),
    ("video", Media.VIDEO),
    ("animation", Media.VIDEO),
    ("location", Media.LOCATION),
    ("venue", Media.LOCATION),
    ("contact", Media.CONTACT),
    ("document", Media.DOCUMENT),
    ("sticker", Media.STICKER),
)
# /help is none: its word goes on as her own text, a cry like HELP on every channel (DH-5)
COMMANDS: Mapping[str, str] = {"start": "menu", "menu": "menu", "stop": "exit", "exit": "exit"}


@dataclass(frozen=True)
class TelegramAccount:
    """Settings of the bot. `base_url` (without /bot) replaces Telegram's host, for tests."""

    token: str
    secret: str
    public_url: str
    base_url: str = ""


class TelegramAdapter:
    """The Telegram channel. `left` collects groups that added the bot: it leaves and writes nothing (DH-9)."""

    name = "telegram"

    def __init__(self, account: TelegramAccount) -> None:
        self.capabilities: Capabilities = CAPABILITIES["telegram"]
        self._account = account
        self._bot: Bot | None = None

    @property
    def bot(self) -> Bot:
        """The real Bot, made in the loop that uses it."""
        if self._bot is None:
            request = HTTPXRequest(
                connection_pool_size=16,
                connect_timeout=5.0,
                read_timeout=TIMEOUT_SECONDS,
                write_timeout=TIMEOUT_SECONDS,
                pool_timeout=TIMEOUT_SECONDS,
            )
            base = f"{self._account.base_url.rstrip('/')}/bot" if self._account.base_url else "https://api.telegram.org/bot"
            self._bot = Bot(self._account.token, base_url=base, request=request)
        return self._bot

    def verify(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refused(403) without our secret (compared in constant time), Refused(413) where too large."""
        del url
        check_size(body)
        given = headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._account.secret.encode()):
            raise Refused(403, "secret")

    def parse(self, headers: Mapping[str, str], body: bytes) -> list[Inbound]:
        """The message of an update; [] for edits, channel posts, groups and everything else that is ignored on purpose."""
        del headers
        try:
            data = json.loads(body)
            update = Update.de_json(data, None) if isinstance(data, dict) and "update_id" in data else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Refused(400, "malformed") from None
        if update is None:
            raise Refused(400, "no update")
        if update.callback_query is not None:
            return self._tap(update.callback_query)
        if update.message_reaction is not None:
            return self._reaction(update.message_reaction, update.update_id)
        message = update.message
        if message is None or message.chat.type != "private":
            return []
        return [self._message(message)]

    def groups(self, body: bytes) -> list[str]:
        """Chat ids of groups in this update, to be left without a word."""
        data = json.loads(body)
        chats = [data.get(kind, {}).get("chat", {}) for kind in ("message", "my_chat_member", "channel_post")]
        return [str(chat["id"]) for chat in chats if chat.get("type") in ("group", "supergroup", "channel") and chat.get("id")]

    def _message(self, message: Any) -> Inbound:
        media: tuple[Media, ...] = ()
        reference = ""
        for attribute, kind in KINDS:
            value = getattr(message, attribute, None)
            if value:
                media = (kind,)
                reference = value.file_id if kind is Media.VOICE else ""
                break
        text = message.text or message.caption or ""
        token = ""
        if text.startswith("/"):
            word = text[1:].split("@")[0].split()[0].lower() if len(text) > 1 and text[1:].split() else ""
            if word in COMMANDS:
                token, text = COMMANDS[word], ""
        language = (message.from_user.language_code or "")[:2] if message.from_user else ""
        return Inbound(
            channel=self.name,
            address=str(message.chat.id),
            provider_id=f"{message.chat.id}:{message.message_id}",
            text=text,
            token=token,
            media=media,
            media_ref=reference,
            sent_at=message.date.timestamp() if message.date else None,
            language_hint=language,
        )

    def _tap(self, query: Any) -> list[Inbound]:
        message = query.message
        if message is None or message.chat.type != "private":
            return []
        return [
            Inbound(
                channel=self.name,
                address=str(message.chat.id),
                provider_id=f"tap:{query.id}",
                token=(query.data or "")[:64],
                language_hint=(query.from_user.language_code or "")[:2],
            )
        ]

    def _reaction(self, reaction: Any, update_id: int) -> list[Inbound]:
        """A thumbs-up on a message of ours may be her yes (DH-21); other reactions say nothing."""
        if reaction.chat.type != "private":
            return []
        emoji = [getattr(one, "emoji", "") for one in reaction.new_reaction]
        if "👍" not in emoji:
            return []
        identifier = f"react:{reaction.chat.id}:{reaction.message_id}:{update_id}"
        return [Inbound(channel=self.name, address=str(reaction.chat.id), provider_id=identifier, text="👍")]

    async def send(self, address: str, message: Rendered, ttl_seconds: int, language: str = "") -> str:
        """Hands one message to Telegram and returns its id. Raises SendError subclasses."""
        del ttl_seconds, language
        keyboard = [[InlineKeyboardButton(button.title, callback_data=button.token)] for button in message.buttons]
        try:
            sent = await self.bot.send_message(
                chat_id=int(address),
                text=message.text[: self.capabilities.max_text],
                reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None,
                link_preview_options={"is_disabled": True},  # type: ignore[arg-type]
            )
        except TelegramError as error:
            raise error_for(error) from None
        return f"{address}:{sent.message_id}"

    async def acknowledge(self, query_id: str) -> None:
        """Ends the little clock on a tapped button; failing is harmless."""
        try:
            await self.bot.answer_callback_query(query_id)
        except TelegramError as error:
            raise error_for(error) from None

    async def leave(self, chat_id: str) -> None:
        """Leaves a group, writing nothing."""
        try:
            await self.bot.leave_chat(chat_id)
        except TelegramError as error:
            raise error_for(error) from None

    async def delete(self, address: str, provider_id: str) -> None:
        """Deletes one message, only where she asked for it: the deletion can be seen."""
        try:
            await self.bot.delete_message(int(address), int(provider_id.rpartition(":")[2]))
        except TelegramError as error:
            raise error_for(error) from None

    async def set_webhook(self) -> None:
        """Registers our address with secret and the kinds of update that we read."""
        await self.bot.set_webhook(
            url=f"{self._account.public_url.rstrip('/')}/webhooks/telegram/webhook",
            secret_token=self._account.secret,
            allowed_updates=list(ALLOWED_UPDATES),
            drop_pending_updates=False,
        )


def error_for(error: TelegramError) -> SendError:
    """The typed error of a failed call."""
    if isinstance(error, RetryAfter):
        wish = error.retry_after
        return Retryable("slow down", "429", wish if isinstance(wish, (int, float)) else wish.total_seconds())
    if isinstance(error, Forbidden):
        return ContactStopped("blocked by the person", "403")
    if isinstance(error, BadRequest):
        return Permanent("not taken", "400")
    if isinstance(error, InvalidToken):
        return Retryable("credentials refused", "401", 60.0)
    if isinstance(error, (TimedOut, NetworkError)):
        return Retryable("network", type(error).__name__)
    return Retryable("unknown", type(error).__name__)
