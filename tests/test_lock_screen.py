"""DH-9: the first sixty characters of whatever goes out tell nothing, in every language and channel; SMS stays in three segments."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from amparo.bot.replies import Replies
from amparo.core.lock_screen import PREVIEW, LockScreen
from amparo.core.model import LANGUAGES, Button, Kind, Rendered, Say
from amparo.core.render import LEAD_KEYS, Renderer
from amparo.core.services import emergency
from amparo.store.content_files import ContentFiles
from channels.text import is_gsm, segments, to_gsm

ROOT = Path(__file__).resolve().parents[1]
CHANNELS = ("telegram", "whatsapp", "sms")
SEGMENTS = 3


@pytest.fixture(scope="module")
def content() -> ContentFiles:
    return ContentFiles(ROOT / "content")


@pytest.fixture(scope="module")
def screen(content: ContentFiles) -> LockScreen:
    return LockScreen(content.lock_screen())


def replies(content: ContentFiles, lang: str, channel: str) -> Replies:
    base = SimpleNamespace(content=content, renderer=Renderer(content), knowledge=content.knowledge)
    return Replies(base, lang, channel, time.time())  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_fact_begins_harmlessly(content: ContentFiles, screen: LockScreen, lang: str, channel: str) -> None:
    says, renderer = replies(content, lang, channel), Renderer(content)
    telling, long, led = [], [], 0
    for fact_id in content.knowledge.facts:
        for text in says.by_id(fact_id).texts:
            out = renderer.outbound(text, lang, channel)
            led += out.text != text.text or any(out.text.startswith(lead) for lead in renderer.leads("", lang, channel))
            if screen.tells(out.text):
                telling.append((fact_id, out.text[:PREVIEW]))
            if channel == "sms" and segments(to_gsm(out.text)) > SEGMENTS:
                long.append((fact_id, len(out.text)))
    assert telling == [] and long == []
    assert led >= 20  # the mechanism is needed, and a plain answer has no lead
    assert led < len(content.knowledge.facts) / 2


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_service_begins_harmlessly_and_its_name_comes_later(
    content: ContentFiles, screen: LockScreen, lang: str, channel: str
) -> None:
    says, renderer = replies(content, lang, channel), Renderer(content)
    for service in content.knowledge.services.values():
        outs = [renderer.outbound(text, lang, channel).text for text in says.by_id(service.id).texts]
        assert not any(screen.tells(out) for out in outs), (service.id, outs)
        assert outs[0].index(service.name) >= PREVIEW
        assert not any(service.name in out[:PREVIEW] for out in outs)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_indicator_of_the_offer_check_begins_harmlessly(content: ContentFiles, screen: LockScreen, lang: str, channel: str) -> None:
    renderer = Renderer(content)
    for indicator in content.knowledge.indicators.values():
        line = f"- «x»: {indicator.name.get(lang) or indicator.name['en']}."
        out = renderer.outbound(renderer.render(Say("offer_signs", {"signs": line}), lang, channel), lang, channel)
        assert not screen.tells(out.text), out.text[:PREVIEW]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_leads_are_neutral_long_enough_and_cheap(content: ContentFiles, screen: LockScreen, lang: str) -> None:
    renderer = Renderer(content)
    chat = [renderer.render(Say(key), lang, "telegram").text for key in LEAD_KEYS]
    sms = [renderer.render(Say(key), lang, "sms").text for key in LEAD_KEYS]
    assert all(len(lead) >= PREVIEW for lead in chat) and len(sms[-1]) >= PREVIEW
    assert [len(lead) for lead in sms] == sorted(len(lead) for lead in sms) and all(map(is_gsm, sms))
    assert not any(screen.tells(lead) for lead in (*chat, *sms))
    assert all(content.entry(lang, key)["review"] == "machine" for key in LEAD_KEYS)  # type: ignore[index]


def test_only_a_number_for_danger_now_breaks_it(content: ContentFiles) -> None:
    renderer = Renderer(content)
    danger = Rendered("Peligro ahora: 105 (Perú).", kind=Kind.RISK)
    assert renderer.outbound(danger, "es", "telegram") == danger
    assert renderer.outbound(Rendered("Peligro ahora.", kind=Kind.RISK), "es", "telegram").text != "Peligro ahora."
    assert renderer.outbound(Rendered("Denuncias: 105"), "es", "sms").text.startswith("Hola.")
    assert renderer.outbound(Rendered("Elige", (Button("x", "La policía"),)), "es", "sms").text.startswith("Hola.")
    plain = Rendered("El pasaporte cuesta 120,90 PEN.")
    assert renderer.outbound(plain, "es", "sms") == plain
    assert emergency(content.knowledge.services.values(), "PE")
