"""The second person opens a number, a place or the earlier chat, and she is told (DH-13)."""

from __future__ import annotations

from typing import Any

from amparo.desk import team


async def approve(services: Any, grant_id: str, supervisor_id: str) -> None:
    """Opens it; she hears what was opened and by whom, unless that raises the danger or quiet lies over the talk. Raises NotAllowed."""
    grant = await services.break_glass.approve(grant_id, supervisor_id)
    if not grant.tell_her:
        return
    case = await services.talks.case(grant.case_id)
    key = "glass_earlier" if grant.what == "earlier_chat" else "glass_number" if grant.ground == "she_asked" else "glass_life"
    async with services.talks.open(case["conversation_id"]) as talk:
        services.teller.say(talk, key, alias=await team.name_of(services, grant.asked_by))
    await services.waker.wake("jobs")
