"""Practice talks: started and ended by a counselor, played by `jobs`, erased afterwards. Real store, real desk, nobody behind it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from amparo.core import triage
from amparo.core.errors import NotFound
from amparo.core.handoff import Event, Snapshot, State
from amparo.core.model import Say
from amparo.core.practice import CHANNEL, Person, Progress, begin, hears, listen, said
from amparo.store import desk_tables, tables
from amparo.store.audit import write as audit
from amparo.store.practice_tables import practices
from amparo.store.replies import OPENER_KEYS
from amparo.store.talk_rows import snapshot_values
from amparo.store.talks import Talk
from amparo.store.vault import new_id

LONGEST_SECONDS = 2 * 3600
"""A practice that nobody ended is erased after so long."""
QUIET_HEARD = "quiet_heard"
COACH = "coach"
"""Author of what the counselor is told about her own words; never sent to anybody."""


class Practices:
    """`services`: the wired services of this loop."""

    def __init__(self, services: Any) -> None:
        self._services = services

    @property
    def _people(self) -> dict[str, Person]:
        people: dict[str, Person] = self._services.content.people
        return people

    async def start(self, counselor_id: str, person: str, language: str, interface: str) -> str:
        """A prepared person waits in her queue; an earlier practice of hers ends. Returns the conversation's id. Raises NotFound."""
        if person not in self._people:
            raise NotFound("person")
        await self.end_all(counselor_id)
        services, now = self._services, self._services.now()
        conversation: str = new_id()
        key, wrapped = services.vault.new_key()
        who = self._people[person]
        async with services.db.write() as connection:
            snapshot = Snapshot(State.WAITING, said_yes=True, queued_at=now, changed_at=now)
            await connection.execute(
                tables.conversations.insert().values(
                    id=conversation,
                    person=services.vault.person(CHANNEL, conversation),
                    channel=CHANNEL,
                    address_enc=key.seal(conversation),
                    dek_wrapped=wrapped,
                    language=language,
                    where_now=str(who.case.get("country", "")),
                    minor=int(bool(who.case.get("minor"))),
                    introduced=1,
                    created_at=now,
                    last_in_at=now,
                    last_turn_at=now,
                    **snapshot_values(snapshot),
                )
            )
            text = who.lines["hello"][language]
            first = await _write(connection, conversation, key, text, "in", "her", language, now)
            await self._case(connection, conversation, key, who, language, first, now)
            values = {"conversation_id": conversation, "counselor_id": counselor_id, "person": person, "started_at": now}
            await connection.execute(practices.insert().values(language=language, interface=interface, **values))
            await connection.execute(tables.changes.insert().values(conversation_id=conversation, what="state", at=now))
            await audit(connection, now, counselor_id, "practice_started", "conversation", conversation, person)
        return conversation

    async def _case(self, connection: Any, conversation: str, key: Any, who: Person, language: str, first: int, now: float) -> None:
        identifier = new_id()
        listed: Any = who.case.get("signals") or ()
        signals = [[str(name), ""] for name in listed]
        headings = triage.headings(frozenset(name for name, _ in signals), bool(who.case.get("minor")))
        shown = ", ".join(self._services.renderer.render(Say(one), language, "telegram").text for one in headings)
        await connection.execute(
            tables.cases.insert().values(
                id=identifier,
                conversation_id=conversation,
                number=1,
                severity=int(str(who.case.get("severity", 1))),
                minor=int(bool(who.case.get("minor"))),
                country=str(who.case.get("country", "")),
                language=language,
                channel=CHANNEL,
                from_message=first,
                signals_enc=key.seal(signals),
                intake_enc=key.seal({"headings": shown, "safe": "any_time", "phone": "mine"}),
                opened_at=now,
            )
        )
        c = tables.conversations
        await connection.execute(c.update().where(c.c.id == conversation).values(case_id=identifier))

    async def of(self, conversation_id: str) -> Any:
        """The practice of a conversation, or None where it is a real one."""
        async with self._services.db.read() as connection:
            return (await connection.execute(sa.select(practices).where(practices.c.conversation_id == conversation_id))).first()

    async def end(self, conversation_id: str) -> Any:
        """Erases it. Returns the row it had, for the last word to the counselor, or None."""
        row = await self.of(conversation_id)
        if row is not None:
            await self._services.erasure.erase(conversation_id)
        return row

    async def end_all(self, counselor_id: str) -> None:
        """Every practice of this counselor's: she starts another, or leaves."""
        async with self._services.db.read() as connection:
            query = sa.select(practices.c.conversation_id).where(practices.c.counselor_id == counselor_id)
            ids = [row.conversation_id for row in (await connection.execute(query)).all()]
        for one in ids:
            await self._services.erasure.erase(one)

    async def round(self) -> int:
        """Lets each prepared person do what is due. Returns how many did something."""
        async with self._services.db.read() as connection:
            rows = (await connection.execute(sa.select(practices))).all()
        return sum([await self._play(row) for row in rows])

    async def _play(self, row: Any) -> int:
        services, now = self._services, self._services.now()
        if await self._over(row, now) or row.person not in self._people:
            await services.erasure.erase(row.conversation_id)
            return 1
        try:
            before = await services.talks.get(row.conversation_id)
            written = await self._written(row) if before.snapshot.owner else []
            pressed = bool(before.snapshot.quiet) and before.memory.get(QUIET_HEARD) != before.snapshot.epoch
            due = bool(row.to_say) and now >= row.due_at
            if not before.snapshot.owner or not (written or due or pressed or not row.beat):
                return 0
            async with services.talks.open(row.conversation_id) as talk:
                await self._turn(talk, row, written)
        except NotFound:
            return 0
        return 1

    async def _over(self, row: Any, now: float) -> bool:
        p = desk_tables.presence
        async with self._services.db.read() as connection:
            on_shift = (await connection.execute(sa.select(p.c.on_shift).where(p.c.counselor_id == row.counselor_id))).scalar_one_or_none()
        return now - row.started_at > LONGEST_SECONDS or on_shift == 0

    async def _written(self, row: Any) -> list[tuple[int, str]]:
        """(id, text) of what the counselor wrote since the person last looked."""
        history = await self._services.talks.history(row.conversation_id, after=row.seen)
        return [(m.id, m.text) for m in history if m.author.startswith("counselor:")]

    async def _turn(self, talk: Talk, row: Any, written: list[tuple[int, str]]) -> None:
        person = self._people[row.person]
        progress = Progress(row.beat, tuple(row.to_say.split()), row.due_at, tuple(row.heard.split()))
        if not progress.beat:
            progress = begin(person, talk.now)
        tip = ""
        if written:
            progress, tip = listen(person, progress, self._rules(talk, row, "\n".join(text for _, text in written)), talk.now)
        elif talk.snapshot.quiet and talk.memory.get(QUIET_HEARD) != talk.snapshot.epoch:
            talk.memory[QUIET_HEARD] = talk.snapshot.epoch
            before, (progress, tip) = progress, listen(person, progress, frozenset({"quiet"}), talk.now)
            if progress == before:  # this person did not need quiet, and still comes back by herself
                progress, tip = listen(person, progress, frozenset({"any"}), talk.now)
        progress, line = said(person, progress, talk.now)
        if tip:
            texts = self._services.content.training_words.tips.get(tip, {})
            await _write(talk.connection, talk.id, talk.key, texts.get(row.interface, ""), "out", COACH, row.interface, talk.now)
            talk.note("message")
        if line:
            await self._say(talk, person.lines[line][row.language], row.language)
        seen = max([row.seen, *(identifier for identifier, _ in written)])
        values = {"beat": progress.beat, "to_say": " ".join(progress.to_say), "due_at": progress.due_at, "seen": seen}
        where = practices.c.conversation_id == talk.id
        await talk.connection.execute(practices.update().where(where).values(heard=" ".join(progress.heard), **values))

    def _rules(self, talk: Talk, row: Any, text: str) -> frozenset[str]:
        content = self._services.content
        lists = content.training_words.phrases.get(row.language, {})
        openers = [self._services.teller.render(talk, key).text for key in OPENER_KEYS]
        return hears(text, lists, openers, sorted(content.lock_screen()))

    async def _say(self, talk: Talk, text: str, language: str) -> None:
        """A line of hers; after quiet it ends quiet, as a real one would."""
        talk.fire(Event.RETURN)
        await _write(talk.connection, talk.id, talk.key, text, "in", "her", language, talk.now)
        c = tables.conversations
        await talk.connection.execute(c.update().where(c.c.id == talk.id).values(last_in_at=talk.now))
        talk.set(last_turn_at=talk.now)
        talk.note("message")


async def _write(connection: Any, conversation: str, key: Any, text: str, direction: str, author: str, language: str, now: float) -> int:
    inserted = await connection.execute(
        tables.messages.insert().values(
            conversation_id=conversation,
            direction=direction,
            author=author,
            body_enc=key.seal({"text": text}),
            language=language,
            status="done" if direction == "in" else "read",
            sent_at=now,
            created_at=now,
        )
    )
    return int(inserted.inserted_primary_key[0])
