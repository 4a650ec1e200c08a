"""Numbers of the right country, with the country's name in her language."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from babel import Locale

from amparo.core import services
from amparo.core.knowledge import Knowledge
from amparo.core.triage import Numbers


class HasKnowledge(Protocol):
    @property
    def knowledge(self) -> Knowledge: ...


@lru_cache(maxsize=2048)
def country_name(code: str, language: str) -> str:
    """A country's name; Creole readers get the French one, which is what the papers say. The code where unknown."""
    locale = Locale.parse("fr" if language == "ht" else language if language in ("es", "pt", "en", "fr") else "es")
    return str(locale.territories.get(code, code))


class Contacts:
    """Who to call where she is (DH-2)."""

    def __init__(self, content: HasKnowledge) -> None:
        self._content = content

    def numbers(self, where_now: str, prefix_country: str, language: str) -> Numbers:
        """`where_now` is known only from her own words; the phone's prefix is only ever a hint."""
        every = self._content.knowledge.services.values()
        number = services.emergency(every, where_now) if where_now else ""
        hint = services.emergency(every, prefix_country) if prefix_country and not where_now else ""
        return Numbers(
            emergency=number,
            place=country_name(where_now, language) if where_now else "",
            suicide=services.suicide(every, where_now) if where_now else "",
            text_contact=services.text_contact(every, where_now) if where_now else "",
            sure=bool(where_now),
            prefix_place=country_name(prefix_country, language) if hint else "",
            prefix_emergency=hint,
        )
