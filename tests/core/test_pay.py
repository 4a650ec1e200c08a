"""Pay in an offer: a bait is told from an ordinary wage, whatever the currency and the period."""

from __future__ import annotations

import pytest

from amparo.bot.features import plain
from amparo.bot.offer_words import refused
from amparo.core import pay


@pytest.mark.parametrize(
    "text",
    [
        "gana 900 dolares semanales",
        "paga 4 mil dólares por mês",
        "hasta 800 dolares diarios",
        "ganhe 20 mil por mês",
        "touche 3000 dola pa semèn",
    ],
)
def test_a_bait(text: str) -> None:
    assert pay.bait(plain(text)) and not refused("rf_salary_too_good", text)


@pytest.mark.parametrize(
    "text",
    [
        *("480 dolares mas seguro", "GY$140,000 monthly", "1 900 € brut", "450 euros d'argent de poche", "2.400 reais, registrada"),
        *("hourly $19.25", "18 000 goud pa mwa", "sueldo base 560.000", "vous remboursez 2500 euros en travaillant"),
    ],
)
def test_an_ordinary_wage_or_a_debt_is_no_bait(text: str) -> None:
    assert not pay.bait(plain(text)) and refused("rf_salary_too_good", text)


@pytest.mark.parametrize(
    ("sign", "about_it", "about_something_else"),
    [
        ("rf_family_info", "pásame la dirección de tus papás", "ask for Ms. Ramdin at the desk"),
        ("rf_upfront_fee", "paga la inscripción antes", "recruit through the consulate list"),
        ("rf_private_interview", "vem sozinha ao quarto", "entretien à l'hôtel avec la direction"),
        ("rf_marriage_offer", "quiere casarse con una latina", "li vle rankontre manman w anvan"),
        ("ilo_documents_retained", "le passeport reste chez l'agence", "busco niñera para mi bebe de 8 meses"),
        ("rf_ticket_paid", "le billet est à rembourser en travaillant", "billet remboursé par l'employeur"),
    ],
)
def test_a_sign_needs_the_thing_it_is_about(sign: str, about_it: str, about_something_else: str) -> None:
    assert not refused(sign, about_it)
    assert refused(sign, about_something_else)
