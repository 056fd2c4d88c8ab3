"""Milesight's channels inside a LoRaWAN uplink: tag, type, value, tag, type, value … (payloads.md §8).

Read whole or not at all: one byte out of step, and a humidity would be a temperature. Values are little endian.
"""

import re
import struct
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from shiftbot.domain.site import Sensor
from shiftbot.mqtt.formats.decoded import (
    BATTERY,
    Decoded,
    Metric,
    Unusable,
)
from shiftbot.mqtt.formats.finds import Finds

PORT = 85
"""The fPort on which Milesight's devices send them."""

_BATTERY, _TEMPERATURE, _HUMIDITY = b"\x01\x75", b"\x03\x67", b"\x04\x68"
_MAGNET, _ALARM, _HISTORY = b"\x06\x00", b"\x83\xd7", b"\x20\xce"

_LENGTHS: Mapping[bytes, int] = {
    _BATTERY: 1,
    _TEMPERATURE: 2,
    _HUMIDITY: 1,
    _MAGNET: 1,
    _ALARM: 5,
    b"\x05\x00": 1,
    b"\xff\x01": 1,
    b"\xff\x09": 2,
    b"\xff\x0a": 2,
    b"\xff\x0b": 1,
    b"\xff\x0f": 1,
    b"\xff\x16": 8,
    b"\xff\xfe": 1,
    b"\xff\xff": 2,
}
"""Bytes after each tag, from the READMEs of EM500-PT100, EM320-TH, EM300-TH, EM300-MCS."""

_HISTORY_LENGTHS = (7, 6, 8)
"""EM320-TH, EM500-PT100 (no humidity), EM300 (one more byte): only one of them lets the rest be read."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEX = re.compile(rb"\s*([0-9A-Fa-f]{2})+\s*")


def decode(_topic: str, payload: bytes, _received_at: datetime, _sensor: Sensor) -> Decoded:
    """An uplink's bytes, as they are or written in hexadecimal. Raises Unusable."""
    finds = Finds()
    find(finds, bytes.fromhex(payload.decode("ascii")) if _HEX.fullmatch(payload) else payload)
    return finds.decoded()


def find(finds: Finds, uplink: bytes) -> None:
    """Add what is in an uplink; its history is flagged as backfilled. Raises Unusable before any is added."""
    for length in _HISTORY_LENGTHS:
        channels = _channels(uplink, length)
        if channels is not None:
            for tag, value in channels:
                _take(finds, tag, value)
            return
    raise Unusable("not Milesight's channels")


def bytes_of(text: object) -> bytes:
    """An uplink's bytes as LoRaWAN servers write them, in Base64. Raises Unusable."""
    if not isinstance(text, str):
        raise Unusable("no reading in it")
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        raise Unusable("not Base64") from None


def _channels(uplink: bytes, history_length: int) -> list[tuple[bytes, bytes]] | None:
    channels: list[tuple[bytes, bytes]] = []
    at = 0
    while at < len(uplink):
        tag = uplink[at : at + 2]
        length = history_length if tag == _HISTORY else _LENGTHS.get(tag)
        value = uplink[at + 2 : at + 2 + (length or 0)]
        if length is None or len(value) < length:
            return None
        channels.append((tag, value))
        at += 2 + length
    return channels or None


def _take(finds: Finds, tag: bytes, value: bytes) -> None:
    if tag in (_TEMPERATURE, _ALARM):
        finds.take(_tenths(value))
    elif tag == _HUMIDITY:
        finds.take(value[0] / 2, Metric.HUMIDITY)
    elif tag == _MAGNET:
        finds.take(float(value[0] != 0), Metric.DOOR)
    elif tag == _BATTERY:
        finds.fact(BATTERY, value[0])
    elif tag == _HISTORY:
        _take_kept(finds, value)


def _take_kept(finds: Finds, value: bytes) -> None:
    taken_at = _EPOCH + timedelta(seconds=int.from_bytes(value[:4], "little"))
    finds.take(_tenths(value[4:]), taken_at=taken_at, backfilled=True)
    if len(value) > 6:
        finds.take(value[6] / 2, Metric.HUMIDITY, taken_at=taken_at, backfilled=True)


def _tenths(value: bytes) -> float:
    (tenths,) = struct.unpack_from("<h", value)
    return float(tenths) / 10
