"""A batch of messages into rows: readings, rejections, what belongs to nobody, and a message that cannot be stored."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, text

from shiftbot.domain.site import Pharmacy, Sensor
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt.formats import FORMATS, sparkplug_b
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.storage import rejections, temperatures
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from shiftbot.storage.tables import hourly, latest, sensors
from tests.cast import FRIDGE, hilltop
from tests.mqtt.formats.examples import EXAMPLES

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TOPIC = "hilltop/vaccine-fridge"
ZIGBEE = replace(FRIDGE, id="freezer", sensor=Sensor("zigbee2mqtt/freezer", format="zigbee2mqtt"))


@pytest.fixture
def migrated(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """A database on SQLite alone, for what does not touch the difference."""
    path = tmp_path / "alone.sqlite3"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def intake(database: Database) -> Intake:
    definitions = hilltop(units=(FRIDGE, ZIGBEE))
    return Intake(database, lambda: definitions)


def said(payload: object, topic: str = TOPIC, *, retained: bool = False) -> Message:
    return Message(topic, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), NOW, retained)


def values(database: Database, unit: str = FRIDGE.id) -> list[float]:
    with database.snapshot() as connection:
        return [reading.value for reading in temperatures.between(connection, unit)]


def refused(database: Database) -> dict[tuple[str, str], int]:
    with database.snapshot() as connection:
        return {(each.topic, each.reason): each.count for each in rejections.counts(connection)}


def test_messages_of_several_sensors_become_readings_of_their_units(database: Database, intake: Intake) -> None:
    batch = [said(4.2), said({"temperature": -18.4, "battery": 60}, "zigbee2mqtt/freezer")]
    assert intake.store(batch) == 2
    assert (values(database), values(database, "freezer")) == ([4.2], [-18.4])
    with database.snapshot() as connection:
        assert temperatures.newest(connection, ["freezer"])["freezer"].battery == 60


def test_bad_messages_are_kept_with_their_reasons_and_the_good_ones_between_them_stored(
    database: Database, intake: Intake
) -> None:
    bad = [b"\xff", b"{", b"4" * 1_000_000, b"[" * 1_000, b"NaN", b"null", b"unavailable", b"85.0", b"-127.0"]
    bad += [json.dumps({"temperature": 4, "taken_at": (NOW + timedelta(days=1)).isoformat()}).encode()]
    batch = [each for number, payload in enumerate(bad) for each in (said(payload), replace_time(said(4.2), number))]
    assert intake.store(batch) == len(bad)
    assert values(database) == [4.2] * len(bad)
    assert sum(refused(database).values()) == len(bad)
    assert refused(database)[TOPIC, "too large"] == 1


def replace_time(message: Message, seconds: int) -> Message:
    return message._replace(received_at=NOW + timedelta(seconds=seconds))


def test_a_topic_nobody_owns_is_counted_and_what_bridges_say_is_not(database: Database, intake: Intake) -> None:
    intake.store([said({"on": True}, "nobody/here"), said({"state": "online"}, "zigbee2mqtt/bridge/state")])
    assert refused(database) == {("nobody/here", "no unit has this topic"): 1}


def test_a_retained_message_without_a_time_of_its_own_is_no_reading(database: Database, intake: Intake) -> None:
    taken = (NOW - timedelta(hours=3)).isoformat()
    assert intake.store([said(4.2, retained=True), said({"temperature": 5, "taken_at": taken}, retained=True)]) == 1
    with database.snapshot() as connection:
        newest = temperatures.newest(connection, [FRIDGE.id])[FRIDGE.id]
    assert (newest.value, newest.heard_at) == (5.0, None)
    assert refused(database) == {}


TASMOTA = "tele/fridges/SENSOR"
TWO_PROBES = tuple(
    replace(FRIDGE, id=unit, sensor=Sensor(TASMOTA, format="tasmota", probe=probe))
    for unit, probe in (("left", "01A"), ("right", "01B"))
)


def probes(left: object, right: object, second: int) -> dict[str, object]:
    """What a Tasmota with two probes says at a second of its own."""
    told = {"DS18B20-1": {"Id": "01A", "Temperature": left}, "DS18B20-2": {"Id": "01B", "Temperature": right}}
    return {"Time": f"2026-11-23T10:00:{second:02}", **told, "TempUnit": "C"}


def test_each_unit_gets_its_own_probe_of_a_device_they_share(database: Database) -> None:
    shared = hilltop(units=TWO_PROBES)
    intake = Intake(database, lambda: shared)
    intake.store([said(probes(4.2, -18.5, 1), TASMOTA), replace_time(said(probes(4.3, None, 2), TASMOTA), 1)])
    assert (values(database, "left"), values(database, "right")) == ([4.2, 4.3], [-18.5])
    assert refused(database) == {(TASMOTA, "unavailable"): 1}
    intake.store([replace_time(said(b"{", TASMOTA), 2)])
    assert refused(database)[TASMOTA, "not JSON"] == 1, "once, although two units wait for it"


def test_a_message_that_comes_again_is_stored_once_even_without_a_time_of_its_own(database: Database) -> None:
    shared = hilltop(units=TWO_PROBES)
    intake = Intake(database, lambda: shared)
    again = [replace_time(said(probes(4.2, -18.5, 1), TASMOTA), second) for second in range(3)]
    assert intake.store(again[:2]) == 2
    assert intake.store(again[2:]) == 0
    assert intake.store([replace_time(said(probes(4.2, -18.5, 2), TASMOTA), 4)]) == 2


class Wavering(Database):
    """A database that can be away."""

    is_away = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self.is_away:
            raise StorageUnavailable("away")
        with super().transaction() as connection:
            yield connection


def test_a_batch_that_could_not_be_stored_is_no_repetition_of_itself(tmp_path: Path) -> None:
    database = Wavering(f"sqlite:///{tmp_path}/shiftbot.sqlite3")
    migrate(database)
    shared = hilltop(units=TWO_PROBES)
    intake = Intake(database, lambda: shared)
    intake.store([])
    batch = [said(probes(4.2, -18.5, 1), TASMOTA)]
    database.is_away = True
    with pytest.raises(StorageUnavailable):
        intake.store(batch)
    database.is_away = False
    assert intake.store(batch) == 2
    database.close()


def test_what_belongs_to_a_known_sensor_is_no_rejection(database: Database) -> None:
    units = (*TWO_PROBES, replace(FRIDGE, id="z", sensor=Sensor("zigbee2mqtt/z", format="zigbee2mqtt")))
    shared = hilltop(units=units)
    Intake(database, lambda: shared).store(
        [
            said(b"Online", "tele/fridges/LWT"),
            said({"Wifi": {"Signal": -70}}, "tele/fridges/STATE"),
            said({"state": "offline"}, "zigbee2mqtt/z/availability"),
        ]
    )
    assert refused(database) == {}


def test_an_alias_is_understood_after_its_birth_and_refused_until_then(database: Database) -> None:
    topic = "spBv1.0/Hilltop/DDATA/gw1/fridge1"
    data = bytes.fromhex("0880d8c1a28c341207100165000090401803")
    birth = bytes.fromhex("0880d8c1a28c34121d0a0b54656d706572617475726510011880d8c1a28c34200965000088401803")
    shared = hilltop(units=(replace(FRIDGE, sensor=Sensor(topic, format="sparkplug-b")),))
    intake = Intake(database, lambda: shared)
    intake.store([said(data, topic)])
    assert refused(database) == {(topic, "its birth was not heard: a rebirth is wanted"): 1}
    assert intake.questions() == [sparkplug_b.rebirth(topic)]
    intake.store([said(birth, topic.replace("DDATA", "DBIRTH"))])
    assert values(database) == [4.25]
    intake.store([said(data.replace(b"\xa2\x8c", b"\xa3\x8c"), topic)])
    assert values(database) == [4.25, 4.5]


def test_new_definitions_count_from_the_next_batch_on(database: Database) -> None:
    definitions: list[Pharmacy] = [hilltop(units=())]
    intake = Intake(database, lambda: definitions[-1])
    intake.store([said(4.2)])
    definitions.append(hilltop())
    intake.store([said(4.3)])
    assert values(database) == [4.3]


def test_a_message_that_cannot_be_stored_does_not_stop_the_others(
    database: Database, intake: Intake, expected_errors: list[logging.LogRecord]
) -> None:
    intake.store([])
    with database.transaction() as connection:
        number = connection.execute(select(sensors.c.id).where(sensors.c.unit == "freezer")).scalar_one()
        connection.execute(delete(latest).where(latest.c.sensor == number))
        connection.execute(delete(sensors).where(sensors.c.id == number))
    batch = [replace_time(said(4.0 + number), number) for number in range(7)]
    batch.insert(3, said({"temperature": -18}, "zigbee2mqtt/freezer"))
    assert intake.store(batch) == 7
    assert refused(database) == {("zigbee2mqtt/freezer", "could not be stored"): 1}
    assert len(expected_errors) == 1


def test_a_database_that_is_away_is_said_and_nothing_is_refused(tmp_path: object) -> None:
    away = Database(f"sqlite:///{tmp_path}/no/such/folder/shiftbot.sqlite3")
    with pytest.raises(StorageUnavailable):
        Intake(away, hilltop).store([said(4.2)])
    away.close()


def measured(database: Database, unit: str = FRIDGE.id) -> dict[tuple[str, str], tuple[float | None, str | None]]:
    """By metric and probe of a unit's sensors the newest value and its unit."""
    query = select(sensors, latest.c.value, latest.c.unit.label("degrees"), latest.c.unjudged_since)
    with database.snapshot() as connection:
        found = connection.execute(query.join(latest).where(sensors.c.unit == unit)).all()
    assert all(row.metric == "temperature" or row.unjudged_since is None for row in found), "only temperatures wait"
    return {(row.metric, row.probe): (row.value, row.degrees) for row in found}


def test_what_else_a_sensor_measures_is_stored_as_sensors_of_their_own_and_not_judged(
    database: Database, intake: Intake
) -> None:
    climate = {"temperature": -18.4, "humidity": 41.5, "pressure": 1013}
    topic = "zigbee2mqtt/freezer"
    assert intake.store([said(climate, topic), replace_time(said(climate | {"humidity": 50}, topic), 60)]) == 6
    assert intake.store([replace_time(said({"humidity": 51}, topic), 120)]) == 1
    assert measured(database, "freezer") == {
        ("temperature", ""): (-18.4, "C"),
        ("humidity", ""): (51.0, "%"),
        ("pressure", ""): (1013.0, "hPa"),
    }
    assert values(database, "freezer") == [-18.4, -18.4]
    with database.snapshot() as connection:
        hours = connection.execute(select(hourly.c.low, hourly.c.high).where(hourly.c.unit == "%")).all()
    assert [tuple(row) for row in hours] == [(41.5, 51.0)]


def test_a_broken_probe_does_not_hide_the_humidity_nor_the_humidity_the_broken_probe(
    database: Database, intake: Intake
) -> None:
    assert intake.store([said({"temperature": None, "humidity": 41}, "zigbee2mqtt/freezer")]) == 1
    assert refused(database) == {("zigbee2mqtt/freezer", "unavailable"): 1}
    with database.snapshot() as connection:
        assert temperatures.newest(connection, ["freezer"]) == {}


def test_another_start_finds_the_other_metrics_again(database: Database) -> None:
    definitions = hilltop(units=(ZIGBEE,))
    for second in range(3):
        message = replace_time(said({"temperature": 4, "humidity": 40 + second}, "zigbee2mqtt/freezer"), second)
        assert Intake(database, lambda: definitions).store([message]) == 2
    assert len(measured(database, "freezer")) == 2


def test_a_sensor_for_another_metric_tells_only_of_that(database: Database) -> None:
    door = Sensor("zigbee2mqtt/door", format="zigbee2mqtt", metric="door")
    definitions = hilltop(units=(replace(FRIDGE, also=(door,)),))
    intake = Intake(database, lambda: definitions)
    assert intake.store([said({"contact": False, "temperature": 21, "battery": 80}, door.topic), said(4.2)]) == 2
    assert measured(database) == {("temperature", ""): (4.2, "C"), ("door", ""): (1.0, "open")}
    assert values(database) == [4.2]


def facts(database: Database, unit: str = "freezer") -> dict[str, float]:
    query = select(latest.c.facts, latest.c.battery).join(sensors, sensors.c.id == latest.c.sensor)
    with database.snapshot() as connection:
        row = connection.execute(query.where(sensors.c.unit == unit, sensors.c.metric == "temperature")).one()
    told = json.loads(row.facts or "{}") | ({"battery": row.battery} if row.battery is not None else {})
    return {name: value for name, value in told.items() if name != "at"}


def test_link_and_availability_are_kept_beside_the_newest_reading(database: Database, intake: Intake) -> None:
    topic = "zigbee2mqtt/freezer"
    intake.store([said({"temperature": -18, "linkquality": 116, "battery": 97}, topic)])
    assert facts(database) == {"lqi": 116, "battery": 97}
    intake.store([replace_time(said({"temperature": -18, "linkquality": 90}, topic), 5)])
    assert facts(database)["lqi"] == 116, "a link is another one with every message: it is stored once a minute"
    intake.store([replace_time(said({"state": "offline"}, f"{topic}/availability"), 10)])
    assert facts(database) == {"lqi": 116, "availability": 0, "battery": 97}, "who goes is noted at once"
    intake.store([replace_time(said({"temperature": -18, "linkquality": 80}, topic), 75)])
    assert facts(database) == {"lqi": 80, "availability": 0, "battery": 97}


def test_of_what_was_retained_only_the_availability_is_of_now(database: Database, intake: Intake) -> None:
    topic = "zigbee2mqtt/freezer"
    intake.store([said({"temperature": -18, "linkquality": 116, "battery": 97}, topic, retained=True)])
    intake.store([said(b"online", f"{topic}/availability", retained=True)])
    assert facts(database) == {"availability": 1}


def test_what_a_device_kept_through_an_outage_is_stored_once_with_both_times(database: Database) -> None:
    history = replace(FRIDGE, sensor=Sensor("lora/fridge", format="milesight"))
    definitions = hilltop(units=(history,))
    intake = Intake(database, lambda: definitions)
    taken = NOW - timedelta(hours=2)
    kept = bytes.fromhex("20CE") + int(taken.timestamp()).to_bytes(4, "little") + bytes.fromhex("2900")
    live = bytes.fromhex("0367") + (42).to_bytes(2, "little", signed=True)
    stored = [intake.store([replace_time(said(kept + live, "lora/fridge"), second)]) for second in (0, 60, 120)]
    assert stored == [2, 1, 1], "what was kept has a time of its own and is stored once"
    with database.snapshot() as connection:
        oldest, *rest = temperatures.between(connection, FRIDGE.id)
    assert (oldest.taken_at, oldest.received_at, oldest.value) == (taken, NOW, 4.1)
    assert [each.taken_at for each in rest] == [NOW + timedelta(seconds=second) for second in (0, 60, 120)]


def test_what_cannot_be_stored_of_a_device_costs_no_reading(database: Database, intake: Intake) -> None:
    intake.store([said({"temperature": 4}, "zigbee2mqtt/first")])
    with database.transaction() as connection:
        connection.execute(text("CREATE UNIQUE INDEX one_of_each_format ON discovered (format)"))
    batch = [said({"temperature": 4}, "zigbee2mqtt/stranger"), *(replace_time(said(4.0), each) for each in range(6))]
    assert intake.store(batch[::-1]) == 6
    assert refused(database) == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_format_that_does_not_match_its_topic_is_said_and_never_passed_over_in_silence(
    migrated: Database, name: str
) -> None:
    """Every documented message read by a sensor of every other format: a reading, or a reason why there is none."""
    example, definitions = EXAMPLES[name], [hilltop()]
    for other in FORMATS:
        sensor = replace(example.sensor, format=other, probe="", path="")
        definitions[:] = [hilltop(units=(replace(FRIDGE, id=f"{name} {other}", sensor=sensor),))]
        stored = Intake(migrated, lambda: definitions[-1]).store([Message(sensor.topic, example.payload, example.now)])
        reasons = {reason for topic, reason in refused(migrated) if topic == sensor.topic}
        right = FORMATS[other].decode is FORMATS[example.sensor.format].decode
        assert stored or reasons or (right and FORMATS[other].is_default), (name, other)


def test_of_messages_in_the_wrong_format_one_in_ten_seconds_is_counted(database: Database) -> None:
    definitions = hilltop(units=(replace(FRIDGE, sensor=Sensor(TOPIC, format="tasmota")),))
    intake = Intake(database, lambda: definitions)
    for second in range(21):
        intake.store([said({"temperature": 4.2})._replace(received_at=NOW + timedelta(seconds=second))])
    assert refused(database) == {(TOPIC, "it looks like plain, and the sensor's format is tasmota"): 3}
    intake.store([said({"Time": "2026-11-23T15:00:00", "DS18B20": {"Temperature": 4.2}})])
    assert values(database) == [4.2]
