"""What a decoder collects from a message, value by value and fact by fact, so that one odd value spoils no other."""

from collections.abc import Callable, Mapping
from datetime import datetime

from shiftbot.domain.site import TemperatureUnit
from shiftbot.mqtt.formats.decoded import (
    AVAILABILITY,
    BATTERY,
    BATTERY_LOW,
    LQI,
    MAINS,
    RSSI,
    VOLTAGE,
    Decoded,
    Measured,
    Metric,
    Missing,
    Unusable,
    number_of,
)

_FACT_RANGES: Mapping[str, tuple[float, float]] = {
    BATTERY: (0, 100),
    BATTERY_LOW: (0, 1),
    VOLTAGE: (0, 500),
    RSSI: (-200, 0),
    LQI: (0, 255),
    AVAILABILITY: (0, 1),
    MAINS: (0, 1),
}


def note(facts: dict[str, float], name: str, value: object) -> None:
    """Add a fact about a device to `facts` when it is sensible; an odd one is left out."""
    if type(value) is int or type(value) is float:
        low, high = _FACT_RANGES[name]
        if low <= value <= high:
            facts[name] = float(value)


class Finds:
    """What a decoder has found in a message so far; a value that is none becomes something missing."""

    def __init__(self, taken_at: datetime | None = None, number: Callable[[object], float] = number_of) -> None:
        """`taken_at` counts for every value without a time of its own; `number` reads one from JSON, or refuses."""
        self.taken_at = taken_at
        self._number = number
        self._measured: list[Measured] = []
        self._missing: list[Missing] = []
        self._facts: dict[str, float] = {}

    def take(
        self,
        value: object,
        metric: Metric = Metric.TEMPERATURE,
        *,
        unit: TemperatureUnit = TemperatureUnit.CELSIUS,
        probe: str = "",
        times: float = 1.0,
        taken_at: datetime | None = None,
        backfilled: bool = False,
    ) -> None:
        """Add a value, `times` what turns it into its metric's unit."""
        try:
            number = self._number(value)
        except Unusable as unusable:
            self.miss(str(unusable), metric, probe)
            return
        at = taken_at if backfilled else taken_at or self.taken_at
        self._measured.append(Measured(number * times, unit, at, metric, probe, backfilled))

    def miss(self, reason: str, metric: Metric | None = Metric.TEMPERATURE, probe: str = "") -> None:
        """Note that a value is missing."""
        self._missing.append(Missing(reason, metric, probe))

    def fact(self, name: str, value: object) -> None:
        """Add a fact about the device when it is sensible; an odd one is left out."""
        try:
            note(self._facts, name, self._number(value))
        except Unusable:
            return

    @property
    def measured(self) -> tuple[Measured, ...]:
        """The values so far."""
        return tuple(self._measured)

    def decoded(self, key: str = "") -> Decoded:
        """All that was found."""
        return Decoded(tuple(self._measured), self._facts, key, tuple(self._missing))
