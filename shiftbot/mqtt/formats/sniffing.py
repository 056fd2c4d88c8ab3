"""What an unknown topic may be: a guess at the format, and what it measured, for a person to say yes or no to.

A guess becomes a reading only when somebody pairs it with a unit, so here it may be wrong and must never raise.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats import decode, home_assistant, json_path, sparkplug_b, theengs
from shiftbot.mqtt.formats.decoded import UNITS, Measured, Metric, Rejected, Unusable, mapping, object_of, text_in
from shiftbot.mqtt.formats.registry import SPARKPLUG
from shiftbot.mqtt.formats.sparkplug_b import UNBORN, Birth

UNKNOWN = ""
"""The format of what nobody can guess at."""

JSON_PATH = "json-path"

FOUND_MAX = 50
"""Values of one message; a device with more is none that stands in a pharmacy."""


class Discovered(NamedTuple):
    """A value that somebody may want: `format`, `topic`, `probe` and `path` are what a sensor's settings would be.

    `value` is `None` when a device only announced itself. `unit` is `C` or `F`, else what UNITS says. `name` is what
    the device calls itself, or the topic's most telling part.
    """

    format: str
    topic: str
    probe: str
    metric: Metric
    value: float | None
    unit: str
    name: str
    path: str = ""


def sniff(
    topic: str, payload: bytes, received_at: datetime, birth: Birth = UNBORN
) -> tuple[str, tuple[Discovered, ...]]:
    """The format that a topic and its payload look like, and what was measured; nothing for what looks like none."""
    message = _object(payload)
    for name, fits in _LOOKS:
        if fits(topic, message):
            return name, _found(name, topic, payload, message, received_at, birth)
    return _guess(topic, payload, message, received_at)


def _found(
    name: str, topic: str, payload: bytes, message: dict[str, Any], received_at: datetime, birth: Birth
) -> tuple[Discovered, ...]:
    if name == "home-assistant":
        return _announced(topic, payload)
    values = tuple(_values(name, topic, payload, message, received_at, birth))
    # A birth gives values, too, but only once.
    return tuple(each._replace(topic=sparkplug_b.data_topic(topic)) for each in values) if name == SPARKPLUG else values


def _announced(topic: str, payload: bytes) -> tuple[Discovered, ...]:
    try:
        described = home_assistant.described(topic, payload)
    except Unusable:
        return ()
    return tuple(
        Discovered(
            "home-assistant", each.topic, "", each.metric, None, _unit(each.metric, each.unit), each.name, each.path
        )
        for each in described[:FOUND_MAX]
    )


def _values(
    name: str,
    topic: str,
    payload: bytes,
    message: dict[str, Any],
    received_at: datetime,
    birth: Birth = UNBORN,
    path: str = "",
) -> Iterator[Discovered]:
    """The newest values in a message; what a device kept is history and shows nobody what it is."""
    decoded = decode(topic, payload, received_at, Sensor(topic, format=name, path=path), birth)
    if isinstance(decoded, Rejected):
        return
    called = _name(topic, message)
    for each in decoded.measured[:FOUND_MAX]:
        if not each.backfilled:
            yield _discovered(name, topic, each, called, path)


def _discovered(name: str, topic: str, measured: Measured, called: str, path: str) -> Discovered:
    unit = _unit(measured.metric, measured.unit)
    return Discovered(name, topic, measured.probe, measured.metric, measured.value, unit, called, path)


def _unit(metric: Metric, degrees: TemperatureUnit) -> str:
    return UNITS.get(metric, degrees.value)


def _guess(
    topic: str, payload: bytes, message: dict[str, Any], received_at: datetime
) -> tuple[str, tuple[Discovered, ...]]:
    """For a topic that says nothing: a number, JSON with a temperature somewhere, the bytes of a Milesight."""
    plain = tuple(_values("plain", topic, payload, message, received_at))
    if plain:
        return "plain", plain
    paths = [path for path in _paths(message) if _last(path) in _TEMPERATURES][:FOUND_MAX]
    by_path = [each for path in paths for each in _values(JSON_PATH, topic, payload, message, received_at, path=path)]
    if by_path:
        return JSON_PATH, tuple(by_path)
    milesight = () if message else tuple(_values("milesight", topic, payload, message, received_at))
    return ("milesight", milesight) if milesight else (UNKNOWN, ())


_TEMPERATURES = frozenset({"temperature", "temp", "tempc", "temp_c", "temperature_c", "t"})
_DEPTH_MAX = 4


def _paths(value: Any, at: str = "$", depth: int = 0) -> Iterator[str]:
    """The ways to the numbers in a JSON value, not too deep."""
    if depth > _DEPTH_MAX:
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs)[:FOUND_MAX]:
        if "'" in str(key):
            continue
        step = f"[{key}]" if isinstance(key, int) else f"['{key}']"
        if isinstance(inner, dict | list):
            yield from _paths(inner, at + step, depth + 1)
        else:
            yield at + step


def _last(path: str) -> str:
    return str(json_path.steps_of(path)[-1]).casefold()


def _name(topic: str, message: dict[str, Any]) -> str:
    """What the device calls itself in its message, else the part of its topic that tells most."""
    lorawan, ids = mapping(message.get("deviceInfo")), mapping(message.get("end_device_ids"))
    said = (
        text_in(lorawan, "deviceName")
        or text_in(ids, "device_id")
        or text_in(message, "src")
        or theengs.name_of(message)
    )
    parts = [part for part in topic.split("/") if part.casefold() not in _TELL_NOTHING]
    return (said or (parts[-1] if parts else topic))[:100]


_TELL_NOTHING = frozenset({"sensor", "state", "tele", "status", "events", "event", "up", "rpc", "temperature", ""})


def _object(payload: bytes) -> dict[str, Any]:
    try:
        return object_of(payload)
    except Unusable:
        return {}


Looks = Callable[[str, dict[str, Any]], bool]

_LOOKS: tuple[tuple[str, Looks], ...] = (
    (SPARKPLUG, lambda topic, _: sparkplug_b.address_of(topic) is not None),
    (
        "home-assistant",
        lambda topic, _: topic.endswith("/config") and topic.split("/")[1:2] in (["sensor"], ["device"]),
    ),
    ("chirpstack", lambda topic, _: topic.startswith("application/") and topic.endswith("/event/up")),
    ("the-things-stack", lambda topic, _: topic.startswith("v3/") and topic.endswith("/up")),
    ("chirpstack", lambda _, said: "deviceInfo" in said and "deduplicationId" in said),
    ("the-things-stack", lambda _, said: "uplink_message" in said and "end_device_ids" in said),
    ("shelly", lambda topic, said: topic.endswith("/events/rpc") or ("/status/" in topic and "tC" in said)),
    ("ruuvi-gateway", lambda _, said: "gw_mac" in said and "data" in said),
    ("theengs", lambda topic, _: topic.startswith("home/TheengsGateway/BTtoMQTT/")),
    ("openmqttgateway", lambda topic, said: theengs.TOPIC_PART in topic or ("tempc" in said and "id" in said)),
    ("rtl_433", lambda topic, said: "model" in said and "time" in said and not topic.endswith("/SENSOR")),
    ("rtl_433", lambda topic, _: topic.startswith("rtl_433/") and "/devices/" in topic),
    ("tasmota", lambda topic, said: topic.endswith("/SENSOR") and "Time" in said),
    ("zigbee2mqtt", lambda topic, said: topic.startswith("zigbee2mqtt/") or "linkquality" in said),
    ("esphome", lambda topic, said: "/sensor/" in topic and topic.endswith("/state") and not said),
)
"""Which format a topic or its message looks like, the surest signs first."""
