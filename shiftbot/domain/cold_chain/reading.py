"""One value of a sensor, the side of the range it may lie on, and the gaps between values. Knows no limits."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from shiftbot.domain.site import TemperatureUnit


class Direction(StrEnum):
    """Which side of the range."""

    HIGH = "high"
    LOW = "low"


class Reading(NamedTuple):
    """One value as the device sent it. A `retained` one is history: it never shows that the sensor lives."""

    taken_at: datetime
    received_at: datetime
    value: float
    unit: TemperatureUnit
    retained: bool = False


class Gap(NamedTuple):
    """A stretch of which nothing is known: the last reading before it and the first after it."""

    since: datetime
    until: datetime


def find_gaps(
    taken_at: Iterable[datetime],
    longest: timedelta,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Gap]:
    """Where more than `longest` lies between two instants in order; `since` and `until` are the ends to be covered.

    A gap is recorded and shown; what lies in it is never guessed (domain.md §1.6).
    """
    instants = [*([since] if since else []), *taken_at, *([until] if until else [])]
    return [Gap(before, after) for before, after in pairwise(instants) if after - before > longest]


def written(instant: datetime | None) -> str | None:
    """An instant as JSON."""
    return None if instant is None else instant.astimezone(UTC).isoformat()


def read(text: str | None) -> datetime | None:
    """The instant that `written` wrote."""
    return None if text is None else datetime.fromisoformat(text)
