"""What devices say of themselves beside their values: link, availability, battery. Stored now and then."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shiftbot.mqtt.formats.decoded import AVAILABILITY, BATTERY_LOW, GATEWAY, MAINS
from shiftbot.storage.readings import Facts

STORED_EVERY = timedelta(minutes=1)
"""A radio link is another one with every message: so often it is stored, unless something sudden is said."""

SUDDEN = (AVAILABILITY, GATEWAY, BATTERY_LOW, MAINS)

TRUE_THOUGH_RETAINED = (AVAILABILITY, GATEWAY)


class DeviceFacts:
    """The newest facts of every sensor, and which of them are to be stored."""

    def __init__(self) -> None:
        """Nothing is known yet; what an earlier process stored stays until a device says otherwise."""
        self._stored: dict[int, tuple[datetime, Facts]] = {}
        self._waiting: dict[int, Facts] = {}

    def hear(self, sensor: int, facts: Facts, now: datetime, *, retained: bool) -> None:
        """Take in what the device of a sensor says. Of what was retained only who is there is of now."""
        if retained:
            facts = {name: facts[name] for name in TRUE_THOUGH_RETAINED if name in facts}
        if not facts:
            return
        stored_at, stored = self._stored.get(sensor, (None, {}))
        waiting = self._waiting.get(sensor)
        is_sudden = any(name in facts and facts[name] != stored.get(name) for name in SUDDEN)
        if waiting is not None or is_sudden or stored_at is None or now - stored_at >= STORED_EVERY:
            self._waiting[sensor] = {**(waiting or {}), **facts, "at": now.timestamp()}

    def to_store(self) -> Mapping[int, Facts]:
        """What is to be stored with the next batch."""
        return self._waiting

    def stored(self, now: datetime) -> None:
        """It is."""
        if self._waiting:
            self._stored |= {sensor: (now, facts) for sensor, facts in self._waiting.items()}
            self._waiting = {}

    def drop(self) -> None:
        """It cannot be stored; a device says it again."""
        self._waiting = {}
