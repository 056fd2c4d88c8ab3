"""A site's units with their last day, hour by hour: for whoever asks how the temperatures are. Only reads."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.maintenance import Window
from shiftbot.domain.site import Pharmacy
from shiftbot.services.cold_chain.looking import UnitView, unit_overview
from shiftbot.storage import by_hand, maintenance, temperatures
from shiftbot.storage.by_hand import ManualReading
from shiftbot.storage.temperatures import Span

HOURS = 24


@dataclass(frozen=True, slots=True)
class UnitDay:
    """One unit: how it stands, its last 24 hours (the oldest first, `None` without a reading), and people at work.

    `by_hand` is the newest reading that somebody took, of the last day.
    """

    view: UnitView
    hours: tuple[Span | None, ...]
    by_hand: ManualReading | None
    window: Window | None


def unit_days(connection: Connection, pharmacy: Pharmacy, site: str, now: datetime) -> list[UnitDay]:
    """Every storage unit of a site, in the order they were written."""
    views = unit_overview(connection, pharmacy, site, now)
    ids = [view.id for view in views]
    read, windows = by_hand.newest_readings(connection, ids), maintenance.open_of(connection, ids)
    return [
        UnitDay(
            view,
            _hours(connection, view, now),
            read[view.id] if view.id in read and read[view.id].taken_at > now - HOURS * timedelta(hours=1) else None,
            windows.get(view.id),
        )
        for view in views
    ]


def _hours(connection: Connection, view: UnitView, now: datetime) -> tuple[Span | None, ...]:
    hour = timedelta(hours=1)
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = last - (HOURS - 1) * hour
    rolled = temperatures.rolled_up(connection, view.id, first, last + hour, view.temperature_unit)
    return tuple(rolled.get(first + number * hour) for number in range(HOURS))
