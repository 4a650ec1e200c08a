"""Is everything there? For the supervisor, the load balancer and the desk; no detail about anybody."""

from __future__ import annotations

from typing import Any

from amparo.store.database import is_outage


class Health:
    """Reports readiness of a process."""

    def __init__(self, services: Any) -> None:
        self._services = services

    async def assistant(self, agent: Any) -> dict[str, Any]:
        """ready = model loaded, database answers, content good. Exact words work without the model."""
        model = bool(agent is not None and agent.is_ready())
        database, waiting = await self._database()
        problems = list(self._services.content.problems)
        return {"ready": model and database, "model": model, "database": database, "waiting": waiting, "content": not problems}

    async def _database(self) -> tuple[bool, int]:
        try:
            return True, await self._services.inbox.waiting()
        except Exception as error:
            if not is_outage(error):
                raise
            return False, -1
