"""Tasmota: `tele/<device>/SENSOR` with one JSON object a probe (payloads.md §2).

Its `Time` is local and names no offset, so the time of arrival counts; it still tells a repeated message.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    RSSI,
    VOLTAGE,
    Decoded,
    Metric,
    availability,
    mapping,
    object_of,
    text_in,
    unit_of,
)
from shiftbot.mqtt.formats.finds import Finds

_NO_PROBES = frozenset({"ESP32", "Wifi"})
"""`ESP32` is the temperature of the chip."""

_HECTOPASCALS: Mapping[str, float] = {"hPa": 1.0, "mmHg": 1.333224, "inHg": 33.86389}


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """Every probe's values, each probe named by its `Id`, or by its key when it has none. Raises Unusable.

    Keys such as `DS18B20-2` are no names to trust while there is an `Id`: they move up when a probe is taken off.
    """
    if topic.endswith("/LWT"):
        return availability(payload)
    message = object_of(payload)
    if topic.endswith("/STATE"):
        return _state(message)
    unit = unit_of(message.get("TempUnit"), sensor.unit)
    finds = Finds()
    for key, value in message.items():
        if isinstance(value, dict) and key not in _NO_PROBES:
            _take_probe(finds, text_in(value, "Id") or key, value, unit, text_in(message, "PressureUnit"))
    return finds.decoded(text_in(message, "Time"))


def _take_probe(finds: Finds, probe: str, values: Mapping[str, Any], unit: TemperatureUnit, pressure: str) -> None:
    if "Temperature" in values:
        finds.take(values["Temperature"], unit=unit, probe=probe)
    if "Humidity" in values:
        finds.take(values["Humidity"], Metric.HUMIDITY, probe=probe)
    if "Pressure" in values and (pressure or "hPa") in _HECTOPASCALS:
        finds.take(values["Pressure"], Metric.PRESSURE, probe=probe, times=_HECTOPASCALS[pressure or "hPa"])
    if "Power" in values:
        finds.take(values["Power"], Metric.POWER, probe=probe)


def _state(message: Mapping[str, Any]) -> Decoded:
    finds = Finds()
    finds.fact(RSSI, mapping(message.get("Wifi")).get("Signal"))
    finds.fact(VOLTAGE, message.get("Vcc"))
    return finds.decoded()


def companions(topic: str) -> tuple[str, ...]:
    """The device's will and its state, wherever the `%prefix%` stands in its topics."""
    start = topic.removesuffix("SENSOR")
    return (f"{start}LWT", f"{start}STATE") if start != topic else ()
