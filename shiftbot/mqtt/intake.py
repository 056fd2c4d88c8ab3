"""From messages to rows: every message of a batch becomes readings or a rejection, all in one transaction.

Knows nothing of brokers. A message that breaks something is kept as a rejection; it never takes the others with it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.site import Pharmacy, Sensor
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt import formats
from shiftbot.mqtt.announcements import Announcements
from shiftbot.mqtt.births import Births
from shiftbot.mqtt.device_clocks import CLOCK_BEHIND, DeviceClocks
from shiftbot.mqtt.device_facts import DeviceFacts
from shiftbot.mqtt.formats import Decoded, Measured, Metric, Rejected, sparkplug_b
from shiftbot.mqtt.formats.decoded import AVAILABILITY, BATTERY, UNITS
from shiftbot.mqtt.formats.registry import SPARKPLUG
from shiftbot.mqtt.message import Message
from shiftbot.mqtt.oddities import SHARED_INSTANT_AT, SharedInstants, WrongFormats, of_a_fast_clock
from shiftbot.mqtt.routes import Listener, Route, by_topic, is_a_part, let_go, owned_by_units, routes_of
from shiftbot.mqtt.strangers import Strangers, is_plain
from shiftbot.storage import discovered, readings, rejections
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival, Key
from shiftbot.storage.rejections import Rejection

__all__ = ["Intake", "Message"]

log = logging.getLogger(__name__)

_TEMPERATURE = Metric.TEMPERATURE

METRICS_MAX = 20
"""Other metrics of one sensor, those of each probe counted; who names a new probe with every message is broken."""


@dataclass(slots=True)
class Sorted:
    """A batch of messages, decoded; `keys` are the last ones of the sensors whose messages have one.

    `others` are values beside the temperature, of sensors that have no number yet.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    refused: list[Rejection] = field(default_factory=list)
    keys: dict[int, str] = field(default_factory=dict)
    others: list[tuple[Key, Arrival]] = field(default_factory=list)


class Intake:
    """Stores batches of messages for the units of a pharmacy."""

    def __init__(self, database: Database, pharmacy: Callable[[], Pharmacy]) -> None:
        """`pharmacy` gives the definitions in force; new ones count from the next batch on."""
        self._database = database
        self._pharmacy = pharmacy
        self._routes: Mapping[str, Route] = {}
        self._routed: Pharmacy | None = None
        self._births = Births()
        self._strangers = Strangers(self._births)
        self._announcements = Announcements()
        self._facts = DeviceFacts()
        self._clocks = DeviceClocks()
        self._instants = SharedInstants()
        self._wrong = WrongFormats()
        self._keys: dict[int, str] = {}
        self._numbers: dict[Key, int] = {}
        self._metrics: dict[int, set[Key]] = {}
        self._overheard: frozenset[str] = frozenset()
        self._heard_at: datetime | None = None

    def store(self, batch: Sequence[Message]) -> int:
        """Store a batch; how many readings were new. Raises StorageUnavailable: then nothing of it was stored."""
        self._follow_definitions()
        decoded = self._sort(batch)
        self._heard_at = batch[-1].received_at if batch else self._heard_at
        try:
            return self._write(decoded, batch)
        except StorageUnavailable:
            raise
        except Exception:  # noqa: BLE001 - tried in halves, and the message that does it is logged
            if len(batch) == 1:
                return self._write_alone(decoded, batch[0])
        half = len(batch) // 2
        return self.store(batch[:half]) + self.store(batch[half:])

    def _write_alone(self, decoded: Sorted, message: Message) -> int:
        """Store what is in a message without anything else that waits, should it be that which cannot be stored."""
        self._facts.drop()
        self._strangers.drop()
        try:
            return self._write(decoded, [message])
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("a message could not be stored: %.100r", message, extra={"action": "message_refused"})
            return self._write(Sorted(refused=[_rejection(message, "could not be stored")]), [message])

    def _follow_definitions(self) -> None:
        pharmacy = self._pharmacy()
        if pharmacy is self._routed:
            return
        owned = owned_by_units(pharmacy)
        topics = by_topic(owned)
        with self._database.transaction() as connection:
            numbers = readings.register(connection, [key for key, _ in owned])
            let_go(connection, topics)
        self._routes = routes_of(Listener(numbers[key], key.unit, sensor) for key, sensor in owned)
        self._strangers.follow(topics)
        self._overheard = frozenset(topic for topic, sensors in topics.items() if any(map(is_a_part, sensors)))
        self._routed = pharmacy

    def _write(self, decoded: Sorted, batch: Sequence[Message]) -> int:
        facts, sightings = self._facts.to_store(), self._strangers.sightings()
        if not (decoded.arrivals or decoded.others or decoded.refused or facts or sightings):
            return 0
        with self._database.transaction() as connection:
            numbers = _number_others(connection, decoded)
            others = [each._replace(sensor=numbers[key]) for key, each in decoded.others]
            stored = readings.store(connection, decoded.arrivals + others if others else decoded.arrivals, facts)
            rejections.store(connection, decoded.refused)
            discovered.store(connection, sightings)
        # Only what is committed counts as heard before: a batch that is tried again must not look repeated to itself.
        self._keys |= decoded.keys
        self._numbers |= numbers
        self._facts.stored(batch[-1].received_at)
        self._strangers.stored()
        return stored

    def _sort(self, batch: Sequence[Message]) -> Sorted:
        found = Sorted()
        for message in batch:
            if message.topic.startswith(sparkplug_b.PREFIX):
                self._hear_birth(message)
            route = self._routes.get(message.topic)
            if self._announcements.is_told_on(message.topic):
                self._note_availability(message)
            if route is None:
                if self._is_strange(message):
                    found.refused.append(_rejection(message, "no unit has this topic"))
                continue
            reasons: list[str] = []
            for listener in route:
                self._decode(message, listener, found, reasons)
            if reasons:
                found.refused += [_rejection(message, reason) for reason in dict.fromkeys(reasons)]
                if sparkplug_b.REBIRTH_WANTED in reasons:
                    self._births.want(message.topic)
            if message.topic in self._overheard or formats.SEVERAL_PROBES in reasons:
                # Somebody may want what else this device has.
                self._strangers.hear(message)
        return found

    def _hear_birth(self, message: Message) -> None:
        try:
            self._births.hear(message.topic, message.payload, message.received_at, retained=message.retained)
        except Exception:
            log.exception("a birth broke: %.100r", message, extra={"action": "decoder_broke"})

    def questions(self) -> list[tuple[str, bytes]]:
        """What devices are to be asked now, for whoever can speak to them: topics and payloads, each given once."""
        return self._births.questions(self._heard_at) if self._heard_at else []

    def _is_strange(self, message: Message) -> bool:
        """Whether nobody can tell what a message is, of a topic that no unit has."""
        if formats.is_chatter(message.topic):
            if formats.is_announcement(message.topic):
                self._announcements.hear(message.topic, message.payload)
                self._strangers.hear(message)
            return False
        return not (self._strangers.hear(message) or self._announcements.is_told_on(message.topic))

    def _note_availability(self, message: Message) -> None:
        for state_topic, is_there in self._announcements.told(message.topic, message.payload):
            for listener in self._routes.get(state_topic, ()):
                said = {AVAILABILITY: float(is_there)}
                self._facts.hear(listener.number, said, message.received_at, retained=message.retained)

    def _decode(self, message: Message, listener: Listener, found: Sorted, reasons: list[str]) -> None:
        """Add the sensor's readings in the message to `found`, and to `reasons` why others are none."""
        received_at, sensor, number = message.received_at, listener.sensor, listener.number
        decoded = self._read(message, sensor)
        if isinstance(decoded, Rejected):
            self._note_refused(message, listener, decoded.reason, reasons)
            return
        measured, facts, key, missing = decoded
        if missing:
            reasons += [each.reason for each in missing]
        elif not measured and message.topic == sensor.topic:
            reasons += self._wrong.look(message, sensor)
        if key and measured and not message.retained:
            if key == found.keys.get(number, self._keys.get(number)):
                return
            found.keys[number] = key
        battery = facts.get(BATTERY)
        if facts and (len(facts) > 1 or battery is None or not measured):
            self._facts.hear(number, facts, received_at, retained=message.retained)
        for each in measured:
            taken_at, device_time = formats.taken_at(each, received_at)
            if device_time and not message.retained and not each.backfilled:
                self._watch_clock(listener, taken_at, each, received_at)
            # A retained message without the device's time may be of any age: no reading, and no sign of life.
            if device_time or not message.retained:
                arrival = Arrival(
                    number, taken_at, received_at, each[0], each[1], device_time, message.retained, battery
                )
                if each[3] is _TEMPERATURE:
                    found.arrivals.append(arrival)
                elif each[3] == sensor.metric:
                    found.arrivals.append(arrival._replace(unit=UNITS[each[3]]))
                else:
                    self._add_other(listener, each, arrival, found)

    def _note_refused(self, message: Message, listener: Listener, reason: str, reasons: list[str]) -> None:
        reasons.append(reason)
        if reason == formats.FROM_THE_FUTURE:
            facts = of_a_fast_clock(message, listener.sensor)
            self._facts.hear(listener.number, facts, message.received_at, retained=message.retained)

    def _watch_clock(self, listener: Listener, taken_at: datetime, measured: Measured, received_at: datetime) -> None:
        number = listener.number
        behind = self._clocks.hear(number, taken_at, received_at)
        if behind is not None:
            self._facts.hear(number, {CLOCK_BEHIND: behind}, received_at, retained=False)
        if measured[3] == listener.sensor.metric and self._instants.hear(number, taken_at, measured[0]):
            self._facts.hear(number, {SHARED_INSTANT_AT: received_at.timestamp()}, received_at, retained=False)

    def _read(self, message: Message, sensor: Sensor) -> Decoded | Rejected:
        topic, payload, received_at = message.topic, message.payload, message.received_at
        try:
            if sensor.format == SPARKPLUG:
                return formats.read_all(topic, payload, received_at, sensor, self._births.of(topic))
            return formats.read_all(topic, payload, received_at, sensor)
        except Exception:
            log.exception("the format %s broke on %.100r", sensor.format, message, extra={"action": "decoder_broke"})
            return Rejected("the decoder broke")

    def _add_other(self, listener: Listener, measured: Measured, arrival: Arrival, found: Sorted) -> None:
        """Another metric of a unit's sensor is a sensor of its own."""
        arrival = arrival._replace(unit=UNITS[measured.metric], battery=None)
        key = Key(listener.unit, listener.sensor.topic, measured.metric.value, measured.probe)
        number = self._numbers.get(key)
        if number is not None:
            found.arrivals.append(arrival._replace(sensor=number))
        elif self._is_welcome(listener, key):
            found.others.append((key, arrival))

    def _is_welcome(self, listener: Listener, key: Key) -> bool:
        """Whether another metric or probe of a sensor may be begun: they must not fill the database."""
        known = self._metrics.setdefault(listener.number, set())
        if key not in known and len(known) < METRICS_MAX and is_plain(key.probe):
            known.add(key)
        return key in known


def _number_others(connection: Connection, decoded: Sorted) -> dict[Key, int]:
    """What is measured for the first time gets a number of its own."""
    keys = list(dict.fromkeys(key for key, _ in decoded.others))
    numbers = readings.register(connection, keys) if keys else {}
    return {key: numbers[key] for key in keys}


def _rejection(message: Message, reason: str) -> Rejection:
    return Rejection(message.received_at, message.topic, reason, message.payload)
