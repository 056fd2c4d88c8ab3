"""Sensors that nobody configured are collected with their last value, whatever else floods in."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.site import Pharmacy, Sensor, StorageUnit
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.storage import discovered, rejections
from shiftbot.storage.database import Database
from shiftbot.storage.discovered import DiscoveredSensor
from tests.cast import FRIDGE, hilltop

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FREEZER = "zigbee2mqtt/freezer"

Says = Callable[..., int]


@pytest.fixture
def definitions() -> list[Pharmacy]:
    """The definitions in force: the last of them."""
    return [hilltop()]


@pytest.fixture
def says(database: Database, definitions: list[Pharmacy]) -> Says:
    """A device says something, `seconds` after the first; how many readings that made."""
    intake = Intake(database, lambda: definitions[-1])

    def say(topic: str, payload: object, seconds: float = 0, *, retained: bool = False) -> int:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return intake.store([Message(topic, raw, NOW + timedelta(seconds=seconds), retained)])

    return say


def found(database: Database) -> list[DiscoveredSensor]:
    with database.snapshot() as connection:
        return discovered.every(connection)


def refused(database: Database) -> int:
    with database.snapshot() as connection:
        return sum(each.count for each in rejections.counts(connection))


def test_a_sensor_nobody_configured_is_discovered_with_all_it_measures(database: Database, says: Says) -> None:
    assert says(FREEZER, {"temperature": -18.4, "humidity": 41, "battery": 90}) == 0
    assert {(each.metric, each.value, each.unit, each.format, each.name) for each in found(database)} == {
        ("temperature", -18.4, "C", "zigbee2mqtt", "freezer"),
        ("humidity", 41.0, "%", "zigbee2mqtt", "freezer"),
    }
    assert refused(database) == 0


def test_its_last_value_is_looked_at_every_ten_seconds_and_every_message_counted(
    database: Database, says: Says
) -> None:
    for second in range(12):
        says(FREEZER, {"temperature": second}, second)
    (freezer,) = found(database)
    assert (freezer.value, freezer.first_at, freezer.last_at) == (10.0, NOW, NOW + timedelta(seconds=10))
    assert freezer.count == 11


def test_a_batch_that_comes_again_counts_once(database: Database, says: Says) -> None:
    for _ in range(3):
        says(FREEZER, {"temperature": 4}, 30)
    says(FREEZER, {"temperature": 4}, 60)
    assert [each.count for each in found(database)] == [2]


def test_what_was_retained_shows_that_there_is_a_sensor_and_not_how_warm_it_is(database: Database, says: Says) -> None:
    says(FREEZER, {"temperature": 4}, retained=True)
    assert [(each.value, each.count) for each in found(database)] == [(None, 0)]
    says(FREEZER, {"temperature": 5}, 20)
    says(FREEZER, {"temperature": 6}, 40, retained=True)
    assert [(each.value, each.count) for each in found(database)] == [(5.0, 1)]


def test_a_topic_that_says_nothing_of_a_temperature_is_refused_as_before(database: Database, says: Says) -> None:
    says("shop/lamp", {"on": True})
    assert (found(database), refused(database)) == ([], 1)


def test_a_device_that_announced_itself_is_known_by_its_name_and_the_unit_it_gave(
    database: Database, says: Says
) -> None:
    announced = {"name": "Back freezer", "stat_t": "esp/freezer", "unit_of_meas": "°F", "dev_cla": "temperature"}
    says("homeassistant/sensor/freezer/config", announced, retained=True)
    assert [(each.topic, each.name, each.value) for each in found(database)] == [("esp/freezer", "Back freezer", None)]
    says("esp/freezer", 1.5, 5)
    assert [(each.format, each.value, each.unit) for each in found(database)] == [("home-assistant", 1.5, "F")]
    assert refused(database) == 0


TASMOTA = "tele/fridges/SENSOR"
TWO_PROBES = {"DS18B20-1": {"Id": "01A", "Temperature": 4.2}, "DS18B20-2": {"Id": "01B", "Temperature": 5.2}}


def with_sensor(probe: str = "") -> Pharmacy:
    unit: StorageUnit = replace(FRIDGE, sensor=Sensor(TASMOTA, format="tasmota", probe=probe))
    return hilltop(units=(unit,))


def test_the_other_probe_of_a_configured_device_is_discovered(
    database: Database, says: Says, definitions: list[Pharmacy]
) -> None:
    definitions.append(with_sensor(probe="01A"))
    assert says(TASMOTA, {"Time": "2026-11-23T10:00:00", **TWO_PROBES}) == 1
    assert [each.probe for each in found(database)] == ["01B"]


def test_the_probes_of_a_device_configured_without_one_are_discovered(
    database: Database, says: Says, definitions: list[Pharmacy]
) -> None:
    definitions.append(with_sensor())
    assert says(TASMOTA, {"Time": "2026-11-23T10:00:00", **TWO_PROBES}) == 0
    assert {each.probe for each in found(database)} == {"01A", "01B"}


def test_a_sensor_that_is_configured_is_no_discovery_any_more(
    database: Database, says: Says, definitions: list[Pharmacy]
) -> None:
    says(TASMOTA, {"Time": "2026-11-23T10:00:00", **TWO_PROBES})
    definitions.append(with_sensor(probe="01a"))
    says(TASMOTA, {"Time": "2026-11-23T10:05:00", **TWO_PROBES}, 300)
    assert [each.probe for each in found(database)] == ["01B"]


def test_a_flood_of_topics_drives_out_nothing_that_speaks_again_and_again(database: Database, says: Says) -> None:
    says(FREEZER, {"temperature": 4})
    says(FREEZER, {"temperature": 4}, 20)
    for number in range(discovered.KEPT + 50):
        says(f"flood/{number}", {"temperature": 4}, 30 + number)
    kept = [each.topic for each in found(database)]
    assert len(kept) == discovered.KEPT
    assert FREEZER in kept
    assert "flood/0" not in kept


def test_a_flood_within_a_second_is_looked_at_only_so_often(database: Database, says: Says) -> None:
    for number in range(300):
        says(f"flood/{number}", {"temperature": 4}, number / 1_000)
    assert len(found(database)) == 200
    assert refused(database) == 100


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "x" * 500])
def test_what_no_database_can_hold_is_left_out(database: Database, says: Says, name: str) -> None:
    says("tele/odd/SENSOR", {"Time": "2026-11-23T10:00:00", "DS18B20-1": {"Id": name, "Temperature": 4.2}})
    says("gateway/odd", {"id": "A4C138AABBCC", "name": name, "tempc": 4.2})
    assert [each.topic for each in found(database)] == ["gateway/odd"]
    assert len(found(database)[0].name) <= 100
    says("x" * 500, 4.2, 20)
    assert len(found(database)) == 1
