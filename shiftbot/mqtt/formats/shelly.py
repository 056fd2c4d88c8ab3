"""Shelly of the second generation and later: `<prefix>/events/rpc` and `<prefix>/status/<component>` (payloads.md §3).

A notification names only what changed; a key that is `null` is a component that is gone. Probes are numbered: 0 is
built in, 100 to 199 are on an add-on. The temperature inside a switch is that of its chip and is left alone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    BATTERY,
    MAINS,
    RSSI,
    VOLTAGE,
    Decoded,
    Metric,
    Unusable,
    availability,
    instant_of,
    mapping,
    object_of,
)
from shiftbot.mqtt.formats.finds import Finds

_EVENTS, _STATUS = "/events/rpc", "/status/"
_NOTIFICATIONS = frozenset({"NotifyStatus", "NotifyFullStatus"})
_FIRST = frozenset({"0", "100"})


def decode(topic: str, payload: bytes, _received_at: datetime, _sensor: Sensor) -> Decoded:
    """What a notification or a status says of the components. Raises Unusable."""
    if topic.endswith("/online"):
        return availability(payload)
    message = object_of(payload)
    finds = Finds()
    _, is_status, component = topic.rpartition(_STATUS)
    if is_status:
        _take(finds, component, message)
        return finds.decoded()
    if message.get("method") not in _NOTIFICATIONS:
        return finds.decoded()
    params = message.get("params")
    if not isinstance(params, dict):
        raise Unusable("no reading in it")
    finds.taken_at = instant_of(params.get("ts"))
    for name, values in params.items():
        _take(finds, name, values)
    return finds.decoded()


def _take(finds: Finds, component: str, values: object) -> None:
    kind, _, probe = component.partition(":")
    taker = _TAKERS.get(kind)
    if taker is None:
        return
    if values is None and kind == "temperature":
        finds.miss("the probe is gone", probe=probe)
    elif isinstance(values, dict):
        taker(finds, probe, values)


def _temperature(finds: Finds, probe: str, values: Mapping[str, Any]) -> None:
    """`tC` is what was measured, `tF` is rounded from it."""
    if "tC" in values:
        finds.take(values["tC"], probe=probe)
    elif "tF" in values:
        finds.take(values["tF"], unit=TemperatureUnit.FAHRENHEIT, probe=probe)
    elif values.get("errors"):
        finds.miss("unavailable", probe=probe)


def _humidity(finds: Finds, probe: str, values: Mapping[str, Any]) -> None:
    if "rh" in values:
        finds.take(values["rh"], Metric.HUMIDITY, probe=probe)


def _power(finds: Finds, _probe: str, values: Mapping[str, Any]) -> None:
    battery, external = mapping(values.get("battery")), mapping(values.get("external"))
    finds.fact(BATTERY, battery.get("percent"))
    finds.fact(VOLTAGE, battery.get("V"))
    if isinstance(external.get("present"), bool):
        finds.fact(MAINS, float(external["present"]))


def _switch(finds: Finds, probe: str, values: Mapping[str, Any]) -> None:
    if "apower" in values:
        finds.take(values["apower"], Metric.POWER, probe=probe)


def _wifi(finds: Finds, _probe: str, values: Mapping[str, Any]) -> None:
    finds.fact(RSSI, values.get("rssi"))


_TAKERS: Mapping[str, Callable[[Finds, str, Mapping[str, Any]], None]] = {
    "temperature": _temperature,
    "humidity": _humidity,
    "devicepower": _power,
    "switch": _switch,
    "wifi": _wifi,
}


def is_first(topic: str, probe: str) -> bool:
    """Whether a sensor that names no probe means this one: notifications come apart, so it cannot be "the only one"."""
    return probe in _FIRST or _STATUS in topic


def companions(topic: str) -> tuple[str, ...]:
    """The device's will, and what it says of its battery and Wi-Fi beside its temperatures."""
    for mark in (_EVENTS, _STATUS):
        prefix, found, _ = topic.rpartition(mark)
        if found:
            beside = ("devicepower:0", "humidity:0", "temperature:0", "wifi", "sys", "mqtt", "cloud", "ble")
            topics = (f"{prefix}/online", f"{prefix}{_EVENTS}", *(f"{prefix}{_STATUS}{each}" for each in beside))
            return tuple(each for each in topics if each != topic)
    return ()
