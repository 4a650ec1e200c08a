"""Rasa custom actions. `rasa run actions` finds them here; the assistant runs them in its own process."""

from actions.actions import (
    ActionAboutUs,
    ActionAnswer,
    ActionChoose,
    ActionOffer,
    ActionServices,
    ActionTalk,
)

__all__ = ["ActionAboutUs", "ActionAnswer", "ActionChoose", "ActionOffer", "ActionServices", "ActionTalk"]
