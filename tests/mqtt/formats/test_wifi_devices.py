"""Zigbee2MQTT, Tasmota, Shelly, ESPHome, Home Assistant: their probes, units, partial messages and wills."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import SEVERAL_PROBES, Decoded, Rejected, home_assistant
from shiftbot.mqtt.formats.decoded import Metric
from shiftbot.mqtt.formats.templates import path_of
from tests.mqtt.formats.examples import (
    DISCOVERY_SAYS,
    DISCOVERY_TOPIC,
    ESPHOME,
    HOME_ASSISTANT,
    NOW,
    SHELLY,
    SHELLY_HT,
    SHELLY_HT_SAYS,
    SHELLY_SAYS,
    SHELLY_STATUS,
    TASMOTA,
    TASMOTA_SAYS,
    ZIGBEE,
    ZIGBEE_SAYS,
    decode,
    one,
    read,
    values,
)

FAHRENHEIT = TemperatureUnit.FAHRENHEIT
SHELLY_AT = NOW - timedelta(seconds=28.38)


def test_zigbee2mqtt_gives_humidity_and_facts_beside_the_temperature() -> None:
    assert values(ZIGBEE_SAYS, ZIGBEE) == {("temperature", ""): 4.31, ("humidity", ""): 41.8}
    assert decode(ZIGBEE_SAYS, ZIGBEE).facts == {"battery": 97, "lqi": 116, "voltage": 2.9}


def test_intake_is_given_the_temperature_alone() -> None:
    assert one(ZIGBEE_SAYS, ZIGBEE).metric is Metric.TEMPERATURE


def test_a_second_probe_of_zigbee2mqtt_is_read_by_its_name_and_offsets_are_no_probe() -> None:
    said = {"temperature": 21, "temperature_probe": 4.1, "temperature_calibration": -0.5, "device_temperature": 30}
    assert one(said, ZIGBEE).value == 21
    assert one(said, replace(ZIGBEE, probe="temperature_probe")).value == 4.1
    assert read(said, replace(ZIGBEE, probe="temperature_2")) == Decoded(())


def test_a_contact_of_zigbee2mqtt_is_a_door_and_a_plug_says_its_power_in_watts_and_volts() -> None:
    assert values({"contact": False, "battery_low": True}, ZIGBEE) == {("door", ""): 1.0}
    assert decode({"contact": False, "battery_low": True}, ZIGBEE).facts == {"battery_low": 1.0}
    assert values({"power": 61.5, "voltage": 231}, ZIGBEE) == {("power", ""): 61.5}
    assert decode({"power": 61.5, "voltage": 231}, ZIGBEE).facts == {"voltage": 231.0}


@pytest.mark.parametrize(("said", "there"), [("online", 1), ("offline", 0), ({"state": "offline"}, 0)])
def test_availability_is_a_fact_about_the_sensor(said: object, there: float) -> None:
    topic, _ = formats.companions(ZIGBEE)
    assert topic == "zigbee2mqtt/hilltop/vaccine-fridge/availability"
    assert read(said, ZIGBEE, topic=topic) == Decoded((), {"availability": there})


@pytest.mark.parametrize(
    ("sensor", "topic", "said", "there"),
    [
        (TASMOTA, "tele/fridges/LWT", "Online", 1),
        (TASMOTA, "tele/fridges/LWT", "Offline", 0),
        (replace(TASMOTA, topic="fridges/tele/SENSOR"), "fridges/tele/LWT", "Offline", 0),
        (SHELLY, "shellyplus1-a8032abe54dc/online", "false", 0),
        (SHELLY_STATUS, "shellyplus1-a8032abe54dc/online", "true", 1),
        (ESPHOME, "esp-fridge/status", "offline", 0),
    ],
)
def test_the_will_of_each_device_belongs_to_its_sensor(sensor: Sensor, topic: str, said: str, there: float) -> None:
    assert topic in formats.companions(sensor)
    assert read(said, sensor, topic=topic) == Decoded((), {"availability": there})
    assert read("nonsense \xff", sensor, topic=topic) == Decoded(())


def test_each_unit_reads_its_own_probe_of_a_tasmota() -> None:
    assert one(TASMOTA_SAYS, TASMOTA).value == 4.2
    assert one(TASMOTA_SAYS, replace(TASMOTA, probe="01131b654321")).value == -18.6
    assert read(TASMOTA_SAYS, replace(TASMOTA, probe="")) == Rejected(SEVERAL_PROBES)
    assert read(TASMOTA_SAYS, replace(TASMOTA, probe="DS18B20-1")) == Decoded((), {}, "2026-11-22T09:05:00"), "it moves"


def test_a_tasmota_with_one_probe_needs_no_name_for_it() -> None:
    sensor = replace(TASMOTA, probe="")
    assert one({"Time": "2026-11-22T09:05:00", "DS18B20": {"Temperature": 20.6}, "TempUnit": "C"}, sensor).value == 20.6
    said = {"DS18B20": {"Id": "01131B123456", "Temperature": 20.6}, "ESP32": {"Temperature": 44.4}}
    assert one(said, sensor).value == 20.6, "the chip's own temperature is none"


def test_tasmota_says_fahrenheit_itself_and_its_local_time_is_not_taken_over() -> None:
    measured = one(
        {"Time": "2026-11-22T09:05:00", "DS18B20": {"Temperature": 39.6}, "TempUnit": "F"}, replace(TASMOTA, probe="")
    )
    assert (measured.value, measured.unit, measured.taken_at) == (39.6, FAHRENHEIT, None)


def test_one_broken_probe_of_a_tasmota_leaves_the_other() -> None:
    said: dict[str, Any] = json.loads(TASMOTA_SAYS)
    said["DS18B20-2"]["Temperature"] = None
    assert one(said, TASMOTA).value == 4.2
    assert read(said, replace(TASMOTA, probe="01131B654321")) == Rejected("unavailable")
    said["DS18B20-2"]["Temperature"] = 85.0
    assert one(said, TASMOTA).value == 4.2
    assert isinstance(read(said, replace(TASMOTA, probe="01131B654321")), Rejected)


def test_the_state_of_a_tasmota_tells_its_signal_and_a_room_sensor_its_humidity() -> None:
    said = {"Time": "2024-02-24T22:20:38", "Vcc": 3.4, "Wifi": {"RSSI": 44, "Signal": -78}}
    assert read(said, TASMOTA, topic="tele/fridges/STATE") == Decoded((), {"rssi": -78.0, "voltage": 3.4})
    said = {"BME280": {"Temperature": 20.1, "Humidity": 41, "Pressure": 750.06}, "PressureUnit": "mmHg"}
    assert values(said, TASMOTA)["pressure", "BME280"] == pytest.approx(1000, abs=0.01)


def test_a_shelly_gives_celsius_with_its_own_time_and_what_it_knows_beside() -> None:
    measured = one(SHELLY_SAYS, SHELLY)
    assert (measured.value, measured.probe, measured.taken_at) == (4.3, "100", SHELLY_AT)
    assert values(SHELLY_HT_SAYS, SHELLY_HT) == {("temperature", "0"): 4.8, ("humidity", "0"): 42.2}
    assert decode(SHELLY_HT_SAYS, SHELLY_HT).facts == {"battery": 88, "voltage": 5.9, "mains": 0}


def notified(**components: object) -> dict[str, object]:
    """A notification of a Shelly; `t100` stands for `temperature:100`."""
    named = {
        key.replace("t1", "temperature:1").replace("switch", "switch:0"): value for key, value in components.items()
    }
    return {"method": "NotifyStatus", "params": {"ts": 1795356331.62, **named}}


def test_a_partial_notification_says_nothing_of_the_probes_it_does_not_name() -> None:
    second = replace(SHELLY, probe="101")
    assert read(notified(t101={"id": 101, "tC": -18.2}), SHELLY) == Decoded(())
    assert one(notified(t101={"id": 101, "tC": -18.2}), second).value == -18.2
    assert read(notified(t100={"id": 100, "tC": 4.2}), second) == Decoded(())


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "the probe is gone"),
        ({"id": 100, "tC": None, "tF": None, "errors": ["read"]}, "unavailable"),
        ({"id": 100, "errors": ["out_of_range"]}, "unavailable"),
    ],
)
def test_a_probe_of_a_shelly_that_cannot_be_read_is_a_rejection_of_that_probe_alone(said: object, reason: str) -> None:
    assert read(notified(t100=said), SHELLY) == Rejected(reason)
    assert read(notified(t100=said), replace(SHELLY, probe="101")) == Decoded(())


def test_the_temperature_of_a_shellys_chip_is_nobodys() -> None:
    said = notified(switch={"id": 0, "apower": 61.5, "temperature": {"tC": 53.1, "tF": 127.6}})
    assert values(said, SHELLY) == {("power", "0"): 61.5}
    assert read(said, SHELLY) == Decoded(())
    assert read({"method": "NotifyEvent", "params": {"events": []}}, SHELLY) == Decoded(())


def test_what_a_shelly_says_twice_in_two_topics_is_read_in_the_one_that_was_chosen() -> None:
    beside = "shellyplusht-b8d61a8b17cc/status/temperature:0"
    assert beside in formats.companions(SHELLY_HT)
    assert read({"id": 0, "tC": 4.8}, SHELLY_HT, topic=beside) == Decoded(())


def test_esphome_gives_a_number_in_the_unit_set_for_the_sensor() -> None:
    assert one("39.5", replace(ESPHOME, unit=FAHRENHEIT)).unit is FAHRENHEIT
    assert read("nan", ESPHOME) == Rejected("unavailable")


def described(said: object, topic: str = DISCOVERY_TOPIC) -> tuple[home_assistant.Described, ...]:
    return home_assistant.described(topic, said if isinstance(said, bytes) else json.dumps(said).encode())


def test_a_discovery_message_tells_where_the_value_comes_and_what_it_is() -> None:
    (found,) = described(DISCOVERY_SAYS)
    assert found == home_assistant.Described(
        topic="esp-fridge/sensor/fridge_probe/state",
        metric=Metric.TEMPERATURE,
        path="$['temperature']",
        unit=TemperatureUnit.CELSIUS,
        name="Fridge probe",
        unique_id="a0b1c2-temp",
        device="esp-fridge",
        availability=("esp-fridge/status",),
        expire_after=timedelta(minutes=15),
    )
    sensor = Sensor(found.topic, format="home-assistant", path=found.path, unit=found.unit)
    assert one({"temperature": 4.2}, sensor).value == 4.2
    assert read({"temperature": "unknown"}, sensor) == Rejected("unavailable")


def test_a_whole_device_describes_all_its_sensors() -> None:
    said = {
        "dev": {"ids": "x", "name": "Fridge"},
        "o": {"name": "gw"},
        "stat_t": "x/state",
        "avty": [{"t": "x/status"}],
        "cmps": {
            "a": {"p": "sensor", "dev_cla": "temperature", "unit_of_meas": "°F", "val_tpl": "{{ value_json.t|float }}"},
            "b": {"p": "sensor", "dev_cla": "humidity", "unit_of_meas": "%", "val_tpl": "{{ value_json['h'] }}"},
            "c": {"p": "switch", "cmd_t": "x/set"},
            "d": {"p": "sensor", "dev_cla": "signal_strength", "unit_of_meas": "dBm"},
        },
    }
    first, second = described(said, "homeassistant/device/x/config")
    assert (first.topic, first.path, first.unit, first.name) == ("x/state", "$['t']", FAHRENHEIT, "Fridge")
    assert (second.metric, second.availability) == (Metric.HUMIDITY, ("x/status",))


@pytest.mark.parametrize(
    "change",
    [
        {"unit_of_meas": "K"},
        {"dev_cla": "battery", "unit_of_meas": "%"},
        {"stat_t": ""},
        {"stat_t": "x/#"},
        {"val_tpl": "{{ value_json.temperature * 9 / 5 + 32 }}"},
        {"val_tpl": "{{ ''.__class__.__mro__ }}"},
    ],
)
def test_a_discovery_that_is_not_followed_describes_nothing(change: dict[str, str]) -> None:
    assert described(json.loads(DISCOVERY_SAYS) | change) == ()


def test_a_discovery_that_deletes_or_is_about_something_else_describes_nothing() -> None:
    assert described(b"") == ()
    assert described(DISCOVERY_SAYS, "homeassistant/switch/x/config") == ()
    assert described(DISCOVERY_SAYS, "homeassistant/sensor/x/state") == ()


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("{{ value_json.temperature }}", "['temperature']"),
        ("{{value_json['DS18B20'].Temperature}}", "['DS18B20']['Temperature']"),
        ('{{ value_json["a b"][0].t | float | round(1) }}', "['a b'][0]['t']"),
        ("{{ value_json.tempc | is_defined }}", "['tempc']"),
        ("{{ value_json.t | float(0) }}", "['t']"),
        ("{{ value }}", ""),
        ("{{ value|float|round(1) }}", ""),
    ],
)
def test_a_template_that_only_points_at_a_value_is_followed(template: str, path: str) -> None:
    assert path_of(template) == path


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{{ value_json }}",
        "{{ value_json.t / 10 }}",
        "{{ value_json.t | multiply(0.1) }}",
        "{{ value_json.t if value_json.ok else 4 }}",
        "{% if 1 %}{{ value_json.t }}{% endif %}",
        "{{ value_json[value_json.x] }}",
        "{{ value_json.t | float(states('x')) }}",
        "{{ value_json.t }}{{ value_json.u }}",
        "{{ value_json." + "a" * 400 + " }}",
    ],
)
def test_any_other_template_is_not_understood(template: str) -> None:
    assert path_of(template) is None


def test_a_state_of_home_assistant_may_be_a_bare_number() -> None:
    assert one("4.2", replace(HOME_ASSISTANT, path="")).value == 4.2
    assert read("unavailable", replace(HOME_ASSISTANT, path="")) == Rejected("unavailable")
