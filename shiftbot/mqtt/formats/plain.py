"""Plain readings: a bare number, or JSON with `temperature` and perhaps `unit`, `taken_at`, `battery`."""

from datetime import datetime

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import (
    NOTHING,
    Decoded,
    Measured,
    battery_in,
    instant_of,
    number_in,
    number_of,
    object_of,
    text_of,
    unit_of,
)


def decode(_topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """The reading in a plain payload (design.md §7). Raises Unusable."""
    if payload[:1] != b"{" and not payload.lstrip().startswith((b"{", b"[", b'"', b"null")):
        return Decoded((Measured(number_in(text_of(payload).strip()), sensor.unit),))
    message = object_of(payload)
    value = number_of(message.get("temperature"))
    unit = unit_of(message["unit"], sensor.unit) if "unit" in message else sensor.unit
    taken_at = instant_of(message["taken_at"]) if "taken_at" in message else None
    return Decoded((Measured(value, unit, taken_at),), battery_in(message) if "battery" in message else NOTHING)
