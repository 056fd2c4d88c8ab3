"""A manager pairs a discovered sensor with a unit: at once, on the record, over what the files say of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.site import Sensor, StorageUnit, TemperatureUnit
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.services import cold_chain
from shiftbot.services.cold_chain import Condition
from shiftbot.storage import pairings, record, rejections, temperatures
from shiftbot.storage.database import Database
from shiftbot.storage.verify import verify
from tests.cast import AMIRA, BEN, FRIDGE, HILLTOP, MORGAN, hilltop

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NEW = "zigbee2mqtt/new"
OLD = FRIDGE.sensor.topic if FRIDGE.sensor else ""
FREEZER = replace(FRIDGE, id="freezer", name="Freezer", sensor=None)


class Premises:
    """Hilltop with a vaccine fridge and a freezer nobody measures; sensors that speak, and a manager who pairs."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.written = hilltop(units=(FRIDGE, FREEZER))
        self.intake = Intake(database, lambda: self.pharmacy)
        self.pharmacy = self.written
        self.now = NOW

    def rewrite(self, *units: StorageUnit) -> None:
        """The files say something else of the units."""
        self.written = replace(hilltop(units=units), digest=f"{self.written.digest}'")
        self.look()

    def look(self) -> None:
        """What a process does before every tick."""
        with self.database.snapshot() as connection:
            self.pharmacy = cold_chain.with_pairings(self.written, pairings.by_hand(connection))

    def says(self, topic: str, payload: object, minutes: float = 1, *, retained: bool = False) -> int:
        """A device speaks, some minutes after what was last said."""
        self.now += timedelta(minutes=minutes)
        return self.intake.store([Message(topic, json.dumps(payload).encode(), self.now, retained)])

    def says_raw(self, topic: str, payload: bytes) -> None:
        """A device says a word, a minute after what was last said."""
        self.now += timedelta(minutes=1)
        self.intake.store([Message(topic, payload, self.now)])

    def tick(self) -> None:
        """The tick's steps that are about sensors."""
        self.look()
        cold_chain.note_sensors(self.database, self.pharmacy, self.now)
        cold_chain.judge_units(self.database, self.pharmacy, self.now)

    def number(self, topic: str, metric: str = "temperature", probe: str = "") -> int:
        """The number of a discovered sensor."""
        with self.database.snapshot() as connection:
            found = cold_chain.discovered_sensors(connection, self.pharmacy)
        (each,) = [each for each in found if (each.topic, each.metric, each.probe) == (topic, metric, probe)]
        return each.id

    def pair(self, topic: str, unit: str = FRIDGE.id, **more: TemperatureUnit) -> Sensor:
        """Morgan pairs what speaks on a topic with a unit."""
        number = self.number(topic)
        with self.database.transaction() as connection:
            return cold_chain.pair(connection, self.pharmacy, number, unit, MORGAN, self.now, **more)

    def values(self, unit: str = FRIDGE.id) -> list[float]:
        """What was measured in a unit."""
        with self.database.snapshot() as connection:
            return [each.value for each in temperatures.between(connection, unit)]

    def view(self, unit: str = FRIDGE.id) -> cold_chain.UnitView:
        """A unit as people see it."""
        with self.database.snapshot() as connection:
            views = cold_chain.unit_overview(connection, self.pharmacy, HILLTOP.id, self.now)
        return next(each for each in views if each.id == unit)

    def log(self, unit: str = FRIDGE.id) -> list[str]:
        """A unit's log of sensors, the newest first."""
        with self.database.snapshot() as connection:
            changes = cold_chain.sensor_log(connection, unit)
        return [cold_chain.in_words(self.pharmacy, HILLTOP.id, each) for each in changes]

    def recorded(self, kind: str) -> list[tuple[str, dict[str, object]]]:
        """Actor and body of each entry of a kind."""
        with self.database.snapshot() as connection:
            entries = [each for each in record.entries_of(connection, HILLTOP.id) if each.kind == kind]
        return [(each.actor, json.loads(each.body)) for each in entries]


@pytest.fixture
def premises(database: Database) -> Premises:
    return Premises(database)


Pair = Callable[[], Sensor]


def test_a_paired_sensor_is_the_units_from_the_next_batch_on_and_judged(premises: Premises) -> None:
    premises.says(NEW, {"temperature": 4.4})
    premises.pair(NEW, "freezer")
    premises.tick()
    assert premises.says(NEW, {"temperature": 19}) == 1
    premises.tick()
    assert premises.values("freezer") == [19.0]
    assert premises.view("freezer").condition is Condition.OUT_OF_RANGE
    with premises.database.snapshot() as connection:
        assert cold_chain.discovered_sensors(connection, premises.pharmacy) == []


def test_a_replaced_sensor_leaves_its_readings_and_the_log_says_who_did_it(premises: Premises) -> None:
    premises.tick()
    premises.says(OLD, 4.2)
    premises.says(NEW, {"temperature": 4.4})
    premises.pair(NEW)
    premises.tick()
    premises.says(OLD, 30)
    premises.says(NEW, {"temperature": 4.6})
    assert premises.values() == [4.2, 4.6]
    newest, first = premises.log()
    assert newest == f"sensor replaced at Mon 23 Nov 10:02 by Morgan Lee: {NEW} instead of {OLD}"
    assert first == f"sensor {OLD} since Mon 23 Nov 10:00, by sensors/"
    ((actor, body),) = premises.recorded("sensor-paired")
    assert actor == "morgan"
    assert [body[each]["topic"] for each in ("before", "after")] == [OLD, NEW]  # type: ignore[index]
    with premises.database.snapshot() as connection:
        assert verify(connection).holds


def test_the_unit_says_in_words_that_somebody_paired_it_and_how_long_that_holds(premises: Premises) -> None:
    premises.says(NEW, {"temperature": 4.4})
    premises.pair(NEW)
    premises.tick()
    assert premises.view().facts == (
        f"Morgan Lee paired it with {NEW} on Mon 23 Nov 10:01. This holds until what sensors/ says of its sensor "
        f"changes; now that is {OLD}.",
    )


def test_a_pairing_ends_when_the_files_say_something_else_of_the_sensor(premises: Premises) -> None:
    premises.says(NEW, {"temperature": 4.4})
    premises.pair(NEW)
    premises.tick()
    renamed = replace(FRIDGE, name="Vaccine fridge by the door")
    premises.rewrite(renamed, FREEZER)
    premises.tick()
    assert premises.pharmacy.units[FRIDGE.id].sensor == replace(Sensor(NEW, "zigbee2mqtt"), paired_by="morgan")
    premises.rewrite(replace(FRIDGE, sensor=Sensor("tele/third/SENSOR", format="tasmota")), FREEZER)
    premises.tick()
    sensor = premises.pharmacy.units[FRIDGE.id].sensor
    assert sensor is not None
    assert (sensor.topic, sensor.paired_by) == ("tele/third/SENSOR", "")
    assert premises.log()[0] == f"sensor replaced at Mon 23 Nov 10:01 by sensors/: tele/third/SENSOR instead of {NEW}"
    assert [actor for actor, _ in premises.recorded("sensor-defined")] == ["definitions"]


def test_what_is_unpaired_goes_back_to_what_the_files_say(premises: Premises) -> None:
    premises.says(NEW, {"temperature": 4.4})
    premises.pair(NEW)
    premises.tick()
    with premises.database.transaction() as connection:
        cold_chain.unpair(connection, premises.pharmacy, FRIDGE.id, MORGAN, premises.now)
    premises.tick()
    assert premises.pharmacy is premises.written
    premises.says(OLD, 4.2)
    assert premises.values() == [4.2]
    assert len(premises.recorded("sensor-unpaired")) == 1
    with pytest.raises(Refused, match="Nobody paired"), premises.database.transaction() as connection:
        cold_chain.unpair(connection, premises.pharmacy, FRIDGE.id, MORGAN, premises.now)


def test_a_sensor_paired_after_another_still_stands_for_what_the_files_said(premises: Premises) -> None:
    for topic in (NEW, "zigbee2mqtt/newer"):
        premises.says(topic, {"temperature": 4.4})
        premises.pair(topic)
        premises.look()
    assert [each.topic for unit in (premises.pharmacy.units[FRIDGE.id],) if (each := unit.sensor)] == [
        "zigbee2mqtt/newer"
    ]
    with premises.database.transaction() as connection:
        cold_chain.unpair(connection, premises.pharmacy, FRIDGE.id, MORGAN, premises.now)
    premises.look()
    assert premises.pharmacy is premises.written


def test_a_process_that_has_not_heard_of_a_pairing_does_not_end_it(premises: Premises) -> None:
    premises.tick()
    premises.says(NEW, {"temperature": 4.4})
    premises.pair(NEW)
    stale = replace(premises.written, digest="read anew")
    cold_chain.note_sensors(premises.database, stale, premises.now)
    premises.tick()
    sensor = premises.pharmacy.units[FRIDGE.id].sensor
    assert sensor is not None
    assert sensor.topic == NEW


@pytest.mark.parametrize("person", [AMIRA, BEN])
def test_only_a_manager_pairs(premises: Premises, person: object) -> None:
    premises.says(NEW, {"temperature": 4.4})
    number = premises.number(NEW)
    with pytest.raises(Refused, match="manager"), premises.database.transaction() as connection:
        cold_chain.pair(connection, premises.pharmacy, number, FRIDGE.id, person, premises.now)  # type: ignore[arg-type]


def test_a_sensor_belongs_to_one_unit_and_only_one_of_two_clicks_counts(premises: Premises) -> None:
    premises.says(NEW, {"temperature": 4.4})
    number = premises.number(NEW)
    premises.pair(NEW)
    with pytest.raises(Refused, match="not among the discovered"), premises.database.transaction() as connection:
        cold_chain.pair(connection, premises.pharmacy, number, "freezer", MORGAN, premises.now)
    premises.says(NEW, {"temperature": 4.5})  # this process has not looked yet, so it is a stranger once more
    for unit, error in ((FRIDGE.id, AlreadyDone), ("freezer", Refused)):
        with pytest.raises(error, match="has this sensor"):
            premises.pair(NEW, unit)


def test_a_unit_that_is_gone_takes_no_sensor(premises: Premises) -> None:
    premises.says(NEW, {"temperature": 4.4})
    with pytest.raises(Refused, match="not defined"):
        premises.pair(NEW, "elsewhere")


def test_a_bare_number_may_be_declared_fahrenheit(premises: Premises) -> None:
    for _ in range(4):
        premises.says("shop/fridge", 39.2, 10)
    sensor = premises.pair("shop/fridge", temperature_unit=TemperatureUnit.FAHRENHEIT)
    assert (sensor.unit, sensor.every) == (TemperatureUnit.FAHRENHEIT, timedelta(minutes=10))
    premises.tick()
    premises.says("shop/fridge", 39.2)
    premises.tick()
    assert premises.view().condition is Condition.IN_RANGE


def test_a_door_is_paired_beside_the_temperature_and_shown_with_it(premises: Premises) -> None:
    premises.says("zigbee2mqtt/door", {"contact": False})
    with premises.database.transaction() as connection:
        number = cold_chain.discovered_sensors(connection, premises.pharmacy)[0].id
        cold_chain.pair(connection, premises.pharmacy, number, FRIDGE.id, MORGAN, premises.now)
    premises.tick()
    assert premises.says("zigbee2mqtt/door", {"contact": True}) == 1
    premises.says(OLD, 4.2)
    premises.tick()
    view = premises.view()
    assert [(each.metric, each.value) for each in view.others] == [("door", 0.0)]
    assert view.condition is Condition.IN_RANGE


def test_the_probes_of_one_device_are_paired_with_two_units(premises: Premises) -> None:
    def probes(left: float, right: float) -> dict[str, object]:
        return {
            "Time": premises.now.isoformat()[:19],
            "DS18B20-1": {"Id": "01A", "Temperature": left},
            "DS18B20-2": {"Id": "01B", "Temperature": right},
        }

    topic = "tele/fridges/SENSOR"
    premises.says(topic, probes(4, 5))
    for probe, unit in (("01A", FRIDGE.id), ("01B", "freezer")):
        number = premises.number(topic, probe=probe)
        with premises.database.transaction() as connection:
            cold_chain.pair(connection, premises.pharmacy, number, unit, MORGAN, premises.now)
        premises.tick()
        premises.says(topic, probes(4.5, 5.5))
    assert (premises.values(), premises.values("freezer")) == ([4.5, 4.5], [5.5])


def test_a_sensor_without_a_clock_says_so_and_one_with_a_slow_clock_too(premises: Premises) -> None:
    premises.says(OLD, 4.2)
    premises.tick()
    assert premises.view().facts[0].startswith("Its sensor gives no time of its own")
    for _ in range(20):
        slow = premises.now - timedelta(minutes=11)
        premises.says(OLD, {"temperature": 4.2, "taken_at": slow.isoformat()})
    assert premises.view().facts == (
        "Its readings are 12 minutes old when they come: its clock is slow, or something holds them up.",
    )
    premises.says(OLD, {"temperature": 4.2, "taken_at": (premises.now + timedelta(minutes=1)).isoformat()})
    assert premises.view().facts == ()


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(timedelta(minutes=45), "45 minutes"), (timedelta(hours=9), "9 hours"), (timedelta(days=3_653), "10 years")],
)
def test_a_sensor_with_a_fast_clock_says_so_until_it_is_set_right(
    premises: Premises, ahead: timedelta, said: str
) -> None:
    def says(ahead: timedelta) -> int:
        at = premises.now + timedelta(minutes=1) + ahead
        return premises.says(OLD, {"temperature": 4.2, "taken_at": at.isoformat()})

    assert says(timedelta(0)) == 1
    assert says(ahead) == 0
    assert premises.view().facts == (
        f"Its sensor's clock is {said} fast: what it sends is refused until its clock is set right.",
    )
    assert says(timedelta(0)) == 1
    assert premises.view().facts == ()


def test_a_sensor_that_gives_ten_readings_the_same_second_says_that_it_keeps_one(premises: Premises) -> None:
    for number in range(30):
        second = premises.now.replace(microsecond=0).isoformat()
        premises.says(OLD, {"temperature": 4 + number / 10, "taken_at": second}, minutes=0.1 / 60)
    assert len(premises.values()) in (3, 4)
    (fact,) = premises.view().facts
    assert fact.startswith("Its sensor gives several readings the same time, and of those only the first is kept")
    for _ in range(7):
        premises.says(OLD, {"temperature": 4.2, "taken_at": (premises.now + timedelta(minutes=1)).isoformat()})
    assert premises.view().facts == ()


def test_a_reading_that_comes_twice_shares_no_instant(premises: Premises) -> None:
    reading = {"temperature": 4.2, "taken_at": premises.now.isoformat()}
    for _ in range(5):
        premises.says(OLD, reading, minutes=0.01)
    assert premises.view().facts == ()


def test_a_sensor_that_is_away_says_so(premises: Premises) -> None:
    premises.rewrite(replace(FRIDGE, sensor=Sensor("zigbee2mqtt/f", format="zigbee2mqtt")))
    premises.says("zigbee2mqtt/f", {"temperature": 4.2, "last_seen": (premises.now + timedelta(minutes=1)).isoformat()})
    premises.says("zigbee2mqtt/f/availability", {"state": "offline"})
    assert premises.view().facts == ("Its sensor is away, says what it speaks through.",)


@pytest.mark.parametrize("form", ["json-path", "esphome", "home-assistant"])
def test_a_sensor_that_home_assistant_is_told_of_says_when_it_is_away(premises: Premises, form: str) -> None:
    """It announced two topics, its own and its gateway's: it is there when both say so."""
    state, own, gateway = "lab/fridge/temp", "lab/fridge/lwt", "lab/gateway/lwt"
    path = "temperature" if form != "esphome" else ""
    premises.rewrite(replace(FRIDGE, sensor=Sensor(state, format=form, path=path)))
    premises.says(
        "homeassistant/sensor/fridge/config",
        {"~": "lab", "stat_t": "~/fridge/temp", "dev_cla": "temperature", "val_tpl": "{{ value_json.temperature }}"}
        | {"avty": [{"t": "~/fridge/lwt"}, {"t": "~/gateway/lwt"}], "pl_avail": "here", "pl_not_avail": "gone"},
        retained=True,
    )
    assert premises.says(state, 4.2 if form == "esphome" else {"temperature": 4.2}) == 1
    away = "Its sensor is away, says what it speaks through."
    for topic, word, is_away in (
        (own, "here", False),
        (gateway, "gone", True),
        (own, "here", True),
        (gateway, "here", False),
        (own, "gone", True),
        (own, "offline", True),
        (own, "what?", True),
        (own, "online", False),
    ):
        premises.says_raw(topic, word.encode())
        assert (away in premises.view().facts) is is_away, (topic, word)
    with premises.database.snapshot() as connection:
        assert rejections.counts(connection) == []


def test_a_bridge_that_is_away_is_said_of_all_its_sensors_and_makes_none_seem_back(premises: Premises) -> None:
    premises.rewrite(
        replace(FRIDGE, sensor=Sensor("zigbee2mqtt/f", format="zigbee2mqtt")),
        replace(FREEZER, sensor=Sensor("zigbee2mqtt/floor 1/g", format="zigbee2mqtt")),
    )
    premises.says("zigbee2mqtt/f", {"temperature": 4.2})
    premises.says("zigbee2mqtt/f/availability", {"state": "offline"})
    premises.says("zigbee2mqtt/bridge/state", {"state": "offline"}, retained=True)
    assert "What its sensor speaks through is away." in premises.view().facts
    assert premises.view("freezer").facts == ("What its sensor speaks through is away.",)
    premises.says("zigbee2mqtt/bridge/state", {"state": "online"})
    assert premises.view("freezer").facts == ()
    assert "Its sensor is away, says what it speaks through." in premises.view().facts
