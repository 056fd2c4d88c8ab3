"""A storage unit as the cold chain's services see it, and how its temperatures and times are put for people."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from shiftbot.domain.cold_chain import Judgement, Limits, UnitState, limits_of
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.maintenance import Window
from shiftbot.domain.site import Pharmacy, Probe, Site, StorageClass, StorageUnit, TemperatureUnit


@dataclass(frozen=True, slots=True)
class Unit:
    """A storage unit with its site, what it must hold, and the maintenance window that is open."""

    unit: StorageUnit
    site: Site
    limits: Limits
    window: Window | None = None

    @property
    def id(self) -> str:
        """The unit's id."""
        return self.unit.id

    @property
    def actor(self) -> str:
        """Who the record says it was."""
        return f"sensor:{self.unit.id}"

    @property
    def gateway(self) -> str:
        """What its sensor speaks through; empty when nothing is said of it."""
        return self.unit.sensor.gateway if self.unit.sensor else ""

    def is_in_maintenance(self, now: datetime) -> bool:
        """Whether notices that are not critical wait."""
        return self.window is not None and self.window.holds_at(now)

    def degrees(self, value: float) -> str:
        """A temperature as people of the site read it."""
        return f"{round(value, 1) + 0.0:.1f} °{self.limits.unit.value}"  # never -0.0

    def clock(self, at: datetime) -> str:
        """A local time of day."""
        return local_clock(self.site.calendar, at)

    @property
    def range(self) -> str:
        """The limits in words."""
        low, high = self.limits.low, self.limits.high
        if math.isinf(low):
            return f"at most {high:g} °{self.limits.unit.value}"
        return f"{low:g} to {high:g} °{self.limits.unit.value}" if math.isfinite(high) else f"at least {low:g}"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement, the state before it, and since when the excursions it gives stand for those that were stored."""

    before: UnitState
    judgement: Judgement
    since: datetime


def unit_of(pharmacy: Pharmacy, unit_id: str, window: Window | None = None) -> Unit | None:
    """A unit with its site and limits; `None` when it is not defined, or people read it."""
    unit = pharmacy.units.get(unit_id)
    if unit is None or unit.sensor is None or unit.site not in pharmacy.sites:
        return None
    site = pharmacy.sites[unit.site]
    limits = _limits_of(unit.storage_class, site.temperature_unit, unit.sensor.every, unit.probe)
    return Unit(unit, site, limits, window)


_known: dict[tuple[int, TemperatureUnit, timedelta, Probe | None], tuple[StorageClass, Limits]] = {}
"""Limits by the class they come from, which thousands of units share. Only saves time: forgetting them does no harm."""

KNOWN_AT_MOST = 1_000


def _limits_of(held: StorageClass, degrees: TemperatureUnit, every: timedelta, probe: Probe | None) -> Limits:
    key = (id(held), degrees, every, probe)
    found = _known.get(key)
    if found is None or found[0] is not held:
        if len(_known) >= KNOWN_AT_MOST:
            _known.clear()
        found = _known[key] = (held, limits_of(held, degrees, every, probe))
    return found[1]
