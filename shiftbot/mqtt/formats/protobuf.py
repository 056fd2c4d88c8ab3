"""Reading and writing just enough of protobuf for Sparkplug B: fields, in order, by number and wire type.

No schema: every library for Sparkplug clashes with ours (payloads.md, top).
"""

from collections.abc import Iterator
from typing import NamedTuple

from shiftbot.mqtt.formats.decoded import Unusable

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
_VARINT_BYTES_MAX = 10


class Field(NamedTuple):
    """One field: a `VARINT` in `number`, anything else in `content`."""

    tag: int
    wire_type: int
    number: int
    content: bytes


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a message. Raises Unusable where it is cut off or is no protobuf."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        tag, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            number, at = _varint(message, at)
            yield Field(tag, wire_type, number, b"")
            continue
        if wire_type == BYTES:
            length, at = _varint(message, at)
        elif wire_type in (FIXED_64, FIXED_32):
            length = 8 if wire_type == FIXED_64 else 4
        else:
            raise Unusable("not protobuf")
        if tag == 0 or at + length > len(message):
            raise Unusable("cut off")
        yield Field(tag, wire_type, 0, message[at : at + length])
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place, byte in enumerate(message[at : at + _VARINT_BYTES_MAX]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at + place + 1
    raise Unusable("cut off")


def varint_field(tag: int, number: int) -> bytes:
    """A field with a number from 0 on."""
    return _written(tag << 3 | VARINT) + _written(number)


def bytes_field(tag: int, content: bytes) -> bytes:
    """A field with text, bytes or another message."""
    return _written(tag << 3 | BYTES) + _written(len(content)) + content


def _written(number: int) -> bytes:
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
