"""One MQTT message as it came in."""

from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """One MQTT message as it came: `mid` is the broker's number for it, within the connection of that number."""

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False
    qos: int = 0
    mid: int = 0
    connection: int = 0
