"""Rasa's custom actions inside the assistant: no second server, no network, no unauthenticated port.

`rasa run actions` keeps working for whoever wants it apart; the assistant itself calls rasa_sdk's executor directly.
"""

from __future__ import annotations

import importlib
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

PACKAGE = "actions"


class LocalActions(EndpointConfig):
    """An action endpoint whose requests never leave the process."""

    def __init__(self) -> None:
        super().__init__(url="local", selective_domain=True)
        self._executor = ActionExecutor()
        self._executor.register_package(PACKAGE)

    async def request(self, method: str = "post", json: dict[str, Any] | None = None, **_: Any) -> dict[str, Any] | None:
        """Runs the action named in `json` and returns its events and responses."""
        return await self._executor.run(json or {})


def install(agent: Agent) -> None:
    """Makes `agent` run its custom actions here."""
    importlib.import_module(PACKAGE)
    endpoint = LocalActions()
    agent.action_endpoint = endpoint
    if agent.processor is not None:
        agent.processor.action_endpoint = endpoint
    # rasa_sdk has validated the events; Rasa would compile a JSON schema again at each call (13 ms measured)
    RemoteAction._validate_action_result = lambda _self, _result: True  # type: ignore[assignment, method-assign]
