"""Sparkplug B: `spBv1.0/<group>/<type>/<node>[/<device>]` with protobuf in it (payloads.md §12).

A birth names every metric; what follows may give no more than a metric's number, its alias. So decoding takes
what the birth left (mqtt/births.py keeps it), and without it says that a rebirth is wanted.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    AVAILABILITY,
    BATTERY,
    Decoded,
    Metric,
    Unusable,
    instant_of,
    unit_of,
)
from shiftbot.mqtt.formats.finds import Finds
from shiftbot.mqtt.formats.protobuf import BYTES, FIXED_32, FIXED_64, VARINT, bytes_field, fields, varint_field

PREFIX = "spBv1.0/"
REBIRTH_WANTED = "its birth was not heard: a rebirth is wanted"
"""The reason of a message whose aliases nobody knows; answered by publishing what `rebirth` gives."""

_BIRTHS, _DEATHS = frozenset({"NBIRTH", "DBIRTH"}), frozenset({"NDEATH", "DDEATH"})
_VALUES = frozenset({"NDATA", "DDATA"})
_MEASURE_NOTHING = _DEATHS | {"NCMD", "DCMD"}
_INTEGER_BITS: Mapping[int, int] = {1: 8, 2: 16, 3: 32, 4: 64}
"""Signed data types and their bits; they travel in unsigned fields."""

_BOOLEAN = 11


class Named(NamedTuple):
    """What a birth says of a metric: its name, data type and, when it has one, its `engUnit`."""

    name: str
    datatype: int = 0
    unit: str = ""


class Birth(NamedTuple):
    """What a node or a device said it measures: its metrics by alias, and the names of all that are temperatures."""

    aliases: Mapping[int, Named]
    temperatures: frozenset[str]
    session: int | None = None
    """The node's `bdSeq`, which its death has too when it ends this life and not an earlier one."""

    def is_later_than(self, death: "Gist") -> bool:
        """Whether a death that comes after this birth is that of an earlier life."""
        return None not in (self.session, death.session) and self.session != death.session


class Gist(NamedTuple):
    """What tells a message's place among the others of its node; `None` is what it does not say."""

    sequence: int | None
    session: int | None


UNBORN = Birth({}, frozenset())


class Address(NamedTuple):
    """The parts of a topic; `device` is empty for the node itself."""

    group: str
    kind: str
    node: str
    device: str


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str = ""
    alias: int | None = None
    timestamp: int | None = None
    datatype: int = 0
    is_historical: bool = False
    is_null: bool = False
    unit: str = ""
    value: float | None = None
    is_integer: bool = False


@dataclass(slots=True)
class _Payload:
    timestamp: int | None = None
    sequence: int | None = None
    metrics: list[_Metric] = field(default_factory=list)


def address_of(topic: str) -> Address | None:
    """The parts of a Sparkplug topic, or `None`."""
    parts = topic.split("/")
    if parts[0] + "/" != PREFIX or len(parts) not in (4, 5) or not all(parts):
        return None
    return Address(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor, birth: Birth = UNBORN) -> Decoded:
    """The values of a birth or of data; whether the node or device is there. Raises Unusable."""
    kind = topic.split("/")[2] if topic.count("/") > 2 else ""
    if kind in _DEATHS:
        is_old = kind == "NDEATH" and birth.session is not None and birth.is_later_than(gist_of(payload))
        return Decoded(()) if is_old else Decoded((), {AVAILABILITY: 0.0})
    if kind not in _BIRTHS and kind not in _VALUES:
        return Decoded(())
    said = _payload(payload)
    finds = Finds()
    if kind in _BIRTHS:
        finds.fact(AVAILABILITY, 1)
    for metric in said.metrics:
        named = _with_name(metric, birth.aliases)
        if named is None:
            finds.miss(REBIRTH_WANTED, metric=None)
        else:
            _take(finds, named, said.timestamp, sensor)
    return finds.decoded(f"{said.timestamp} {said.sequence}" if said.timestamp and kind in _VALUES else "")


def birth_in(payload: bytes) -> Birth:
    """What a birth says of its metrics. Raises Unusable."""
    metrics = [metric for metric in _payload(payload).metrics if metric.name]
    aliases = {each.alias: Named(each.name, each.datatype, each.unit) for each in metrics if each.alias is not None}
    temperatures = frozenset(each.name for each in metrics if metric_of(each.name) is Metric.TEMPERATURE)
    return Birth(aliases, temperatures, _session(metrics))


def gist_of(payload: bytes) -> Gist:
    """A message's sequence number and, of a node's birth or death, which life it is of. Raises Unusable."""
    said = _payload(payload)
    return Gist(said.sequence, _session(said.metrics))


def _session(metrics: Iterable[_Metric]) -> int | None:
    numbers = (each.value for each in metrics if each.name == "bdSeq" and each.is_integer)
    return next((int(number) for number in numbers if number is not None), None)


def is_same_device(one: str, other: str) -> bool:
    """Whether two topics are of the same device, or both of the node itself."""
    first, second = address_of(one), address_of(other)
    if first is None or second is None:
        return False
    return first._replace(kind="") == second._replace(kind="")


def is_chatter(topic: str) -> bool:
    """Whether what is said on a topic measures nothing: commands, deaths, and which host is there."""
    if not topic.startswith(PREFIX):
        return False
    address = address_of(topic)
    return topic.startswith(f"{PREFIX}STATE/") or (address is not None and address.kind in _MEASURE_NOTHING)


def data_topic(topic: str) -> str:
    """Where the node or device of a birth's topic goes on to speak."""
    kind = next((each for each in _BIRTHS if f"/{each}/" in topic), "")
    return topic.replace(f"/{kind}/", f"/{kind[0]}DATA/", 1) if kind else topic


def rebirth(topic: str) -> tuple[str, bytes] | None:
    """The topic and payload that ask the node of `topic` to say again who it is; `None` for another kind of topic."""
    address = address_of(topic)
    if address is None:
        return None
    metric = bytes_field(1, b"Node Control/Rebirth") + varint_field(4, _BOOLEAN) + varint_field(14, 1)
    return f"{PREFIX}{address.group}/NCMD/{address.node}", bytes_field(2, metric)


def metric_of(name: str) -> Metric | None:
    """What a metric's name says it measures: its last part counts, and set points and limits measure nothing."""
    last = name.rpartition("/")[2].casefold()
    if any(word in last for word in _NOT_MEASURED):
        return None
    return next((metric for word, metric in _WORDS if word in last), None)


_NOT_MEASURED = ("set", "limit", "alarm", "threshold", "offset", "min", "max", "target", "unit", "status", "template")
_WORDS = (
    ("temp", Metric.TEMPERATURE),
    ("humidity", Metric.HUMIDITY),
    ("pressure", Metric.PRESSURE),
    ("door", Metric.DOOR),
)


def _with_name(metric: _Metric, aliases: Mapping[int, Named]) -> _Metric | None:
    """The metric with what its birth said of it; `None` when only a birth could tell which it is."""
    known = aliases.get(metric.alias) if metric.alias is not None else None
    if known is None:
        return metric if metric.name else None
    return replace(
        metric,
        name=metric.name or known.name,
        datatype=metric.datatype or known.datatype,
        unit=metric.unit or known.unit,
    )


def _take(finds: Finds, metric: _Metric, sent_at: int | None, sensor: Sensor) -> None:
    kind = Metric.TEMPERATURE if sensor.probe and metric.name == sensor.probe else metric_of(metric.name)
    if kind is None:
        if metric.name.rpartition("/")[2].casefold() == "battery" and not metric.is_null:
            finds.fact(BATTERY, _number(metric))
        return
    if metric.is_null or metric.value is None:
        finds.miss("unavailable", kind, metric.name)
        return
    try:
        unit = unit_of(metric.unit or None, sensor.unit) if kind is Metric.TEMPERATURE else TemperatureUnit.CELSIUS
    except Unusable as unusable:
        finds.miss(str(unusable), kind, metric.name)
        return
    taken_at = instant_of(metric.timestamp or sent_at)
    finds.take(_number(metric), kind, unit=unit, probe=metric.name, taken_at=taken_at, backfilled=metric.is_historical)


def _number(metric: _Metric) -> float | None:
    """The value, with its sign: whole numbers travel as two's complement of their type's size."""
    bits = _INTEGER_BITS.get(metric.datatype)
    if metric.value is None or not metric.is_integer or bits is None:
        return metric.value
    whole = int(metric.value) & ((1 << bits) - 1)
    return float(whole - (1 << bits) if whole >> (bits - 1) else whole)


def _payload(payload: bytes) -> _Payload:
    said = _Payload()
    for each in fields(payload):
        if (each.tag, each.wire_type) == (1, VARINT):
            said.timestamp = each.number
        elif (each.tag, each.wire_type) == (2, BYTES):
            said.metrics.append(_metric(each.content))
        elif (each.tag, each.wire_type) == (3, VARINT):
            said.sequence = each.number
    return said


def _metric(content: bytes) -> _Metric:
    """Metric of sparkplug_b.proto: 1 name, 2 alias, 3 timestamp, 4 datatype, 5, 7 flags, 9 properties, 10-14 value."""
    found: dict[str, object] = {}
    for each in fields(content):
        tag, wire_type, number, inner = each
        if wire_type == VARINT:
            if tag in _NUMBERS:
                found[_NUMBERS[tag]] = number
            elif tag in (5, 7):
                found["is_historical" if tag == 5 else "is_null"] = bool(number)
            elif tag in (10, 11, 14):
                found |= {"value": number, "is_integer": tag != 14}
        elif (tag, wire_type) == (1, BYTES):
            found["name"] = inner.decode("utf-8", "replace")[:200]
        elif (tag, wire_type) == (9, BYTES):
            found["unit"] = _unit(inner)
        elif (tag, wire_type) == (12, FIXED_32):
            found["value"] = _shortest(struct.unpack("<f", inner)[0])
        elif (tag, wire_type) == (13, FIXED_64):
            found["value"] = struct.unpack("<d", inner)[0]
    return _Metric(**found)  # type: ignore[arg-type]  # each value has just been read by its field's own type


_NUMBERS: Mapping[int, str] = {2: "alias", 3: "timestamp", 4: "datatype"}


def _shortest(value: float) -> float:
    """A 32-bit number as it was written: 4.2 comes as 4.199999809, which no limit was meant for."""
    return float(f"{value:.7g}")


def _unit(properties: bytes) -> str:
    """`engUnit` of a property set: 1 is a key, 2 its value, whose 8 is text."""
    keys: list[str] = []
    values: list[str] = []
    for each in fields(properties):
        if (each.tag, each.wire_type) == (1, BYTES):
            keys.append(each.content.decode("utf-8", "replace"))
        elif (each.tag, each.wire_type) == (2, BYTES):
            texts = [inner.content for inner in fields(each.content) if (inner.tag, inner.wire_type) == (8, BYTES)]
            values.append(texts[0].decode("utf-8", "replace") if texts else "")
    return dict(zip(keys, values, strict=False)).get("engUnit", "")


def companions(topic: str) -> tuple[str, ...]:
    """The births and deaths of the device and of its node: births give values as well."""
    address = address_of(topic)
    if address is None:
        return ()
    start = f"{PREFIX}{address.group}"
    own = [f"{start}/{kind}/{address.node}/{address.device}" for kind in ("DBIRTH", "DDEATH")] if address.device else []
    return (f"{start}/NBIRTH/{address.node}", f"{start}/NDEATH/{address.node}", *own)
