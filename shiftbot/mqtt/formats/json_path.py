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
    object_of,
    value_in,
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
    value = value_at(message, sensor.path or "temperature")
    if value is None:
        raise Unusable("nothing at the sensor's path")
    number = value_in(value)
    taken_at = instant_of(value_at(message, sensor.time_path or "taken_at"))
    battery = battery_in({"battery": value_at(message, sensor.battery_path)}) if sensor.battery_path else NOTHING
    return Decoded((Measured(number, sensor.unit, taken_at),), battery)


def value_at(value: Any, path: str) -> Any:
    """What stands at a path in a JSON value; `None` when nothing does."""
    for step in steps_of(path):
        try:
            value = value[step] if isinstance(value, dict) == isinstance(step, str) else None
        except (KeyError, IndexError, TypeError):
            return None
    return value
