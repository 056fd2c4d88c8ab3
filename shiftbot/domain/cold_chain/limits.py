"""What one unit must hold, in the site's own unit, with a delay for each tier, and how it comes out of its class."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from shiftbot.domain.cold_chain.reading import Direction
from shiftbot.domain.site import Probe, StorageClass, TemperatureUnit

HOLDS_AT_MOST = timedelta(minutes=30)
"""A reading says nothing about what comes later than this: the longest logging interval allowed (domain.md §1.2)."""

SILENT_AT_LEAST = timedelta(minutes=20)
SILENT_CRITICAL = timedelta(minutes=60)
"""Silence is max(2 × interval, 20 min), critical at 60 min (domain.md §1.5)."""

CLEAR_INSIDE = {TemperatureUnit.CELSIUS: 0.3, TemperatureUnit.FAHRENHEIT: 0.5}
"""How far inside the range counts as recovered where the class does not say (domain.md §1.5)."""

AIR_TIMES, AIR_AT_MOST, AIR_CRITICAL = 2, timedelta(minutes=60), timedelta(minutes=5)
"""A probe in air shows every opening of the door (domain.md §1.6, S2 S5): its delays are doubled, up to an hour, and
what is critical must hold for 5 minutes. How much longer is our own choice; no source gives a figure."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one unit must hold, all in the site's unit; a limit itself is in range, a critical threshold is critical.

    `warn_low` and `warn_high` lie inside the range; `cumulative_*` is the time out of range on one side that is told
    when it has come together within `cumulative_within`; `holds_at_most` is the largest gap between two readings out
    of range that still adds up; `rate_per_minute` is a change no probe can make.
    """

    unit: TemperatureUnit
    low: float = -math.inf
    high: float = math.inf
    critical_low: float = -math.inf
    critical_high: float = math.inf
    clear_inside: float = 0.0
    alarm_delay: timedelta = timedelta(minutes=15)
    critical_after: timedelta = timedelta(minutes=60)
    clear_after: timedelta = timedelta(minutes=10)
    silent_after: timedelta = SILENT_AT_LEAST
    holds_at_most: timedelta = HOLDS_AT_MOST
    warn_low: float = -math.inf
    warn_high: float = math.inf
    warn_after: timedelta = timedelta(minutes=10)
    critical_delay: timedelta = timedelta(0)
    cumulative_hot: timedelta | None = None
    cumulative_cold: timedelta | None = None
    cumulative_within: timedelta = timedelta(hours=72)
    rate_per_minute: float = math.inf
    flaps: int = 0
    flaps_within: timedelta = timedelta(hours=1)

    def side(self, value: float) -> Direction | None:
        """On which side `value` is out of range; `None` when it is in range, the limits included."""
        if value > self.high:
            return Direction.HIGH
        return Direction.LOW if value < self.low else None

    def warns_of(self, value: float) -> Direction | None:
        """Near which limit `value` is."""
        if value > self.warn_high:
            return Direction.HIGH
        return Direction.LOW if value < self.warn_low else None

    def is_critical(self, value: float) -> bool:
        """Whether `value` has reached a critical threshold."""
        return value >= self.critical_high or value <= self.critical_low

    def is_well_inside(self, value: float) -> bool:
        """Whether `value` is far enough inside the range to count towards recovery."""
        return self.low + self.clear_inside <= value <= self.high - self.clear_inside

    def is_far_from_warning(self, value: float) -> bool:
        """Whether `value` ends a warning."""
        return self.warn_low + self.clear_inside <= value <= self.warn_high - self.clear_inside

    @property
    def quiet(self) -> tuple[float, float]:
        """Between these a unit at peace stays at peace, whatever the readings are."""
        return max(self.low, self.warn_low), min(self.high, self.warn_high)

    def cumulative(self, direction: Direction) -> timedelta | None:
        """How much time out of range on one side is told, however short each stretch of it was."""
        return self.cumulative_hot if direction is Direction.HIGH else self.cumulative_cold

    @property
    def silence_is_critical_after(self) -> timedelta:
        """How long a sensor may be silent before it is critical."""
        return max(SILENT_CRITICAL, self.silent_after)


def limits_of(
    storage_class: StorageClass,
    unit: TemperatureUnit,
    every: timedelta = timedelta(minutes=5),
    probe: Probe | None = None,
) -> Limits:
    """The limits of a class as printed in `unit`, for a sensor that promises a reading `every` so often."""

    def bound(side: Mapping[TemperatureUnit, float | None], missing: float) -> float:
        value = side.get(unit)
        return missing if value is None else value

    limits = Limits(
        unit=unit,
        low=bound(storage_class.low, -math.inf),
        high=bound(storage_class.high, math.inf),
        critical_low=bound(storage_class.critical_low, -math.inf),
        critical_high=bound(storage_class.critical_high, math.inf),
        clear_inside=storage_class.clear_inside.get(unit, CLEAR_INSIDE[unit]),
        alarm_delay=storage_class.alarm_delay,
        critical_after=storage_class.critical_after,
        clear_after=storage_class.clear_after,
        silent_after=max(2 * every, SILENT_AT_LEAST),
        holds_at_most=storage_class.max_gap,
        warn_low=bound(storage_class.warn_low, -math.inf),
        warn_high=bound(storage_class.warn_high, math.inf),
        warn_after=storage_class.warn_after,
        critical_delay=storage_class.critical_delay,
        cumulative_hot=storage_class.cumulative_hot,
        cumulative_cold=storage_class.cumulative_cold,
        cumulative_within=storage_class.cumulative_within,
        rate_per_minute=storage_class.rate.get(unit, math.inf),
        flaps=storage_class.flaps,
        flaps_within=storage_class.flaps_within,
    )
    return _in_air(limits) if probe is Probe.AIR else limits


def _in_air(limits: Limits) -> Limits:
    return replace(
        limits,
        alarm_delay=_longer(limits.alarm_delay),
        warn_after=_longer(limits.warn_after),
        critical_delay=max(limits.critical_delay, AIR_CRITICAL),
    )


def _longer(delay: timedelta) -> timedelta:
    return max(delay, min(AIR_TIMES * delay, AIR_AT_MOST))
