"""What is odd about a sensor that speaks and is not understood, or not wholly: for people to mend, said on its unit.

Nothing here changes what is stored.
"""

from datetime import datetime, timedelta

from shiftbot.domain.site import Sensor
from shiftbot.mqtt import formats
from shiftbot.mqtt.formats import FORMATS, Metric
from shiftbot.mqtt.formats.sniffing import UNKNOWN, sniff
from shiftbot.mqtt.message import Message
from shiftbot.storage.readings import Facts

CLOCK_AHEAD, CLOCK_AHEAD_AT = "clock_ahead_s", "clock_ahead_at"
"""By how many seconds a device's clock is fast, and when a reading was refused for it, in seconds since 1970."""

SHARED_INSTANT_AT = "shared_instant_at"
"""When a device gave a reading the same time as another one, in seconds since 1970: only the first is stored."""

LOOKED_AT_EVERY = timedelta(seconds=10)
"""A topic that says nothing to its sensor is looked at this often at most."""

TOPICS_MAX = 10_000


class WrongFormats:
    """Sensors whose topic says what they measure in another format than theirs."""

    def __init__(self) -> None:
        self._looked_at: dict[str, datetime] = {}

    def look(self, message: Message, sensor: Sensor) -> list[str]:
        """Why a message in which its own sensor finds nothing may be in another format than the sensor's."""
        looked_at = self._looked_at.get(message.topic)
        if looked_at is not None and timedelta(0) <= message.received_at - looked_at < LOOKED_AT_EVERY:
            return []
        if len(self._looked_at) >= TOPICS_MAX:
            self._looked_at.clear()
        self._looked_at[message.topic] = message.received_at
        name, found = sniff(message.topic, message.payload, message.received_at)
        if _is_same(name, sensor.format) or not any(each.metric is Metric.TEMPERATURE for each in found):
            return []
        return [f"it looks like {name}, and the sensor's format is {sensor.format}"]


def _is_same(one: str, other: str) -> bool:
    return one == UNKNOWN or FORMATS[one].decode is FORMATS[other].decode


def of_a_fast_clock(message: Message, sensor: Sensor) -> Facts:
    """What to say of the device of a message that was refused since it comes from the future."""
    ahead = formats.ahead(message.topic, message.payload, message.received_at, sensor)
    return {CLOCK_AHEAD: ahead.total_seconds() // 60 * 60, CLOCK_AHEAD_AT: message.received_at.timestamp()}


class SharedInstants:
    """Sensors that give several readings one time, such as ten a second with whole seconds."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[datetime, float]] = {}

    def hear(self, sensor: int, taken_at: datetime, value: float) -> bool:
        """Whether a reading has the time of the last one, and is another one."""
        last = self._last.get(sensor)
        if last is not None and last[0] == taken_at:
            return last[1] != value
        self._last[sensor] = taken_at, value
        return False
