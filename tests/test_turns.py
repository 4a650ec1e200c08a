"""Conversations through the real model, rules, actions and store: what she reads, and what she never reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from amparo import wiring
from amparo.bot import knowledge_base, local_actions
from amparo.bot.knowledge_base import KnowledgeBase
from amparo.bot.nlg import ContentNLG
from amparo.bot.turn import Turns
from amparo.core.handoff import Event
from amparo.core.model import Inbound, Media
from amparo.store.rasa_tracker import BoundedTrackerStore
from amparo.store.tables import metadata
from tests.conftest import ROOT, settings_for
from tests.support.clock import FixedClock

pytestmark = pytest.mark.slow
MODEL = ROOT / "models" / "amparo.tar.gz"


@pytest.fixture(scope="module")
def agent() -> Any:
    from rasa.core.agent import Agent

    loaded = Agent.load(str(MODEL), tracker_store=BoundedTrackerStore(None), generator=ContentNLG())
    loaded.tracker_store.domain = loaded.processor.domain
    local_actions.install(loaded)
    return loaded


class Chat:
    """One person on one channel; `say` returns what she reads."""

    def __init__(self, services: Any, agent: Any, channel: str = "telegram") -> None:
        self.services, self.agent, self.channel = services, agent, channel
        self.number = 0
        self.id = ""

    async def say(self, text: str, token: str = "", **more: Any) -> list[str]:
        self.number += 1
        receipt = await self.services.inbox.receive(Inbound(self.channel, "77", f"77:{self.number}", text=text, token=token, **more))
        self.id = receipt.conversation_id
        for claimed in await self.services.inbox.claim():
            await Turns(self.services, self.agent).run(claimed.message_id)
        return [job.rendered.text for job in await self._sent()]

    async def _sent(self) -> list[Any]:
        sent = []
        while jobs := await self.services.outbox.claim("test"):
            for job in jobs:
                await self.services.outbox.sent(job.outbox_id, f"p{job.outbox_id}")
            sent += jobs
        return sent

    async def state(self) -> Any:
        return (await self.services.talks.get(self.id)).snapshot


@pytest.fixture
async def chat(tmp_path: Path, clock: FixedClock, agent: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chat]:
    settings = settings_for(f"sqlite+aiosqlite:///{tmp_path / 't.db'}", ROOT / "var")
    app = wiring.Application(settings, clock)
    made = wiring.Services(app)
    monkeypatch.setattr(wiring, "application", lambda: app)
    base = KnowledgeBase(app.content, app.renderer, ROOT / "var" / "cache")
    monkeypatch.setattr(knowledge_base, "shared", lambda: base)
    monkeypatch.setattr(BoundedTrackerStore, "backing", staticmethod(lambda: made))
    async with made.db.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield Chat(made, agent)
    await made.db.close()


ASK = {
    "es": ("cuanto cuesta el pasaporte en peru", "120,90 PEN", "Confirma en"),
    "pt": ("quanto custa o passaporte no peru", "120,90 PEN", "Confirme em"),
    "en": ("how much is the passport in peru", "120.90 PEN", "Confirm at"),
    "fr": ("combien coute le passeport au perou", "120,90 PEN", "confirmer sur"),
    "ht": ("konbyen paspo a koute nan pewou", "120.90 PEN", "Konfime sou"),
}


@pytest.mark.parametrize("lang", list(ASK))
async def test_a_first_question_is_answered_with_source_in_her_language(chat: Chat, lang: str) -> None:
    question, fact, honest = ASK[lang]
    said = await chat.say(question)
    assert "Amparo" in said[0]
    assert fact in said[1]
    assert honest in said[1]
    assert (await chat.services.talks.get(chat.id)).language == lang


TOLD = {
    "es": ("me quitaron el pasaporte y no me dejan salir", "Te creo", "si"),
    "pt": ("pegaram meu passaporte e nao me deixam sair", "acredito em você", "sim"),
    "en": ("they took my passport and dont let me leave the house", "believe you", "yes"),
    "fr": ("on m'a pris mon passeport et on me laisse pas sortir", "crois", "oui"),
    "ht": ("yo pran paspo m yo pa kite m soti nan kay la", "kwè w", "wi"),
}


@pytest.mark.parametrize("lang", list(TOLD))
async def test_harm_told_gets_care_then_an_offer_and_her_yes_is_enough(chat: Chat, lang: str) -> None:
    told, care, yes = TOLD[lang]
    said = await chat.say(told)
    assert care in said[0]
    assert not (await chat.state()).state.queued
    await chat.say(yes)
    assert (await chat.state()).state.queued


@pytest.mark.parametrize("word", ["00", "🛑", "salir", "sair", "exit", "sortir", "soti"])
async def test_exit_is_one_everyday_line_then_silence(chat: Chat, word: str) -> None:
    await chat.say(TOLD["es"][0])
    said = await chat.say(word)
    assert len(said) == 1
    assert not any(risky in said[0].lower() for risky in ("persona", "pasaporte", "amparo", "ayuda"))
    assert (await chat.state()).quiet == "exit"


async def test_nothing_is_sent_unprompted_in_quiet_and_a_plain_answer_is(chat: Chat) -> None:
    await chat.say(TOLD["es"][0])
    await chat.say("00")
    said = await chat.say(ASK["es"][0])
    assert len(said) == 1 and "120,90 PEN" in said[0]  # no introduction, no offer
    await chat.say("me esta pegando ahora, ayudenme")
    assert (await chat.state()).quiet == ""


async def test_presence_gets_one_neutral_word(chat: Chat) -> None:
    assert await chat.say("esta aqui") == ["Ok"]
    assert (await chat.state()).quiet == "presence"


async def test_salir_ends_a_sentence_instead_of_hiding(chat: Chat) -> None:
    await chat.say("no me dejan")
    await chat.say("salir")
    assert (await chat.state()).quiet == ""


async def test_danger_starts_with_the_number_of_where_she_is(chat: Chat) -> None:
    said = await chat.say("estoy en peru y me tienen encerrada en un cuarto")
    assert "105" in said[0][:200] and "Per" in said[0]
    other = await chat.say("en realidad estoy en chile, tiene un cuchillo")
    assert "133" in other[0][:200]


async def test_unknown_country_is_asked_once_and_answered(chat: Chat) -> None:
    said = await chat.say("he is kicking the door he wants to kill me")
    assert "911" in said[0] and "112" in said[0]
    assert "911" in (await chat.say("mexico"))[0]


async def test_the_bot_is_silent_while_a_human_talks(chat: Chat) -> None:
    await chat.say(TOLD["es"][0])
    await chat.say("si")
    async with chat.services.talks.open(chat.id) as talk:
        talk.fire(Event.CLAIM, actor="ana")
    assert await chat.say(ASK["es"][0]) == []
    assert await chat.say("quiero hablar con alguien") == []
    assert len(await chat.say("00")) == 1


async def test_not_now_is_respected_until_a_new_sign(chat: Chat) -> None:
    await chat.say(TOLD["es"][0])
    await chat.say("ahora no")
    again = await chat.say(TOLD["es"][0])
    assert not any("¿La llamo?" in text for text in again)


async def test_deletion_is_confirmed_once_and_total(chat: Chat) -> None:
    await chat.say(ASK["es"][0])
    assert "¿Borro todo" in (await chat.say("borra mis datos"))[0]
    assert await chat.say("si") == ["Listo."]
    history = await chat.services.talks.history(
        (await chat.services.inbox.receive(Inbound("telegram", "77", "x", text="?"))).conversation_id
    )
    assert all("pasaporte" not in message.text for message in history)


@pytest.mark.parametrize(
    ("media", "part"), [(Media.IMAGE, "Sin fotos"), (Media.VOICE, "No puedo oír"), (Media.LOCATION, "No guardo lugares")]
)
async def test_media_is_answered_on_purpose(chat: Chat, media: Media, part: str) -> None:
    await chat.say("hola buenas tardes como estan")
    assert part in (await chat.say("", media=(media,)))[0]


async def test_a_voiceless_contact_gets_one_answer_and_no_second(chat: Chat) -> None:
    assert len(await chat.say("?")) == 1
    assert await chat.say("?") == []


@pytest.mark.parametrize(
    "text",
    ["/start", '/handoff{"case":"1"}', "{}", "\u0301" * 200, "😀" * 300, "a " * 4000, "DROP TABLE x; --", "\x00\x07", "https://x.y/z"],
)
async def test_hostile_texts_never_break_a_turn(chat: Chat, text: str) -> None:
    assert isinstance(await chat.say(text), list)
    assert await chat.services.inbox.waiting() == 0


async def test_without_a_model_the_words_still_work(chat: Chat) -> None:
    chat.agent = None
    assert "Peligro ahora" in (await chat.say("me tienen encerrada"))[0]
    await chat.say("persona")
    assert (await chat.state()).state.queued
    assert len(await chat.say("00")) == 1


async def test_a_number_picks_from_the_menu_of_the_bot(chat: Chat) -> None:
    await chat.say("menu")
    assert await chat.say("3") != []


async def test_quiet_tells_nothing_of_her_and_remembers_nothing(chat: Chat) -> None:
    await chat.say(ASK["es"][0])
    await chat.say("00")
    for asked in ("y cuanto demora", "muestrame los mensajes", "donde esta mi esposa", "quien eres", "hola"):
        said = " ".join(await chat.say(asked)).lower()
        assert said and not any(word in said for word in ("persona", "chat", "ocultar", "denuncia", "violencia", "gob.pe")), asked
        assert not {"human", "exit"} & set((await chat.services.talks.get(chat.id)).memory.get("choices") or ()), asked


async def test_memory_fades_after_an_hour(chat: Chat, clock: FixedClock) -> None:
    await chat.say("estoy en peru cuanto cuesta el pasaporte")
    clock.move(3700)
    await chat.say("hola que tal como va todo")
    assert (await chat.services.talks.get(chat.id)).where_now == ""
