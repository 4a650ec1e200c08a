"""Every step of the schema up and down, with people in it, on both databases: what was written before is read after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo import wiring
from amparo.core.handoff import Event
from amparo.core.model import Inbound
from amparo.settings import async_url
from amparo.store import migrate, tables
from amparo.store.database import Database
from amparo.store.tables import metadata
from tests.conftest import fresh_postgres, listening, settings_for

REVISIONS = [one.revision for one in reversed(list(ScriptDirectory.from_config(migrate.config("sqlite://")).walk_revisions()))]
WALKS = st.lists(st.sampled_from(REVISIONS), min_size=1, max_size=4)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: Any, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'm.db'}"
    if not listening(5432):
        pytest.skip("PostgreSQL is not running on 127.0.0.1:5432")
    return str(async_url(asyncio.run(fresh_postgres(f"amparo_migrate_{tmp_path.name[-20:].replace('-', '_')}"))))


async def one_person(services: Any) -> str:
    """Somebody with a message, a case and an answer on its way."""
    receipt = await services.inbox.receive(Inbound("sms", "+573001112233", "SM1", text="me quitaron el pasaporte"))
    async with services.talks.open(receipt.conversation_id) as talk:
        talk.fire(Event.YES)
        talk.set_case(severity=2, intake={"headings": "papeles"}, signals=[["documents_retained", ""]])
        services.teller.say(talk, "handoff_queued", True, time="ya", place="1", number="123")
    return str(receipt.conversation_id)


async def read_again(services: Any, conversation: str) -> tuple[Any, ...]:
    talk = await services.talks.get(conversation)
    case = await services.talks.case(talk.case_id)
    history = await services.talks.history(conversation)
    return talk.snapshot.state, case["severity"], case["intake"], [m.text for m in history]


async def schema(url: str) -> dict[str, set[str]]:
    database = Database(url)
    async with database.read() as connection:
        found: dict[str, set[str]] = await connection.run_sync(
            lambda c: {t: {col["name"] for col in sa.inspect(c).get_columns(t)} for t in sa.inspect(c).get_table_names()}
        )
    await database.close()
    return {name: columns for name, columns in found.items() if name != "alembic_version"}


@given(walk=WALKS)
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk_through_the_revisions_keeps_every_person(url: str, tmp_path: Path, walk: list[str]) -> None:
    """Down to any revision and up again, in any order: talk, case and words of a person are what they were."""
    migrate.upgrade(url)
    made = wiring.Application(settings_for(url, tmp_path))

    async def within(work: Any, *arguments: Any) -> Any:
        services = wiring.Services(made)
        try:
            return await work(services, *arguments)
        finally:
            await services.db.close()

    async def emptied(services: Any) -> None:
        async with services.db.write() as connection:
            for table in (tables.provider_ids, tables.outbox, tables.messages, tables.cases, tables.conversations):
                await connection.execute(table.delete())

    asyncio.run(within(emptied))
    conversation = asyncio.run(within(one_person))
    before = asyncio.run(within(read_again, conversation))
    for revision in walk:
        migrate.downgrade(url, revision) if revision != REVISIONS[-1] else migrate.upgrade(url)
        migrate.upgrade(url)
    assert asyncio.run(within(read_again, conversation)) == before
    assert asyncio.run(schema(url)) == {name: {c.name for c in table.columns} for name, table in metadata.tables.items()}


def test_down_to_nothing_and_up_again(url: str) -> None:
    migrate.upgrade(url)
    migrate.downgrade(url, "base")
    assert asyncio.run(schema(url)) == {}
    migrate.upgrade(url)
    assert set(asyncio.run(schema(url))) == set(metadata.tables)
