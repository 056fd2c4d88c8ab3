"""The embedded broker loses nothing that it took: not what a device says last, nor what waits for us."""

import socket
import time
from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from shiftbot.mqtt.broker import Broker
from shiftbot.mqtt.subscriber import V311
from tests.mqtt.brokers import publish, wait_until
from tests.mqtt.subscribing import TOPIC, Shelf, Subscribers, publish_many
from tests.mqtt.wire import wired


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as started:
        yield started


def numbers(first: int, count: int) -> list[bytes]:
    return [b"%d" % number for number in range(first, first + count)]


def all_there(shelf: Shelf, count: int) -> None:
    """Wait until every message was stored at least once."""
    wanted = set(numbers(0, count))
    wait_until(lambda: wanted <= set(shelf.payloads()), f"all of {count} are there")


@pytest.mark.parametrize("qos", [0, 1])
def test_what_a_device_says_before_it_leaves_is_passed_on(broker: Broker, subscribe: Subscribers, qos: int) -> None:
    """A logger connects, hands in what it kept and is gone at once."""
    shelf = Shelf()
    subscriber = subscribe(broker.url, shelf, protocol=V311)
    publish_many(broker.port, numbers(0, 500), qos=qos)
    all_there(shelf, 500)
    subscriber.stop()


def test_what_is_published_while_we_are_away_comes_as_new_and_not_as_retained(
    broker: Broker, subscribe: Subscribers
) -> None:
    shelf = Shelf()
    subscribe(broker.url, Shelf(), protocol=V311).stop()
    publish(broker.port, TOPIC, "4.2")
    publish(broker.port, "another/topic", "4.3", "-r")
    publish(broker.port, TOPIC, "4.4")
    subscriber = subscribe(broker.url, shelf, protocol=V311)

    def said(*, retained: bool) -> list[bytes]:
        return [each.payload for each in shelf.messages if each.retained == retained]

    wait_until(lambda: len(said(retained=False)) == 3 and bool(said(retained=True)), "all are there")
    assert sorted(said(retained=False)) == [b"4.2", b"4.3", b"4.4"]
    assert set(said(retained=True)) == {b"4.3"}
    subscriber.stop()


def test_what_we_could_not_store_comes_again_after_the_line_was_cut(broker: Broker, subscribe: Subscribers) -> None:
    shelf = Shelf()
    subscriber = subscribe(broker.url, shelf, protocol=V311)
    shelf.open.clear()
    publish_many(broker.port, numbers(0, 100))
    subscriber.reconnect()
    publish_many(broker.port, numbers(100, 100))
    shelf.open.set()
    all_there(shelf, 200)
    subscriber.stop()


def test_what_goes_into_a_dead_line_comes_again(broker: Broker, subscribe: Subscribers) -> None:
    shelf = Shelf()
    with wired(broker.port) as wire:
        subscriber = subscribe(f"mqtt://127.0.0.1:{wire.port}", shelf, protocol=V311, keepalive_seconds=1)
        wire.go_dead()
        publish_many(broker.port, numbers(0, 100))
        all_there(shelf, 100)
        subscriber.stop()


def test_a_message_that_waits_long_for_its_acknowledgement_is_not_given_up(broker: Broker) -> None:
    """Longer than amqtt's five seconds, as when the database is away; it comes again, and says that it is a repeat."""
    heard: list[tuple[bytes, bool]] = []
    for wait in (6.0, 0.5):
        client = Client(CallbackAPIVersion.VERSION2, client_id="slow", clean_session=False, manual_ack=True)
        client.on_message = lambda _client, _data, message: heard.append((bytes(message.payload), message.dup))
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        wait_until(client.is_connected, "it is connected")
        if not heard:
            client.subscribe(TOPIC, 1)
            publish(broker.port, TOPIC, "4.2")
        time.sleep(wait)
        client.disconnect()
        client.loop_stop()
    assert heard == [(b"4.2", False), (b"4.2", True)]


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x10\x00", b""])
def test_the_line_of_a_client_that_was_turned_away_is_closed(broker: Broker, said: bytes) -> None:
    """The other end sees it at once; a line left open would be one of the five hundred that the broker takes."""
    with socket.create_connection(("127.0.0.1", broker.port), timeout=20) as line:
        line.sendall(said)
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) in (b"", b"\x20\x02\x00\x01")
