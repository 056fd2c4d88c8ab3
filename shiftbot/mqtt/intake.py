"""From messages to rows: every message of a batch becomes readings or a rejection, all in one transaction.

Knows nothing of brokers. A message that breaks something is kept as a rejection; it never takes the others with it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shiftbot.domain.site import Pharmacy, Sensor
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import Rejected
from shiftbot.storage import readings, rejections
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival
from shiftbot.storage.rejections import Rejection

log = logging.getLogger(__name__)


class Message(NamedTuple):
    """One MQTT message as it came: `mid` is the broker's number for it, within the connection of that number."""

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False
    qos: int = 0
    mid: int = 0
    connection: int = 0


@dataclass(slots=True)
class Sorted:
    """A batch of messages, decoded."""

    arrivals: list[Arrival]
    refused: list[Rejection]


class Intake:
    """Stores batches of messages for the units of a pharmacy."""

    def __init__(self, database: Database, pharmacy: Callable[[], Pharmacy]) -> None:
        """`pharmacy` gives the definitions in force; new ones count from the next batch on."""
        self._database = database
        self._pharmacy = pharmacy
        self._routes: Mapping[str, tuple[int, Sensor]] = {}
        self._routed: Pharmacy | None = None

    def store(self, batch: Sequence[Message]) -> int:
        """Store a batch; how many readings were new. Raises StorageUnavailable: then nothing of it was stored."""
        self._follow_definitions()
        decoded = self._sort(batch)
        try:
            return self._write(decoded)
        except StorageUnavailable:
            raise
        except Exception:
            if len(batch) == 1:
                log.exception("a message could not be stored: %.100r", batch[0], extra={"action": "message_refused"})
                refused = Rejection(batch[0].received_at, batch[0].topic, "could not be stored", batch[0].payload)
                return self._write(Sorted([], [refused]))
        half = len(batch) // 2
        return self.store(batch[:half]) + self.store(batch[half:])

    def _follow_definitions(self) -> None:
        pharmacy = self._pharmacy()
        if pharmacy is self._routed:
            return
        owned = {unit.sensor.topic: (unit.id, unit.sensor) for unit in pharmacy.units.values() if unit.sensor}
        pairs = [(unit, topic) for topic, (unit, _) in owned.items()]
        with self._database.transaction() as connection:
            numbers = readings.register(connection, pairs)
        self._routes = {topic: (numbers[unit, topic], sensor) for topic, (unit, sensor) in owned.items()}
        self._routed = pharmacy

    def _write(self, decoded: Sorted) -> int:
        if not decoded.arrivals and not decoded.refused:
            return 0
        with self._database.transaction() as connection:
            stored = readings.store(connection, decoded.arrivals)
            rejections.store(connection, decoded.refused)
        return stored

    def _sort(self, batch: Sequence[Message]) -> Sorted:
        arrivals: list[Arrival] = []
        refused: list[Rejection] = []
        for message in batch:
            route = self._routes.get(message.topic)
            if route is None:
                if not formats.is_chatter(message.topic):
                    refused.append(_rejection(message, "no unit has this topic"))
                continue
            reason = _decode(message, *route, arrivals)
            if reason is not None:
                refused.append(_rejection(message, reason))
        return Sorted(arrivals, refused)


def _rejection(message: Message, reason: str) -> Rejection:
    return Rejection(message.received_at, message.topic, reason, message.payload)


def _decode(message: Message, number: int, sensor: Sensor, arrivals: list[Arrival]) -> str | None:
    """Add the message's readings to `arrivals`; or say why it has none."""
    received_at = message.received_at
    try:
        decoded = formats.read(message.topic, message.payload, received_at, sensor)
    except Exception:
        log.exception("the format %s broke on %.100r", sensor.format, message, extra={"action": "decoder_broke"})
        return "the decoder broke"
    if isinstance(decoded, Rejected):
        return decoded.reason
    measured, facts = decoded
    battery = facts.get("battery")
    for each in measured:
        taken_at, device_time = formats.taken_at(each, received_at)
        # A retained message without the device's time may be of any age: no reading, and no sign of life.
        if device_time or not message.retained:
            arrival = Arrival(number, taken_at, received_at, each[0], each[1], device_time, message.retained, battery)
            arrivals.append(arrival)
    return None
