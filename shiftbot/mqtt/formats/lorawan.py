"""What LoRaWAN servers share: the object that a device's codec made of an uplink, and the strongest gateway."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import TemperatureUnit
from shiftbot.mqtt.formats import milesight
from shiftbot.mqtt.formats.decoded import (
    BATTERY,
    RSSI,
    VOLTAGE,
    Metric,
    Unusable,
    instant_of,
    items,
    mapping,
)
from shiftbot.mqtt.formats.finds import Finds

_TEMPERATURE = re.compile(
    r"temp(?:erature)?_?(?P<unit>c|f|celsius|fahrenheit)?_?(?P<probe>sht|ds|ext|external|probe|int|internal|\d{1,2})?"
)
"""`temperature`, `TempC_SHT`, `temperature_1`. Never a threshold, an alarm's limit or a change."""

_PLAIN = frozenset({"temperature", "temp", "tempc", "temp_c", "tempf", "temp_f", "temperature_c", "temperature_f"})
_METRICS: Mapping[str, Metric] = {
    "humidity": Metric.HUMIDITY,
    "hum_sht": Metric.HUMIDITY,
    "relative_humidity": Metric.HUMIDITY,
    "pressure": Metric.PRESSURE,
    "barometric_pressure": Metric.PRESSURE,
}
_FACTS: Mapping[str, str] = {"battery": BATTERY, "battery_level": BATTERY, "batv": VOLTAGE, "battery_voltage": VOLTAGE}
_DOORS = frozenset({"magnet_status", "door", "door_status"})
_UNITS: Mapping[str, TemperatureUnit] = {"c": TemperatureUnit.CELSIUS, "f": TemperatureUnit.FAHRENHEIT}
_OPEN: Mapping[object, float] = {"open": 1.0, "opened": 1.0, "close": 0.0, "closed": 0.0}


def find(finds: Finds, made: object, port: object, uplink: object, unit: TemperatureUnit) -> None:
    """Add what a codec made of an uplink; without a codec, or where it left a value out, what its bytes say.

    Servers leave out what is empty, so a temperature that is not there may be one of 0: only the bytes can tell
    (payloads.md §6, §7). `unit` is for a codec that names none. Raises Unusable.
    """
    is_milesight = port == milesight.PORT and bool(uplink)
    if isinstance(made, dict) and (_has_temperature(made) or not is_milesight):
        _take_object(finds, made, unit)
    elif is_milesight:
        _take_bytes(finds, made, uplink, unit)
    elif uplink:
        raise Unusable("no codec made anything of it")


def _has_temperature(made: Mapping[str, Any]) -> bool:
    return "history" in made or any(_TEMPERATURE.fullmatch(key.casefold()) for key in made)


def _take_bytes(finds: Finds, made: object, uplink: object, unit: TemperatureUnit) -> None:
    try:
        milesight.find(finds, milesight.bytes_of(uplink))
    except Unusable:
        if not isinstance(made, dict):
            raise
        _take_object(finds, made, unit)


def _take_object(finds: Finds, made: Mapping[str, Any], otherwise: TemperatureUnit) -> None:
    for written, value in made.items():
        key = written.casefold()
        temperature = _TEMPERATURE.fullmatch(key)
        if temperature:
            unit = _UNITS.get((temperature["unit"] or "")[:1], otherwise)
            finds.take(value, unit=unit, probe="" if key in _PLAIN else written)
        elif key in _METRICS:
            finds.take(value, _METRICS[key])
        elif key in _FACTS:
            finds.fact(_FACTS[key], value)
        elif key in _DOORS and isinstance(value, str) and value.casefold() in _OPEN:
            finds.take(_OPEN[value.casefold()], Metric.DOOR)
    for kept in items(made.get("history")):
        _take_kept(finds, mapping(kept), otherwise)


def _take_kept(finds: Finds, kept: Mapping[str, Any], unit: TemperatureUnit) -> None:
    """One entry of the history that Milesight's codecs hand on."""
    taken_at = instant_of(kept.get("timestamp"))
    for key, metric in (("temperature", Metric.TEMPERATURE), ("humidity", Metric.HUMIDITY)):
        if key in kept:
            finds.take(kept[key], metric, unit=unit, taken_at=taken_at, backfilled=True)


def take_strongest(finds: Finds, gateways: object) -> None:
    """The signal at the gateway that heard the device best."""
    heard = [mapping(each).get("rssi") for each in items(gateways)]
    finds.fact(RSSI, max((each for each in heard if isinstance(each, int | float)), default=None))


def first_instant(values: Iterable[object]) -> datetime | None:
    """The first of several times that can be understood."""
    return next((found for found in map(instant_of, values) if found is not None), None)
