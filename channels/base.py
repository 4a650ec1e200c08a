"""What adapters share: capabilities as data, the size limit, reading a phone's country."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers

from amparo.core.errors import Refused
from amparo.core.model import Capabilities

MAX_BODY = 64 * 1024
"""Bytes of a webhook body; more is refused with 413 before anything is read from it."""

CAPABILITIES: Mapping[str, Capabilities] = {
    "whatsapp": Capabilities(
        max_text=1600, max_buttons=3, button_title=20, max_rows=10, row_title=24, numbered=False, window_hours=24, templates=True
    ),
    "sms": Capabilities(max_text=918, max_buttons=0, button_title=0, max_rows=0, row_title=0, numbered=True, segments=True),
    "telegram": Capabilities(
        max_text=4096, max_buttons=8, button_title=60, max_rows=0, row_title=0, numbered=False, delivery_receipts=False
    ),
    "practice": Capabilities(max_text=1600, max_buttons=3, button_title=20, max_rows=10, row_title=24, numbered=False),
}
"""Limits of channels.md. SMS: texts are written for three GSM-7 segments; six is where the adapter
cuts, because a choice or a number lost at the end is worse than a dearer message."""


def capabilities(channel: str) -> Capabilities:
    """Of a channel or of its simulated twin (`sim-…`). Raises KeyError on an unknown one."""
    return CAPABILITIES[channel.removeprefix("sim-")]


def check_size(body: bytes) -> None:
    """Raises Refused(413) where the body is too large."""
    if len(body) > MAX_BODY:
        raise Refused(413, "too large")


def phone_country(address: str) -> str:
    """ISO country of a phone number, '' where the address is none. Only ever shown as "if you are in …" (DH-2)."""
    number = address.removeprefix("whatsapp:")
    if not number.startswith("+"):
        return ""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
