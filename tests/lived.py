"""A story that many tests of a module begin with: lived once on each kind of database, gone on with in copies of it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from shiftbot.storage.database import Database
from tests.pharmacy import PharmacyHarness
from tests.postgres import PostgresServer

Lives = Callable[[Database], PharmacyHarness]


class LivedOnce:
    """What was lived so far, by the story and the kind of database; ends with its `stack`."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> None:
        self._request = request
        self._folder = folder
        self._stack = stack
        self._told: dict[tuple[str, Lives], tuple[PharmacyHarness, str]] = {}

    @contextmanager
    def story(self, engine_name: str, lives: Lives, folder: Path) -> Iterator[PharmacyHarness]:
        """A harness at the end of what `lives` tells, on a database of its own."""
        if (engine_name, lives) not in self._told:
            self._told[engine_name, lives] = self._live(engine_name, lives)
        told, template = self._told[engine_name, lives]
        with self._copy(engine_name, template, folder / "lived.sqlite3") as url:
            database = Database(url)
            yield told.moved_to(database)
            database.close()

    def _live(self, engine_name: str, lives: Lives) -> tuple[PharmacyHarness, str]:
        """The story at its end, and where its database is, which nobody has open any more."""
        pristine = "migrated_sqlite" if engine_name == "sqlite" else "migrated_postgres"
        template = str(self._request.getfixturevalue(pristine))
        copied = self._copy(engine_name, template, self._folder / f"{lives.__name__}.sqlite3")
        url = self._stack.enter_context(copied)
        database = Database(url)
        told = lives(database)
        database.close()
        return told, url.rpartition("/")[2] if engine_name != "sqlite" else url.removeprefix("sqlite:///")

    @contextmanager
    def _copy(self, engine_name: str, template: str, path: Path) -> Iterator[str]:
        if engine_name == "sqlite":
            shutil.copy(template, path)
            yield f"sqlite:///{path}"
            return
        server: PostgresServer = self._request.getfixturevalue("postgres")
        with server.database(template) as name:
            yield server.url(name)
