"""A database that can be copied: SQLite as a file, PostgreSQL by CREATE DATABASE … TEMPLATE."""

import os
import shutil
import time
from pathlib import Path
from typing import Protocol

from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from tests.postgres import PostgresServer


class Copies(Protocol):
    """`url` is the database that the processes work on; `kept` is a copy of it which nobody touches."""

    url: str

    def keep(self) -> None:
        """What `url` holds is kept. Nobody is connected."""
        ...

    def bring_back(self) -> None:
        """`url` holds again what is kept, whoever is still connected."""
        ...

    def wait_for_the_dead(self) -> None:
        """Return when the database has noticed that a process is gone."""
        ...


class SqliteCopies:
    """Files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._now, self._kept = folder / "now.sqlite3", folder / "kept.sqlite3"
        self.url = f"sqlite:///{self._now}"
        _migrate(self.url)
        self.keep()

    def keep(self) -> None:
        shutil.copy(self._now, self._kept)

    def bring_back(self) -> None:
        for leftover in (f"{self._now}-wal", f"{self._now}-shm"):
            Path(leftover).unlink(missing_ok=True)
        shutil.copy(self._kept, self._now)

    def wait_for_the_dead(self) -> None:
        """A file notices nothing, and its locks go with their process."""


class PostgresCopies:
    """Two databases of one server, named after this process."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._now, self._kept = f"crash_{os.getpid()}_now", f"crash_{os.getpid()}_kept"
        self.url = server.url(self._now)
        server.execute(f"CREATE DATABASE {self._now}")
        _migrate(self.url)
        self.keep()

    def keep(self) -> None:
        self._server.execute(f"DROP DATABASE IF EXISTS {self._kept} WITH (FORCE)")
        self._server.execute(f"ALTER DATABASE {self._now} RENAME TO {self._kept}")
        # By itself the server makes one every gigabyte, that is between two kills (see `_copy`).
        self._server.execute("CHECKPOINT")
        self._copy()

    def bring_back(self) -> None:
        self._server.execute(f"DROP DATABASE IF EXISTS {self._now} WITH (FORCE)")
        self._copy()

    def _copy(self) -> None:
        # By its log and not by its files: these are copied between two checkpoints, and the first number of a sequence
        # after a checkpoint is a write where none was before.
        self._server.execute(f"CREATE DATABASE {self._now} TEMPLATE {self._kept} STRATEGY WAL_LOG")

    def wait_for_the_dead(self) -> None:
        with self._server.connect("postgres") as connection:
            query = f"SELECT 1 FROM pg_stat_activity WHERE datname = '{self._now}'"
            while connection.execute(query.encode()).fetchone():
                time.sleep(0.002)


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()
