"""`amparo channels check` and `amparo channels setup`: what is on, what is missing, and registering with the providers.

Setup creates one Twilio Content resource per language and set of choices (quick reply or list picker) and remembers their ids in
var/templates.json; without them buttons are sent as numbered text. Telegram gets webhook, secret and allowed updates.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amparo.core.model import LANGUAGES, Rendered, Say
from channels.base import CAPABILITIES
from channels.text import fits_buttons, fits_list
from channels.twilio import approved_name, template_name

TEMPLATES = "templates.json"
APPROVED_KEYS = ("template_neutral",)
"""Texts that are sent as approved templates once the reply window is over."""

WHATSAPP_CODES: Mapping[str, str] = {"es": "es", "pt": "pt_BR", "en": "en", "fr": "fr", "ht": "fr"}
"""WhatsApp has no Haitian Creole among its template languages: ht stands under fr (channels.md)."""


def read_templates(folder: Path) -> dict[str, str]:
    """Name -> ContentSid, {} before the first setup."""
    path = folder / TEMPLATES
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_templates(folder: Path, found: Mapping[str, str]) -> None:
    """Keeps the ids for the next start."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TEMPLATES).write_text(json.dumps(dict(found), indent=1, sort_keys=True), encoding="utf-8")


def content_resource(name: str, message: Rendered, language: str) -> dict[str, Any] | None:
    """The body of POST /v1/Content for these choices; None where the channel can show them only as text."""
    capabilities = CAPABILITIES["whatsapp"]
    if fits_buttons(message.buttons, capabilities):
        actions = [{"title": b.title, "id": b.token} for b in message.buttons]
        types: dict[str, Any] = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
    elif fits_list(message.buttons, capabilities):
        items = [{"item": b.title, "id": b.token, "description": ""} for b in message.buttons]
        button = (message.button_label or message.buttons[0].title)[:20]
        types = {"twilio/list-picker": {"body": "{{1}}", "button": button, "items": items}}
    else:
        return None
    return {"friendly_name": name, "language": WHATSAPP_CODES[language], "variables": {"1": message.text[:60]}, "types": types}


def approved_resource(app: Any, key: str, language: str) -> dict[str, Any]:
    """The body of a template that is sent to Meta for approval. Creole stands under fr, in both languages."""
    text = app.renderer.render(Say(key), language, "whatsapp").text
    if WHATSAPP_CODES[language] == "fr" and language != "fr":
        text = f"{text}\n{app.renderer.render(Say(key), 'fr', 'whatsapp').text}"
    name = approved_name(key, language)
    return {"friendly_name": name, "language": WHATSAPP_CODES[language], "variables": {}, "types": {"twilio/text": {"body": text}}}


def wanted(app: Any) -> dict[str, dict[str, Any]]:
    """Every resource that the content asks for, by name."""
    found: dict[str, dict[str, Any]] = {}
    for language in LANGUAGES:
        for key in APPROVED_KEYS:
            found[approved_name(key, language)] = approved_resource(app, key, language)
        for key in sorted(app.content.keys(language)):
            entry = app.content.entry(language, key) or {}
            if not entry.get("buttons"):
                continue
            names = {field: "x" for field in _placeholders(str(entry["text"]))}
            message = app.renderer.render(Say(key, names), language, "whatsapp")
            name = template_name(message, language)
            body = content_resource(name, message, language)
            if body is not None:
                found[name] = body
    return found


def _placeholders(text: str) -> list[str]:
    import string

    return [field for _, field, _, _ in string.Formatter().parse(text) if field]


async def setup(app: Any) -> list[str]:
    """Registers what is missing at the providers; says what was done, a line each."""
    lines = []
    adapters = app.adapters()
    if "telegram" in adapters:
        await adapters["telegram"].set_webhook()
        lines.append("telegram: webhook, secret and allowed updates are set")
    if "whatsapp" in adapters:
        lines.append(await _setup_content(app, adapters["whatsapp"]))
    return lines or ["no channel is configured"]


async def _setup_content(app: Any, adapter: Any) -> str:
    folder = app.settings.cache.parent
    known = read_templates(folder)
    made = 0
    for name, body in wanted(app).items():
        if name in known:
            continue
        answer = await adapter.client.request_async(
            "POST", "https://content.twilio.com/v1/Content", data=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        if answer.status_code >= 300:
            return f"whatsapp: Twilio refused {name} ({answer.status_code}); {made} made before"
        sid = str(json.loads(answer.text)["sid"])
        if "_approved_" in name and not await _ask_approval(adapter, sid, name):
            return f"whatsapp: Twilio did not take {name} for approval; {made} made before"
        known[name] = sid
        made += 1
        write_templates(folder, known)
    return f"whatsapp: {made} button resources made, {len(known)} known"


async def _ask_approval(adapter: Any, sid: str, name: str) -> bool:
    """Sends a template to Meta for approval; until that is given, sending it fails visibly on the desk."""
    url = f"https://content.twilio.com/v1/Content/{sid}/ApprovalRequests/whatsapp"
    body = json.dumps({"name": name, "category": "UTILITY"})
    answer = await adapter.client.request_async("POST", url, data=body, headers={"Content-Type": "application/json"})
    return bool(answer.status_code < 300)


def check(app: Any) -> list[str]:
    """What is on and what is not, a line each."""
    from amparo.settings import CHANNEL_KEYS, channels_on

    on = channels_on(app.settings)
    lines = []
    for name in CHANNEL_KEYS:
        lines.append(f"{name}: on, webhook {app.settings.public_base_url}/webhooks/{name}/webhook" if name in on else f"{name}: off")
    if "whatsapp" in on and not read_templates(app.settings.cache.parent):
        lines.append("whatsapp: buttons are sent as numbered text until `amparo channels setup` was run")
    if "sms" in on:
        lines.append("sms: switch off the vendor's own HELP text and any Messaging Service with keyword handling before opening (DH-5)")
    return lines


def main(action: str) -> int:
    """The command. Returns the exit code."""
    import asyncio

    from amparo import wiring

    app = wiring.application()
    lines = check(app) if action == "check" else asyncio.run(setup(app))
    print("\n".join(lines), file=sys.stdout)
    return 0
