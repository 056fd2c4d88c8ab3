"""Simulated storage units: how one warms and cools, and what the sensors of four of them say, minute by minute.

Deterministic by seed. Knows MQTT only as a function that publishes; knows nothing of Slack, the database or the story.
"""

import random
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shiftbot.demo.payloads import bad_messages, message_of
from shiftbot.domain.site import StorageUnit, TemperatureUnit
from shiftbot.domain.temperature import convert

ROOM = 22.0
"""Celsius of the air that comes in through an open door."""

MINUTE = timedelta(minutes=1)

BEFORE_OPENING = timedelta(minutes=5)
"""Between two readings of the night that the loggers kept and send at the start."""

SHOWN = 90
"""Readings in the little graph on the page."""

FLOOD = 480
"""Bad messages in one flood; then it ends by itself."""

FLOOD_A_MINUTE = 24

Publish = Callable[[str, bytes, bool], object]
"""Topic, payload, whether the broker keeps it for those who connect later."""


@dataclass(frozen=True, slots=True)
class Build:
    """How a unit is built, in Celsius and minutes: air leaks through the walls and, quicker, through an open door."""

    set_at: float
    band: float
    cooling: float
    walls: float
    door: float


FRIDGE = Build(set_at=4.6, band=0.3, cooling=0.35, walls=420.0, door=26.0)
FREEZER = Build(set_at=-20.0, band=0.35, cooling=0.9, walls=900.0, door=30.0)


class StorageAir:
    """The air in one unit: a thermostat that switches a compressor, walls that leak, a door."""

    def __init__(self, build: Build, dice: random.Random) -> None:
        """Somewhere in its usual cycle."""
        self._build = build
        self._dice = dice
        self._is_cooling = dice.random() < 0.3
        self.temperature = build.set_at + dice.uniform(-build.band, build.band)
        self.door_open = False

    def pass_a_minute(self) -> None:
        """Let one minute pass, exponentially toward the room and down with the compressor."""
        build = self._build
        leak = (ROOM - self.temperature) / build.walls
        if self.door_open:
            leak += (ROOM - self.temperature) / build.door
        self.temperature += leak - (build.cooling if self._is_cooling else 0.0)
        if self.temperature > build.set_at + build.band:
            self._is_cooling = True
        elif self.temperature < build.set_at - build.band:
            self._is_cooling = False

    def read(self) -> float:
        """What a logger shows: Celsius with a little noise, two decimals."""
        return round(self.temperature + self._dice.gauss(0, 0.04), 2)


@dataclass(slots=True)
class Device:
    """A unit with its air and its logger; what people did to it; its last readings in the site's unit.

    `said_at` is the device's time of the newest reading that was published.
    """

    unit: StorageUnit
    air: StorageAir
    shown_in: TemperatureUnit
    battery: int
    silenced: bool = False
    said_at: datetime | None = None
    flood_left: int = 0
    readings: deque[float] = field(default_factory=lambda: deque(maxlen=SHOWN))

    @property
    def state(self) -> str:
        """`silent`, `out of range` or `in range`, as the last reading says."""
        if self.silenced or not self.readings:
            return "silent"
        limits = self.unit.storage_class
        low, high = limits.low.get(self.shown_in), limits.high.get(self.shown_in)
        outside = (low is not None and self.readings[-1] < low) or (high is not None and self.readings[-1] > high)
        return "out of range" if outside else "in range"


class Fridges:
    """All devices of a site. Any thread may ask; `advance` publishes what fell due."""

    def __init__(
        self, units: Iterable[StorageUnit], publish: Publish, start: datetime, shown_in: TemperatureUnit, seed: int = 7
    ) -> None:
        """Devices as they stand at `start`; `shown_in` is the unit people read."""
        self._publish = publish
        self._at = start.replace(second=0, microsecond=0)  # devices tell whole seconds
        self._seed = seed
        self._lock = threading.Lock()
        self._devices = {unit.id: self._device(unit, shown_in) for unit in units if unit.sensor is not None}

    def _device(self, unit: StorageUnit, shown_in: TemperatureUnit) -> Device:
        dice = random.Random(f"{self._seed}:{unit.id}")
        usual = FREEZER if "freezer" in unit.storage_class.id else FRIDGE
        build = replace(usual, set_at=usual.set_at + dice.uniform(-0.5, 0.5))
        return Device(unit, StorageAir(build, dice), shown_in, battery=dice.randint(80, 99))

    @property
    def devices(self) -> tuple[Device, ...]:
        """In the order they were defined."""
        return tuple(self._devices.values())

    def device(self, unit_id: str) -> Device:
        """One of them. Raises LookupError."""
        return self._devices[unit_id]

    def tell_the_night(self, since: datetime) -> None:
        """Publish what the loggers kept from `since` until the start."""
        with self._lock:
            at = since
            while at < self._at:
                for device in self._devices.values():
                    for _ in range(BEFORE_OPENING // MINUTE):
                        device.air.pass_a_minute()
                    self._say(device, at)
                at += BEFORE_OPENING

    def advance(self, now: datetime) -> None:
        """Let the minutes until `now` pass, one reading of each speaking device for each."""
        with self._lock:
            while self._at + MINUTE <= now:
                self._at += MINUTE
                for device in self._devices.values():
                    self._pass_a_minute(device)

    def _pass_a_minute(self, device: Device) -> None:
        device.air.pass_a_minute()
        if not device.silenced:
            self._say(device, self._at)
        if device.flood_left:
            self._flood(device)

    def _say(self, device: Device, taken_at: datetime) -> None:
        sensor = device.unit.sensor
        if sensor is None:
            return
        celsius = device.air.read()
        device.said_at = taken_at
        device.readings.append(round(convert(celsius, TemperatureUnit.CELSIUS, device.shown_in), 1))
        self._publish(sensor.topic, message_of(sensor, celsius, taken_at, device.battery), True)

    def _flood(self, device: Device) -> None:
        sensor = device.unit.sensor
        count = min(FLOOD_A_MINUTE, device.flood_left)
        device.flood_left -= count
        if sensor is not None:
            for topic, payload in bad_messages(sensor.topic, self._at, FLOOD - device.flood_left - count, count):
                self._publish(topic, payload, False)

    def open_door(self, unit_id: str, *, is_open: bool) -> None:
        """Open or close a unit's door. Raises LookupError."""
        with self._lock:
            self._devices[unit_id].air.door_open = is_open

    def silence(self, unit_id: str, *, is_silent: bool) -> None:
        """Stop or start a unit's sensor; the broker keeps its last message. Raises LookupError."""
        with self._lock:
            self._devices[unit_id].silenced = is_silent

    def flood(self, unit_id: str, *, is_flooding: bool) -> None:
        """Begin or end a flood of bad messages on a unit's topic. Raises LookupError."""
        with self._lock:
            self._devices[unit_id].flood_left = FLOOD if is_flooding else 0
