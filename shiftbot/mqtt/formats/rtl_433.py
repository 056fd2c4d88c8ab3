"""rtl_433: `rtl_433/<host>/events` as JSON, or `rtl_433/<host>/devices/…/<key>` as plain numbers (payloads.md §11).

All devices in reach, the neighbours' too, share the events: a sensor names its own as `Acurite-986/1R/17021`. A burst
is repeated two or three times, and its `time` is local without an offset: it tells repetitions, and arrival counts.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    BATTERY_LOW,
    RSSI,
    Decoded,
    Measured,
    Metric,
    Unusable,
    number_in,
    object_of,
    text_in,
    text_of,
    value_in,
)
from shiftbot.mqtt.formats.finds import Finds

_TEMPERATURE = re.compile(r"temperature(?:_(?P<probe>\d{1,2}))?_(?P<unit>[CF])")
_DEVICES, _EVENTS = "/devices/", "/events"
_METRICS: Mapping[str, Metric] = {"humidity": Metric.HUMIDITY, "pressure_hPa": Metric.PRESSURE}
_SIBLINGS = (
    "battery_ok", "channel", "freq", "freq1", "freq2", "humidity", "id", "mic", "mod", "model", "noise", "protocol",
    "rssi", "snr", "status", "subtype", "time", "type",
)  # fmt: skip


def decode(topic: str, payload: bytes, _received_at: datetime, _sensor: Sensor) -> Decoded:
    """What a device's burst said. Raises Unusable."""
    if _DEVICES in topic:
        return _of_key(topic.rpartition("/")[2], payload)
    message = object_of(payload)
    device = device_of(message)
    if not device:
        raise Unusable("no device in it")
    finds = Finds()
    for key, value in message.items():
        temperature = _TEMPERATURE.fullmatch(key)
        if temperature:
            probe = f"{device}/{temperature['probe']}" if temperature["probe"] else device
            finds.take(value, unit=TemperatureUnit(temperature["unit"]), probe=probe)
        elif key in _METRICS:
            finds.take(value, _METRICS[key], probe=device)
    _take_battery(finds, message.get("battery_ok"))
    finds.fact(RSSI, message.get("rssi"))
    time = text_in(message, "time")
    return finds.decoded(f"{time} {device}" if time else "")


def device_of(message: Mapping[str, Any]) -> str:
    """Model, channel and id of a burst's device, as a sensor names it. A new battery gives a new id."""
    parts = [text_in(message, key) for key in ("model", "channel", "id")]
    return "/".join(part for part in parts if part) if parts[0] else ""


def _of_key(key: str, payload: bytes) -> Decoded:
    temperature = _TEMPERATURE.fullmatch(key)
    if temperature:
        unit = TemperatureUnit(temperature["unit"])
        return Decoded((Measured(number_in(text_of(payload).strip()), unit),))
    finds = Finds(number=value_in)
    if key in _METRICS:
        finds.take(text_of(payload).strip(), _METRICS[key])
    elif key == "battery_ok":
        _take_battery(finds, text_of(payload).strip())
    elif key == "rssi":
        finds.fact(RSSI, text_of(payload).strip())
    return finds.decoded()


def _take_battery(finds: Finds, value: object) -> None:
    """`battery_ok` is 1 or 0; some decoders say a fraction in between (docs/DATA_FORMAT.md), which says neither."""
    is_low = _LOW.get(value) if isinstance(value, int | str) else None
    finds.fact(BATTERY_LOW, is_low)


_LOW: Mapping[int | str, float] = {0: 1.0, "0": 1.0, 1: 0.0, "1": 0.0}


def is_first(topic: str, _probe: str) -> bool:
    """Whether a sensor that names no device may mean this one: among the events of all of them it never can."""
    return not topic.endswith(_EVENTS)


def companions(topic: str) -> tuple[str, ...]:
    """The other keys of a device that has a topic for each."""
    device, _, key = topic.rpartition("/")
    return tuple(f"{device}/{each}" for each in _SIBLINGS if each != key) if _DEVICES in topic else ()
