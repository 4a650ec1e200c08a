"""The only place that reads the environment and builds real objects.

`application()` is per process: settings, content, keys, adapters. `services()` is per event loop: database and what stands on it,
because connections belong to the loop that made them (the assistant has two: one that receives, one that thinks).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from amparo import envfile
from amparo.core.ports import Clock, SystemClock
from amparo.core.render import Renderer
from amparo.settings import Settings, channels_on
from amparo.store.break_glass import BreakGlass
from amparo.store.callbacks import Callbacks
from amparo.store.case_codes import CaseCodes
from amparo.store.contacts import Contacts
from amparo.store.content_files import ContentFiles
from amparo.store.covers import Covers
from amparo.store.database import Database
from amparo.store.desk_reads import DeskReads
from amparo.store.erasure import Erasure
from amparo.store.fallbacks import Fallbacks
from amparo.store.health import Health
from amparo.store.held_answers import HeldAnswers
from amparo.store.inbox import Inbox
from amparo.store.outbox import Outbox
from amparo.store.practices import Practices
from amparo.store.presence import Presence
from amparo.store.promises import Promises
from amparo.store.referrals import Referrals
from amparo.store.replies import Replies
from amparo.store.shift_handovers import ShiftHandovers
from amparo.store.shifts import Shifts
from amparo.store.talks import Talks
from amparo.store.teller import Teller
from amparo.store.vault import Vault
from amparo.store.wake import Waker
from channels.base import capabilities


class Application:
    """What one process shares between its event loops."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.content = ContentFiles(settings.content)
        self.vault = Vault(settings.keys, settings.pseudonym_key)
        self.renderer = Renderer(self.content)
        self.contacts = Contacts(self.content)
        self._adapters: dict[str, Any] | None = None

    def adapters(self) -> dict[str, Any]:
        """Configured channels by name; the simulator's where it is on."""
        if self._adapters is None:
            self._adapters = build_adapters(self.settings)
        return self._adapters


class Services:
    """What stands on the database, for one event loop."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.settings = app.settings
        self.clock = app.clock
        self.content = app.content
        self.vault = app.vault
        self.renderer = app.renderer
        self.contacts = app.contacts
        self.db = Database(app.settings.database_url)
        self.talks = Talks(self.db, app.vault, app.clock)
        self.inbox = Inbox(self.db, app.vault, app.clock)
        self.outbox = Outbox(self.db, app.vault, app.clock)
        self.erasure = Erasure(self.db, app.vault, app.clock)
        self.presence = Presence(self.db, app.clock)
        self.promises = Promises(self.presence, app.content, app.clock)
        self.covers = Covers(app.content, app.clock)
        self.desk_reads = DeskReads(self.db)
        self.referrals = Referrals(self.db, app.vault, app.clock)
        self.case_codes = CaseCodes(self.db, app.vault, app.clock)
        self.handovers = ShiftHandovers(self.db, app.vault, app.clock)
        self.break_glass = BreakGlass(self.db, app.vault, app.clock)
        self.callbacks = Callbacks(self.db)
        self.fallbacks = Fallbacks(self.db, app.vault, app.clock)
        self.held = HeldAnswers(self.db, app.vault)
        self.teller = Teller(app.renderer, app.contacts)
        self.shifts = Shifts(self.talks, self.handovers, self.teller)
        self.replies = Replies(self.talks, self.teller, self.fallbacks, capabilities)
        self.practices = Practices(self)
        self.waker = Waker(self.db, app.settings.wake_port)
        self.health = Health(self)

    @property
    def exact_words(self) -> Any:
        """The words that count without a model, in their newest good version."""
        return self.content.exact_words

    @property
    def languages(self) -> Any:
        return self.content.languages

    @property
    def retention(self) -> Any:
        return self.content.helpline.retention

    def now(self) -> float:
        return self.clock.now()

    def other_channel(self, channel: str) -> str:
        """Another channel that reaches the same phone number and is on, ''."""
        plain = channel.removeprefix("sim-")
        other = {"whatsapp": "sms", "sms": "whatsapp"}.get(plain, "")
        if other and plain != channel:
            return f"sim-{other}"
        return other if other in channels_on(self.settings) else ""


def build_adapters(settings: Settings) -> dict[str, Any]:
    """One adapter per channel that is on."""
    adapters: dict[str, Any] = {}
    on = channels_on(settings)
    if "whatsapp" in on or "sms" in on:
        from channels.setup import read_templates
        from channels.twilio import TwilioAccount, TwilioAdapter

        senders = {"whatsapp": settings.twilio_whatsapp_from, "sms": settings.twilio_sms_from}
        for name in ("whatsapp", "sms"):
            if name in on:
                account = TwilioAccount(
                    settings.twilio_sid, settings.twilio_token, senders[name], settings.public_base_url, settings.twilio_base_url
                )
                adapters[name] = TwilioAdapter(name, account, read_templates(settings.cache.parent))
    if "telegram" in on:
        from channels.telegram import TelegramAccount, TelegramAdapter

        adapters["telegram"] = TelegramAdapter(
            TelegramAccount(settings.telegram_token, settings.telegram_secret, settings.public_base_url, settings.telegram_base_url)
        )
    return adapters


def senders(app: Application) -> dict[str, Any]:
    """Adapters that send, the simulated ones included."""
    from channels.simulated import PRACTICE, STYLES, SimulatorAdapter

    found = dict(app.adapters())
    found[f"sim-{PRACTICE}"] = SimulatorAdapter(PRACTICE)  # in production too: nothing leaves the machine, and people are trained there
    if app.settings.simulator:
        found.update({f"sim-{style}": SimulatorAdapter(style) for style in STYLES})
    return found


async def voice_note(channel: str, reference: str) -> tuple[bytes, str]:
    """(sound, content type) of a voice note, from its provider. Raises SendError."""
    from channels import voice

    return await voice.fetch(application().settings, channel, reference)


def environment() -> dict[str, str]:
    """The process environment with .env behind it."""
    environ = dict(os.environ)
    envfile.load(Path(environ.get("AMPARO_ENV_FILE", ".env")), environ)
    environ.pop("AMPARO_ENV_FILE", None)
    return environ


@lru_cache(maxsize=1)
def application() -> Application:
    """The process's application. Raises SettingsError."""
    from amparo.log import configure

    settings = Settings.from_env(environment())
    configure(settings)
    return Application(settings)


_SERVICES: dict[int, tuple[asyncio.AbstractEventLoop, Services]] = {}


def services() -> Services:
    """The services of the running event loop."""
    loop = asyncio.get_running_loop()
    known = _SERVICES.get(id(loop))
    if known is None or known[0] is not loop:
        known = (loop, Services(application()))
        _SERVICES[id(loop)] = known
        _install_tracker_backing()
    return known[1]


async def close() -> None:
    """Closes the running loop's services."""
    known = _SERVICES.pop(id(asyncio.get_running_loop()), None)
    if known is not None:
        await known[1].db.close()


def renderer() -> Renderer:
    """The renderer of this process."""
    return application().renderer


def _install_tracker_backing() -> None:
    """Lets Rasa's tracker store, where Rasa is loaded at all, find the services of its loop."""
    import sys

    with contextlib.suppress(KeyError):
        sys.modules["amparo.store.rasa_tracker"].BoundedTrackerStore.backing = staticmethod(services)
