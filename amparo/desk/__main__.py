"""`python -m amparo.desk`: the counselor desk on its own port."""

from __future__ import annotations

import uvicorn

from amparo import wiring
from amparo.desk.app import create


def main() -> None:
    """Serves until stopped."""
    settings = wiring.application().settings
    uvicorn.run(
        create(),
        host=settings.host,
        port=settings.desk_port,
        log_config=None,
        ws="none",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
