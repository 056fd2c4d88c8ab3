"""Mean kinetic temperature of a stretch of readings, weighted by time: an aid for a pharmacist, never a verdict.

It says what the heat of a window amounts to for a product labelled for it. It does not clear a vaccine's excursion
(its maker does), says nothing of frost, and hides a short excursion when the window is long (domain.md §1.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from shiftbot.domain.cold_chain.limits import HOLDS_AT_MOST
from shiftbot.domain.cold_chain.reading import Reading
from shiftbot.domain.site import StorageClass, TemperatureUnit
from shiftbot.domain.temperature import convert, mean_kinetic_temperature

ROOM_WINDOW = timedelta(days=30)
COLD_WINDOW = timedelta(hours=24)
"""USP Stimuli 44(4): 30 days for room temperature, 24 hours for controlled cold, the excursion included."""

WARNING = (
    "An aid for a pharmacist's own judgement: it clears no excursion, says nothing of freezing,"
    " and means only the window it names."
)

FREEZING = 0.0


@dataclass(frozen=True, slots=True)
class Mkt:
    """Mean kinetic temperature of a window. `covered` is how much of the window readings speak for, 0 to 1."""

    celsius: float
    since: datetime
    until: datetime
    readings: int
    covered: float


def window_of(storage_class: StorageClass) -> timedelta | None:
    """The window of a class; `None` where it has none. A class that lets things freeze never has one."""
    highs = [
        convert(high, unit, TemperatureUnit.CELSIUS) for unit, high in storage_class.high.items() if high is not None
    ]
    return None if any(high <= FREEZING for high in highs) else storage_class.mkt_window


def mkt(readings: Sequence[Reading], window: timedelta, *, holds_at_most: timedelta = HOLDS_AT_MOST) -> Mkt | None:
    """Mean kinetic temperature of the `window` that ends with the last of `readings`, in order; `None` without any.

    Each reading counts until the next, at most `holds_at_most`: what lies in a longer gap is not known. The last one
    counts for as long as the one before it, a single one for itself.
    """
    if not readings:
        return None
    until = readings[-1].taken_at
    inside = [each for each in readings if each.taken_at > until - window]
    weighted = list(_weighted(inside, holds_at_most))
    celsius = mean_kinetic_temperature(weighted)
    if celsius is None:
        return None
    known = sum(weight for _, weight in weighted)
    covered = min(known / window.total_seconds(), 1.0)
    return Mkt(celsius, inside[0].taken_at, until, len(inside), covered)


def _weighted(readings: Sequence[Reading], holds_at_most: timedelta) -> Iterator[tuple[float, float]]:
    """(°C, seconds) of each reading."""
    spans = [min(later.taken_at - earlier.taken_at, holds_at_most) for earlier, later in pairwise(readings)]
    spans.append(spans[-1] if spans else timedelta(seconds=1))
    for reading, span in zip(readings, spans, strict=True):
        yield convert(reading.value, reading.unit, TemperatureUnit.CELSIUS), span.total_seconds()
