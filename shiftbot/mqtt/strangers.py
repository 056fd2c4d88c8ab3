"""Topics that no unit has: sniffed now and then, so that somebody can pair what speaks there with a unit.

Bounded in memory and in work: whatever floods in, a few looks a second are all that it costs (design.md §8).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shiftbot.domain.site import Sensor
from shiftbot.mqtt import formats
from shiftbot.mqtt.births import Births
from shiftbot.mqtt.formats import json_path
from shiftbot.mqtt.formats.decoded import Metric, Rejected
from shiftbot.mqtt.formats.sniffing import JSON_PATH, UNKNOWN, Discovered, sniff
from shiftbot.mqtt.message import Message
from shiftbot.storage.discovered import Sighting

SAMPLED_EVERY = timedelta(seconds=10)
"""A topic is looked at this often at most."""

LOOKS = 200
LOOKS_WITHIN = timedelta(seconds=1)
"""So many looks are had in such a time, at all topics together."""

TOPICS_MAX = 1_000
"""Topics remembered; the longest known is forgotten first."""

FINDS_MAX = 10
"""Sensors of one topic; who has more wants a format of their own."""

TEXT_MAX = 200
"""Characters of a topic, a probe or a path: no longer one is a sensor's."""

ANNOUNCED = "home-assistant"


SAYS_LITTLE = (UNKNOWN, JSON_PATH, "plain", "esphome")
"""Formats whose messages do not say what they are: there an announcement tells more."""


@dataclass(slots=True)
class _Stranger:
    looked_at: datetime
    heard_at: datetime
    is_sensor: bool = False
    unreported: int = 1
    announced: Mapping[str, Discovered] = field(default_factory=dict)


class Strangers:
    """What is heard on topics that no unit has."""

    def __init__(self, births: Births) -> None:
        """`births` are what Sparkplug devices said of themselves."""
        self._births = births
        self._known: dict[str, _Stranger] = {}
        self._looks: deque[datetime] = deque(maxlen=LOOKS)
        self._sightings: list[Sighting] = []
        self._owned: Mapping[str, Sequence[Sensor]] = {}

    def hear(self, message: Message) -> bool:
        """Whether a message's topic is a sensor's, as far as anybody can tell; then it is no rejection."""
        stranger, now = self._known.get(message.topic), message.received_at
        if stranger is None:
            return self._may_look(now) and self._meet(message)
        if now > stranger.heard_at:  # a batch that is tried again is not heard again
            stranger.heard_at = now
            stranger.unreported += 1
            if now - stranger.looked_at >= SAMPLED_EVERY and self._may_look(now):
                self._look(message, stranger)
        return stranger.is_sensor

    def sightings(self) -> list[Sighting]:
        """What was seen and not stored yet."""
        return self._sightings

    def stored(self) -> None:
        """The sightings are stored."""
        self._sightings = []

    def drop(self) -> None:
        """The sightings cannot be stored; what is still there is seen again."""
        self._sightings = []

    def follow(self, owned: Mapping[str, Sequence[Sensor]]) -> None:
        """Units have these sensors from now on, by their topics: what such a sensor reads is no stranger."""
        for topic in owned.keys() ^ self._owned.keys():
            self._known.pop(topic, None)
        self._owned = owned

    def _may_look(self, now: datetime) -> bool:
        if len(self._looks) == LOOKS and now - self._looks[0] < LOOKS_WITHIN:
            return False
        self._looks.append(now)
        return True

    def _meet(self, message: Message) -> bool:
        if len(message.topic) > TEXT_MAX:
            return False
        if len(self._known) >= TOPICS_MAX:
            del self._known[next(iter(self._known))]
        stranger = self._known[message.topic] = _Stranger(message.received_at, message.received_at)
        self._look(message, stranger)
        return stranger.is_sensor

    def _look(self, message: Message, stranger: _Stranger) -> None:
        stranger.looked_at = message.received_at
        finds = [each for each in self._finds(message, stranger)[:FINDS_MAX] if self._is_wanted(each)]
        stranger.is_sensor = stranger.is_sensor or bool(finds)
        for each in finds:
            if each.topic != message.topic:
                self._expect(each, message)
            self._sightings.append(_sighting(each, message, stranger.unreported))
        stranger.unreported = 0

    def _is_wanted(self, found: Discovered) -> bool:
        owners = self._owned.get(found.topic, ())
        return _is_readable(found) and not any(_reads(each, found) for each in owners)

    def _finds(self, message: Message, stranger: _Stranger) -> tuple[Discovered, ...]:
        topic, payload, received_at, *_ = message
        name, finds = sniff(topic, payload, received_at, self._births.of(topic))
        if stranger.announced and name in SAYS_LITTLE:
            return tuple(_said(each, message) for each in stranger.announced.values())
        return finds

    def _expect(self, announced: Discovered, message: Message) -> None:
        """A device told where it speaks, and how: that counts for more than what a value there looks like."""
        if announced.topic not in self._known and len(self._known) < TOPICS_MAX:
            long_ago = message.received_at - SAMPLED_EVERY
            self._known[announced.topic] = _Stranger(long_ago, long_ago, unreported=0)
        if stranger := self._known.get(announced.topic):
            stranger.announced = {**stranger.announced, announced.path: announced}
            stranger.is_sensor = True


def covers(sensor: Sensor, topic: str, probe: str, metric: str, path: str) -> bool:
    """Whether a unit's sensor is the one that was discovered so.

    A sensor that names neither probe nor path has the whole device, as long as that has only one.
    """
    if sensor.topic != topic or (sensor.metric != metric and sensor.metric != Metric.TEMPERATURE):
        return False
    if sensor.probe:
        return sensor.probe.casefold() == probe.casefold()
    return not sensor.path or _steps(sensor.path) == _steps(path)


def _steps(path: str) -> tuple[str | int, ...]:
    try:
        return tuple(json_path.steps_of(path))
    except ValueError:
        return ()


def _reads(sensor: Sensor, found: Discovered) -> bool:
    """As `covers`; but while a device is seen to have several probes, who names none has none of them."""
    is_told = sensor.probe or sensor.path or sensor.metric != Metric.TEMPERATURE or not found.probe
    return bool(is_told) and covers(sensor, found.topic, found.probe, found.metric, found.path)


def _said(announced: Discovered, message: Message) -> Discovered:
    """What was announced, with the value that this message has for it."""
    sensor = Sensor(announced.topic, format=ANNOUNCED, path=announced.path)
    decoded = formats.decode(message.topic, message.payload, message.received_at, sensor)
    measured = () if isinstance(decoded, Rejected) else decoded.measured
    return announced._replace(value=next((each.value for each in measured), None))


def _is_readable(found: Discovered) -> bool:
    """Whether its words can be stored, shown and matched: nothing hidden in them, and none too long."""
    return all(is_plain(each) for each in (found.topic, found.probe, found.path))


def is_plain(text: str) -> bool:
    """Whether a word of a device can be stored, shown and matched."""
    return len(text) <= TEXT_MAX and text.isprintable()


def _sighting(found: Discovered, message: Message, count: int) -> Sighting:
    name = "".join(each for each in found.name if each.isprintable())
    return Sighting(
        topic=found.topic,
        probe=found.probe,
        metric=found.metric.value,
        path=found.path,
        format=found.format,
        value=found.value,
        unit=found.unit,
        name=name,
        at=message.received_at,
        count=max(count, 1),
        retained=message.retained,
    )
