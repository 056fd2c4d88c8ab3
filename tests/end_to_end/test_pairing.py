"""A sensor nobody knew, over the wire: discovered, paired by a manager, and the unit's own from then on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from shiftbot.bootstrap import Part, Shiftbot
from shiftbot.services import cold_chain
from shiftbot.settings import Settings
from shiftbot.storage import discovered, temperatures
from tests.cast import FRIDGE, MORGAN, hilltop
from tests.mqtt.brokers import wait_until

STRANGER = "zigbee2mqtt/back-room"


@pytest.fixture
def ingest(database_url: str) -> Iterator[Shiftbot]:
    """A process that only takes readings in, with its embedded broker."""
    settings = Settings.model_validate({"database_url": database_url})
    process = Shiftbot(settings, parts=frozenset({Part.INGEST}), pharmacy=hilltop())
    process.start()
    yield process
    process.stop()


def publish(process: Shiftbot, topic: str, payload: object) -> None:
    """A device speaks."""
    assert process.broker is not None
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", process.broker.port)
    client.loop_start()
    client.publish(topic, json.dumps(payload), qos=1).wait_for_publish(timeout=30)
    client.disconnect()
    client.loop_stop()


def found(process: Shiftbot) -> list[discovered.DiscoveredSensor]:
    with process.database.snapshot() as connection:
        return cold_chain.discovered_sensors(connection, process.pharmacy)


def values(process: Shiftbot) -> list[float]:
    with process.database.snapshot() as connection:
        return [each.value for each in temperatures.between(connection, FRIDGE.id)]


def test_a_sensor_nobody_configured_is_paired_and_read_by_another_process_at_once(ingest: Shiftbot) -> None:
    subscriber = ingest.subscriber
    assert subscriber is not None
    wait_until(lambda: subscriber.is_connected, "the process listens")
    publish(ingest, STRANGER, {"temperature": 4.4, "humidity": 40})
    wait_until(lambda: len(found(ingest)) == 2, "the sensor is discovered")
    (number,) = [each.id for each in found(ingest) if each.metric == "temperature"]
    with ingest.database.transaction() as connection:
        cold_chain.pair(connection, ingest.pharmacy, number, FRIDGE.id, MORGAN, datetime.now(UTC))

    def speaks() -> bool:
        publish(ingest, STRANGER, {"temperature": 4.6, "humidity": 41})
        return bool(values(ingest))

    wait_until(speaks, "its readings are the fridge's")
    assert set(values(ingest)) == {4.6}
    with ingest.database.snapshot() as connection:
        (view,) = cold_chain.unit_overview(connection, ingest.pharmacy, FRIDGE.site, datetime.now(UTC))
    assert [(each.metric, each.value) for each in view.others] == [("humidity", 41.0)]
    assert found(ingest) == []
