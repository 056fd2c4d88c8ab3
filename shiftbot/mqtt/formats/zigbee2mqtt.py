"""Zigbee2MQTT: one JSON object a device on `zigbee2mqtt/<friendly name>` (payloads.md §1).

Its `/availability` is a fact and no alarm: battery devices go offline only after 25 hours. Our own silence decides.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import (
    AVAILABILITY,
    BATTERY,
    BATTERY_LOW,
    GATEWAY,
    LQI,
    VOLTAGE,
    Decoded,
    Measured,
    Metric,
    Missing,
    Unusable,
    availability,
    instant_of,
    number_of,
    object_of,
)
from shiftbot.mqtt.formats.finds import note

_AVAILABILITY, _BRIDGE = "/availability", "/bridge/state"
_METRICS: tuple[tuple[str, Metric, str], ...] = (
    ("temperature", Metric.TEMPERATURE, ""),
    ("humidity", Metric.HUMIDITY, ""),
    ("pressure", Metric.PRESSURE, ""),
    ("power", Metric.POWER, ""),
)
_FACTS = (("battery", BATTERY), ("linkquality", LQI))
_PROBE = re.compile(r"temperature_(probe|external|l?\d{1,2})")
"""Further probes. `temperature_calibration` and `device_temperature` measure nothing that is stored cold."""

_MILLIVOLTS_FROM, _MILLIVOLTS_TO = 1_000, 1_000_000
"""Battery devices say 2900 and mean millivolts; plugs say 230 and mean volts."""


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """What is in a device's state; no value when the state has none. Raises Unusable.

    `last_seen` is there only when Zigbee2MQTT is told to send it. The value is in the unit set for the sensor.
    """
    if topic.endswith(_AVAILABILITY):
        return availability(payload)
    if topic.endswith(_BRIDGE):
        there = availability(payload).facts.get(AVAILABILITY)
        return Decoded((), {} if there is None else {GATEWAY: there})
    message = object_of(payload)
    taken_at = instant_of(message["last_seen"]) if "last_seen" in message else None
    measured: list[Measured] = []
    missing: list[Missing] = []
    metrics = _METRICS
    if b'"temperature_' in payload:
        metrics += tuple((key, Metric.TEMPERATURE, key) for key in message if _PROBE.fullmatch(key))
    for key, metric, probe in metrics:
        if key in message:
            try:
                measured.append(Measured(number_of(message[key]), sensor.unit, taken_at, metric, probe))
            except Unusable as unusable:
                missing.append(Missing(str(unusable), metric, probe))
    if isinstance(message.get("contact"), bool):
        measured.append(Measured(float(not message["contact"]), sensor.unit, taken_at, Metric.DOOR))
    return Decoded(tuple(measured), _facts(message), "", tuple(missing))


def _facts(message: Mapping[str, Any]) -> Mapping[str, float]:
    facts: dict[str, float] = {}
    for key, name in _FACTS:
        if key in message:
            note(facts, name, message[key])
    voltage = message.get("voltage")
    if isinstance(voltage, int | float) and voltage < _MILLIVOLTS_TO:
        note(facts, VOLTAGE, voltage / 1000 if voltage >= _MILLIVOLTS_FROM else voltage)
    if isinstance(message.get("battery_low"), bool):
        facts[BATTERY_LOW] = float(message["battery_low"])
    return facts


def companions(topic: str) -> tuple[str, ...]:
    """The topics on which the bridge says whether the device is there, and its own will whether the bridge is."""
    return f"{topic}{_AVAILABILITY}", topic.partition("/")[0] + _BRIDGE
