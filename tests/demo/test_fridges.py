"""The simulated units: believable air, sensors that speak formats that are really understood, floods that end."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.demo.fridges import FLOOD, FREEZER, FRIDGE, MINUTE, Build, Fridges, StorageAir
from shiftbot.demo.payloads import STRAY_TOPIC, bad_messages, message_of
from shiftbot.domain.site import Sensor, StorageClass, StorageUnit, TemperatureUnit
from shiftbot.mqtt.formats import Decoded, Rejected, read

C, F = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
START = datetime(2026, 11, 23, 12, 12, tzinfo=UTC)
SENSORS = (
    Sensor("zigbee2mqtt/hilltop/vaccine-fridge", "zigbee2mqtt", MINUTE),
    Sensor("hilltop/insulin-fridge", "plain", MINUTE, F),
    Sensor("hilltop/vaccine-freezer", "plain", MINUTE),
)
REFRIGERATOR = StorageClass("vaccine-refrigerator", "Vaccine refrigerator", {C: 2, F: 36}, {C: 8, F: 46})


class Air:
    """What was published, as the broker would see it."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        """Keep it."""
        self.messages.append((topic, payload, retain))


def fridges(air: Air, seed: int = 7) -> Fridges:
    unit = StorageUnit("vaccine-fridge", "hilltop-main", "Vaccine fridge", REFRIGERATOR, SENSORS[0])
    return Fridges([unit], air.publish, START, F, seed)


@pytest.mark.parametrize(("build", "low", "high"), [(FRIDGE, 2.0, 8.0), (FREEZER, -50.0, -15.0)])
def test_a_closed_unit_cycles_within_its_range(build: Build, low: float, high: float) -> None:
    air = StorageAir(build, random.Random(1))
    seen = []
    for _ in range(1440):
        air.pass_a_minute()
        seen.append(air.read())
    assert low < min(seen) < max(seen) < high
    assert max(seen) - min(seen) > 0.3, "the compressor comes and goes"


@pytest.mark.parametrize(("build", "limit"), [(FRIDGE, 8.0), (FREEZER, -15.0)])
def test_an_open_door_warms_the_unit_past_its_limit_and_a_closed_one_lets_it_recover(
    build: Build, limit: float
) -> None:
    air = StorageAir(build, random.Random(2))
    air.door_open = True
    for _ in range(20):
        air.pass_a_minute()
    assert air.temperature > limit
    air.door_open = False
    for _ in range(60):
        air.pass_a_minute()
    assert air.temperature < limit


def test_the_same_seed_gives_the_same_day() -> None:
    days = []
    for seed in (7, 7, 8):
        air = Air()
        fridges(air, seed).advance(START + timedelta(hours=1))
        days.append(air.messages)
    assert days[0] == days[1]
    assert days[0] != days[2]


def test_a_sensor_speaks_every_minute_and_the_broker_keeps_its_last_message() -> None:
    air = Air()
    units = fridges(air)
    units.advance(START + timedelta(minutes=10, seconds=30))
    assert len(air.messages) == 10
    assert all(retain for _, _, retain in air.messages)


def test_a_silenced_sensor_says_nothing_until_it_may_speak_again() -> None:
    air = Air()
    units = fridges(air)
    units.silence("vaccine-fridge", is_silent=True)
    units.advance(START + timedelta(minutes=30))
    assert air.messages == []
    assert units.device("vaccine-fridge").state == "silent"
    units.silence("vaccine-fridge", is_silent=False)
    units.advance(START + timedelta(minutes=31))
    assert len(air.messages) == 1


def test_a_flood_ends_by_itself() -> None:
    air = Air()
    units = fridges(air)
    units.flood("vaccine-fridge", is_flooding=True)
    units.advance(START + timedelta(hours=2))
    assert len(air.messages) == FLOOD + 120
    assert units.device("vaccine-fridge").flood_left == 0
    assert sum(len(payload) > 1_000_000 for _, payload, _ in air.messages) == 1


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda sensor: sensor.topic)
def test_what_a_sensor_says_is_understood_with_its_own_time(sensor: Sensor) -> None:
    decoded = read(sensor.topic, message_of(sensor, 4.61, START, 93), START, sensor)
    assert isinstance(decoded, Decoded)
    ((value, unit, taken_at, *_),) = decoded.measured
    assert (unit, taken_at) == (sensor.unit, START)
    assert value == pytest.approx(4.61 if unit is C else 40.3, abs=0.01)
    assert decoded.facts["battery"] == 93


@pytest.mark.parametrize("sensor", SENSORS, ids=lambda sensor: sensor.topic)
def test_nothing_in_a_flood_is_a_temperature(sensor: Sensor) -> None:
    for topic, payload in bad_messages(sensor.topic, START, 0, 60):
        outcome = read(topic, payload, START, sensor)
        assert topic == STRAY_TOPIC or isinstance(outcome, Rejected) or outcome.measured == ()
