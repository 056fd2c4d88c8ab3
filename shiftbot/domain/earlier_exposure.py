"""What a unit went through before: total time out of range matters, so every case says it (domain.md §1.3, §7 F2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

SHORT, LONG = timedelta(hours=72), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Together:
    """Time out of range within a window, and in how many excursions."""

    out: timedelta = timedelta(0)
    excursions: int = 0


@dataclass(frozen=True, slots=True)
class Exposure:
    """What came together in 72 hours and in 30 days, the excursion that is asked about included."""

    short: Together
    long: Together

    def to_json(self) -> dict[str, Any]:
        """JSON values; spans as seconds."""
        return {
            "seconds_out_72h": self.short.out.total_seconds(),
            "excursions_72h": self.short.excursions,
            "seconds_out_30d": self.long.out.total_seconds(),
            "excursions_30d": self.long.excursions,
        }


def reckon(excursions: Iterable[tuple[datetime, datetime, float]], until: datetime) -> Exposure:
    """Of (start, end, measured seconds out) the sums for the windows that end at `until`.

    Of an excursion that began before a window counts no more than lies in it.
    """
    found = list(excursions)
    return Exposure(*(_within(found, until - window, until) for window in (SHORT, LONG)))


def _within(found: Iterable[tuple[datetime, datetime, float]], since: datetime, until: datetime) -> Together:
    out, count = timedelta(0), 0
    for start, end, seconds in found:
        if end > since and start <= until:
            out += min(timedelta(seconds=seconds), min(end, until) - max(start, since))
            count += 1
    return Together(out, count)
