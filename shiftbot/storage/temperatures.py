"""Reading temperatures back: what a unit shows now, its lowest and highest, a stretch of its readings.

A unit may have had several sensors; every question here is asked of the unit.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from shiftbot.domain.cold_chain import Reading
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.temperature import convert
from shiftbot.storage.tables import hourly, latest, readings, sensors


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest reading of a unit. `heard_at`: when a reading last arrived that was not a retained replay."""

    unit: str
    taken_at: datetime
    value: float
    degrees: TemperatureUnit
    heard_at: datetime | None
    battery: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """The lowest and highest of some readings, in the unit that was asked for, and how many they were."""

    low: float
    high: float
    count: int


def _reading(row: Row[Any]) -> Reading:
    return Reading(row.taken_at, row.received_at, row.value, TemperatureUnit(row.unit), row.retained)


def _of_unit(unit: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    numbers = select(sensors.c.id).where(sensors.c.unit == unit)
    query = select(readings).where(readings.c.sensor.in_(numbers))
    if since is not None:
        query = query.where(readings.c.taken_at >= since)
    return query if until is None else query.where(readings.c.taken_at < until)


def between(
    connection: Connection, unit: str, since: datetime | None = None, until: datetime | None = None
) -> list[Reading]:
    """A unit's readings in a half-open stretch of device time, in order."""
    query = _of_unit(unit, since, until).order_by(readings.c.taken_at, readings.c.sensor)
    return [_reading(row) for row in connection.execute(query)]


def newest(connection: Connection, units: Collection[str]) -> dict[str, Newest]:
    """The newest reading of each of `units` that has one."""
    query = (
        select(sensors.c.unit.label("storage_unit"), latest)
        .join(latest, latest.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units), latest.c.taken_at.is_not(None))
        .order_by(latest.c.taken_at)
    )
    found: dict[str, Newest] = {}
    for row in connection.execute(query):
        before = found.get(row.storage_unit)
        heard = [each for each in (row.heard_at, before.heard_at if before else None) if each is not None]
        found[row.storage_unit] = Newest(
            row.storage_unit, row.taken_at, row.value, TemperatureUnit(row.unit), max(heard, default=None), row.battery
        )
    return found


def span(connection: Connection, unit: str, since: datetime, degrees: TemperatureUnit) -> Span | None:
    """The lowest and highest of a unit since an instant, in `degrees`; `None` when there is no reading."""
    stretch = _of_unit(unit, since, None).subquery()
    query = select(
        stretch.c.unit, func.min(stretch.c.value), func.max(stretch.c.value), func.count()
    ).group_by(stretch.c.unit)  # fmt: skip
    return _in_one([tuple(row) for row in connection.execute(query)], degrees)


def rolled_up(
    connection: Connection, unit: str, since: datetime, until: datetime, degrees: TemperatureUnit
) -> dict[datetime, Span]:
    """The lowest and highest of each hour (its start in UTC) of a half-open stretch, out of the hourly roll-up."""
    numbers = select(sensors.c.id).where(sensors.c.unit == unit)
    query = (
        select(
            hourly.c.hour, hourly.c.unit, func.min(hourly.c.low), func.max(hourly.c.high), func.sum(hourly.c.readings)
        )
        .where(hourly.c.sensor.in_(numbers), hourly.c.hour >= since, hourly.c.hour < until)
        .group_by(hourly.c.hour, hourly.c.unit)
        .order_by(hourly.c.hour)
    )
    hours: dict[datetime, list[tuple[Any, ...]]] = {}
    for hour, *rest in connection.execute(query):
        hours.setdefault(hour, []).append(tuple(rest))
    return {hour: found for hour, rows in hours.items() if (found := _in_one(rows, degrees))}


def _in_one(rows: list[tuple[Any, ...]], degrees: TemperatureUnit) -> Span | None:
    if not rows:
        return None
    lows = [convert(low, TemperatureUnit(unit), degrees) for unit, low, _, _ in rows]
    highs = [convert(high, TemperatureUnit(unit), degrees) for unit, _, high, _ in rows]
    return Span(min(lows), max(highs), sum(int(count) for *_, count in rows))
