"""A unit's days: lowest, highest, mean and number of readings of each local day, out of the hourly roll-up.

A site's day is made of whole hours wherever its clock differs from UTC by whole hours; elsewhere the readings
themselves are summed, which is slower and says the same, as far back as they are kept.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Row, Select, func, literal, select, type_coerce

from shiftbot.domain.local_time import instant
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.temperature import convert
from shiftbot.storage.tables import hourly, readings, sensors

DAY = timedelta(days=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a unit in the unit that was asked for; `mean` is that of its `readings`, each counting once."""

    low: float
    high: float
    mean: float
    readings: int


class Stretch(NamedTuple):
    """Local days from `first` on, each as long as the others, as instants: half-open."""

    first: date
    starts_at: datetime
    ends_at: datetime
    days: int


def daily(
    connection: Connection, units: Collection[str], zone: ZoneInfo, first: date, until: date, degrees: TemperatureUnit
) -> dict[str, dict[date, Day]]:
    """By unit, each local day of a half-open span that has readings. A day without any is missing, never filled."""
    found: dict[str, dict[date, Day]] = {unit: {} for unit in units}
    owners = _owners(connection, units)
    for stretch in stretches(zone, first, until):
        query = _from_hours(stretch, owners) if _on_the_hour(stretch) else _from_readings(stretch, owners)
        for row in connection.execute(query):
            on, days = stretch.first + row.number * DAY, found[owners[row.sensor]]
            days[on] = _joined(days[on], _day(row, degrees)) if on in days else _day(row, degrees)
    return found


def stretches(zone: ZoneInfo, first: date, until: date) -> Iterator[Stretch]:
    """The days from `first` to before `until`, cut where the clock changes: such a day stands alone."""
    begun: Stretch | None = None
    for number in range((until - first).days):
        on = first + number * DAY
        starts_at, ends_at = (instant(zone, each, time()) for each in (on, on + DAY))
        one = Stretch(on, starts_at, ends_at, 1)
        if begun is not None and ends_at - starts_at == DAY and begun.ends_at - begun.starts_at == begun.days * DAY:
            begun = begun._replace(ends_at=ends_at, days=begun.days + 1)
            continue
        if begun is not None:
            yield begun
        begun = one
    if begun is not None:
        yield begun


def _on_the_hour(stretch: Stretch) -> bool:
    return not (stretch.starts_at.minute or stretch.ends_at.minute)


def _owners(connection: Connection, units: Collection[str]) -> dict[int, str]:
    """The unit of each of their temperature sensors, past and present."""
    query = select(sensors.c.id, sensors.c.unit).where(sensors.c.unit.in_(units), sensors.c.metric == "temperature")
    return {row.id: row.unit for row in connection.execute(query)}


def _from_hours(stretch: Stretch, numbers: Collection[int]) -> Select[Any]:
    low, high = func.min(hourly.c.low), func.max(hourly.c.high)
    return _by_day(stretch, hourly.c.hour, low, high, func.sum(hourly.c.total), func.sum(hourly.c.readings)).where(
        hourly.c.sensor.in_(numbers)
    )


def _from_readings(stretch: Stretch, numbers: Collection[int]) -> Select[Any]:
    value = readings.c.value
    return _by_day(stretch, readings.c.taken_at, func.min(value), func.max(value), func.sum(value), func.count()).where(
        readings.c.sensor.in_(numbers)
    )


def _by_day(stretch: Stretch, at: Column[Any], *columns: ColumnElement[Any]) -> Select[Any]:
    rows = at.table.c
    since_start = type_coerce(at, BigInteger) - (stretch.starts_at - _EPOCH) // _MICROSECOND
    number = (since_start // (DAY // _MICROSECOND) if stretch.days > 1 else literal(0)).label("number")
    names = ("low", "high", "total", "readings")
    named = [column.label(name) for column, name in zip(columns, names, strict=True)]
    return (
        select(rows.sensor, number, rows.unit, *named)
        .where(at >= stretch.starts_at, at < stretch.ends_at)
        .group_by(rows.sensor, "number", rows.unit)
    )


def _day(row: Row[Any], degrees: TemperatureUnit) -> Day:
    written_in, count = TemperatureUnit(row.unit), int(row.readings)
    low, high, mean = (convert(value, written_in, degrees) for value in (row.low, row.high, row.total / count))
    return Day(low, high, mean, count)


def _joined(one: Day, other: Day) -> Day:
    count = one.readings + other.readings
    mean = (one.mean * one.readings + other.mean * other.readings) / count
    return Day(min(one.low, other.low), max(one.high, other.high), mean, count)
