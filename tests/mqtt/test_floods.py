"""More than usual: a narrow window, a backlog, a flood, one sensor that says all at once or ten times a second."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from sqlalchemy import func, select

from shiftbot.mqtt.intake import Intake, Message
from shiftbot.mqtt.subscriber import V5, V311
from shiftbot.storage import temperatures
from shiftbot.storage.database import Database
from shiftbot.storage.tables import hourly
from tests.cast import FRIDGE, hilltop
from tests.mqtt.brokers import KEEPS_EVERYTHING, Mosquitto, Reachable, running_mosquitto, wait_until
from tests.mqtt.subscribing import TOPIC, Shelf, Subscribers, publish_many

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MEGABYTE = 1024 * 1024
PAGE = 4096


@pytest.mark.parametrize(("protocol", "window"), [(V311, 20), (V5, 1_000)])
def test_a_broker_that_lets_20_be_in_flight_is_never_waited_for_to_send_more(
    tmp_path: Path, subscribe: Subscribers, protocol: MQTTProtocolVersion, window: int
) -> None:
    """5,000 while we listen, 5,000 while we are away. In MQTT 5 Mosquitto goes by the window that we ask for."""
    shelf, settings = Shelf(), f"{KEEPS_EVERYTHING}\nmax_inflight_messages 20"
    with running_mosquitto(tmp_path, settings) as broker:
        subscriber = subscribe(broker.url, shelf, protocol=protocol)
        shelf.open.clear()
        publish_many(broker.port, [b"%d" % number for number in range(5_000)])
        wait_until(lambda: bool(shelf.offered), "some are in hand")
        assert shelf.offered + subscriber.held <= window
        shelf.open.set()
        wait_until(lambda: len(shelf.messages) >= 5_000, "all are stored")
        subscriber.stop()
        publish_many(broker.port, [b"%d" % number for number in range(5_000, 10_000)])
        subscriber = subscribe(broker.url, shelf, protocol=protocol)
        wait_until(lambda: len(shelf.messages) >= 10_000, "the backlog is drained")
        subscriber.stop()
    assert shelf.payloads() == [b"%d" % number for number in range(10_000)]


@pytest.mark.parametrize("protocol", [V5, V311])
def test_a_backlog_at_the_start_is_taken_before_the_broker_answers_the_subscription(
    mosquitto: Mosquitto, subscribe: Subscribers, protocol: MQTTProtocolVersion
) -> None:
    away, shelf = Shelf(), Shelf()
    subscribe(mosquitto.url, away, protocol=protocol).stop()
    flood(mosquitto.port, 20_000)
    subscribe(mosquitto.url, shelf, protocol=protocol)
    wait_until(lambda: len(shelf.messages) >= 20_000, "the backlog is drained")
    assert len(set(shelf.payloads())) == 20_000


def test_a_flood_that_cannot_be_stored_stays_with_the_broker_and_not_in_memory(
    tmp_path: Path, subscribe: Subscribers
) -> None:
    """200,000 messages from a broker that sends all it has; a tenth of them at most is in our hands at any time."""
    shelf = Shelf()
    with running_mosquitto(tmp_path, "max_queued_messages 0\nmax_inflight_messages 0") as broker:
        subscriber = subscribe(broker.url, shelf, protocol=V311)
        shelf.open.clear()
        before = resident()
        flood(broker.port, 200_000)
        wait_until(lambda: subscriber.held >= 20_000, "as much is held as may be")
        assert subscriber.held <= 20_001
        grown = resident() - before
        count_only(shelf)
        shelf.open.set()
        wait_until(lambda: sum(shelf.batches) >= 200_000, "all come in the end")
        subscriber.stop()
    assert grown < 40 * MEGABYTE
    assert resident() - before < 60 * MEGABYTE


def count_only(shelf: Shelf) -> None:
    """Keep none of what comes: the test's own memory must not look like the subscriber's."""
    shelf.messages = Forgetful()


class Forgetful(list[Message]):
    """A list that stays empty."""

    def __iadd__(self, more: object) -> "Forgetful":  # type: ignore[override,misc]
        return self


def resident() -> int:
    """What this process holds in memory at this moment, in bytes."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


def flood(port: int, count: int) -> None:
    """Publish readings of 80 bytes from a process of its own, as fast as the broker takes them."""
    subprocess.run([sys.executable, "-m", "tests.benchmarks.publisher", str(port), str(count), "0"], check=True)


def test_10_000_readings_of_one_sensor_in_one_batch_are_stored_once_each_and_rolled_up(database: Database) -> None:
    """In any order, and with every tenth of them twice, as a logger sends that is not sure of having been heard."""
    definitions = hilltop()
    numbers = [*range(10_000), *range(0, 10_000, 10)]
    Random(7).shuffle(numbers)
    received_at = START + timedelta(hours=3)
    batch = [Message(TOPIC, reading(number), received_at, qos=1, mid=number) for number in numbers]
    assert Intake(database, lambda: definitions).store(batch) == 10_000
    with database.snapshot() as connection:
        found = temperatures.between(connection, FRIDGE.id)
        rolled_up = connection.execute(select(func.sum(hourly.c.readings))).scalar_one()
    assert [each.taken_at for each in found] == [START + timedelta(seconds=number) for number in range(10_000)]
    assert rolled_up == 10_000


def reading(number: int) -> bytes:
    """A reading with the device's time, a second apart."""
    said = {"temperature": 4 + number % 20 / 10, "taken_at": (START + timedelta(seconds=number)).isoformat()}
    return json.dumps(said).encode()


def test_a_sensor_at_10_hz_is_stored_to_the_last_reading_even_by_a_clock_that_stands_still(
    either_broker: Reachable, subscribe: Subscribers, database: Database
) -> None:
    """Without times of its own: what arrives at one instant of our clock is still one reading a message."""
    definitions = hilltop()
    instants = (START + timedelta(milliseconds=100 * (number // 5)) for number in range(1_000_000))
    subscriber = subscribe(
        either_broker.url,
        Intake(database, lambda: definitions).store,
        now=lambda: next(instants),
        protocol=either_broker.protocol,
    )
    publish_many(either_broker.port, [b"%.1f" % (4 + number % 20 / 10) for number in range(600)])

    def values() -> list[float]:
        with database.snapshot() as connection:
            return [each.value for each in temperatures.between(connection, FRIDGE.id)]

    wait_until(lambda: len(values()) >= 600, "all are stored")
    subscriber.stop()
    assert values() == [round(4 + number % 20 / 10, 1) for number in range(600)]


def test_poison_between_good_readings_stops_none_of_them(
    either_broker: Reachable, subscribe: Subscribers, database: Database
) -> None:
    definitions = hilltop()
    subscriber = subscribe(
        either_broker.url, Intake(database, lambda: definitions).store, protocol=either_broker.protocol
    )
    poison = [
        b"\x00",
        b"\xff" * 70_000,
        b"[" * 60_000,
        b'{"temperature":' * 900,
        b"1e308",
        b"-0.0",
        b'{"temperature": 1e999}',
    ]
    good = [b"%.1f" % (4 + number / 10) for number in range(len(poison))]
    publish_many(either_broker.port, [each for pair in zip(poison, good, strict=True) for each in pair])

    def values() -> list[float]:
        with database.snapshot() as connection:
            return [each.value for each in temperatures.between(connection, FRIDGE.id)]

    wait_until(lambda: 4.6 in values(), "the last good one is stored")
    subscriber.stop()
    assert [value for value in values() if value != 0] == [round(4 + number / 10, 1) for number in range(len(poison))]
