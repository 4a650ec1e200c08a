"""What an offer says it pays, as US dollars a month, coarsely: enough to tell an ordinary wage from a bait.

Rates are rounded (2026) and only used for this comparison, never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

BAIT = 2400.0
"""Dollars a month from which unskilled work is far above what is paid in the region."""
_RATES: Mapping[str, float] = {
    **dict.fromkeys(("usd", "us", "dolares", "dolar", "dollars", "dollar", "dola", "dolá"), 1.0),
    **dict.fromkeys(("euros", "euro", "eur", "€"), 1.1),
    **dict.fromkeys(("gy",), 0.005),
    **dict.fromkeys(("tt",), 0.15),
    **dict.fromkeys(("r", "reais", "real", "rd"), 0.18),
    **dict.fromkeys(("s/", "soles", "sol"), 0.27),
    **dict.fromkeys(("q", "quetzales"), 0.13),
    **dict.fromkeys(("bolivianos", "bs"), 0.14),
    **dict.fromkeys(("pesos", "lempiras", "colones", "gourdes", "goud", "guaranies", "cop", "clp", "mxn", "j"), 0.0),  # too unlike to tell
}
_SIGNS = r"us\$|r\$|rd\$|gy\$|tt\$|j\$|c\$|s/|q(?=\d)|\$|€"
_NAMES = (
    r"usd|dolares|dolar|dollars?|dola|euros?|eur|reais|real|soles|sol|quetzales|pesos|lempiras|colones|gourdes|goud|"
    r"guaranies|bolivianos|bs|€|\$"
)
_AMOUNT = re.compile(
    rf"(?P<sign>{_SIGNS})?\s?(?P<number>\d{{1,3}}(?:[ .,]\d{{3}})+|\d+)(?:[.,]\d{{1,2}})?\s?(?P<thousand>mil|k)?\b\s?(?P<name>{_NAMES})?"
)
_PERIODS: tuple[tuple[float, re.Pattern[str]], ...] = (
    (0.0, re.compile(r"\b(?:hora|hour|hourly|heure|par heure|l'heure|per hour)\b")),
    (
        26.0,
        re.compile(
            r"\b(?:diari\w+|por dia|al dia|a day|daily|per day|par jour|pa jou|por noche|a night|nightly|par nuit|pa nwit|por noite)\b"
        ),
    ),
    (4.3, re.compile(r"\b(?:seman\w+|week\w*|semaine|semèn|semen|sem)\b")),
)
_OWED = re.compile(
    r"deuda|divida|debt|dette|\bdet\b|rembours|devolv|devuelv|pay back|frais|taxa|\bfee\b|cobr|deposit|\bpague|\bpaga solo|"
    r"voye|envi|\bbook\b"
)


def monthly(folded: str) -> Iterator[float]:
    """Dollars a month of each amount in a folded text; hourly pay, small numbers and what is owed are left out."""
    if _OWED.search(folded):
        return
    times = next((factor for factor, pattern in _PERIODS if pattern.search(folded)), 1.0)
    for match in _AMOUNT.finditer(folded):
        unit = (match["sign"] or match["name"] or "").rstrip("$") or ("usd" if "$" in (match["sign"] or "") + (match["name"] or "") else "")
        number = float(re.sub(r"[ .,]", "", match["number"])) * (1000 if match["thousand"] else 1)
        if unit or match["thousand"]:
            yield number * _RATES.get(unit, 0.18 if unit == "" else 1.0) * times


def bait(folded: str) -> bool:
    """True where an amount is far above ordinary pay."""
    return any(amount >= BAIT for amount in monthly(folded))


def named(folded: str) -> bool:
    """True where a number that can be pay stands in the text."""
    return any(int(re.sub(r"\D", "", match["number"])) >= 100 or match["thousand"] for match in _AMOUNT.finditer(folded))
