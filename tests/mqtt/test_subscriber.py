"""The subscriber against real brokers: nothing lost, nothing doubled, nothing acknowledged too early, never stuck."""

import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from sqlalchemy import func, select

from shiftbot.clock import WallClock
from shiftbot.errors import SettingsError
from shiftbot.mqtt.broker import Broker
from shiftbot.mqtt.intake import Intake
from shiftbot.mqtt.subscriber import V5, V311, Subscriber, client_id_for
from shiftbot.services import cold_chain
from shiftbot.storage import rejections, temperatures
from shiftbot.storage.database import Database
from shiftbot.storage.tables import readings
from tests.cast import FRIDGE, hilltop
from tests.mqtt.brokers import Mosquitto, publish, wait_until
from tests.mqtt.subscribing import TOPIC, Shelf, Subscribers, publish_many


def test_readings_of_any_sensor_arrive_as_rows(
    mosquitto: Mosquitto, subscribe: Subscribers, database: Database
) -> None:
    definitions, asked = hilltop(), threading.Event()
    subscribe(mosquitto.url, Intake(database, lambda: definitions).store, on_stored=asked.set)
    publish(mosquitto.port, TOPIC, "4.2")
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    publish(mosquitto.port, TOPIC, json.dumps({"temperature": 39.9, "unit": "F", "taken_at": an_hour_ago}))
    publish(mosquitto.port, TOPIC, b"\xff\xfe")
    publish(mosquitto.port, "nobody/here", "nothing that could be read")

    def stored() -> bool:
        with database.snapshot() as connection:
            return len(temperatures.between(connection, FRIDGE.id)) + len(rejections.counts(connection)) == 4

    wait_until(stored, "two readings and two rejections are stored")
    assert asked.wait(10)


def test_mosquitto_is_spoken_to_in_mqtt_5(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    assert subscribe(mosquitto.url, Shelf()).protocol == V5


def test_a_broker_that_does_not_answer_mqtt_5_is_spoken_to_in_3_1_1(subscribe: Subscribers) -> None:
    shelf = Shelf()
    with Broker() as broker:
        subscriber = subscribe(broker.url, shelf)
        assert subscriber.protocol == V311
        publish(broker.port, TOPIC, "4.2")
        wait_until(lambda: shelf.payloads() == [b"4.2"], "the message arrives")
        subscriber.stop()


def test_what_is_queued_is_stored_in_one_batch(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    shelf = Shelf()
    subscriber = subscribe(mosquitto.url, shelf)
    shelf.open.clear()
    publish_many(mosquitto.port, [b"%d" % number for number in range(300)])
    wait_until(lambda: subscriber.held >= 200, "messages wait")
    shelf.open.set()
    wait_until(lambda: len(shelf.messages) == 300, "all are stored")
    assert shelf.payloads() == [b"%d" % number for number in range(300)]
    assert len(shelf.batches) < 100


def test_while_the_database_is_away_the_same_batch_is_tried_again(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    shelf = Shelf()
    shelf.refusals = 3
    subscribe(mosquitto.url, shelf)
    publish_many(mosquitto.port, [b"1", b"2", b"3"])
    wait_until(lambda: len(shelf.messages) == 3, "all are stored")
    assert shelf.payloads() == [b"1", b"2", b"3"]


def test_what_was_not_stored_was_not_acknowledged_and_comes_again(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    away, shelf = Shelf(), Shelf()
    away.refusals = 1_000_000
    first = subscribe(mosquitto.url, away)
    publish_many(mosquitto.port, [b"1", b"2", b"3"])
    wait_until(lambda: away.refusals < 1_000_000, "the first subscriber has them")
    first.stop()
    subscribe(mosquitto.url, shelf)
    wait_until(lambda: sorted(set(shelf.payloads())) == [b"1", b"2", b"3"], "they come again")


def test_what_was_stored_does_not_come_again(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    first, second = Shelf(), Shelf()
    subscriber = subscribe(mosquitto.url, first)
    publish_many(mosquitto.port, [b"1", b"2", b"3"])
    wait_until(lambda: len(first.messages) == 3, "all are stored")
    subscriber.stop()
    subscribe(mosquitto.url, second)
    publish_many(mosquitto.port, [b"4"])
    wait_until(lambda: bool(second.messages), "the next one comes")
    assert second.payloads() == [b"4"]


@pytest.mark.parametrize("protocol", [V5, V311])
def test_a_batch_that_is_in_hand_when_we_are_to_stop_is_stored_and_acknowledged(
    mosquitto: Mosquitto, subscribe: Subscribers, protocol: MQTTProtocolVersion
) -> None:
    """Readings without a time of their own would be doubled by coming again."""
    first, second = Shelf(), Shelf()
    subscriber = subscribe(mosquitto.url, first, protocol=protocol)
    first.open.clear()
    publish_many(mosquitto.port, [b"1"])
    wait_until(lambda: first.offered == 1, "one is in hand")
    stopping = threading.Thread(target=subscriber.stop)
    stopping.start()
    stopping.join(0.5)
    first.open.set()
    stopping.join()
    subscribe(mosquitto.url, second, protocol=protocol)
    publish_many(mosquitto.port, [b"2"])
    wait_until(lambda: b"2" in second.payloads(), "the next one comes")
    assert first.payloads() + second.payloads() == [b"1", b"2"]


def test_no_more_is_read_than_may_be_held(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    shelf = Shelf()
    shelf.open.clear()
    subscriber = subscribe(mosquitto.url, shelf, held_messages_max=50)
    publish_many(mosquitto.port, [b"%d" % number for number in range(400)], qos=0)
    wait_until(lambda: subscriber.held >= 50, "as much is held as may be")
    assert subscriber.held <= 51
    shelf.open.set()
    wait_until(lambda: len(shelf.messages) == 400, "the rest comes")


def test_a_broker_that_goes_and_comes_back_is_subscribed_to_again(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    shelf = Shelf()
    subscriber = subscribe(mosquitto.url, shelf)
    mosquitto.stop(signal.SIGKILL)
    wait_until(lambda: not subscriber.is_connected, "the loss is noticed")
    (mosquitto.folder / "mosquitto.db").unlink(missing_ok=True)
    mosquitto.start()
    wait_until(lambda: subscriber.is_connected, "it is connected again")
    publish_many(mosquitto.port, [b"1"])
    wait_until(lambda: shelf.payloads() == [b"1"], "messages come again")


def test_an_exception_where_a_tick_is_asked_for_stops_nothing(
    mosquitto: Mosquitto, subscribe: Subscribers, expected_errors: list[object]
) -> None:
    shelf = Shelf()

    def fails() -> None:
        raise RuntimeError("no ticker")

    subscribe(mosquitto.url, shelf, on_stored=fails)
    publish_many(mosquitto.port, [b"1"])
    wait_until(lambda: len(shelf.messages) == 1, "the first is stored")
    publish_many(mosquitto.port, [b"2"])
    wait_until(lambda: len(shelf.messages) == 2, "so is the second")
    assert expected_errors


def test_a_huge_message_is_held_only_in_part(mosquitto: Mosquitto, subscribe: Subscribers) -> None:
    shelf = Shelf()
    subscribe(mosquitto.url, shelf)
    publish_many(mosquitto.port, [b"x" * 1_000_000])
    wait_until(lambda: len(shelf.messages) == 1, "it arrives")
    assert len(shelf.payloads()[0]) < 70_000


def test_a_retained_replay_on_reconnect_does_not_count_as_fresh(
    mosquitto: Mosquitto, subscribe: Subscribers, database: Database
) -> None:
    """The fridge spoke at 10:00 and fell silent; at 11:00 we connect and the broker repeats its last words."""
    taken, now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC), datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    definitions = hilltop()
    cold_chain.judge_units(database, definitions, taken)
    payload = json.dumps({"temperature": 5.0, "taken_at": taken.isoformat()})
    publish(mosquitto.port, TOPIC, payload, "-r")
    subscribe(mosquitto.url, Intake(database, lambda: definitions).store, now=lambda: now)

    def replayed() -> bool:
        with database.snapshot() as connection:
            return FRIDGE.id in temperatures.newest(connection, [FRIDGE.id])

    wait_until(replayed, "the retained reading is stored as history")
    cold_chain.judge_units(database, definitions, now)
    with database.snapshot() as connection:
        (view,) = cold_chain.unit_overview(connection, definitions, "hilltop-main", now)
    assert view.condition is cold_chain.Condition.SILENT
    assert view.silent_since == taken


def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(
    mosquitto: Mosquitto, database_url: str, database: Database
) -> None:
    """kill -9 in the middle of each of six floods of 500 readings, the last of them a backlog; invariant 1."""
    start = datetime.now(UTC) - timedelta(hours=1)
    command = [sys.executable, "-m", "tests.mqtt.ingest_process", database_url, mosquitto.url]

    def reading(number: int) -> bytes:
        taken_at = start + timedelta(milliseconds=number)
        return json.dumps({"temperature": 5 + number / 1e4, "taken_at": taken_at.isoformat()}).encode()

    def stored() -> int:
        with database.snapshot() as connection:
            return connection.execute(select(func.count()).select_from(readings)).scalar_one()

    def has_its_session() -> bool:
        publish(mosquitto.port, TOPIC, reading(0))
        return stored() > 0

    process = subprocess.Popen(command)
    try:
        wait_until(has_its_session, "the first process takes readings")
        for flood in range(1, 3_001, 500):
            payloads = [reading(number) for number in range(flood, flood + 500)]
            publisher = threading.Thread(target=publish_many, args=(mosquitto.port, payloads))
            publisher.start()
            if flood < 2_501:
                wait_until(lambda some=flood: stored() > some, "some of them are stored")  # type: ignore[misc]
            process.kill()
            process.wait()
            publisher.join()
            process = subprocess.Popen(command)
        wait_until(lambda: stored() >= 3_001, "all are stored")
    finally:
        process.kill()
        process.wait()
    with database.snapshot() as connection:
        taken = [each.taken_at - start for each in temperatures.between(connection, FRIDGE.id)]
    assert taken == [timedelta(milliseconds=number) for number in range(3_001)]


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://host:port", "127.0.0.1:1883", "mqtt://[::1"])
def test_an_address_that_is_not_understood_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="MQTT address"):
        Subscriber(url, Shelf(), client_id="x", now=WallClock().now)


def test_an_installation_is_known_by_the_same_id_after_a_restart() -> None:
    assert client_id_for("home", "database") == client_id_for("home", "database")
    assert client_id_for("home", "database") != client_id_for("homed", "atabase")
    assert len(client_id_for("home")) <= 23
