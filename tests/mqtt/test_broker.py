"""The embedded broker: who gets in, what a device may do, and that what died without a word is let go."""

import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from shiftbot.errors import SettingsError
from shiftbot.mqtt.broker import Broker, Device
from shiftbot.mqtt.broker_devices import is_filter, read_devices
from shiftbot.mqtt.subscriber import V311
from tests.mqtt.brokers import publish, wait_until
from tests.mqtt.subscribing import TOPIC, Shelf, Subscribers
from tests.mqtt.wire import wired

FRIDGE = ("-u", "fridge", "-P", "keep-cold")

LINES = """
# name     password   topics
fridge     keep-cold  hilltop/vaccine-fridge
gateway    0n-a-shelf zigbee2mqtt/# ble/+/temperature
"""


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker with two devices."""
    with Broker(read_devices(LINES)) as running:
        yield running


@pytest.fixture
def shelf(broker: Broker, subscribe: Subscribers) -> Iterator[Shelf]:
    """What our own subscriber heard."""
    stored = Shelf()
    subscriber = subscribe(broker.own_url, stored, client_id=broker.own_client_id, protocol=V311)
    yield stored
    subscriber.stop()


def heard(shelf: Shelf, *payloads: bytes) -> None:
    """Wait until exactly these were heard."""
    wait_until(lambda: len(shelf.messages) >= len(payloads), f"{payloads} are heard")
    assert shelf.payloads() == list(payloads)


def test_a_device_publishes_to_its_own_topics_and_to_no_other(broker: Broker, shelf: Shelf) -> None:
    gateway = ("-u", "gateway", "-P", "0n-a-shelf")
    publish(broker.port, "hilltop/other", "1", *FRIDGE)
    publish(broker.port, TOPIC, "2", *gateway)
    publish(broker.port, "ble/aa/bb/temperature", "3", *gateway)
    publish(broker.port, TOPIC, "4", *FRIDGE)
    publish(broker.port, "zigbee2mqtt/a/b", "5", *gateway)
    publish(broker.port, "ble/aa/temperature", "6", *gateway)
    heard(shelf, b"4", b"5", b"6")


@pytest.mark.parametrize(
    "who",
    [
        ("-u", "fridge", "-P", "keep-warm"), ("-u", "fridge"), ("-u", "nobody", "-P", "keep-cold"), (),
        ("-u", "anonymous", "-P", "-"), ("-u", "shiftbot itself", "-P", "keep-cold"), ("-u", "fridge", "-P", "é"),
    ],
)  # fmt: skip
def test_who_has_not_the_right_password_is_refused(broker: Broker, shelf: Shelf, who: tuple[str, ...]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        publish(broker.port, TOPIC, "3", *who)
    publish(broker.port, TOPIC, "4", *FRIDGE)
    heard(shelf, b"4")


def test_who_gives_no_name_gets_in_only_where_a_line_says_so(subscribe: Subscribers) -> None:
    with Broker(read_devices("anonymous - shellies/freezer/#")) as broker:
        shelf = Shelf()
        subscriber = subscribe(broker.own_url, shelf, client_id=broker.own_client_id, protocol=V311)
        publish(broker.port, TOPIC, "1")
        publish(broker.port, "shellies/freezer/temperature", "2")
        with pytest.raises(subprocess.CalledProcessError):
            publish(broker.port, "shellies/freezer/temperature", "3", "-u", "anonymous", "-P", "-")
        publish(broker.port, "shellies/freezer/temperature", "4")
        heard(shelf, b"2", b"4")
        subscriber.stop()


def test_a_device_hears_its_own_topics_and_no_other(broker: Broker, shelf: Shelf) -> None:
    taken: list[bytes] = []
    with device(broker, "gateway", "0n-a-shelf") as gateway:
        gateway.on_message = lambda _client, _data, message: taken.append(bytes(message.payload))
        codes = subscribed(gateway, "#", TOPIC, "zigbee2mqtt/#")
        publish(broker.port, TOPIC, "1", *FRIDGE)
        publish(broker.port, "zigbee2mqtt/bridge", "2", "-u", "gateway", "-P", "0n-a-shelf")
        wait_until(lambda: bool(taken), "the gateway hears itself")
    assert codes == [True, True, False]
    assert taken == [b"2"]


def test_a_last_will_is_held_to_the_rights_of_who_left_it(broker: Broker, shelf: Shelf) -> None:
    for topic, said in ((TOPIC, "forged"), ("zigbee2mqtt/bridge/state", "offline")):
        with device(broker, "gateway", "0n-a-shelf", will=(topic, said)) as gateway:
            cut(gateway)
    heard(shelf, b"offline")


def test_a_device_that_reconnects_or_is_taken_over_by_itself_goes_on(broker: Broker, shelf: Shelf) -> None:
    with device(broker, "fridge", "keep-cold", client_id="fridge-1") as first:
        first.publish(TOPIC, "1", qos=1).wait_for_publish(20)
        with device(broker, "fridge", "keep-cold", client_id="fridge-1") as second:
            second.publish(TOPIC, "2", qos=1).wait_for_publish(20)
    with device(broker, "fridge", "keep-cold", client_id="fridge-1") as third:
        third.publish(TOPIC, "3", qos=1).wait_for_publish(20)
    heard(shelf, b"1", b"2", b"3")


def test_our_own_line_comes_back_with_what_was_published_meanwhile(broker: Broker, subscribe: Subscribers) -> None:
    shelf = Shelf()
    subscriber = subscribe(broker.own_url, shelf, client_id=broker.own_client_id, protocol=V311)
    subscriber.reconnect()
    wait_until(lambda: not subscriber.is_connected, "the loss is noticed")
    publish(broker.port, TOPIC, "1", *FRIDGE)
    heard(shelf, b"1")
    subscriber.stop()


def test_a_device_that_died_without_a_word_is_let_go_and_its_last_will_is_said(broker: Broker, shelf: Shelf) -> None:
    will = ("zigbee2mqtt/bridge/state", "offline")
    with wired(broker.port) as wire, device(broker, "gateway", "0n-a-shelf", port=wire.port, will=will, keepalive=1):
        wire.go_dead()
        heard(shelf, b"offline")


def test_a_device_that_keeps_its_promise_to_speak_is_not_cut_off(broker: Broker, shelf: Shelf) -> None:
    ended = threading.Event()
    with device(broker, "gateway", "0n-a-shelf", keepalive=2) as gateway:
        gateway.on_disconnect = lambda *_: ended.set()
        assert not ended.wait(7)
        gateway.on_disconnect = None


def test_a_port_that_is_taken_is_said() -> None:
    with Broker() as broker, pytest.raises(SettingsError, match=str(broker.port)):
        Broker(port=broker.port).start()


def test_devices_are_read_from_lines() -> None:
    assert read_devices(LINES) == {
        "fridge": Device("keep-cold", (TOPIC,), (TOPIC,)),
        "gateway": Device("0n-a-shelf", *[("zigbee2mqtt/#", "ble/+/temperature")] * 2),
    }


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ("# nobody", "names no device; write lines"),
        ("\nfridge hunter22", "line 2: write name, password and at least one topic"),
        ("fridge hunter22 a\nfridge hunter22 b", "line 2: fridge stands there twice"),
        ("fridge hunter2 a", "line 1: the password of fridge is too short; write at least 8"),
        ("anonymous hunter22 a", "line 1: anonymous has no password; write -"),
        ("fridge hunter22 a/#/b", "line 1: a/#/b is no topic"),
        ("fridge hunter22 $SYS/#", "no topic"),
        ("fridge hunter22 a b+", "b. is no topic"),
    ],
)
def test_a_mistake_in_the_devices_is_one_line_without_the_password(lines: str, mistake: str) -> None:
    with pytest.raises(SettingsError, match=rf"^SHIFTBOT_MQTT_DEVICES.*{mistake}") as caught:
        read_devices(lines)
    assert "hunter2" not in str(caught.value)


def test_filters_are_those_of_mqtt() -> None:
    assert all(map(is_filter, ("a", "a/b", "+", "#", "a/#", "+/b/+", "/a", "a//b")))
    assert not any(map(is_filter, ("a#", "#/a", "a/+b", "$SYS/#", "a/b#")))


class device:  # noqa: N801 - it reads as a word in `with`
    """A device of the embedded broker, connected for as long as the block lasts."""

    def __init__(
        self,
        broker: Broker,
        name: str,
        password: str,
        *,
        client_id: str = "",
        port: int = 0,
        will: tuple[str, str] | None = None,
        keepalive: int = 60,
    ) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=V311)
        self.client.username_pw_set(name, password)
        if will:
            self.client.will_set(*will, qos=1)
        self.port, self.keepalive = port or broker.port, keepalive
        self.connected = threading.Event()
        self.client.on_connect = lambda *_: self.connected.set()

    def __enter__(self) -> Client:
        self.client.connect("127.0.0.1", self.port, self.keepalive)
        self.client.loop_start()
        assert self.connected.wait(20)
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def subscribed(client: Client, *topics: str) -> list[bool]:
    """Which of the topics the broker refuses to send."""
    answers: list[Any] = []
    client.on_subscribe = lambda _client, _data, _mid, reasons, _properties: answers.extend(reasons)
    client.subscribe([(topic, 1) for topic in topics])
    wait_until(lambda: bool(answers), "the broker answers")
    return [answer.is_failure for answer in answers]


def cut(client: Client) -> None:
    """End a connection without a word of parting."""
    client.loop_stop()
    connection = client.socket()
    assert connection is not None
    connection.close()
