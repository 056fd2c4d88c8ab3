"""What holds for all formats at once: their documented examples, and that nothing else becomes a temperature."""

import json
import math
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.definitions import shipped_packs
from shiftbot.definitions.reading import read_yaml
from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.domain.temperature import convert, sensor_fault
from shiftbot.mqtt import formats
from shiftbot.mqtt.announcements import Announcements
from shiftbot.mqtt.births import Births
from shiftbot.mqtt.formats import FORMATS, Decoded, Rejected
from shiftbot.mqtt.formats.sniffing import sniff
from shiftbot.mqtt.formats.sparkplug_b import Birth, Named
from tests.mqtt.formats.examples import DISCOVERY_TOPIC, EXAMPLES, SPARKPLUG, Example, one

BORN = Birth({1: Named("Temperature", 9), 2: Named("Count", 3)}, frozenset({"Temperature"}))
CELSIUS = TemperatureUnit.CELSIUS


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_documented_example_gives_its_temperature(name: str) -> None:
    example = EXAMPLES[name]
    measured = one(example.payload, example.sensor, now=example.now)
    assert convert(measured.value, measured.unit, CELSIUS) == pytest.approx(example.celsius, abs=1e-9)


def test_every_format_is_shown_by_an_example_and_described_for_people() -> None:
    document, _ = read_yaml(shipped_packs() / "sensors" / "formats.yaml", "formats.yaml")
    assert document is not None
    described = {each["id"] for each in document.content["formats"]}
    assert described == set(FORMATS)
    assert {each.sensor.format for each in EXAMPLES.values()} == set(FORMATS) - {"theengs"}


FAULTS = [85.0, -127.0, "unavailable", None, 1e308, "nan", "", True, [], {}, -400, 10**400]


@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
@pytest.mark.parametrize("name", ["plain-json", "zigbee2mqtt", "tasmota", "shelly", "shelly-status", "home-assistant"])
def test_what_a_broken_probe_says_is_refused_by_every_format(name: str, fault: object) -> None:
    assert isinstance(_with(EXAMPLES[name], fault), Rejected)


@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
@pytest.mark.parametrize("name", ["chirpstack", "the-things-stack", "openmqttgateway", "rtl_433", "json-path"])
def test_what_a_broken_probe_says_is_refused_by_the_further_formats(name: str, fault: object) -> None:
    if name == "rtl_433" and fault in (85.0, -127.0):
        fault = convert(float(str(fault)), CELSIUS, TemperatureUnit.FAHRENHEIT)
    assert isinstance(_with(EXAMPLES[name], fault), Rejected)


def _with(example: Example, fault: object) -> Decoded | Rejected:
    """The example with another temperature."""
    message = json.loads(example.payload)
    spoilt = json.dumps(_spoilt(message, fault)).encode()
    return formats.read(example.sensor.topic, spoilt, example.now, example.sensor)


def _spoilt(value: object, fault: object) -> object:
    if isinstance(value, dict):
        return {key: fault if key in _TEMPERATURES else _spoilt(inner, fault) for key, inner in value.items()}
    return value


_TEMPERATURES = {"temperature", "Temperature", "tC", "tempc", "temperature_F", "t"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_time_beyond_the_clocks_reach_is_refused_or_not_taken_over(name: str) -> None:
    """A message of the day after tomorrow, and one of three years ago: neither time is believed."""
    example = EXAMPLES[name]
    early = formats.read(example.sensor.topic, example.payload, example.now - timedelta(days=2), example.sensor)
    late = formats.read(example.sensor.topic, example.payload, example.now + timedelta(days=1_000), example.sensor)
    for decoded, now in ((early, example.now - timedelta(days=2)), (late, example.now + timedelta(days=1_000))):
        if isinstance(decoded, Decoded):
            assert all(formats.taken_at(each, now) == (now, False) for each in decoded.measured)


@pytest.mark.parametrize("name", EXAMPLES)
def test_any_part_of_a_message_is_read_or_refused_and_never_breaks_anything(name: str) -> None:
    example = EXAMPLES[name]
    for end in range(len(example.payload)):
        _holds(example.payload[:end], example.sensor.topic, example.sensor, example)


SENSORS = [each.sensor for each in EXAMPLES.values()]
TOPICS = [
    *{each.topic for each in SENSORS},
    *{topic for each in SENSORS for topic in formats.companions(each)},
    "homeassistant/sensor/x/config",
    "homeassistant/device/x/config",
    "rtl_433/h/devices/Acurite-986/1R/1/temperature_F",
    "rtl_433/h/devices/Acurite-986/1R/1/battery_ok",
    "anything",
]
KEYS = st.sampled_from(
    sorted(
        {key for each in EXAMPLES.values() for key in re.findall(r'"([\w:. -]+)":', each.payload.decode("latin-1"))}
        | {"history", "timestamp", "simulated", "errors", "apower", "temperature_1", "TempC_DS", "cmps", "p", "stat_t"}
    )
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["online", "4.2", "nan", "NotifyStatus", "AXVkA2cZAQ=="]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=6), inner, max_size=5),
    max_leaves=15,
)


TOKENS = [
    b"null",
    b"9e999",
    b'"',
    b"-",
    b"9" * 400,
    b"9" * 5_000,
    b"-0.0",
    b"85.0",
    b"[" * 2_000,
    b"\x80" * 12,
    b"true",
]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[bytes, Example]:
    """A documented message with a few bytes changed, cut out or put in."""
    example = draw(st.sampled_from(list(EXAMPLES.values())))
    payload = bytearray(example.payload)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(payload)))
        payload[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3) | st.sampled_from(TOKENS))
    return bytes(payload), example


@given(mutated())
def test_a_mutated_message_is_read_or_refused_and_is_never_nonsense(spoilt: tuple[bytes, Example]) -> None:
    payload, example = spoilt
    _holds(payload, example.sensor.topic, example.sensor, example)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_number_too_large_for_any_computer_breaks_no_decoder(name: str) -> None:
    """JSON's whole numbers have no end, and no float holds this one."""
    example = EXAMPLES[name]
    for number in re.finditer(rb"(?<=[:, \[])-?\d+(\.\d+)?(?=[,}\]])|^-?\d+\.\d+$", example.payload):
        spoilt = example.payload[: number.start()] + b"9" * 400 + example.payload[number.end() :]
        _holds(spoilt, example.sensor.topic, example.sensor, example)


@given(mutated(), st.sampled_from(["NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH", "NDEATH", "NCMD"]), st.booleans())
def test_what_is_kept_of_births_and_announcements_survives_any_message(
    spoilt: tuple[bytes, Example], kind: str, retained: bool
) -> None:
    payload, example = spoilt
    births, announcements = Births(), Announcements()
    births.hear(f"spBv1.0/group/{kind}/node", payload, example.now, retained=retained)
    births.hear(SPARKPLUG.topic.replace("DDATA", kind), payload, example.now, retained=retained)
    assert all(topic.count("/NCMD/") == 1 for topic, _ in births.questions(example.now))
    announcements.hear(DISCOVERY_TOPIC, payload)
    announcements.hear("homeassistant/device/x/config", payload)
    announcements.told("esp-fridge/status", payload)


@given(JSON, st.sampled_from(SENSORS), st.sampled_from(TOPICS))
def test_any_json_on_any_topic_is_read_or_refused(said: object, sensor: Sensor, topic: str) -> None:
    _holds(json.dumps(said).encode(), topic, sensor, Example(sensor, b"", 0))
    _holds(json.dumps(said).encode(), sensor.topic, replace(sensor, probe=""), Example(sensor, b"", 0))


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.sampled_from(SENSORS), st.sampled_from(TOPICS))
def test_any_bytes_on_any_topic_are_read_or_refused(payload: bytes, sensor: Sensor, topic: str) -> None:
    _holds(payload, topic, sensor, Example(sensor, b"", 0))
    _holds(payload, sensor.topic, sensor, Example(sensor, b"", 0))


def _holds(payload: bytes, topic: str, sensor: Sensor, example: Example) -> None:
    """Nothing raised, nothing but possible values, and every refusal says why."""
    for decoded in (
        formats.read(topic, payload, example.now, sensor, BORN),
        formats.decode(topic, payload, example.now, sensor, BORN),
    ):
        if isinstance(decoded, Rejected):
            assert 0 < len(decoded.reason) < 80
            continue
        assert all(math.isfinite(value) for value in decoded.facts.values())
        for each in decoded.measured:
            assert math.isfinite(each.value)
            if each.metric is formats.Metric.TEMPERATURE:
                assert sensor_fault(each.value, each.unit) is None
            at, _ = formats.taken_at(each, example.now)
            assert at <= example.now + formats.AHEAD_AT_MOST
            assert not each.backfilled or at == each.taken_at
    _, discovered = sniff(topic, payload, example.now, BORN)
    assert all(each.value is None or math.isfinite(each.value) for each in discovered)
