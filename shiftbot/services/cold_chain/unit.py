"""A storage unit as the cold chain's services see it, and how its temperatures and times are put for people."""

import math
from dataclasses import dataclass
from datetime import datetime

from shiftbot.domain.cold_chain import Judgement, Limits, UnitState
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.site import Site, StorageUnit


@dataclass(frozen=True, slots=True)
class Unit:
    """A storage unit with its site and what it must hold."""

    unit: StorageUnit
    site: Site
    limits: Limits

    @property
    def id(self) -> str:
        """The unit's id."""
        return self.unit.id

    @property
    def actor(self) -> str:
        """Who the record says it was."""
        return f"sensor:{self.unit.id}"

    def degrees(self, value: float) -> str:
        """A temperature as people of the site read it."""
        return f"{value:.1f} °{self.limits.unit.value}"

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
