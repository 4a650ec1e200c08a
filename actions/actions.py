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


def say(dispatcher: CollectingDispatcher, said: Said) -> list[dict[str, Any]]:
    """Hands texts to Rasa and keeps what the dialogue remembers."""
    for text in said.texts:
        utter(dispatcher, text)
    return [SlotSet(name, value) for name, value in said.slots.items()]


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
        if replies.offers.wants(understood, tracker.slots):
            return say(dispatcher, replies.offers.heard(understood, tracker.slots))
        said = replies.answer(understood, tracker.slots, where, bool(meta.get("minor")))
        if said.decision.kind == "abstain" and need_of(understood) != "any" and _names_place(tracker):
            said = replies.services(understood, tracker.slots, where, bool(meta.get("minor")))  # no fact, but somebody to ask
        events = say(dispatcher, said)
        for text in replies.offers.resume(tracker.slots):
            utter(dispatcher, text)
        return events


class ActionServices(Action):
    """Helplines where she is."""

    def name(self) -> str:
        return "action_services"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        meta = metadata_of(tracker)
        where, minor = str(meta.get("where_now") or ""), bool(meta.get("minor"))
        return say(dispatcher, replies_for(tracker).services(understood_of(tracker), tracker.slots, where, minor))


class ActionOffer(Action):
    """The job-offer check on her own words."""

    def name(self) -> str:
        return "action_offer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        return say(dispatcher, replies_for(tracker).offers.heard(understood_of(tracker), tracker.slots))


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
            return say(dispatcher, replies_for(tracker).by_id(token.removeprefix(FACT_TOKEN)))
        if token in (NEXT, DETAILS):
            helplines = replies_for(tracker).help
            return say(dispatcher, (helplines.following if token == NEXT else helplines.details)(tracker.slots))
        if token in OFFER_TOKENS or token.startswith(TOKEN):
            return say(dispatcher, self._offer(token, tracker))
        if token == "offer_forward":
            dispatcher.utter_message(response="utter_offer_forward")
        elif token in TOPIC_HINTS:
            dispatcher.utter_message(response="utter_fact_ask_topic")
            return [SlotSet("topic", token.removeprefix("topic_"))]
        else:
            dispatcher.utter_message(response=UTTERS.get(token, "utter_menu"))
        return []

    def _offer(self, token: str, tracker: Tracker) -> Said:
        offers = replies_for(tracker).offers
        if token == "topic_job_offer":
            return offers.start(tracker.slots)
        if token == "offer_guide":
            return offers.guide(tracker.slots)
        if token == "offer_done":
            return offers.result(Check.of(tracker.slots.get("offer")))
        return offers.tapped(token, tracker.slots)


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
        followed = replies_for(tracker).follow(understood_of(tracker), tracker.slots)
        if followed is not None:
            return say(dispatcher, followed)
        pending = tracker.slots.get("pending")
        if pending == "offer" or replies_for(tracker).offers.active(tracker.slots):
            said = self._offer(tracker, intent)
            if said is not None:
                return say(dispatcher, said)
        if pending in ("service_country", "which_country") or (intent in UNSURE and (_names_place(tracker) or self._known(tracker))):
            return self._place(dispatcher, tracker, pending)
        misses = int(tracker.slots.get("misses") or 0) + 1 if intent == "nlu_fallback" else 0
        dispatcher.utter_message(response="utter_did_not_understand_twice" if misses >= 2 else TALK.get(intent, "utter_hello"))
        return [SlotSet("misses", misses)]

    def _offer(self, tracker: Tracker, intent: str) -> Said | None:
        """Yes, no, don't know, or more of the offer's story, while the check is open."""
        offers, text = replies_for(tracker).offers, str(tracker.latest_message.get("text") or "")
        answer = DONT_KNOW if plain(text).strip(" .!?") in DONT_KNOW_WORDS else {"affirm": YES, "deny": NO}.get(intent, "")
        said = offers.worded(answer, tracker.slots) if answer else None
        if said is None and len(text.split()) >= MIN_WORDS:
            said = offers.heard(understood_of(tracker), tracker.slots)
        return said

    def _known(self, tracker: Tracker) -> bool:
        """Something is known for it although the model did not take it for a question."""
        understood = understood_of(tracker)
        if len(understood.text.split()) < 3:
            return False
        return replies_for(tracker).may_answer(understood, tracker.slots, str(metadata_of(tracker).get("where_now") or ""))

    def _place(self, dispatcher: CollectingDispatcher, tracker: Tracker, pending: Any) -> list[dict[str, Any]]:
        replies, understood, meta = replies_for(tracker), understood_of(tracker), metadata_of(tracker)
        where = str(meta.get("where_now") or "")
        if pending == "service_country":
            return say(dispatcher, replies.services(understood, tracker.slots, where, bool(meta.get("minor"))))
        return say(dispatcher, replies.answer(understood, tracker.slots, where))


def _names_place(tracker: Tracker) -> bool:
    return any(e.get("entity") in ("country", "city") for e in tracker.latest_message.get("entities") or ())


class ActionAboutUs(Action):
    """Who we are, what is kept, and how it is deleted."""

    def name(self) -> str:
        return "action_about_us"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        from amparo import wiring

        followed = replies_for(tracker).follow(understood_of(tracker), tracker.slots)
        if followed is not None:
            return say(dispatcher, followed)
        app = wiring.application()
        retention = app.content.helpline.retention
        intent = str((tracker.latest_message.get("intent") or {}).get("name") or "")
        values = {
            "days": str(retention.days_without_handoff),
            "case_days": str(retention.days_after_case),
            "organisation": app.settings.organisation or app.content.helpline.name,
        }
        dispatcher.utter_message(response="utter_who_are_you" if intent == "who_are_you" else "utter_privacy", **values)
        return []
