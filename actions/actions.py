"""Rasa custom actions, thin: they read the parse and the slots, and let amparo.bot.replies choose from content/."""

from __future__ import annotations

import time
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from amparo.bot import knowledge_base
from amparo.bot.features import plain
from amparo.bot.offer_replies import MIN_WORDS
from amparo.bot.replies import FACT_TOKEN, Replies
from amparo.bot.service_replies import DETAILS, NEXT, need_of
from amparo.bot.voice import Said
from amparo.core.job_offer import DONT_KNOW, NO, TOKEN, YES, Check
from amparo.core.model import Rendered, Topic, Understanding


def understood_of(tracker: Tracker) -> Understanding:
    """The understanding of her message; an empty one for a tapped choice."""
    data = tracker.latest_message.get("amparo")
    return Understanding.from_dict(data) if data else Understanding(text="", lang="")


def metadata_of(tracker: Tracker) -> dict[str, Any]:
    return tracker.latest_message.get("metadata") or {}


def replies_for(tracker: Tracker) -> Replies:
    meta = metadata_of(tracker)
    return Replies(knowledge_base.shared(), str(meta.get("language") or "es"), str(meta.get("channel") or "telegram"), time.time())


def plain_only(tracker: Tracker) -> bool:
    """True in quiet: whoever writes may not be her, so nothing is remembered of her and nothing is kept (DH-1)."""
    return bool(metadata_of(tracker).get("plain"))


def slots_of(tracker: Tracker) -> dict[str, Any]:
    """What the dialogue remembers; nothing in quiet."""
    return {} if plain_only(tracker) else dict(tracker.slots)


def say(dispatcher: CollectingDispatcher, said: Said, tracker: Tracker) -> list[dict[str, Any]]:
    """Hands texts to Rasa and keeps what the dialogue remembers."""
    for text in said.texts:
        utter(dispatcher, text)
    return [] if plain_only(tracker) else [SlotSet(name, value) for name, value in said.slots.items()]


PLAIN_WORDS: dict[str, str] = {
    "utter_delete_this_chat": "utter_hello",
    "utter_did_not_understand_twice": "utter_did_not_understand",
    "utter_who_are_you": "utter_plain_about",
    "utter_privacy": "utter_plain_about",
    "utter_out_of_scope": "utter_did_not_understand",
}
"""What is said in quiet instead of texts that speak of a person, of complaints or of hiding."""


def speak(dispatcher: CollectingDispatcher, tracker: Tracker, response: str, **values: str) -> None:
    """A text of content/messages; in quiet the plain one."""
    dispatcher.utter_message(response=PLAIN_WORDS.get(response, response) if plain_only(tracker) else response, **values)


def utter(dispatcher: CollectingDispatcher, text: Rendered) -> None:
    buttons = [{"title": b.title, "payload": b.token} for b in text.buttons]
    extra = {"button_label": text.button_label} if text.button_label else None
    dispatcher.utter_message(text=text.text, buttons=buttons or None, json_message=extra)


class ActionAnswer(Action):
    """A fact for her question."""

    def name(self) -> str:
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        understood, meta = understood_of(tracker), metadata_of(tracker)
        if understood.topic is Topic.DISCLOSURE and meta.get("severe"):
            return []  # care and the offer of a person are said by triage; nothing narrower was asked
        replies, where = replies_for(tracker), str(meta.get("where_now") or "")
        if replies.offers.wants(understood, slots_of(tracker)):
            return say(dispatcher, replies.offers.heard(understood, slots_of(tracker)), tracker)
        said = replies.answer(understood, slots_of(tracker), where, bool(meta.get("minor")))
        if said.decision.kind == "abstain" and need_of(understood) != "any" and _names_place(tracker):
            said = replies.services(understood, slots_of(tracker), where, bool(meta.get("minor")))  # no fact, but somebody to ask
        events = say(dispatcher, said, tracker)
        for text in replies.offers.resume(slots_of(tracker)):
            utter(dispatcher, text)
        return events


class ActionServices(Action):
    """Helplines where she is."""

    def name(self) -> str:
        return "action_services"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        meta = metadata_of(tracker)
        where, minor = str(meta.get("where_now") or ""), bool(meta.get("minor"))
        return say(dispatcher, replies_for(tracker).services(understood_of(tracker), slots_of(tracker), where, minor), tracker)


class ActionOffer(Action):
    """The job-offer check on her own words."""

    def name(self) -> str:
        return "action_offer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        return say(dispatcher, replies_for(tracker).offers.heard(understood_of(tracker), slots_of(tracker)), tracker)


OFFER_TOKENS = frozenset({"topic_job_offer", "offer_guide", "offer_done"})
UTTERS = {"menu": "utter_menu", "language": "utter_language_menu", "privacy": "utter_privacy", "help": "utter_menu"}
TOPIC_HINTS = frozenset({"topic_requirements", "topic_costs", "topic_rights", "topic_scams"})


class ActionChoose(Action):
    """What a tapped button or a picked number means."""

    def name(self) -> str:
        return "action_choose"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        token = next((e.get("value", "") for e in tracker.latest_message.get("entities") or ()), "")
        if token.startswith(FACT_TOKEN):
            return say(dispatcher, replies_for(tracker).by_id(token.removeprefix(FACT_TOKEN)), tracker)
        if token in (NEXT, DETAILS):
            helplines = replies_for(tracker).help
            return say(dispatcher, (helplines.following if token == NEXT else helplines.details)(tracker.slots), tracker)
        if token in OFFER_TOKENS or token.startswith(TOKEN):
            return say(dispatcher, self._offer(token, tracker), tracker)
        if token == "offer_forward":
            speak(dispatcher, tracker, "utter_offer_forward")
        elif token in TOPIC_HINTS:
            speak(dispatcher, tracker, "utter_fact_ask_topic")
            return [] if plain_only(tracker) else [SlotSet("topic", token.removeprefix("topic_"))]
        else:
            speak(dispatcher, tracker, UTTERS.get(token, "utter_menu"))
        return []

    def _offer(self, token: str, tracker: Tracker) -> Said:
        offers = replies_for(tracker).offers
        if token == "topic_job_offer":
            return offers.start(slots_of(tracker))
        if token == "offer_guide":
            return offers.guide(slots_of(tracker))
        if token == "offer_done":
            return offers.result(Check.of(slots_of(tracker).get("offer")))
        return offers.tapped(token, slots_of(tracker))


TALK = {
    "smalltalk": "utter_hello",
    "affirm": "utter_hello",
    "deny": "utter_hello",
    "exit": "utter_delete_this_chat",
    "human": "utter_hello",
    "out_of_scope": "utter_out_of_scope",
    "nlu_fallback": "utter_did_not_understand",
}


UNSURE = ("nlu_fallback", "out_of_scope", "smalltalk")
DONT_KNOW_WORDS = frozenset(
    {"no se", "no lo se", "nose", "nao sei", "sei la", "i don't know", "i dont know", "dont know", "don't know", "dunno", "idk"}
    | {"je ne sais pas", "je sais pas", "jsp", "chais pas", "m pa konnen", "mwen pa konnen", "pa konnen"}
)


class ActionTalk(Action):
    """Greetings and everything that needs no fact; twice not understood offers a person."""

    def name(self) -> str:
        return "action_talk"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        intent = str((tracker.latest_message.get("intent") or {}).get("name") or "nlu_fallback")
        if metadata_of(tracker).get("severe"):
            return []
        followed = replies_for(tracker).follow(understood_of(tracker), slots_of(tracker))
        if followed is not None:
            return say(dispatcher, followed, tracker)
        pending = slots_of(tracker).get("pending")
        if pending == "offer" or replies_for(tracker).offers.active(slots_of(tracker)):
            said = self._offer(tracker, intent)
            if said is not None:
                return say(dispatcher, said, tracker)
        if pending in ("service_country", "which_country") or (intent in UNSURE and (_names_place(tracker) or self._known(tracker))):
            return self._place(dispatcher, tracker, pending)
        misses = int(slots_of(tracker).get("misses") or 0) + 1 if intent == "nlu_fallback" else 0
        speak(dispatcher, tracker, "utter_did_not_understand_twice" if misses >= 2 else TALK.get(intent, "utter_hello"))
        return [] if plain_only(tracker) else [SlotSet("misses", misses)]

    def _offer(self, tracker: Tracker, intent: str) -> Said | None:
        """Yes, no, don't know, or more of the offer's story, while the check is open."""
        offers, text = replies_for(tracker).offers, str(tracker.latest_message.get("text") or "")
        answer = DONT_KNOW if plain(text).strip(" .!?") in DONT_KNOW_WORDS else {"affirm": YES, "deny": NO}.get(intent, "")
        said = offers.worded(answer, slots_of(tracker)) if answer else None
        if said is None and len(text.split()) >= MIN_WORDS:
            said = offers.heard(understood_of(tracker), slots_of(tracker))
        return said

    def _known(self, tracker: Tracker) -> bool:
        """Something is known for it although the model did not take it for a question."""
        understood = understood_of(tracker)
        if len(understood.text.split()) < 3:
            return False
        return replies_for(tracker).may_answer(understood, slots_of(tracker), str(metadata_of(tracker).get("where_now") or ""))

    def _place(self, dispatcher: CollectingDispatcher, tracker: Tracker, pending: Any) -> list[dict[str, Any]]:
        replies, understood, meta = replies_for(tracker), understood_of(tracker), metadata_of(tracker)
        where = str(meta.get("where_now") or "")
        if pending == "service_country":
            return say(dispatcher, replies.services(understood, slots_of(tracker), where, bool(meta.get("minor"))), tracker)
        return say(dispatcher, replies.answer(understood, slots_of(tracker), where), tracker)


def _names_place(tracker: Tracker) -> bool:
    return any(e.get("entity") in ("country", "city") for e in tracker.latest_message.get("entities") or ())


class ActionAboutUs(Action):
    """Who we are, what is kept, and how it is deleted."""

    def name(self) -> str:
        return "action_about_us"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        from amparo import wiring

        followed = replies_for(tracker).follow(understood_of(tracker), slots_of(tracker))
        if followed is not None:
            return say(dispatcher, followed, tracker)
        app = wiring.application()
        retention = app.content.helpline.retention
        intent = str((tracker.latest_message.get("intent") or {}).get("name") or "")
        values = {
            "days": str(retention.days_without_handoff),
            "case_days": str(retention.days_after_case),
            "organisation": app.settings.organisation or app.content.helpline.name,
        }
        speak(dispatcher, tracker, "utter_who_are_you" if intent == "who_are_you" else "utter_privacy", **values)
        return []
