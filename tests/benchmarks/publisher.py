"""A publisher of its own process: readings of 80 bytes at QoS 1, as fast as the broker takes them or at a steady rate.

`python -m tests.benchmarks.publisher PORT COUNT RATE [SENSORS [WARM]]` (rate 0: all at once). It speaks MQTT by hand,
so that it is never what is measured. With WARM every so manyth reading is out of range.
"""

import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

TOPICS = 100
PAYLOAD_BYTES = 80
PACKETS_AT_ONCE = 200


def topic(number: int) -> str:
    """The topic of a sensor."""
    return f"bench/unit-{number:03}"


def payload(taken_at: datetime, number: int, warm: int = 0) -> bytes:
    """A plain reading, padded to 80 bytes; one in range, unless it is one of the warm ones."""
    value = 10.0 if warm and number % warm == 0 else 4 + (number % 30) / 10
    text = f'{{"temperature": {value:.2f}, "taken_at": "{taken_at:%Y-%m-%dT%H:%M:%S.%f}Z"'
    return (text + " " * (PAYLOAD_BYTES - len(text) - 1) + "}").encode()


def packet(number: int, taken_at: datetime, sensors: int = TOPICS, warm: int = 0) -> bytes:
    """One PUBLISH at QoS 1."""
    name = topic(number % sensors).encode()
    identifier = struct.pack("!H", number % 65_535 + 1)
    body = struct.pack("!H", len(name)) + name + identifier + payload(taken_at, number, warm)
    return b"\x32" + _length(len(body)) + body


def _length(length: int) -> bytes:
    encoded = bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | (128 if length else 0))
        if not length:
            return bytes(encoded)


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = b"\x00\x04MQTT\x04\x02\x00\x3c" + b"\x00\x09publisher"
    connection.sendall(b"\x10" + _length(len(body)) + body)
    if connection.recv(4)[:1] != b"\x20":
        raise RuntimeError("the broker refused the publisher")
    return connection


def _at_once(count: int, sensors: int) -> Iterator[bytes]:
    start = datetime.now(UTC) - timedelta(seconds=count / 1_000)
    packets = [packet(number, start + timedelta(milliseconds=number), sensors) for number in range(count)]
    for first in range(0, count, PACKETS_AT_ONCE):
        yield b"".join(packets[first : first + PACKETS_AT_ONCE])


def _paced(count: int, rate: int, sensors: int, warm: int) -> Iterator[bytes]:
    start = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        yield packet(number, datetime.now(UTC), sensors, warm)


def main() -> None:
    """Publish, and wait until the broker has acknowledged everything."""
    port, count, rate, *more = map(int, sys.argv[1:])
    sensors, warm = [*more, *(TOPICS, 0)[len(more) :]]
    connection = _connected(port)
    chunks = _paced(count, rate, sensors, warm) if rate else _at_once(count, sensors)

    def swallow(expected: int) -> None:
        while expected > 0:
            expected -= len(connection.recv(65_536))

    swallowing = threading.Thread(target=swallow, args=(4 * count,))
    swallowing.start()
    for chunk in chunks:
        connection.sendall(chunk)
    swallowing.join()
    connection.close()


if __name__ == "__main__":
    main()
