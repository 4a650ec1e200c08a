"""`python -m amparo.desk`: the counselor desk on its own port."""

from __future__ import annotations

import asyncio
import sys

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from amparo import wiring
from amparo.desk import accounts, first_run
from amparo.desk.app import create


def main() -> None:
    """Serves until stopped."""
    settings = wiring.application().settings
    asyncio.run(_greet())
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


async def _greet() -> None:
    """While there is no account: where the first one is made, and with which code. Printed, never logged."""
    try:
        if await accounts.nobody_yet(wiring.services()):
            settings = wiring.application().settings
            print(f"First run: http://{settings.host}:{settings.desk_port}/first-run with the code {first_run.shown(settings)}", flush=True)
    except SQLAlchemyError as error:
        print(f"The desk cannot read its database yet: {type(error).__name__}", file=sys.stderr)
    finally:
        await wiring.close()


if __name__ == "__main__":
    main()
