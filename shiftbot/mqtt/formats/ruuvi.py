"""Ruuvi Gateway: `ruuvi/<gateway>/<tag>`, each a Bluetooth advert with data format 5 in it (payloads.md §9).

Its history is offered over HTTP only. A tag advertises several times a second: one reading a minute is kept.
"""

import re
import struct
from datetime import UTC, datetime

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import (
    RSSI,
    VOLTAGE,
    Decoded,
    Metric,
    Unusable,
    availability,
    instant_of,
    object_of,
    text_in,
)
from shiftbot.mqtt.formats.finds import Finds

_MANUFACTURER, _RUUVI, _FORMAT_5 = 0xFF, b"\x99\x04", 5
_LAYOUT = struct.Struct(">BhHH6xHBH6x")
_NO_TEMPERATURE, _NO_VALUE, _NO_VOLTAGE = -0x8000, 0xFFFF, 0x7FF
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def decode(topic: str, payload: bytes, received_at: datetime, _sensor: Sensor) -> Decoded:
    """What a tag advertised. Raises Unusable, for the adverts of other makers as well."""
    if topic.endswith("/gw_status"):
        return availability(payload)
    message = object_of(payload)
    heard = text_in(message, "ts") or text_in(message, "gwts")
    taken_at = instant_of(int(heard)) if _SECONDS.fullmatch(heard) else None
    finds = Finds(taken_at)
    _take(finds, _advertised(text_in(message, "data")))
    finds.fact(RSSI, message.get("rssi"))
    return finds.decoded(f"{(taken_at or received_at).astimezone(UTC):%Y-%m-%dT%H:%M}")


def _advertised(text: str) -> bytes:
    """Ruuvi's own part of an advert: its parts are (length, kind, content). Raises Unusable."""
    try:
        advert = bytes.fromhex(text)
    except ValueError:
        raise Unusable("not hexadecimal") from None
    at = 0
    while at + 1 < len(advert):
        content = advert[at + 2 : at + 1 + advert[at]]
        if advert[at + 1] == _MANUFACTURER and content.startswith(_RUUVI):
            return content[2:]
        at += 1 + advert[at]
    raise Unusable("no advert of a Ruuvi tag")


def _take(finds: Finds, said: bytes) -> None:
    """Data format 5: a value of all ones means that there is none (docs.ruuvi.com, data format 5)."""
    if not said or said[0] != _FORMAT_5:
        raise Unusable("no data format 5 in the advert")
    if len(said) != _LAYOUT.size:
        raise Unusable("an advert of the wrong length")
    _, temperature, humidity, pressure, power, _moves, _sequence = _LAYOUT.unpack(said)
    if temperature == _NO_TEMPERATURE:
        finds.miss("unavailable")
    else:
        finds.take(round(temperature * 0.005, 3))
    if humidity != _NO_VALUE:
        finds.take(round(humidity * 0.0025, 4), Metric.HUMIDITY)
    if pressure != _NO_VALUE:
        finds.take((pressure + 50_000) / 100, Metric.PRESSURE)
    if power >> 5 != _NO_VOLTAGE:
        finds.fact(VOLTAGE, ((power >> 5) + 1600) / 1000)


def companions(topic: str) -> tuple[str, ...]:
    """Where the gateway says whether it is there."""
    gateway, _, _ = topic.rpartition("/")
    return (f"{gateway}/gw_status",) if gateway else ()
