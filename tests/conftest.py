"""What every test stands on: a fresh database on both engines, no proxy in the way, and no error logged unnoticed."""

import gc
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from tests.lived import LivedOnce
from tests.postgres import PostgresServer, running_postgres

# No test measures time, property tests neither: an example may take as long as the machine is busy.
settings.register_profile("shiftbot", deadline=None, print_blob=True)
settings.load_profile("shiftbot")

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")


@pytest.fixture(autouse=True, scope="session")
def _no_proxy() -> None:
    """Slack's client would send even 127.0.0.1 through a proxy that the environment names."""
    for name in PROXIES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


class ErrorLog(logging.Handler):
    """Keeps every record of level ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.records.append(record)


@pytest.fixture
def expected_errors() -> list[logging.LogRecord]:
    """The ERROR records of a test that asks for them; without this fixture one of them fails the test."""
    return []


@pytest.fixture(autouse=True)
def _no_error_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    expected = "expected_errors" in request.fixturenames
    kept = ErrorLog()
    if expected:
        kept.records = request.getfixturevalue("expected_errors")
    logging.getLogger().addHandler(kept)
    yield
    logging.getLogger().removeHandler(kept)
    if kept.records and not expected:
        formatter = logging.Formatter("%(name)s: %(message)s")
        pytest.fail("an error was logged:\n" + "\n".join(formatter.format(record) for record in kept.records))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this test process, started when the first test asks for it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "template.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, to be copied."""
    with postgres.database() as name:
        _migrate(postgres.url(name))
        yield name


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on; each test runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def empty_database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database without any table."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'shiftbot.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database: a SQLite file in `tmp_path`, or a PostgreSQL database of its own."""
    if engine_name == "sqlite":
        path = tmp_path / "shiftbot.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    template: str = request.getfixturevalue("migrated_postgres")
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database(template) as name:
        yield server.url(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def lived_once(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivedOnce]:
    """Lives a story once on each kind of database; each test of the module goes on in a copy of its own."""
    with ExitStack() as stack:
        yield LivedOnce(request, tmp_path_factory.mktemp("lived"), stack)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests may take longest come first, so that no process lives through one alone at the end."""
    longest: dict[Path, float] = {}
    for item in items:
        mark = item.get_closest_marker("timeout")
        longest[item.path] = max(longest.get(item.path, 0), float(mark.args[0]) if mark else 0)
    items.sort(key=lambda item: -longest[item.path])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at how many boundaries the product was killed (tests/crash)."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    counts = [counted for report in reports for name, counted in report.user_properties if name == "kill points"]
    if counts:
        terminalreporter.section("killed at every boundary")
    for story, points, followed in sorted(counts):
        terminalreporter.line(f"{points:5} kill points, {followed} different states left behind: {story}")
    if counts:
        terminalreporter.line(f"{sum(points for _, points, _ in counts):5} kill points in all")


def pytest_collection_finish() -> None:
    """Six thousand tests stay until the end: the collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
