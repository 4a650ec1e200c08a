"""One person who writes, through inbox, turn and outbox, without any model: the words of content/ decide."""

from __future__ import annotations

from typing import Any

from amparo.bot.turn import Turns
from amparo.core.handoff import Event, Snapshot
from amparo.core.model import Inbound
from amparo.store import desk_tables


class Woman:
    """Writes on one channel; `says` returns what she reads."""

    def __init__(self, services: Any, channel: str = "telegram", address: str = "77", language: str = "es") -> None:
        self.services, self.channel, self.address, self.language = services, channel, address, language
        self.number = 0
        self.id = ""

    async def says(self, text: str = "", token: str = "", **more: Any) -> list[str]:
        await self.writes(text, token, **more)
        await self.turn()
        return await self.reads()

    async def writes(self, text: str = "", token: str = "", **more: Any) -> None:
        self.number += 1
        reference = f"{self.channel}{self.address}:{self.number}"
        receipt = await self.services.inbox.receive(Inbound(self.channel, self.address, reference, text=text, token=token, **more))
        self.id = receipt.conversation_id

    async def turn(self) -> None:
        for claimed in await self.services.inbox.claim():
            await Turns(self.services, None).run(claimed.message_id)

    async def reads(self) -> list[str]:
        """What goes out now, in order."""
        texts = []
        while jobs := await self.services.outbox.claim("test"):
            for job in jobs:
                if await self.services.outbox.confirm(job):
                    await self.services.outbox.sent(job.outbox_id, f"p{job.outbox_id}")
                    texts.append(job.rendered.text)
        return texts

    async def begins(self) -> None:
        await self.says(token=f"lang_{self.language}")

    async def snapshot(self) -> Snapshot:
        return (await self.services.talks.get(self.id)).snapshot

    async def fire(self, event: Event, actor: str = "", **values: str) -> Any:
        """A staff or clock event, told as the desk tells it."""
        async with self.services.talks.open(self.id) as talk:
            step = talk.fire(event, actor=actor)
            self.services.teller.tell(talk, step, **values)
            return step


async def on_shift(services: Any, *names: str, **columns: Any) -> None:
    """Counselors who are logged in and heard now."""
    async with services.db.write() as connection:
        for name in names:
            values = {"id": name, "name": name.title(), "password_hash": "x", "languages": "es pt en fr ht", "adolescent": 1, **columns}
            await connection.execute(desk_tables.counselors.insert().values(**values))
            seen = {"on_shift": 1, "since": services.now(), "seen_at": services.now()}
            await connection.execute(desk_tables.presence.insert().values(counselor_id=name, **seen))


async def seen(services: Any, *names: str, on: int = 1) -> None:
    """Their desks were heard just now (or they left)."""
    p = desk_tables.presence
    async with services.db.write() as connection:
        await connection.execute(p.update().where(p.c.counselor_id.in_(names)).values(seen_at=services.now(), on_shift=on))
