"""From messages to rows: every message of a batch becomes readings or a rejection, all in one transaction.

Knows nothing of brokers. A message that breaks something is kept as a rejection; it never takes the others with it.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shiftbot.domain.site import Pharmacy, Sensor
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt import formats
from shiftbot.mqtt.births import Births
from shiftbot.mqtt.formats import Rejected
from shiftbot.mqtt.formats.registry import SPARKPLUG
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
    """A batch of messages, decoded; `keys` are the last ones of the sensors whose messages have one."""

    arrivals: list[Arrival]
    refused: list[Rejection]
    keys: dict[int, str] = field(default_factory=dict)


Route = tuple[tuple[int, Sensor], ...]
"""The sensors that a topic tells something about, each with its number: the probes of one device share a topic."""


class Intake:
    """Stores batches of messages for the units of a pharmacy."""

    def __init__(self, database: Database, pharmacy: Callable[[], Pharmacy]) -> None:
        """`pharmacy` gives the definitions in force; new ones count from the next batch on."""
        self._database = database
        self._pharmacy = pharmacy
        self._routes: Mapping[str, Route] = {}
        self._routed: Pharmacy | None = None
        self._births = Births()
        self._keys: dict[int, str] = {}

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
        owned = [(unit.id, unit.sensor) for unit in pharmacy.units.values() if unit.sensor]
        with self._database.transaction() as connection:
            numbers = readings.register(connection, [(unit, sensor.topic) for unit, sensor in owned])
        self._routes = _routes((numbers[unit, sensor.topic], sensor) for unit, sensor in owned)
        self._routed = pharmacy

    def _write(self, decoded: Sorted) -> int:
        if not decoded.arrivals and not decoded.refused:
            return 0
        with self._database.transaction() as connection:
            stored = readings.store(connection, decoded.arrivals)
            rejections.store(connection, decoded.refused)
        # Only what is committed counts as heard before: a batch that is tried again must not look repeated to itself.
        self._keys |= decoded.keys
        return stored

    def _sort(self, batch: Sequence[Message]) -> Sorted:
        found = Sorted([], [])
        for message in batch:
            route = self._routes.get(message.topic)
            if route is None:
                if not formats.is_chatter(message.topic):
                    found.refused.append(_rejection(message, "no unit has this topic"))
                continue
            reasons: list[str] = []
            for number, sensor in route:
                self._decode(message, number, sensor, found, reasons)
            if reasons:
                found.refused += [_rejection(message, reason) for reason in dict.fromkeys(reasons)]
        return found

    def _decode(self, message: Message, number: int, sensor: Sensor, found: Sorted, reasons: list[str]) -> None:
        """Add the sensor's readings in the message to `found`, and to `reasons` why others are none."""
        received_at = message.received_at
        try:
            if sensor.format == SPARKPLUG:
                self._births.hear(message.topic, message.payload)
                birth = self._births.of(message.topic)
                decoded = formats.read(message.topic, message.payload, received_at, sensor, birth)
            else:
                decoded = formats.read(message.topic, message.payload, received_at, sensor)
        except Exception:
            log.exception("the format %s broke on %.100r", sensor.format, message, extra={"action": "decoder_broke"})
            reasons.append("the decoder broke")
            return
        if isinstance(decoded, Rejected):
            reasons.append(decoded.reason)
            return
        measured, facts, key, missing = decoded
        if missing:
            reasons += [each.reason for each in missing]
        if key and measured and not message.retained:
            if key == found.keys.get(number, self._keys.get(number)):
                return
            found.keys[number] = key
        battery = facts.get("battery")
        for each in measured:
            taken_at, device_time = formats.taken_at(each, received_at)
            # A retained message without the device's time may be of any age: no reading, and no sign of life.
            if device_time or not message.retained:
                arrival = Arrival(
                    number, taken_at, received_at, each[0], each[1], device_time, message.retained, battery
                )
                found.arrivals.append(arrival)


def _routes(owned: Iterable[tuple[int, Sensor]]) -> Mapping[str, Route]:
    """Every topic with the sensors it tells something about: their own topics and what belongs to those."""
    routes: dict[str, Route] = {}
    for number, sensor in owned:
        for topic in (sensor.topic, *formats.companions(sensor)):
            routes[topic] = (*routes.get(topic, ()), (number, sensor))
    return routes


def _rejection(message: Message, reason: str) -> Rejection:
    return Rejection(message.received_at, message.topic, reason, message.payload)
