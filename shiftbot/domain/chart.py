"""What a temperature chart shows, as values; drawing it and finding what it is made of are known elsewhere.

Every temperature is in `degrees`; a limit that there is not is infinite. A gap is part of what is shown, never bridged.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from shiftbot.domain.cold_chain import Direction, Gap
from shiftbot.domain.site import TemperatureUnit


@dataclass(frozen=True, slots=True)
class Step:
    """Readings close together: when the first and last were taken, their lowest and highest."""

    first_at: datetime
    last_at: datetime
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """An excursion as far as it is known; one that goes on has no end."""

    since: datetime
    until: datetime | None
    direction: Direction


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody read off the display."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One unit over one stretch. `courses` are the steps between two gaps; `resets` when lowest and highest were set
    back.
    """

    title: str
    subtitle: str
    degrees: TemperatureUnit
    zone: ZoneInfo
    since: datetime
    until: datetime
    limits: tuple[float, float]
    courses: tuple[tuple[Step, ...], ...]
    gaps: tuple[Gap, ...]
    out_of_range: tuple[OutOfRange, ...]
    by_hand: tuple[ByHand, ...]
    resets: tuple[datetime, ...]
