"""What leaves the house: contacts hidden in dots, spaces, short links and names of networks are found; the directory's pass (DH-17)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.core.errors import NotAllowed
from amparo.core.knowledge import Knowledge
from amparo.core.model import LANGUAGES
from amparo.desk import outgoing
from amparo.desk.directory import insertion
from tests.desk.conftest import Enter
from tests.desk.test_talks import claimed, texts

NOBODY = Knowledge({}, {}, {})
HIDDEN = (
    "3.115.551.234",
    "31-15-5512 34",
    "311_555_1234",
    "llama al 3 1 1 5 5 5 1 2 3 4",
    "(311)·555·1234",
    "311/555/1234",
    "311 / 555 / 1234",
    "311,555,1234",
    "5.551.234",
    "３１１５５５１２３４",
    "3\u200b1\u200b1\u200b5551234",
    "3️⃣1️⃣1️⃣5️⃣5️⃣5️⃣1️⃣2️⃣3️⃣4️⃣",
    "el 31/11/55 1234",
    "bit.ly/abc",
    "mira t.me/ana_x",
    "wa.me/573115551234",
    "https://wa.me/573115551234",
    "discord.gg/abc",
    "evil punto com",
    "bit . ly / abc",
    "instagram: anita",
    "Instagram es: anita.lopez",
    "ig anita",
    "ig name anita",
    "mi insta anita_92",
    "búscame en facebook ana.lopez",
    "telegram @ anita",
    "discord: anita",
    "@anita_92",
    "ana@example.org",
)
FINE = (
    "Nos vemos el 24/11/2026 a las 10:30, 2 personas",
    "Cuesta 1.200.000 pesos, o US$ 1,350.50",
    "Son 3.450.221 COP",
    "¿Te escribió por Instagram o por Facebook?",
    "Su Instagram está abierto a todos: cámbialo cuando puedas",
    "¿Es seguro por WhatsApp?",
    "Tienes 17 años y él 45.No estás sola",
    "Bienvenida.La próxima semana seguimos",
    "De 8:00 a 18:30, de lunes a viernes, 24/7",
    "Ley 1719 de 2014, artículo 12",
)


@pytest.mark.parametrize("text", HIDDEN)
def test_a_hidden_contact_is_found(text: str) -> None:
    with pytest.raises(NotAllowed):
        outgoing.check(text, NOBODY)


@pytest.mark.parametrize("text", FINE)
def test_ordinary_words_pass(text: str) -> None:
    outgoing.check(text, NOBODY)


@given(
    st.text("0123456789", min_size=10, max_size=13).filter(lambda d: d[0] != "0"),
    st.lists(st.sampled_from(" .-_/"), min_size=13, max_size=13),
)
def test_no_separator_hides_a_phone(digits: str, separators: list[str]) -> None:
    text = "".join(a + b for a, b in zip(digits, separators, strict=False)).rstrip(" .-_/")
    looks_like_dates = outgoing.DATE.search(text) or outgoing.TIME.search(text)
    if not looks_like_dates:
        with pytest.raises(NotAllowed):
            outgoing.check(text, NOBODY)


def test_everything_the_directory_inserts_passes(services: Any) -> None:
    knowledge = services.content.knowledge
    for service in knowledge.services.values():
        for language in LANGUAGES:
            outgoing.check(insertion(services, service, language, service.country, "telegram"), knowledge)
    outgoing.check("Marca 123 / 155 / 141 desde Colombia", knowledge)


def test_every_phrase_of_the_phrasebook_passes(services: Any) -> None:
    for language in LANGUAGES:
        for _key, _mine, hers in services.content.phrasebook(language, "es"):
            outgoing.check(hers, services.content.knowledge)


async def test_what_she_reads_of_a_transfer_and_a_referral_is_checked_too(enter: Enter, services: Any) -> None:
    ana = await enter("Ana")
    conversation = await claimed(services, ana)
    for to, why in (("Eva", "escríbeme al 311_555_1234"), ("Eva bit.ly/x", "fin de turno")):
        assert (await ana.post(f"/talk/{conversation}/transfer", to=to, why=why, note="")).status_code == 409
    assert (
        await ana.post(f"/talk/{conversation}/referral", recipient="Casa, 311.555.1234", question="una mujer, dos hijos")
    ).status_code == 409
    assert (await ana.post(f"/talk/{conversation}/referral", recipient="Casa Refugio", question="una mujer, dos hijos")).status_code == 303
    assert not [text for text in await texts(services, conversation) if "311" in text]
