"""What a format makes of a message, and the few readings of JSON values that all formats share."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, NoReturn

from shiftbot.domain.site import Sensor, TemperatureUnit

NOTHING: Mapping[str, float] = {}


class Unusable(Exception):
    """A message, or a value in it, that is no reading; the message of the exception is the reason, of a small set."""


class Measured(NamedTuple):
    """One temperature. `taken_at` is the device's own time; `None` when it gave none that can be understood."""

    value: float
    unit: TemperatureUnit
    taken_at: datetime | None = None


class Decoded(NamedTuple):
    """What was in a message: any number of temperatures, and facts about the device such as `battery` in percent."""

    measured: tuple[Measured, ...]
    facts: Mapping[str, float] = NOTHING


class Rejected(NamedTuple):
    """Why a message is not a reading."""

    reason: str


Decoder = Callable[[str, bytes, datetime, Sensor], Decoded]
"""(topic, payload, received_at, sensor) → what was in it; pure; raises Unusable with the reason."""

_ABSENT = frozenset({"unavailable", "unknown", "none", "null", "nan", "offline", ""})
_MILLISECONDS_FROM = 100_000_000_000
"""As seconds this would be the year 5138: a larger epoch is in milliseconds."""


def text_of(payload: bytes) -> str:
    """The payload as text. Raises Unusable."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None


def object_of(payload: bytes) -> dict[str, Any]:
    """The JSON object in the payload. Raises Unusable for anything else, nested a thousand deep included."""
    text = text_of(payload)
    try:
        found = _JSON.decode(text)
    except RecursionError:
        raise Unusable("nested too deep") from None
    except ValueError:
        raise Unusable(_absent_or(text, "not JSON")) from None
    if not isinstance(found, dict):
        raise Unusable("no reading in it" if found is None else "not a JSON object")
    return found


def _refuse_constant(_name: str) -> NoReturn:
    raise Unusable("not a number")


_JSON = json.JSONDecoder(parse_constant=_refuse_constant)


def _absent_or(text: str, reason: str) -> str:
    return "unavailable" if text.strip().casefold() in _ABSENT else reason


def number_of(value: object) -> float:
    """A JSON number as a float. Raises Unusable for anything else."""
    kind = type(value)
    if kind is float or kind is int:
        try:
            number = float(value)  # type: ignore[arg-type]  # its type was just looked at
        except OverflowError:
            raise Unusable("not a number") from None
        if math.isfinite(number):
            return number
    if value is None:
        raise Unusable("unavailable")
    raise Unusable(_absent_or(value, "not a number") if isinstance(value, str) else "not a number")


def number_in(text: str) -> float:
    """A number written as text, `4.21`. Raises Unusable."""
    if not _NUMBER.fullmatch(text):
        raise Unusable(_absent_or(text, "not a number"))
    return number_of(float(text))


_NUMBER = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?", re.ASCII)

_SPELLINGS: Mapping[str, TemperatureUnit] = {
    "C": TemperatureUnit.CELSIUS,
    "F": TemperatureUnit.FAHRENHEIT,
    "°C": TemperatureUnit.CELSIUS,
    "°F": TemperatureUnit.FAHRENHEIT,
    "CELSIUS": TemperatureUnit.CELSIUS,
    "FAHRENHEIT": TemperatureUnit.FAHRENHEIT,
}


def unit_of(value: object, otherwise: TemperatureUnit) -> TemperatureUnit:
    """The unit a device names, `otherwise` when it names none. Raises Unusable for one we do not know, such as K."""
    if value is None:
        return otherwise
    unit = _SPELLINGS.get(value.strip().upper()) if isinstance(value, str) else None
    if unit is None:
        raise Unusable("a unit that is neither C nor F")
    return unit


def instant_of(value: object) -> datetime | None:
    """A device's time: ISO 8601 with an offset, or seconds or milliseconds since 1970. `None` when it is neither."""
    try:
        if isinstance(value, str):
            taken_at = datetime.fromisoformat(value)
            if taken_at.tzinfo is None:
                return None
            return taken_at if taken_at.tzinfo is UTC else taken_at.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > _MILLISECONDS_FROM else value
            return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
    return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def battery_in(message: Mapping[str, Any]) -> Mapping[str, float]:
    """The battery's percentage as a fact, when the message has a sensible one."""
    battery = message.get("battery")
    if isinstance(battery, int | float) and not isinstance(battery, bool) and 0 <= battery <= 100:
        return {"battery": float(battery)}
    return NOTHING
