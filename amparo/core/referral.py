"""A door that opens: the states of a referral as data (DH-18). Nobody travels before a place accepted her by name and hour."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from amparo.core.errors import NotAllowed


class Referral(str, Enum):
    """Where a referral stands."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    HER_YES = "her_yes"
    ARRIVED = "arrived"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"

    @property
    def open(self) -> bool:
        """Something is still to be done about it."""
        return self in (Referral.ASKED, Referral.ACCEPTED, Referral.HER_YES)

    @property
    def may_travel(self) -> bool:
        """The way there may be written to her only now."""
        return self is Referral.HER_YES

    @property
    def may_share(self) -> bool:
        """Anything that identifies her may reach this place only now: it accepted, and she said yes to it."""
        return self in (Referral.HER_YES, Referral.ARRIVED)


R = Referral
MOVES: Mapping[Referral, frozenset[Referral]] = {
    R.ASKED: frozenset({R.ACCEPTED, R.REFUSED, R.WITHDRAWN}),
    R.ACCEPTED: frozenset({R.HER_YES, R.REFUSED, R.WITHDRAWN}),
    R.HER_YES: frozenset({R.ARRIVED, R.REFUSED, R.UNKNOWN, R.WITHDRAWN}),
    R.UNKNOWN: frozenset({R.ARRIVED, R.REFUSED}),
    R.ARRIVED: frozenset({R.WITHDRAWN}),  # consent is revocable; what left cannot be called back, and she was told so
    R.REFUSED: frozenset(),
    R.WITHDRAWN: frozenset(),
}
"""Which state may follow which."""


def move(before: Referral, after: Referral) -> Referral:
    """`after`, where the table allows it. Raises NotAllowed."""
    if after not in MOVES[before]:
        raise NotAllowed(f"referral_{before.value}_to_{after.value}")
    return after
