"""A clock that tests move by hand."""

from __future__ import annotations


class FixedClock:
    """Starts at a fixed moment (2026-11-24 12:00 UTC) and moves only when told."""

    def __init__(self, start: float = 1_795_521_600.0) -> None:
        self.time = start

    def now(self) -> float:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += seconds
