"""One workspace and one connected bot a module; a fresh database and Monday morning for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shiftbot.demo.emulator import Person, SlackEmulator
from shiftbot.storage.database import Database
from tests.slack.payloads import check_ack, check_calls
from tests.slack.workplace import StoryClock, Workplace, manifest


@pytest.fixture(scope="module")
def _clock() -> StoryClock:
    return StoryClock()


@pytest.fixture(scope="module")
def _workspace(_clock: StoryClock) -> Iterator[SlackEmulator]:
    emulator = SlackEmulator(_clock.seconds, rate_limits=False, retry_delays=(0.0, 0.0, 0.0))
    with emulator:
        emulator.add_user("U0AMIRA", "amira", "Amira Hassan", "Pharmacist")
        emulator.add_user("U0BEN", "ben", "Ben Ortiz", "Technician")
        emulator.add_user("U0MORGAN", "morgan", "Morgan Lee", "Manager")
        emulator.add_user("U0PRIYA", "priya", "Priya Nair", "Pharmacist")
        emulator.add_user("U0GUEST", "guest", "A guest", "")
        everybody = ["U0AMIRA", "U0BEN", "U0MORGAN", "U0PRIYA", "U0GUEST"]
        emulator.add_channel("C0HILLTOP", "hilltop-main", everybody)
        emulator.use_manifest(manifest())
        yield emulator


@pytest.fixture(scope="module")
def _connected(_workspace: SlackEmulator, _clock: StoryClock, migrated_sqlite: Path) -> Iterator[Workplace]:
    workplace = Workplace(_workspace, Database(f"sqlite:///{migrated_sqlite}"), _clock)
    workplace.connection.start()
    _workspace.wait_until(lambda: _workspace.connections == 1)
    yield workplace
    workplace.connection.stop()


@pytest.fixture
def work(_connected: Workplace, migrated_sqlite: Path, tmp_path: Path) -> Iterator[Workplace]:
    """The workplace at the start of a story. No payload that Slack would refuse may have been sent by its end."""
    path = tmp_path / "shiftbot.sqlite3"
    shutil.copy(migrated_sqlite, path)
    fresh = Database(f"sqlite:///{path}")
    _connected.begin(fresh)
    refused_before, calls_before = len(_connected.emulator.rejected), len(_connected.emulator.calls)
    envelopes_before = len(_connected.emulator.envelopes)
    yield _connected
    fresh.close()
    check_calls(_connected.emulator.calls[calls_before:])
    for envelope in _connected.emulator.envelopes[envelopes_before:]:
        check_ack(envelope.response)
    rejected = _connected.emulator.rejected[refused_before:]
    assert not rejected, [(call.method, call.response) for call in rejected]


@pytest.fixture
def ben(work: Workplace) -> Person:
    """The technician."""
    return work.emulator.person("U0BEN")


@pytest.fixture
def amira(work: Workplace) -> Person:
    """The pharmacist on duty."""
    return work.emulator.person("U0AMIRA")


@pytest.fixture
def priya(work: Workplace) -> Person:
    """The pharmacist off duty."""
    return work.emulator.person("U0PRIYA")


@pytest.fixture
def morgan(work: Workplace) -> Person:
    """The manager."""
    return work.emulator.person("U0MORGAN")


@pytest.fixture
def guest(work: Workplace) -> Person:
    """Somebody whom pharmacy.yaml does not name."""
    return work.emulator.person("U0GUEST")
