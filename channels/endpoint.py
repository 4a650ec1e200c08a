"""The one Rasa InputChannel: three webhooks, their status callbacks, health, and the simulator where it is on.

A webhook verifies, stores and says 200; nothing else happens on this event loop. Turns run on a loop of their own, in a thread,
so that a slow model never delays an acknowledgement.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from amparo import wiring
from amparo.bot import knowledge_base, local_actions
from amparo.bot.embeddings import SHARED
from amparo.bot.turn import Turns
from amparo.core.errors import Refused
from amparo.store.database import is_outage
from amparo.store.inbox import MAX_ATTEMPTS, Claimed, Lanes
from amparo.store.rasa_tracker import BoundedTrackerStore
from channels.base import MAX_BODY, phone_country

log = logging.getLogger(__name__)

TURNS_AT_ONCE = 8
STOP_SECONDS = 10
RETRY_SECONDS = 1.0


class AmparoInput(InputChannel):
    """Serves every channel that is configured. `credentials.yml` names this class and holds no secret."""

    @classmethod
    def name(cls) -> str:
        return "amparo"

    def url_prefix(self) -> str:
        return "/"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Routes and the turn worker. `on_new_message` is not used: turns call the agent under our own lock."""
        del on_new_message
        app = wiring.application()
        blueprint = Blueprint("amparo_webhooks")
        for name, adapter in app.adapters().items():
            _serve(blueprint, name, adapter)
        if app.settings.simulator:
            from channels import simulator_page

            simulator_page.serve(blueprint)
        _health(blueprint)

        @blueprint.listener("before_server_start")
        async def _limit(server: Sanic, _loop: Any) -> None:
            server.config.REQUEST_MAX_SIZE = MAX_BODY + 1024

        @blueprint.listener("after_server_start")
        async def _start(server: Sanic, _loop: Any) -> None:
            agent = getattr(server.ctx, "agent", None)
            ready(agent)
            server.ctx.turns = TurnThread(lambda: getattr(server.ctx, "agent", None))
            server.ctx.turns.start()

        @blueprint.listener("before_server_stop")
        async def _stop(server: Sanic, _loop: Any) -> None:
            await asyncio.get_running_loop().run_in_executor(None, server.ctx.turns.stop)

        return blueprint


def ready(agent: Any) -> None:
    """Checks and warms what Rasa has loaded: our tracker store (a broken one would silently be in memory), actions, index."""
    if agent is None or agent.processor is None:
        log.error("no model: only the exact words of content/ work")
        return
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if not isinstance(store, BoundedTrackerStore):
        raise RuntimeError(f"tracker store is {type(store).__name__}: see endpoints.yml")
    local_actions.install(agent)
    knowledge_base.shared().index  # noqa: B018 - built now, not at the first question
    SHARED.encode(("warm",))  # loads the embedding weights before somebody waits for them


def _serve(blueprint: Blueprint, name: str, adapter: Any) -> None:
    async def webhook(request: Request) -> HTTPResponse:
        return await receive(request, adapter)

    blueprint.add_route(webhook, f"/webhooks/{name}/webhook", methods=["POST"], name=f"{name}_webhook")
    if not hasattr(adapter, "parse_status"):
        return

    async def status(request: Request) -> HTTPResponse:
        return await follow(request, adapter)

    blueprint.add_route(status, f"/webhooks/{name}/status", methods=["POST"], name=f"{name}_status")


async def receive(request: Request, adapter: Any) -> HTTPResponse:
    """Verify, parse, store, 200. Refusals keep nothing; a database that is away is answered 503 so the provider repeats."""
    try:
        adapter.verify(_path(request), request.headers, request.body)
        messages = adapter.parse(request.headers, request.body)
    except Refused as refusal:
        return response.empty(status=refusal.status)
    services = wiring.services()
    try:
        for inbound in messages:
            await services.inbox.receive(inbound, phone_country(inbound.address))
    except Exception as error:
        if not is_outage(error):
            raise
        log.error("store away", extra={"error": type(error).__name__})
        return response.empty(status=503, headers={"Retry-After": "2"})
    if messages:
        request.app.ctx.turns.wake()
    elif hasattr(adapter, "groups"):
        for chat in adapter.groups(request.body):
            request.app.ctx.turns.submit(adapter.leave(chat))
    return _thanks(adapter)


def _thanks(adapter: Any) -> HTTPResponse:
    """Twilio wants TwiML; an empty answer sends nothing."""
    if hasattr(adapter, "parse_status"):
        return response.text("<Response/>", content_type="text/xml")
    return response.empty(status=200)


async def follow(request: Request, adapter: Any) -> HTTPResponse:
    """A delivery status: verified like a message, then noted."""
    try:
        adapter.verify(_path(request), request.headers, request.body)
        status = adapter.parse_status(request.headers, request.body)
    except Refused as refusal:
        return response.empty(status=refusal.status)
    try:
        if status is not None:
            await wiring.services().outbox.status(adapter.name, *status)
    except Exception as error:
        if not is_outage(error):
            raise
        return response.empty(status=503)
    return response.empty(status=200)


def _path(request: Request) -> str:
    return request.path + (f"?{request.query_string}" if request.query_string else "")


def _health(blueprint: Blueprint) -> None:
    @blueprint.get("/health", name="health")
    async def health(request: Request) -> HTTPResponse:
        report = await wiring.services().health.assistant(getattr(request.app.ctx, "agent", None))
        return response.json(report, status=200 if report["ready"] else 503)


class TurnThread:
    """Runs turns on an event loop of its own: claims what is stored, one turn at a time per conversation."""

    def __init__(self, agent: Callable[[], Any]) -> None:
        self._agent = agent
        self._thread = threading.Thread(target=self._main, name="turns", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._background: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        self._thread.start()
        self._started.wait(30)

    def wake(self) -> None:
        """Something was stored."""
        if self._loop is not None and self._woken is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def submit(self, work: Awaitable[Any]) -> None:
        """Runs something small beside the turns."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._spawn, work)

    def stop(self) -> None:
        """Lets running turns finish, within a bounded time."""
        if self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self.wake()
        self._thread.join(STOP_SECONDS)

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(_quietly(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _main(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken, self._stopping = asyncio.Event(), asyncio.Event()
        services = wiring.services()
        worker = TurnWorker(services, self._agent)
        ear = asyncio.ensure_future(services.waker.listen("assistant", self._woken.set))
        self._started.set()
        try:
            while not self._stopping.is_set():
                busy = await worker.round()
                if not busy:
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), 1.0)
                    self._woken.clear()
            await worker.drain()
        finally:
            ear.cancel()
            await wiring.close()


async def _quietly(work: Awaitable[Any]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 - a courtesy towards the provider; its failure harms nobody
        log.warning("side task failed", extra={"error": type(error).__name__})


class TurnWorker:
    """Claims waiting messages and runs their turns, a bounded number at once."""

    def __init__(self, services: Any, agent: Callable[[], Any]) -> None:
        self._services = services
        self._agent = agent
        self._lanes = Lanes()
        self._running: set[asyncio.Task[None]] = set()

    async def round(self) -> bool:
        """One look at the inbox; True where it is worth looking again at once."""
        room = TURNS_AT_ONCE - len(self._running)
        if room <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return True
        try:
            claimed = await self._services.inbox.claim(room)
        except Exception as error:
            if not is_outage(error):
                raise
            log.error("store away", extra={"error": type(error).__name__})
            await asyncio.sleep(RETRY_SECONDS)
            return False
        for one in claimed:
            task = asyncio.ensure_future(self._one(one))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        if not claimed and self._running:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED, timeout=0.2)
            return True
        return bool(claimed)

    async def _one(self, claimed: Claimed) -> None:
        try:
            async with self._lanes.lock(claimed.conversation_id):
                if claimed.attempts > MAX_ATTEMPTS:
                    await self._services.inbox.give_up(claimed.message_id)
                    return
                # what broke three turns may break a fourth: then the words of content/ answer without the model
                agent = self._agent() if claimed.attempts <= 3 else None
                await Turns(self._services, agent).run(claimed.message_id)
            await self._services.waker.wake("jobs")
            await self._services.waker.wake("desk")
        except Exception as error:
            log.exception("turn failed", extra={"turn": claimed.message_id, "error": type(error).__name__})
            await asyncio.sleep(min(RETRY_SECONDS * claimed.attempts, 10.0))
            with contextlib.suppress(Exception):
                await self._services.inbox.release(claimed.message_id)

    async def drain(self) -> None:
        """Waits for running turns."""
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_SECONDS / 2)
