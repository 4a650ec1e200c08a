"""Shared fixtures: real parts, an own clock, an own database."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from amparo.settings import Settings
from amparo.store.content_files import ContentFiles
from amparo.wiring import Application, Services
from tests.support.clock import FixedClock
from tests.support.providers import FakeProvider

ROOT = Path(__file__).resolve().parents[1]
POSTGRES = os.environ.get("AMPARO_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def listening(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def settings_for(database: str, folder: Path) -> Settings:
    return Settings.from_env(
        {
            "DATABASE_URL": database,
            "AMPARO_KEYS": Fernet.generate_key().decode(),
            "AMPARO_PSEUDONYM_KEY": "p" * 40,
            "AMPARO_CONTENT": str(ROOT / "content"),
            "AMPARO_CACHE": str(folder / "cache"),
        }
    )


@lru_cache(maxsize=4)
def read_content(root: Path) -> ContentFiles:
    """The content folder, parsed once for all tests that only read it."""
    return ContentFiles(root)


@pytest.fixture
def shared_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amparo.wiring.ContentFiles", read_content)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def services(request: Any, tmp_path: Path, clock: FixedClock, shared_content: None) -> AsyncIterator[Services]:
    """The store on both databases, each empty."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    else:
        if not listening(5432):
            pytest.skip("PostgreSQL is not running on 127.0.0.1:5432")
        url = await fresh_postgres(f"amparo_test_{os.getpid()}")
    from amparo.settings import async_url
    from amparo.store.database import Database
    from amparo.store.tables import metadata

    database = Database(async_url(url))
    async with database.write() as connection:
        await connection.run_sync(metadata.create_all)
    await database.close()
    made = Services(Application(settings_for(url, tmp_path), clock))
    yield made
    await made.db.close()


@pytest.fixture
async def store(tmp_path: Path, clock: FixedClock, shared_content: None) -> AsyncIterator[Services]:
    """The store on SQLite, empty: what a conversation's rules need, without a model."""
    from amparo.store.tables import metadata

    made = Services(Application(settings_for(f"sqlite+aiosqlite:///{tmp_path / 't.db'}", tmp_path), clock))
    async with made.db.write() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.db.close()


async def fresh_postgres(name: str) -> str:
    """An empty database of this name on the local server."""
    import asyncpg

    connection = await asyncpg.connect(POSTGRES)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return POSTGRES.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    made = FakeProvider()
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    found = shutil.which("chromium")
    if not found or not shutil.which("chromedriver"):
        pytest.skip("Chromium and chromedriver are not installed")
    return found
