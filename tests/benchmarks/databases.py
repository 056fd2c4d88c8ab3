"""Fresh databases to measure on: a SQLite file, or PostgreSQL with all its promises (fsync on) if it is installed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from tests.postgres import running_postgres

SAFE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=100")
"""What the tests' own server leaves off; a figure without it would mean nothing."""


def kinds() -> list[str]:
    """The databases that can be measured on this machine."""
    return ["SQLite", "PostgreSQL"] if shutil.which("pg_virtualenv") else ["SQLite"]


@contextmanager
def fresh(kind: str) -> Iterator[Database]:
    """An empty, migrated database for as long as the block lasts."""
    with address(kind) as url:
        database = Database(url)
        migrate(database)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def address(kind: str) -> Iterator[str]:
    """The URL of an empty database for as long as the block lasts."""
    if kind == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'bench.db'}"
        return
    with running_postgres(SAFE) as server, server.database() as name:
        yield server.url(name)
