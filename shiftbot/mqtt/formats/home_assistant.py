"""Home Assistant's discovery: what a `…/config` message says of a sensor, and the states that come (payloads.md §4).

A description is kept in the sensor's own settings (topic, path, unit), so a state is read without any memory.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    Decoded,
    Measured,
    Metric,
    Unusable,
    items,
    mapping,
    number_in,
    object_of,
    text_in,
    text_of,
    unit_of,
    value_in,
)
from shiftbot.mqtt.formats.json_path import value_at
from shiftbot.mqtt.formats.templates import path_of

_LONG: Mapping[str, str] = {
    "avty": "availability",
    "avty_t": "availability_topic",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "exp_aft": "expire_after",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "stat_t": "state_topic",
    "t": "topic",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
"""Home Assistant core, components/mqtt/abbreviations.py."""

_CLASSES: Mapping[str, Metric] = {
    "temperature": Metric.TEMPERATURE,
    "humidity": Metric.HUMIDITY,
    "pressure": Metric.PRESSURE,
    "atmospheric_pressure": Metric.PRESSURE,
    "power": Metric.POWER,
}
_UNITS: Mapping[Metric, str] = {Metric.HUMIDITY: "%", Metric.PRESSURE: "hPa", Metric.POWER: "W"}
_EXPIRES_AT_MOST = 30 * 24 * 3600


class Described(NamedTuple):
    """A sensor as its discovery describes it: where its state comes, where in it the value stands, in which unit.

    `availability` are the topics that say `online` or `offline` when it comes or goes. `path` is json-path's; empty
    means the whole payload.
    """

    topic: str
    metric: Metric
    path: str
    unit: TemperatureUnit
    name: str
    unique_id: str = ""
    device: str = ""
    availability: tuple[str, ...] = ()
    online: str = "online"
    offline: str = "offline"
    expire_after: timedelta | None = None


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """The state at the sensor's path, or the whole payload when it has none, in the sensor's unit. Raises Unusable."""
    if topic.endswith("/config"):
        return Decoded(())
    metric = Metric(sensor.metric)
    if not sensor.path:
        return Decoded((Measured(number_in(text_of(payload).strip()), sensor.unit, metric=metric),))
    value = value_at(object_of(payload), sensor.path)
    if value is None:
        raise Unusable("nothing at the sensor's path")
    return Decoded((Measured(value_in(value), sensor.unit, metric=metric),))


def described(topic: str, payload: bytes) -> tuple[Described, ...]:
    """The sensors that a discovery message describes; none when it deletes them or is about something else.

    Raises Unusable for a payload that is no JSON object.
    """
    component = topic.split("/")[1:2] if topic.endswith("/config") else []
    if not payload or component not in (["sensor"], ["device"]):
        return ()
    message = _spelled_out(object_of(payload))
    if component == ["device"]:
        return tuple(_components(message))
    found = _described(message, message)
    return (found,) if found else ()


def _components(message: Mapping[str, Any]) -> Iterator[Described]:
    """The whole-device form: what all entities share stands outside of them."""
    for entity in mapping(message.get("components")).values():
        spelled = _spelled_out(mapping(entity))
        if spelled.get("platform") == "sensor":
            found = _described(spelled, message)
            if found is not None:
                yield found


def _described(entity: Mapping[str, Any], whole: Mapping[str, Any]) -> Described | None:
    said = {**{key: whole[key] for key in _SHARED if key in whole}, **entity}
    metric, unit = _metric_and_unit(said)
    start = text_in(said, "~")
    topic = _full(text_in(said, "state_topic"), start)
    path = path_of(text_in(said, "value_template")) if said.get("value_template") else ""
    if metric is None or not topic or path is None or any(sign in topic for sign in "+#"):
        return None
    device = _spelled_out(mapping(said.get("device")))
    return Described(
        topic=topic,
        metric=metric,
        path=path and f"${path}",
        unit=unit,
        name=text_in(said, "name") or text_in(device, "name") or topic,
        unique_id=text_in(said, "unique_id"),
        device=text_in(device, "name"),
        availability=tuple(_availability(said, start)),
        online=text_in(said, "payload_available") or "online",
        offline=text_in(said, "payload_not_available") or "offline",
        expire_after=_expiry(said.get("expire_after")),
    )


_SHARED = (
    "~",
    "availability",
    "availability_topic",
    "device",
    "payload_available",
    "payload_not_available",
    "state_topic",
)


def _metric_and_unit(said: Mapping[str, Any]) -> tuple[Metric | None, TemperatureUnit]:
    """What is measured, and a temperature's degrees; no metric when its unit is one we do not know."""
    written, kind = text_in(said, "unit_of_measurement"), text_in(said, "device_class")
    metric = _CLASSES.get(kind)
    if metric is not None and metric in _UNITS:
        return (metric if written == _UNITS[metric] else None), TemperatureUnit.CELSIUS
    if metric is None and (kind or not written):
        return None, TemperatureUnit.CELSIUS
    try:
        return Metric.TEMPERATURE, unit_of(written or None, TemperatureUnit.CELSIUS)
    except Unusable:
        return None, TemperatureUnit.CELSIUS


def _availability(said: Mapping[str, Any], start: str) -> Iterator[str]:
    if text_in(said, "availability_topic"):
        yield _full(text_in(said, "availability_topic"), start)
    for each in items(said.get("availability")):
        topic = text_in(_spelled_out(mapping(each)), "topic")
        if topic:
            yield _full(topic, start)


def _expiry(value: object) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return timedelta(seconds=float(value)) if 0 < value <= _EXPIRES_AT_MOST else None


def _full(topic: str, start: str) -> str:
    """A topic with the base topic in place of a `~` at either end."""
    if topic.startswith("~"):
        return start + topic[1:]
    return topic[:-1] + start if topic.endswith("~") else topic


def _spelled_out(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return {_LONG.get(key, key): value for key, value in message.items()}
