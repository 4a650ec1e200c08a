"""Logs: one line of JSON each, with ids, counts and durations only; what third parties would write about people is silenced."""

from __future__ import annotations

import logging
from typing import Any

import structlog

from amparo.settings import Settings

FIELDS = frozenset({"turn", "ms", "acts", "error", "outbox", "count", "status", "channel", "attempt", "job", "port", "model"})
"""Names of `extra` values that may be written. Anything else is dropped, whatever it holds."""

TALKATIVE = (
    "httpx", "httpcore", "twilio.http_client", "sanic.access", "sanic.root", "telegram", "aiosqlite", "sqlalchemy", "asyncio",
    "rasa", "apscheduler", "urllib3", "matplotlib", "uvicorn.access",
)  # fmt: skip


def _only_known(_logger: Any, _name: str, event: Any) -> Any:
    """Keeps the allowed fields of a record; never its arguments."""
    record = event.get("_record")
    if record is not None:
        for name in FIELDS:
            if name in record.__dict__:
                event[name] = record.__dict__[name]
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__name__
            event["at"] = _place(record.exc_info[2])
            record.exc_info = None
        event.pop("exc_info", None)
    return event


def _place(trace: Any) -> str:
    """File and line where it broke; never the values."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""


def _silence(_logger: Any, _name: str, _event: Any) -> Any:
    """Rasa writes whole messages through structlog: none of it is kept. We log through the standard library."""
    raise structlog.DropEvent


class _Formatter(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        foreign = not record.name.startswith(("amparo", "channels", "actions"))
        if foreign:  # their texts may quote people: the place is enough
            record = logging.makeLogRecord({**record.__dict__, "msg": f"{record.name} {record.funcName}", "args": ()})
        return super().format(record)


def configure(settings: Settings) -> None:
    """Sets up logging for this process. Rasa's own handlers are replaced too."""
    formatter = _Formatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso"), _only_known],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    structlog.configure(processors=[_silence], cache_logger_on_first_use=False)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
