"""What sensors say, format by format: readings out of good messages, a reason out of all others, never a guess."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.domain.temperature import sensor_fault
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import Decoded, Measured, Rejected
from shiftbot.mqtt.formats.json_path import steps_of

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
NOW = datetime(2026, 11, 22, 14, 6, tzinfo=UTC)
TAKEN = datetime(2026, 11, 22, 14, 5, 31, tzinfo=UTC)
PLAIN = Sensor("hilltop/fridge")
ZIGBEE = Sensor("zigbee2mqtt/hilltop/vaccine-fridge", format="zigbee2mqtt")
ANY_JSON = Sensor("pharmacy/1/temp", format="json-path", path="$.t")


def read(payload: bytes | str | object, sensor: Sensor = PLAIN) -> Decoded | Rejected:
    if not isinstance(payload, bytes):
        payload = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
    return formats.read(sensor.topic, payload, NOW, sensor)


def one(payload: bytes | str | object, sensor: Sensor = PLAIN) -> Measured:
    decoded = read(payload, sensor)
    assert isinstance(decoded, Decoded), decoded
    (measured,) = decoded.measured
    return measured


@pytest.mark.parametrize(("text", "value"), [("4.21", 4.21), (" -18 \n", -18.0), ("+.5", 0.5), ("4e0", 4.0), ("-0", 0)])
def test_a_bare_number_is_a_reading_at_its_arrival(text: str, value: float) -> None:
    assert one(text) == Measured(value, CELSIUS, None)


def test_a_bare_number_is_in_the_unit_set_for_the_sensor() -> None:
    assert one("39.6", replace(PLAIN, unit=FAHRENHEIT)).unit is FAHRENHEIT


def test_plain_json_may_say_unit_time_and_battery() -> None:
    decoded = read({"temperature": 4.21, "unit": "C", "taken_at": "2026-11-22T14:05:31Z", "battery": 97})
    assert decoded == Decoded((Measured(4.21, CELSIUS, TAKEN),), {"battery": 97.0})
    assert one({"temperature": 39, "unit": "°F"}) == Measured(39.0, FAHRENHEIT, None)


@pytest.mark.parametrize(
    "taken_at",
    ["2026-11-22T09:05:31-05:00", "2026-11-22T14:05:31.000000000Z", 1795356331, 1795356331000],
)
def test_a_devices_time_may_be_written_in_several_ways(taken_at: object) -> None:
    assert one({"temperature": 4, "taken_at": taken_at}).taken_at == TAKEN


@pytest.mark.parametrize(
    "taken_at", ["2026-11-22T14:05:31", "noon", None, True, [], 1e300, "0001-01-01T00:00:00+14:00"]
)
def test_a_time_nobody_can_place_leaves_the_time_of_arrival(taken_at: object) -> None:
    assert one({"temperature": 4, "taken_at": taken_at}).taken_at is None


def test_a_clock_that_was_never_set_leaves_the_time_of_arrival() -> None:
    measured = one({"temperature": 4, "taken_at": "1970-01-01T00:00:12Z"})
    assert formats.taken_at(measured, NOW) == (NOW, False)
    assert formats.taken_at(one({"temperature": 4, "taken_at": TAKEN.isoformat()}), NOW) == (TAKEN, True)


def test_a_logger_may_hand_in_what_it_kept_for_weeks() -> None:
    kept = (NOW - timedelta(days=80)).isoformat()
    assert formats.taken_at(one({"temperature": 4, "taken_at": kept}), NOW)[1]


BAD = [
    (b"\xff\xfe4.2", "not UTF-8"),
    ("warm", "not a number"),
    ("4,2", "not a number"),
    ("1_0", "not a number"),
    ("\u0664.\u0662", "not a number"),
    ("", "unavailable"),
    ("unavailable", "unavailable"),
    ("nan", "unavailable"),
    ("inf", "not a number"),
    ("1e308", "outside what a probe can measure"),
    ("9" * 4000, "not a number"),
    ("{", "not JSON"),
    ("{'temperature': 4}", "not JSON"),
    ("null", "no reading in it"),
    ("[4.2]", "not a JSON object"),
    ('"unavailable"', "not a JSON object"),
    ("{}", "unavailable"),
    ('{"temperature": null}', "unavailable"),
    ('{"temperature": "unavailable"}', "unavailable"),
    ('{"temperature": "4.2"}', "not a number"),
    ('{"temperature": true}', "not a number"),
    ('{"temperature": NaN}', "not a number"),
    ('{"temperature": Infinity}', "not a number"),
    ('{"temperature": 1' + "0" * 400 + "}", "not a number"),
    ('{"temperature": 1' + "0" * 5000 + "}", "not JSON"),
    ('{"temperature": 4, "unit": "K"}', "a unit that is neither C nor F"),
    ('{"temperature": 4, "unit": 3}', "a unit that is neither C nor F"),
    ('{"temperature": 4, "taken_at": "2026-11-22T15:05:31Z"}', "a time in the future"),
    ('{"temperature": 85.0}', "power-on value of a DS18B20, not a temperature"),
    ("85", "power-on value of a DS18B20, not a temperature"),
    ("-127.00", "a DS18B20 that is gone"),
    ("-300", "outside what a probe can measure"),
    ("[" * 1_000 + "]" * 1_000, "nested too deep"),
    ('{"temperature":' * 20_000, "too large"),
    ("4" * 1_000_000, "too large"),
]


@pytest.mark.parametrize(("payload", "reason"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_a_message_that_is_no_reading_is_refused_with_its_reason(payload: bytes | str, reason: str) -> None:
    assert read(payload) == Rejected(reason)


def test_deep_nesting_inside_the_size_limit_is_refused() -> None:
    assert read('{"temperature":' * 3_000 + "4" + "}" * 3_000) == Rejected("nested too deep")


def test_zigbee2mqtt_gives_temperature_battery_and_when_the_device_was_last_seen() -> None:
    payload = (
        '{"battery":97,"temperature":4.31,"humidity":41.8,"voltage":2900,"linkquality":116,'
        '"last_seen":"2026-11-22T14:05:31.000Z"}'
    )
    assert read(payload, ZIGBEE) == Decoded(
        (Measured(4.31, CELSIUS, TAKEN),), {"battery": 97.0, "lqi": 116.0, "voltage": 2.9}
    )


def test_zigbee2mqtt_without_a_temperature_is_no_reading_and_no_mistake() -> None:
    assert read({"battery": 97, "linkquality": 12}, ZIGBEE) == Decoded((), {"battery": 97.0, "lqi": 12.0})
    assert read({"temperature": None}, ZIGBEE) == Rejected("unavailable")


@pytest.mark.parametrize("last_seen", [1795356331000, "2026-11-22T09:05:31-05:00", "2026-11-22T14:05:31+00:00"])
def test_zigbee2mqtts_ways_to_write_last_seen_are_all_understood(last_seen: object) -> None:
    assert one({"temperature": 4.3, "last_seen": last_seen}, ZIGBEE).taken_at == TAKEN


@pytest.mark.parametrize("battery", [101, -1, "97", None, True])
def test_an_odd_battery_is_left_out_and_the_reading_kept(battery: object) -> None:
    assert read({"temperature": 4.3, "battery": battery}, ZIGBEE) == Decoded((Measured(4.3, CELSIUS),), {})


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("$.t", {"t": 4.2}),
        ("data.temp", {"data": {"temp": "4.2"}}),
        ("$.sensors[1].value", {"sensors": [{"value": 1}, {"value": 4.2}]}),
        ("$['a b'].c", {"a b": {"c": 4.2}}),
    ],
)
def test_a_path_leads_to_the_temperature(path: str, payload: object) -> None:
    assert one(payload, replace(ANY_JSON, path=path)).value == 4.2


def test_a_path_format_may_name_the_places_of_time_and_battery() -> None:
    sensor = replace(ANY_JSON, path="d.t", time_path="d.at", battery_path="b")
    decoded = read({"d": {"t": 4.2, "at": TAKEN.isoformat()}, "b": 55}, sensor)
    assert decoded == Decoded((Measured(4.2, CELSIUS, TAKEN),), {"battery": 55.0})


@pytest.mark.parametrize("payload", [{}, {"t": None}, {"t": {}}, {"t": []}, {"t": "warm"}, {"x": 4}])
def test_nothing_at_the_path_is_refused(payload: object) -> None:
    assert isinstance(read(payload, ANY_JSON), Rejected)


@pytest.mark.parametrize("path", ["$", "", "$.", "a..b", "$[x]", "a b", "$.a["])
def test_a_path_nobody_understands_is_refused_where_it_is_written(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path"):
        steps_of(path)


def test_a_format_shiftbot_does_not_know_refuses_every_message() -> None:
    assert read("4.2", replace(PLAIN, format="morse")) == Rejected("a format shiftbot does not know")


@pytest.mark.parametrize("topic", ["zigbee2mqtt/bridge/devices", "zigbee2mqtt/fridge/availability", "x/set"])
def test_what_bridges_say_among_themselves_is_not_counted(topic: str) -> None:
    assert formats.is_chatter(topic)
    assert not formats.is_chatter("hilltop/fridge")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["temperature", "unit", "taken_at", "last_seen", "battery", "t", "x"])
PAYLOADS = (
    st.binary(max_size=80)
    | st.text(max_size=80).map(str.encode)
    | st.dictionaries(KEYS, JSON_VALUES, max_size=6).map(lambda message: json.dumps(message).encode())
)


@given(PAYLOADS, st.sampled_from([PLAIN, ZIGBEE, ANY_JSON, replace(PLAIN, unit=FAHRENHEIT)]))
def test_no_payload_breaks_a_decoder_or_becomes_a_temperature_no_probe_measures(payload: bytes, sensor: Sensor) -> None:
    decoded = formats.read(sensor.topic, payload, NOW, sensor)
    if isinstance(decoded, Rejected):
        assert 0 < len(decoded.reason) < 80
        return
    for measured in decoded.measured:
        assert sensor_fault(measured.value, measured.unit) is None
        at, _ = formats.taken_at(measured, NOW)
        assert NOW - formats.BEHIND_AT_MOST <= at <= NOW + formats.AHEAD_AT_MOST


@given(st.floats(-60, 60), st.datetimes(TAKEN.replace(tzinfo=None) - timedelta(days=80), TAKEN.replace(tzinfo=None)))
def test_what_a_plain_sensor_sends_comes_back_exactly(value: float, taken: datetime) -> None:
    taken = taken.replace(tzinfo=UTC)
    assert one({"temperature": value, "taken_at": taken.isoformat()}) == Measured(value, CELSIUS, taken)
