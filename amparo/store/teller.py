"""What she is told when a talk changes hands, in her language and for her channel.

After half an hour of silence nothing automatic goes out (DH-12): the text is kept and said first when she writes herself.
"""

from __future__ import annotations

from amparo.core.conversation import Outgoing
from amparo.core.handoff import Step
from amparo.core.model import Kind, Rendered, Say
from amparo.core.outbound import GAP_SECONDS
from amparo.core.questions import asked
from amparo.core.render import Renderer
from amparo.store.contacts import Contacts
from amparo.store.talks import Talk

UNTOLD = "untold"
EMPTY = dict.fromkeys(("time", "hour", "alias", "to", "why", "place", "lines", "ahead"), "")


class Teller:
    """Says keys of content/messages inside a talk."""

    def __init__(self, renderer: Renderer, contacts: Contacts) -> None:
        self._renderer = renderer
        self._contacts = contacts

    def tell(self, talk: Talk, step: Step, prompted: bool = False, **values: str) -> None:
        """The text of a step of the table, if it has one. `prompted`: it answers a message of hers."""
        if step.tell:
            self.say(talk, step.tell, prompted, **values)

    def say(self, talk: Talk, key: str, prompted: bool = False, /, **values: str) -> None:
        """A text; unprompted and after half an hour of silence it is kept for her next message, in quiet it is not said at all."""
        if talk.snapshot.quiet and not prompted:
            return
        if not prompted and talk.now - talk.before.last_in_at > GAP_SECONDS:
            talk.memory[UNTOLD] = {"key": key, "values": dict(values)}
            return
        self.say_now(talk, key, Kind.HANDOFF, prompted, **values)

    def say_now(self, talk: Talk, key: str, kind: Kind = Kind.HANDOFF, prompted: bool = False, /, **values: str) -> None:
        """A text that does not wait: she agreed to it, or she is in danger."""
        channel = talk.before.channel.removeprefix("sim-")
        rendered = self._renderer.outbound(self.render(talk, key, kind, **values), talk.before.language or "es", channel)
        if rendered.buttons:
            talk.memory["choices"] = [button.token for button in rendered.buttons]
        talk.memory.update(asked(key, talk.now))
        talk.memory.pop(UNTOLD, None)
        talk.say(Outgoing(rendered, author="system", prompted=prompted, language=talk.before.language or "es"))

    def render(self, talk: Talk, key: str, kind: Kind = Kind.HANDOFF, /, **values: str) -> Rendered:
        """The text with every value that a handoff text may ask for."""
        language = talk.before.language or "es"
        numbers = self._contacts.numbers(talk.before.where_now, talk.before.prefix_country, language)
        filled = {**EMPTY, "number": numbers.emergency or "911 / 112", **values}
        return self._renderer.render(Say(key, filled, kind), language, talk.before.channel.removeprefix("sim-"))
