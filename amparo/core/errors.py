"""The closed set of errors that callers decide on. Nothing else is raised on purpose."""

from __future__ import annotations


class AmparoError(Exception):
    """Base of every error of ours; its text never holds anything a person wrote."""


class Conflict(AmparoError):
    """The row changed since it was read: read again, decide again."""


class NotAllowed(AmparoError):
    """The state table or a role does not permit this."""


class WindowClosed(NotAllowed):
    """The channel's reply window is over; a template may be sent instead."""


class NotFound(AmparoError):
    """No such row, or it was deleted."""


class Refused(AmparoError):
    """An inbound request that is refused. `status` is the HTTP status to answer with."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class SendError(AmparoError):
    """A provider did not take a message. `code` is the provider's own code, or ''."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(f"{reason} ({code})" if code else reason)
        self.reason = reason
        self.code = code


class Retryable(SendError):
    """Try again later; `after` is the provider's own wish in seconds, or None."""

    def __init__(self, reason: str, code: str = "", after: float | None = None) -> None:
        super().__init__(reason, code)
        self.after = after


class Permanent(SendError):
    """This message will never be taken."""


class ContactStopped(SendError):
    """The person or the carrier blocked us on this channel."""


class OutsideWindow(Permanent):
    """The provider says that the reply window is closed."""
