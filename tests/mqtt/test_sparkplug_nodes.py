"""A Sparkplug node that was born before we listened: asked to be born again, over both brokers, and then understood."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.broker import Broker, Device
from shiftbot.mqtt.intake import Intake
from shiftbot.mqtt.subscriber import V5, V311
from shiftbot.storage import discovered, rejections, temperatures
from shiftbot.storage.database import Database
from tests.cast import FRIDGE, hilltop
from tests.mqtt.brokers import running_mosquitto, wait_until
from tests.mqtt.formats.test_sparkplug_b import FLOAT, MILLISECONDS, message, metric
from tests.mqtt.subscribing import Subscribers

OWN = "spBv1.0/Hilltop"
DATA = f"{OWN}/DDATA/gw1/fridge1"


class Node:
    """A gateway that names its metrics at birth only, and is born again when it is asked to."""

    def __init__(self, port: int) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="gw1")
        self.client.username_pw_set("gateway", "0n-a-shelf")
        self.client.on_message = self._asked
        self.questions: list[bytes] = []
        self.sequence = 40
        self.milliseconds = count(MILLISECONDS)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_until(self.client.is_connected, "the node is connected")
        self.client.subscribe(f"{OWN}/NCMD/gw1", 1)

    def says(self, celsius: float, device: str = "fridge1") -> None:
        """A value, under its alias alone."""
        self.sequence = (self.sequence + 1) % 256
        data = message(metric(alias=1, value=celsius), at=next(self.milliseconds), seq=self.sequence)
        self.client.publish(f"{OWN}/DDATA/gw1/{device}", data)

    def _asked(self, client: Client, _data: object, asked: MQTTMessage) -> None:
        self.questions.append(bytes(asked.payload))
        client.publish(f"{OWN}/NBIRTH/gw1", message(metric("bdSeq", None, 3), seq=0))
        for self.sequence, device in ((1, "fridge1"), (2, "spare")):
            birth = message(
                metric("Temperature", 1, 4.25, datatype=FLOAT), at=next(self.milliseconds), seq=self.sequence
            )
            client.publish(f"{OWN}/DBIRTH/gw1/{device}", birth)


@pytest.fixture(params=["mosquitto", "embedded"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, str, object]]:
    """A broker's port, and how we connect to it."""
    if request.param == "mosquitto":
        with running_mosquitto(tmp_path) as broker:
            yield broker.port, broker.url, V5
        return
    devices = {"gateway": Device("0n-a-shelf", (f"{OWN}/#",), (f"{OWN}/#",))}
    with Broker(devices) as own:
        yield own.port, own.own_url, V311


def test_a_node_is_asked_for_its_birth_and_understood_from_then_on(
    line: tuple[int, str, object], subscribe: Subscribers, database: Database
) -> None:
    port, url, protocol = line
    definitions = hilltop(units=(replace(FRIDGE, sensor=Sensor(DATA, format="sparkplug-b")),))
    intake = Intake(database, lambda: definitions)
    subscriber = subscribe(url, intake.store, questions=intake.questions, protocol=protocol)
    node = Node(port)
    node.says(4.5)
    wait_until(lambda: bool(node.questions), "it is asked")

    def values() -> list[float]:
        with database.snapshot() as connection:
            return [each.value for each in temperatures.between(connection, FRIDGE.id)]

    wait_until(lambda: 4.25 in values(), "the birth's value is stored")
    node.says(4.75)
    node.says(5.5, "spare")
    wait_until(lambda: 4.75 in values(), "a value by its alias is stored")
    assert len(node.questions) == 1
    with database.snapshot() as connection:
        assert [each.topic for each in discovered.every(connection)] == [f"{OWN}/DDATA/gw1/spare"]
        assert {each.reason for each in rejections.counts(connection)} == {
            "its birth was not heard: a rebirth is wanted"
        }
    node.client.disconnect()
    node.client.loop_stop()
    subscriber.stop()
