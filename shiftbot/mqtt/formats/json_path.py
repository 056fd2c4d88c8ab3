"""Any JSON: the sensor names where the temperature stands, such as `data.temp` or `$.sensors[0].value`."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import (
    NOTHING,
    Decoded,
    Measured,
    Unusable,
    battery_in,
    instant_of,
    number_in,
    number_of,
    object_of,
)

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d{1,4})\]|\['([^']*)'\]")


@lru_cache(maxsize=1_000)
def steps_of(path: str) -> tuple[str | int, ...]:
    """The keys and places of a path, from the outside in. Raises ValueError for one that is not understood."""
    rest = path[1:] if path.startswith("$") else f".{path}"
    steps: list[str | int] = []
    at = 0
    while step := _STEP.match(rest, at):
        name, place, quoted = step.groups()
        steps.append(int(place) if place is not None else name if name is not None else quoted)
        at = step.end()
    if at < len(rest) or not steps:
        raise ValueError(f"{path!r} is not a path; write it like data.temp or $.sensors[0].value")
    return tuple(steps)


def decode(_topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """The reading at the sensor's path, a number or a number as text. Raises Unusable."""
    message = object_of(payload)
    value = _at(message, sensor.path or "temperature")
    if value is None:
        raise Unusable("nothing at the sensor's path")
    number = number_in(value.strip()) if isinstance(value, str) else number_of(value)
    taken_at = instant_of(_at(message, sensor.time_path or "taken_at"))
    battery = battery_in({"battery": _at(message, sensor.battery_path)}) if sensor.battery_path else NOTHING
    return Decoded((Measured(number, sensor.unit, taken_at),), battery)


def _at(value: Any, path: str) -> Any:
    for step in steps_of(path):
        try:
            value = value[step] if isinstance(value, dict) == isinstance(step, str) else None
        except (KeyError, IndexError, TypeError):
            return None
    return value
