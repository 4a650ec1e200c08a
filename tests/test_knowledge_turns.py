"""Knowledge in conversation, through the real model, rules, actions and store: follow-ups, two countries, the offer check, no dead ends."""

from __future__ import annotations

from typing import Any

import pytest

from amparo.core.job_offer import GUIDED
from amparo.core.model import LANGUAGES
from tests.test_turns import Chat, agent, chat  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow

FOLLOWED = {
    "es": ("cuanto cuesta el pasaporte en peru", "y cuanto demora?", "y que papeles piden?"),
    "pt": ("quanto custa o passaporte no peru", "e quanto demora?", "e quais documentos?"),
    "en": ("how much is the passport in peru", "and how long does it take?", "and what documents?"),
    "fr": ("combien coute le passeport au perou", "et ca prend combien de temps ?", "et quels papiers ?"),
    "ht": ("konbyen paspo a koute nan pewou", "e konbyen tan?", "e ki papye?"),
}


@pytest.mark.parametrize("lang", list(FOLLOWED))
async def test_a_follow_up_is_about_the_answer_before_it(chat: Chat, lang: str) -> None:  # noqa: F811
    first, *rest = FOLLOWED[lang]
    await chat.say(first)
    fact = chat.services.content.knowledge.facts["pe-passport"]
    for follow in rest:
        said = " ".join(await chat.say(follow))
        assert fact.official_url in said, said


async def test_two_countries_are_compared(chat: Chat) -> None:  # noqa: F811
    said = " ".join(await chat.say("donde se pide refugio y es gratis, en peru o en brasil?"))
    assert "Perú:" in said and "Brasil:" in said


async def test_a_question_without_country_is_asked_back_once(chat: Chat) -> None:  # noqa: F811
    said = " ".join(await chat.say("cuanto cuesta sacar el pasaporte"))
    assert "¿De qué país?" in said
    assert "120,90 PEN" in " ".join(await chat.say("peru"))


async def test_helplines_come_with_the_emergency_number_and_not_only_police(chat: Chat) -> None:  # noqa: F811
    said = " ".join(await chat.say("telefono para mujeres maltratadas en chile"))
    assert "1455" in said and "133" in said


BEGUN = {"es": "oferta de trabajo", "pt": "oferta de trabalho", "en": "job offer", "fr": "offre d'emploi", "ht": "òf travay"}
YES = {"es": "si", "pt": "sim", "en": "yes", "fr": "oui", "ht": "wi"}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_guided_check_takes_ten_taps_in_every_language(chat: Chat, lang: str) -> None:  # noqa: F811
    await chat.say("", token=f"lang_{lang}")
    content = chat.services.content
    await chat.say("", token="topic_job_offer")
    said = await chat.say("", token="offer_guide")
    for question in GUIDED:
        assert str((content.entry(lang, question.key) or {})["text"]) in said[-1]
        said = await chat.say("", token=question.token(next(iter(question.answers))))
    knowledge = content.knowledge.indicators
    assert knowledge["rf_ticket_paid"].name[lang] in " ".join(said)
    assert str((content.entry(lang, "offer_dont_tell") or {})["text"]) in " ".join(said)


async def test_a_question_that_names_its_own_thing_is_no_follow_up(chat: Chat) -> None:  # noqa: F811
    await chat.say("cuanto cuesta el ppt en colombia")
    again = " ".join(await chat.say("cuanto cuesta el ppt en colombia"))
    assert "PPT (Permiso" in again
    other = " ".join(await chat.say("cuanto cuesta el pasaporte en peru"))
    assert "120,90 PEN" in other


async def test_the_check_can_be_left_and_taken_up_again_and_words_count(chat: Chat) -> None:  # noqa: F811
    await chat.say("", token="topic_job_offer")
    await chat.say("", token="offer_guide")
    await chat.say("", token=GUIDED[0].token("known"))
    between = " ".join(await chat.say(FOLLOWED["es"][0]))
    assert "120,90 PEN" in between and "seguimos con la oferta" in between
    noted = " ".join(await chat.say("me dijeron que la patrona me guarda el pasaporte mientras trabajo"))
    assert "2 de 10" in noted
    result = " ".join(await chat.say("", token="offer_done"))
    assert "pasaporte" in result and "No les digas" in result


async def test_after_a_result_the_guide_begins_a_new_check_and_its_yes_calls_nobody(chat: Chat) -> None:  # noqa: F811
    await chat.say("", token="topic_job_offer")
    await chat.say("", token="offer_guide")
    await chat.say("", token=GUIDED[0].token("known"))
    result = " ".join(await chat.say("", token="offer_done"))
    assert str((chat.services.content.entry("es", GUIDED[0].key) or {})["text"]) not in result
    again = " ".join(await chat.say("", token="offer_guide"))
    assert str((chat.services.content.entry("es", GUIDED[0].key) or {})["text"]) in again
    assert not (await chat.state()).state.queued
    await chat.say("", token=GUIDED[0].token("known"))
    said = " ".join(await chat.say("si"))
    assert str((chat.services.content.entry("es", GUIDED[2].key) or {})["text"]) in said
    assert not (await chat.state()).state.queued


async def test_a_person_is_offered_once_after_a_result(chat: Chat) -> None:  # noqa: F811
    said = await chat.say("me ofrecen trabajo de mesera en chile me pagan el pasaje y me piden el pasaporte")
    assert sum("gratis y sin nombre" in text for text in said) == 1, said


async def test_an_ordinary_offer_is_not_condemned_and_never_called_safe(chat: Chat) -> None:  # noqa: F811
    await chat.say("", token="topic_job_offer")
    said = " ".join(
        await chat.say("Panadería busca vendedora, contrato desde el primer día, sueldo mínimo, entrevista en la tienda, no se cobra nada")
    )
    assert "Eso no la hace segura" in said
    assert "No les digas" not in said


async def _pending(chat: Chat, state: str) -> None:  # noqa: F811
    """Brings the talk into a state in which a question of ours is open."""
    steps: dict[str, list[tuple[str, str]]] = {
        "nothing": [("hola buenas tardes", "")],
        "which_country": [("cuanto cuesta sacar el pasaporte", "")],
        "where": [("necesito un albergue para dormir hoy", "")],
        "offer": [("", "topic_job_offer")],
        "guided": [("", "topic_job_offer"), ("", "offer_guide")],
        "unknown": [("receta de arepas por favor ahora", "")],
        "answered": [(FOLLOWED["es"][0], "")],
        "offered": [("me quitaron el pasaporte y no me dejan salir", "")],
        "waiting": [("", "human")],
        "callback_asked": [("", "human"), ("", "callback")],
        "helpline": [("telefono para mujeres maltratadas en chile", "")],
    }
    for text, token in steps[state]:
        await chat.say(text, token=token)


STATES = ("nothing", "which_country", "where", "offer", "guided", "unknown", "answered", "offered", "waiting", "callback_asked", "helpline")


@pytest.mark.parametrize("state", STATES)
async def test_a_person_menu_and_exit_are_two_messages_away_at_most(chat: Chat, state: str) -> None:  # noqa: F811
    await _pending(chat, state)
    menu = await chat.say("menu")
    assert "¿Qué quieres saber?" in " ".join(menu)
    await _pending(chat, state)
    await chat.say("persona")
    if not (await chat.state()).state.queued:
        await chat.say("si")
    assert (await chat.state()).state.queued
    assert len(await chat.say("00")) == 1
    assert (await chat.state()).quiet == "exit"


def tokens(content: Any) -> list[str]:
    """Every choice of every text."""
    found = {str(token) for key in content.keys("es") for token, _ in (content.entry("es", key) or {}).get("buttons") or ()}
    return sorted(found)


async def test_no_choice_leads_nowhere(chat: Chat) -> None:  # noqa: F811
    await chat.say("hola buenas tardes")
    silent = {"exit", "stay_quiet"}
    for token in tokens(chat.services.content):
        if token in silent or token.startswith(("delete", "lang_")):
            continue
        said = await chat.say("", token=token)
        state = await chat.state()
        assert said or state.state.queued or state.quiet, token
