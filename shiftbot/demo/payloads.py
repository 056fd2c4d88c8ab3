"""What simulated loggers put on the wire: the formats they speak, and everything that is no temperature at all."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.domain.temperature import convert

MEGABYTE = b'{"temperature": 4.2, "padding": "' + b"x" * 1_000_000 + b'"}'

BAD = (
    b"\xff\xfe\x00 not text",
    b"not json at all {",
    b"[" * 1000,
    b'{"a":' * 1000 + b"1" + b"}" * 1000,
    b'{"temperature": NaN}',
    b"null",
    b'{"temperature": null}',
    b'{"temperature": "unavailable"}',
    b'{"temperature": 85.0, "unit": "C"}',
    b'{"temperature": -127.0, "unit": "C"}',
    b"",
)
"""Payloads that every format must refuse; 85 and -127 °C are what a DS18B20 says when it has nothing to say."""

STRAY_TOPIC = "hilltop/nobody-knows-this-one"
"""A topic that no unit of the demo's pharmacy owns."""


def message_of(sensor: Sensor, celsius: float, taken_at: datetime, battery: int) -> bytes:
    """One reading as a device with this sensor's settings sends it."""
    degrees = round(convert(celsius, TemperatureUnit.CELSIUS, sensor.unit), 2)
    at = taken_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if sensor.format == "zigbee2mqtt":
        told = {"battery": battery, "humidity": 41.3, "last_seen": at, "linkquality": 127, "temperature": degrees}
    else:
        told = {"temperature": degrees, "unit": sensor.unit.value, "taken_at": at, "battery": battery}
    return json.dumps(told).encode()


def bad_messages(topic: str, now: datetime, first: int, count: int) -> Iterator[tuple[str, bytes]]:
    """The bad messages number `first` and so on of a flood, as (topic, payload); a megabyte comes but once."""
    ahead = (now + timedelta(days=2)).astimezone(UTC).isoformat().encode()
    tomorrow = b'{"temperature": 4.2, "taken_at": "' + ahead + b'", "last_seen": "' + ahead + b'"}'
    kinds = [(topic, payload) for payload in (*BAD, tomorrow)] + [(STRAY_TOPIC, b"4.2")]
    for number in range(first, first + count):
        yield (topic, MEGABYTE) if number == 0 else kinds[number % len(kinds)]
