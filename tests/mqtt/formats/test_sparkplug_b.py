"""Sparkplug B: names from births, aliases after them, signs and units of values, and what is cut off."""

import struct
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.site import TemperatureUnit
from shiftbot.mqtt import formats
from shiftbot.mqtt.births import Births
from shiftbot.mqtt.formats import SEVERAL_PROBES, Decoded, Rejected, sparkplug_b
from shiftbot.mqtt.formats.protobuf import bytes_field, fields, varint_field
from shiftbot.mqtt.formats.sparkplug_b import REBIRTH_WANTED, Birth, Named
from tests.mqtt.formats.examples import (
    SPARKPLUG,
    SPARKPLUG_ALIAS_SAYS,
    SPARKPLUG_AT,
    SPARKPLUG_SAYS,
    decode,
    one,
    read,
)

MILLISECONDS = 1_790_000_000_000
BIRTH_TOPIC = "spBv1.0/Hilltop/DBIRTH/gw1/fridge1"
FLOAT, INT16, INT32 = 9, 2, 3


def metric(name: str = "", alias: int | None = None, value: float | int | None = None, **more: object) -> bytes:
    """A metric; a float value travels as FLOAT, a whole one in 32 bits. `unit` becomes its `engUnit`."""
    said = bytes_field(1, name.encode()) if name else b""
    said += varint_field(2, alias) if alias is not None else b""
    for key, tag in (("at", 3), ("datatype", 4), ("historical", 5), ("null", 7)):
        if key in more:
            said += varint_field(tag, int(str(more[key])))
    if "unit" in more:
        text = varint_field(1, 12) + bytes_field(8, str(more["unit"]).encode())
        said += bytes_field(9, bytes_field(1, b"engUnit") + bytes_field(2, text))
    if isinstance(value, float):
        said += bytes([12 << 3 | 5]) + struct.pack("<f", value)
    elif value is not None:
        said += varint_field(10, value & 0xFFFF_FFFF)
    return bytes_field(2, said)


def message(*metrics: bytes, at: int = MILLISECONDS, seq: int = 3) -> bytes:
    return varint_field(1, at) + b"".join(metrics) + varint_field(3, seq)


BORN = Birth({1: Named("Temperature", FLOAT)}, frozenset({"Temperature"}))


def test_a_named_metric_is_read_with_its_time() -> None:
    measured = one(SPARKPLUG_SAYS, SPARKPLUG, now=SPARKPLUG_AT)
    assert (measured.value, measured.probe, measured.taken_at) == (4.25, "Temperature", SPARKPLUG_AT)


def test_an_alias_is_read_after_its_birth_and_asks_for_one_before() -> None:
    assert read(SPARKPLUG_ALIAS_SAYS, SPARKPLUG) == Rejected(REBIRTH_WANTED)
    assert one(SPARKPLUG_ALIAS_SAYS, SPARKPLUG, birth=BORN).value == 4.25


class Listener:
    """Births that hear one message a second."""

    def __init__(self) -> None:
        self.births = Births()
        self.now = SPARKPLUG_AT

    def hear(
        self, kind: str, said: bytes, device: str = "fridge1", *, after: float = 1, retained: bool = False
    ) -> None:
        self.now += timedelta(seconds=after)
        topic = f"spBv1.0/Hilltop/{kind}/gw1" + ("" if kind.startswith("N") else f"/{device}")
        self.births.hear(topic, said, self.now, retained=retained)

    def asks(self) -> bool:
        """Whether the node is asked now to be born again."""
        return self.births.questions(self.now) == [sparkplug_b.rebirth(SPARKPLUG.topic)]

    def born(self, session: int = 0) -> None:
        """The node is born, and its device."""
        self.hear("NBIRTH", message(metric("bdSeq", None, session), seq=0))
        self.hear("DBIRTH", message(metric("Temperature", 1, 4.25, datatype=FLOAT), seq=1))


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_births_are_kept_by_device_and_end_with_its_death_or_its_nodes(listener: Listener) -> None:
    births = listener.births
    listener.hear("DBIRTH", message(metric("Temperature", 1, 4.25, datatype=FLOAT, unit="°F")))
    assert births.of(SPARKPLUG.topic) == Birth({1: Named("Temperature", FLOAT, "°F")}, frozenset({"Temperature"}))
    assert births.of("spBv1.0/Hilltop/DDATA/gw1/other") == sparkplug_b.UNBORN
    listener.hear("DBIRTH", b"\xff\xff")
    assert births.of(SPARKPLUG.topic).aliases, "a birth that cannot be read changes nothing"
    listener.hear("NBIRTH", message())
    assert births.of(SPARKPLUG.topic) == sparkplug_b.UNBORN
    listener.hear("DBIRTH", message(metric("Temperature", 1, 4.25)))
    listener.hear("DDEATH", b"")
    assert births.of(SPARKPLUG.topic) == sparkplug_b.UNBORN


def test_a_birth_that_was_retained_is_of_an_earlier_life(listener: Listener) -> None:
    listener.hear("DBIRTH", message(metric("Humidity", 1, 40.0)), retained=True)
    assert listener.births.of(SPARKPLUG.topic) == sparkplug_b.UNBORN


def test_a_death_of_an_earlier_life_ends_nothing(listener: Listener) -> None:
    """The broker sends a node's last will late, when the node is back already."""
    listener.born(session=8)
    old, own = message(metric("bdSeq", None, 7)), message(metric("bdSeq", None, 8))
    topic = "spBv1.0/Hilltop/NDEATH/gw1"
    listener.hear("NDEATH", old)
    assert listener.births.of(SPARKPLUG.topic).aliases
    assert decode(old, SPARKPLUG, topic=topic, birth=listener.births.of(topic)).facts == {}
    listener.hear("NDEATH", own)
    assert listener.births.of(SPARKPLUG.topic) == sparkplug_b.UNBORN
    assert decode(own, SPARKPLUG, topic=topic, birth=listener.births.of(topic)).facts == {"availability": 0}


@pytest.mark.parametrize("last", [1, 254, 255])
def test_messages_in_their_order_need_no_birth_and_a_gap_asks_for_one(listener: Listener, last: int) -> None:
    listener.born()
    for number in range(2, last + 2):
        listener.hear("DDATA", message(seq=number % 256))
    assert not listener.asks()
    listener.hear("DDATA", message(seq=(last + 3) % 256))
    assert listener.asks()
    assert not listener.asks()


def test_a_node_that_was_born_before_we_listened_is_asked_more_and_more_seldom(listener: Listener) -> None:
    asked = []
    for minute in range(300):
        listener.hear("DDATA", message(seq=3 * minute % 256), after=60)
        if listener.asks():
            asked.append(minute)
    assert asked == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
    listener.born()
    listener.hear("DDATA", message(seq=2), after=60)
    assert not listener.asks()


def test_a_batch_that_is_tried_again_shows_no_gap(listener: Listener) -> None:
    listener.born()
    for number, after in ((2, 1), (3, 1), (2, -1), (3, 1), (4, 1)):
        listener.hear("DDATA", message(seq=number), after=after)
    assert not listener.asks()


def test_an_alias_that_no_birth_named_asks_for_a_birth(listener: Listener) -> None:
    listener.born()
    listener.births.want(SPARKPLUG.topic)
    assert listener.asks()


def test_a_birth_gives_values_too_and_that_of_the_node_is_not_the_devices() -> None:
    said = message(metric("Temperature", 1, 4.25, datatype=FLOAT))
    decoded = read(said, SPARKPLUG, topic=BIRTH_TOPIC, now=SPARKPLUG_AT)
    assert isinstance(decoded, Decoded)
    assert (decoded.measured[0].value, decoded.facts) == (4.25, {"availability": 1.0})
    node = read(said, SPARKPLUG, topic="spBv1.0/Hilltop/NBIRTH/gw1", now=SPARKPLUG_AT)
    assert node == Decoded((), {"availability": 1.0})


def test_a_death_says_that_the_device_is_gone() -> None:
    for topic in ("spBv1.0/Hilltop/NDEATH/gw1", "spBv1.0/Hilltop/DDEATH/gw1/fridge1"):
        assert topic in formats.companions(SPARKPLUG)
        assert read(b"", SPARKPLUG, topic=topic) == Decoded((), {"availability": 0.0})


def test_the_unit_comes_from_the_birth_and_kelvin_is_refused() -> None:
    for unit, expected in (("°F", TemperatureUnit.FAHRENHEIT), ("C", TemperatureUnit.CELSIUS)):
        birth = Birth({1: Named("Temperature", FLOAT, unit)}, frozenset({"Temperature"}))
        assert one(SPARKPLUG_ALIAS_SAYS, SPARKPLUG, birth=birth).unit is expected
    kelvin = Birth({1: Named("Temperature", FLOAT, "K")}, frozenset({"Temperature"}))
    assert read(SPARKPLUG_ALIAS_SAYS, SPARKPLUG, birth=kelvin) == Rejected("a unit that is neither C nor F")


@pytest.mark.parametrize(("datatype", "value"), [(INT16, -18), (INT32, -18), (INT16, 4)])
def test_whole_numbers_have_the_sign_of_their_type(datatype: int, value: int) -> None:
    assert one(message(metric("Temp", 1, value, datatype=datatype)), SPARKPLUG, now=SPARKPLUG_AT).value == value


@given(st.integers(-800, 800))
def test_a_32_bit_number_is_what_was_written(tenths: int) -> None:
    said = message(metric("Temperature", 1, tenths / 10))
    assert one(said, SPARKPLUG, now=SPARKPLUG_AT).value == tenths / 10


def test_history_is_backfilled_and_null_is_a_reason() -> None:
    said = message(metric("Temperature", 1, 4.0, historical=1, at=MILLISECONDS - 60_000))
    assert one(said, SPARKPLUG, now=SPARKPLUG_AT).backfilled
    assert read(message(metric("Temperature", 1, null=1)), SPARKPLUG) == Rejected("unavailable")


def test_with_several_temperatures_the_sensor_names_its_metric_even_when_one_comes_alone() -> None:
    two = Birth(
        {1: Named("Left/Temperature"), 2: Named("Right/Temperature")},
        frozenset({"Left/Temperature", "Right/Temperature"}),
    )
    assert read(SPARKPLUG_ALIAS_SAYS, SPARKPLUG, birth=two) == Rejected(SEVERAL_PROBES)
    assert one(SPARKPLUG_ALIAS_SAYS, replace(SPARKPLUG, probe="Left/Temperature"), birth=two).value == 4.25
    assert read(SPARKPLUG_ALIAS_SAYS, replace(SPARKPLUG, probe="Right/Temperature"), birth=two) == Decoded(
        (), {}, decode(SPARKPLUG_ALIAS_SAYS, SPARKPLUG, birth=two).key
    )


@pytest.mark.parametrize("name", ["Temperature Setpoint", "High Temp Alarm", "Temp Limit", "Level", "Temp/Max"])
def test_set_points_and_limits_are_no_temperatures(name: str) -> None:
    assert read(message(metric(name, 1, 4.0)), SPARKPLUG, now=SPARKPLUG_AT) == Decoded((), {}, f"{MILLISECONDS} 3")


def test_a_rebirth_is_asked_for_as_the_specification_says() -> None:
    asked = sparkplug_b.rebirth(SPARKPLUG.topic)
    assert asked is not None
    topic, payload = asked
    assert topic == "spBv1.0/Hilltop/NCMD/gw1"
    (outer,) = fields(payload)
    assert {each.tag: each.content or each.number for each in fields(outer.content)} == {
        1: b"Node Control/Rebirth",
        4: 11,
        14: 1,
    }
    assert sparkplug_b.rebirth("tele/x/SENSOR") is None


@pytest.mark.parametrize("end", range(1, len(SPARKPLUG_SAYS)))
def test_a_message_that_is_cut_off_gives_the_whole_reading_or_none(end: int) -> None:
    decoded = read(SPARKPLUG_SAYS[:end], SPARKPLUG, now=SPARKPLUG_AT)
    assert isinstance(decoded, Rejected) or [each.value for each in decoded.measured] in ([], [4.25])


@given(st.integers(0, 2**64 - 1), st.binary(max_size=300), st.integers(1, 1000))
def test_what_is_written_is_read_again(number: int, content: bytes, tag: int) -> None:
    first, second = fields(varint_field(tag, number) + bytes_field(tag, content))
    assert (first.tag, first.number) == (tag, number)
    assert (second.tag, second.content) == (tag, content)
