"""The lines of `amparo evaluate`; without a model exact words still count."""

from __future__ import annotations

import pytest

from amparo.bot.evaluate import prediction
from amparo.bot.understand import hear
from amparo.core.model import Risk, Signal, Understanding
from amparo.core.phrases import ExactWords, Phrase

SUICIDE = Phrase("suicide", "me quiero morir", "es", "anywhere", Risk.IMMINENT, ("suicide_self_harm",))


async def test_without_a_model_the_exact_words_count() -> None:
    heard = await hear(None, ExactWords([SUICIDE], {}), "ya me quiero morir")
    line = prediction("a", heard.understood)
    assert line["risk"] == "imminent"
    assert line["signals"] == ["suicide_self_harm"]
    assert line["quotes"] == ["me quiero morir"]
    assert sum(line["scores"].values()) == pytest.approx(1.0)


def test_only_exact_quotes_come_out() -> None:
    understood = Understanding(text="tiene mi pasaporte", lang="es", signals=(Signal("threats", "otra cosa"), Signal("minor", "")))
    line = prediction(2, understood)
    assert line["quotes"] == []
    assert line["signals"] == ["threats", "minor"]
    assert line["ages"] == {"writer": "unknown", "at_risk": "unknown"}
