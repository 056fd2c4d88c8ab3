"""What breaks under the subscriber: nothing is lost, nothing doubled, and it says what is wrong while it is."""

import json
import signal
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from shiftbot.mqtt.intake import Intake, Message
from shiftbot.mqtt.subscriber import Subscriber
from shiftbot.storage import temperatures
from shiftbot.storage.database import Database
from tests.cast import FRIDGE, hilltop
from tests.mqtt.brokers import Mosquitto, Reachable, wait_until
from tests.mqtt.subscribing import Subscribers, publish_many
from tests.mqtt.wire import wired

START = datetime.now(UTC) - timedelta(hours=1)


class Gate:
    """The intake, with a gate that can be shut before it."""

    def __init__(self, database: Database) -> None:
        definitions = hilltop()
        self._intake = Intake(database, lambda: definitions)
        self.is_open = threading.Event()
        self.is_open.set()
        self.is_waited_at = threading.Event()

    def store(self, batch: Sequence[Message]) -> None:
        """Store the batch once the gate is open."""
        if not self.is_open.is_set():
            self.is_waited_at.set()
        self.is_open.wait()
        self._intake.store(batch)


@pytest.fixture
def gate(database: Database) -> Iterator[Gate]:
    """An intake into the database; open at the end, whatever happens."""
    made = Gate(database)
    yield made
    made.is_open.set()


def readings(first: int, count: int) -> list[bytes]:
    """Readings with the device's time, a millisecond apart."""
    return [
        json.dumps({"temperature": 5.0, "taken_at": (START + timedelta(milliseconds=number)).isoformat()}).encode()
        for number in range(first, first + count)
    ]


def stored(database: Database) -> list[int]:
    """Which of the readings are stored, oldest first."""
    with database.snapshot() as connection:
        taken = [each.taken_at - START for each in temperatures.between(connection, FRIDGE.id)]
    return [each // timedelta(milliseconds=1) for each in taken]


def says(subscriber: Subscriber, what: str) -> None:
    """Wait until it says what is wrong."""
    wait_until(lambda: any(what in str(each) for each in subscriber.trouble()), f"it says: {what}")


def well_again(subscriber: Subscriber, database: Database, count: int) -> None:
    """Wait until all are stored; each is there once, and nothing is wrong any more."""
    wait_until(lambda: len(stored(database)) >= count, f"{count} are stored")
    assert stored(database) == list(range(count))
    wait_until(lambda: not subscriber.trouble(), "all is well again")


def test_a_broker_that_is_killed_and_started_again_delivers_what_was_not_stored_and_nothing_twice(
    mosquitto: Mosquitto, subscribe: Subscribers, database: Database, gate: Gate
) -> None:
    subscriber = subscribe(mosquitto.url, gate.store)
    gate.is_open.clear()
    publish_many(mosquitto.port, readings(0, 300))
    wait_until(gate.is_waited_at.is_set, "some are in hand")
    saved_after(mosquitto)
    mosquitto.stop(signal.SIGKILL)
    says(subscriber, "no MQTT broker: connection refused")
    mosquitto.start()
    wait_until(lambda: subscriber.is_connected, "it is connected again")
    publish_many(mosquitto.port, readings(300, 300))
    gate.is_open.set()
    well_again(subscriber, database, 600)


def saved_after(mosquitto: Mosquitto) -> None:
    """Wait until Mosquitto has written down what it holds, as it does every second."""
    path = mosquitto.folder / "mosquitto.db"
    before = path.stat().st_mtime_ns if path.exists() else 0
    for _ in range(2):
        wait_until(lambda before=before: path.exists() and path.stat().st_mtime_ns > before, "it is saved")  # type: ignore[misc]
        before = path.stat().st_mtime_ns


def test_a_line_that_died_without_a_word_is_noticed_and_what_went_into_it_comes_again(
    either_broker: Reachable, subscribe: Subscribers, database: Database, gate: Gate
) -> None:
    """Acknowledgements sent into the dead line are lost; the broker sends all of it again, and nothing is doubled."""
    with wired(either_broker.port) as wire:
        url, protocol = f"mqtt://127.0.0.1:{wire.port}", either_broker.protocol
        subscriber = subscribe(url, gate.store, keepalive_seconds=1, protocol=protocol)
        gate.is_open.clear()
        publish_many(either_broker.port, readings(0, 100))
        wait_until(gate.is_waited_at.is_set, "some are in hand")
        wire.go_dead()
        gate.is_open.set()
        publish_many(either_broker.port, readings(100, 100))
        says(subscriber, "no MQTT broker: ")
        well_again(subscriber, database, 200)
        subscriber.stop()


def test_a_locked_database_makes_readings_wait_and_is_said(
    either_broker: Reachable, subscribe: Subscribers, database: Database, gate: Gate
) -> None:
    subscriber = subscribe(either_broker.url, gate.store, protocol=either_broker.protocol)
    publish_many(either_broker.port, readings(0, 100))
    wait_until(lambda: len(stored(database)) == 100, "the first are stored")
    with locked(database):
        publish_many(either_broker.port, readings(100, 100))
        says(subscriber, "readings cannot be stored and wait: the database did not answer: ")
        publish_many(either_broker.port, readings(200, 100))
        assert stored(database) == list(range(100))
    well_again(subscriber, database, 300)
    subscriber.stop()


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Somebody else writes and does not come to an end."""
    if database.is_sqlite:
        with closing(sqlite3.connect(str(make_url(database.url).database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    other_database = Database(database.url)
    with other_database.transaction() as connection:
        connection.execute(text("LOCK TABLE latest IN ACCESS EXCLUSIVE MODE"))
        yield
    other_database.close()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_full_disk_makes_readings_wait_and_is_said(
    mosquitto: Mosquitto, subscribe: Subscribers, database: Database, gate: Gate
) -> None:
    """SQLite is told that its file may not grow: it answers as it does when the disk is full."""
    subscriber = subscribe(mosquitto.url, gate.store)
    with full_disk(database):
        publish_many(mosquitto.port, readings(0, 5_000))
        says(subscriber, "readings cannot be stored and wait: the database did not answer: database or disk is full")
        assert len(stored(database)) < 5_000
    well_again(subscriber, database, 5_000)


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """No connection may make the file larger than it is."""

    def may_not_grow(connection: Any, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "connect", may_not_grow)
    database.engine.dispose()
    yield
    event.remove(database.engine, "connect", may_not_grow)
    database.engine.dispose()
