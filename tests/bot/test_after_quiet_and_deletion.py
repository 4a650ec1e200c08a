"""After presence a bare "still here" stays in quiet; after a deletion nothing of before comes back and the way begins anew."""

from __future__ import annotations

from typing import Any

import pytest

from amparo.core.handoff import State
from amparo.core.model import LANGUAGES, Say
from tests.support.people import Woman

PRESENT = {"es": "esta aqui", "pt": "ele esta aqui", "en": "he is here", "fr": "il est la", "ht": "li la"}
STILL = {
    "es": ("sigo aqui", "Todavía estoy aquí"),
    "pt": ("continuo aqui", "ainda estou aqui"),
    "en": ("still here", "I'm still here"),
    "fr": ("je suis toujours là", "toujours là"),
    "ht": ("m la toujou", "mwen toujou la"),
}
DELETE = {
    "es": ("borrar mis datos", "sí", "hola"),
    "pt": ("apagar meus dados", "sim", "oi"),
    "en": ("delete my data", "yes", "hello"),
    "fr": ("effacer mes données", "oui", "bonjour"),
    "ht": ("efase done mwen", "wi", "bonjou"),
}


def said(store: Any, key: str, language: str, **values: str) -> str:
    return str(store.renderer.render(Say(key, values), language, "telegram").text)


def intro(store: Any, language: str) -> str:
    return said(store, "intro", language, days=str(store.retention.days_without_handoff))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bare_still_here_stays_in_quiet_with_one_plain_line(store: Any, language: str, place: int) -> None:
    her = Woman(store, language=language)
    await her.says(PRESENT[language])
    assert (await her.snapshot()).quiet == "presence"
    assert await her.says(STILL[language][place]) == [said(store, "hello", language)]
    assert (await her.snapshot()).quiet == "presence"
    assert not set((await store.talks.get(her.id)).memory.get("choices") or ()) & {"human", "exit", "yes", "delete"}


HE_STILL = {"es": "sigue aqui", "pt": "ainda tá aqui", "en": "he's still here", "fr": "il est encore là", "ht": "li la toujou"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_he_is_still_here_is_presence(store: Any, language: str) -> None:
    her = Woman(store, language=language)
    await her.begins()
    assert await her.says(HE_STILL[language]) == [said(store, "presence", language)]
    assert (await her.snapshot()).quiet == "presence"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_deletion_begins_anew(store: Any, language: str) -> None:
    """Introduced again, the old yes means nothing, exit and a cry work, an id that was sent again gives nothing."""
    her = Woman(store, language=language)
    await her.begins()
    async with store.talks.open(her.id) as talk:
        talk.set(where_now="PE", minor=1)
        talk.memory.update(signals={"confinement": "secreto"}, other_language="qu")
    ask, yes, hello = DELETE[language]
    await her.says(ask)
    first = her.number
    assert await her.says(yes) == [said(store, "delete_done", language)]
    texts = await her.says(hello)
    assert texts[0] == intro(store, language)
    now = await store.talks.get(her.id)
    assert (now.where_now, now.minor, now.risk.value) == ("", False, "none")
    assert "signals" not in now.memory and "other_language" not in now.memory
    await her.says(yes)
    assert (await her.snapshot()).state is State.BOT
    newest, her.number = her.number, first - 1
    assert await her.says(ask) == []  # the provider sends it again
    assert await her.says(yes) == []
    her.number = newest
    assert await her.says("00")
    assert (await her.snapshot()).quiet == "exit"
    texts = await her.says("AYUDA")
    assert (await her.snapshot()).quiet == "" and "911" in texts[0] and "105" not in texts[0]
