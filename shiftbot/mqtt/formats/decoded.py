"""What a format makes of a message, and the few readings of JSON values that all formats share."""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, NoReturn

from shiftbot.domain.site import Sensor, TemperatureUnit

NOTHING: Mapping[str, float] = {}


class Unusable(Exception):
    """A message, or a value in it, that is no reading; the message of the exception is the reason, of a small set."""


class Metric(StrEnum):
    """What a value is about. Every metric but the temperature comes in one unit, whatever the device wrote."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    """Per cent, relative."""
    PRESSURE = "pressure"
    """Hectopascals."""
    DOOR = "door"
    """1 is open, 0 is closed."""
    POWER = "power"
    """Watts drawn."""


UNITS: Mapping[Metric, str] = {
    Metric.HUMIDITY: "%",
    Metric.PRESSURE: "hPa",
    Metric.DOOR: "open",
    Metric.POWER: "W",
}

BATTERY, BATTERY_LOW, VOLTAGE = "battery", "battery_low", "voltage"
RSSI, LQI, AVAILABILITY, MAINS = "rssi", "lqi", "availability", "mains"
"""Facts about a device: per cent, 1 or 0, volts; dBm, 0 to 255, 1 (there) or 0 (gone), 1 or 0."""

GATEWAY = "gateway"
"""A fact, too: whether that is there through which the device speaks, 1 or 0."""


class Measured(NamedTuple):
    """One value. `taken_at` is the device's own time; `None` when it gave none that can be understood.

    `unit` is the degrees of a temperature, and says nothing of another metric (UNITS does). `probe` tells the probes of
    one device apart and is empty when it has but one. A `backfilled` value was kept by the device and sent later.
    """

    value: float
    unit: TemperatureUnit
    taken_at: datetime | None = None
    metric: Metric = Metric.TEMPERATURE
    probe: str = ""
    backfilled: bool = False


class Missing(NamedTuple):
    """A value that should be in a message and is none, such as the `null` of a broken probe, with its reason.

    Without a `metric` it may be any value, of any probe.
    """

    reason: str
    metric: Metric | None = Metric.TEMPERATURE
    probe: str = ""


class Decoded(NamedTuple):
    """What was in a message: any number of values, facts about the device such as `battery`, and what is missing.

    `key` is the same when a device or a gateway sends the same again; empty when nothing in the message says so.
    """

    measured: tuple[Measured, ...]
    facts: Mapping[str, float] = NOTHING
    key: str = ""
    missing: tuple[Missing, ...] = ()


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


def value_in(value: object) -> float:
    """A number, or a number as text, which older devices send. Raises Unusable."""
    return number_in(value.strip()) if isinstance(value, str) else number_of(value)


def mapping(value: object) -> Mapping[str, Any]:
    """`value` when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """`value` when it is a JSON list, else an empty one."""
    return value if isinstance(value, list) else []


def text_in(message: Mapping[str, Any], key: str) -> str:
    """The text or whole number at `key`, as text; empty when there is neither."""
    value = message.get(key)
    return str(value) if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)) else ""


_THERE = frozenset({"online", "true", "1", "on", "connected", "alive"})
_GONE = frozenset({"offline", "false", "0", "off", "disconnected"})


def availability(payload: bytes) -> Decoded:
    """What a will or birth message says of its device: `online`, `Offline`, `true`, `{"state": "online"}`."""
    try:
        text = text_of(payload).strip()
        word = text_in(object_of(payload), "state") if text.startswith("{") else text
    except Unusable:
        return Decoded(())
    word = word.casefold()
    if word in _THERE or word in _GONE:
        return Decoded((), {AVAILABILITY: float(word in _THERE)})
    return Decoded(())
