"""Rasa's voice: texts come from content/messages, her language first, the channel's variant second.

Rasa's own choice would prefer an English SMS text to a Spanish one (channel before language); see docs/architecture.md.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from amparo.core.errors import NotFound
from amparo.core.model import Say
from amparo.core.render import Renderer

PREFIX = "utter_"


class ContentNLG(NaturalLanguageGenerator):
    """Answers `utter_<key>` with the entry `<key>` of content/messages/<language>.yml."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Any = None) -> None:
        del endpoint_config, domain  # Rasa hands them over by position; the texts are ours

    async def generate(self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any) -> dict[str, Any] | None:
        """A message for Rasa: text and buttons ({"title", "payload"}), or None where no language has the key."""
        metadata = tracker.latest_message.metadata if tracker.latest_message else None
        language = (metadata or {}).get("language") or "es"
        values = {name: str(value) for name, value in kwargs.items() if isinstance(value, (str, int, float))}
        try:
            rendered = renderer().render(Say(utter_action.removeprefix(PREFIX), values), language, output_channel)
        except NotFound:
            return None
        return {
            "text": rendered.text,
            "buttons": [{"title": b.title, "payload": b.token} for b in rendered.buttons],
            "custom": {"button_label": rendered.button_label} if rendered.button_label else {},
        }


def renderer() -> Renderer:
    """The renderer of this process; wiring builds it from the content folder."""
    from amparo import wiring

    return wiring.renderer()
