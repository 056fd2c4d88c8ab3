"""ESPHome: a plain number on `<prefix>/sensor/<name>/state`, `nan` when there is none (payloads.md §5)."""

from datetime import datetime

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import Decoded, Measured, availability, number_in, text_of


def decode(topic: str, payload: bytes, _received_at: datetime, sensor: Sensor) -> Decoded:
    """The number, in the unit set for the sensor: the message names none. Raises Unusable."""
    if topic.endswith("/status"):
        return availability(payload)
    return Decoded((Measured(number_in(text_of(payload).strip()), sensor.unit),))


def companions(topic: str) -> tuple[str, ...]:
    """Where the device says whether it is there."""
    prefix, found, _ = topic.rpartition("/sensor/")
    return (f"{prefix}/status",) if found else ()
