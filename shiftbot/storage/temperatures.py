"""Reading temperatures back: what a unit shows now, its lowest and highest, a stretch of its readings.

A unit may have had several sensors; every question here is asked of the unit. What else a sensor measures is left out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, bindparam, func, select, type_coerce

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


@dataclass(frozen=True, slots=True)
class Bucket:
    """The readings of a short stretch: when the first and last of them were taken, their lowest and highest."""

    first_at: datetime
    last_at: datetime
    low: float
    high: float


def _reading(row: Row[Any]) -> Reading:
    return Reading(row.taken_at, row.received_at, row.value, TemperatureUnit(row.unit), row.retained)


def sensors_of(unit: str) -> Select[tuple[int]]:
    """The numbers of a unit's temperature sensors, past and present."""
    return select(sensors.c.id).where(sensors.c.unit == unit, sensors.c.metric == "temperature")


def _of_unit(unit: str, since: datetime | None, until: datetime | None) -> Select[Any]:
    query = select(readings).where(readings.c.sensor.in_(sensors_of(unit)))
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
    found: dict[str, Newest] = {}
    for row in connection.execute(_NEWEST, {"units": list(units)}):
        before = found.get(row.storage_unit)
        heard = [each for each in (row.heard_at, before.heard_at if before else None) if each is not None]
        found[row.storage_unit] = Newest(
            row.storage_unit, row.taken_at, row.value, TemperatureUnit(row.unit), max(heard, default=None), row.battery
        )
    return found


_NEWEST = (
    select(sensors.c.unit.label("storage_unit"), latest)
    .join(latest, latest.c.sensor == sensors.c.id)
    .where(
        sensors.c.unit.in_(bindparam("units", expanding=True)),
        sensors.c.metric == "temperature",
        latest.c.taken_at.is_not(None),
    )
    .order_by(latest.c.taken_at)
)


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
    query = (
        select(
            hourly.c.hour, hourly.c.unit, func.min(hourly.c.low), func.max(hourly.c.high), func.sum(hourly.c.readings)
        )
        .where(hourly.c.sensor.in_(sensors_of(unit)), hourly.c.hour >= since, hourly.c.hour < until)
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


_MICROSECOND = timedelta(microseconds=1)


def buckets(
    connection: Connection, unit: str, since: datetime, until: datetime, width: timedelta, degrees: TemperatureUnit
) -> list[Bucket]:
    """A unit's readings of a half-open stretch gathered into buckets `width` long, in order; empty ones are left out.

    However often a sensor speaks, what comes back is bounded, and no lowest or highest is lost.
    """
    taken_at = type_coerce(readings.c.taken_at, BigInteger)
    number = (taken_at // (width // _MICROSECOND)).label("number")
    query = (
        select(
            number, readings.c.unit,
            func.min(readings.c.taken_at, type_=readings.c.taken_at.type).label("first_at"),
            func.max(readings.c.taken_at, type_=readings.c.taken_at.type).label("last_at"),
            func.min(readings.c.value).label("low"), func.max(readings.c.value).label("high"),
        )
        .where(readings.c.sensor.in_(sensors_of(unit)), readings.c.taken_at >= since, readings.c.taken_at < until)
        .group_by(number, readings.c.unit)
        .order_by(number)
    )  # fmt: skip
    found: dict[int, Bucket] = {}
    for row in connection.execute(query):
        low, high = (convert(value, TemperatureUnit(row.unit), degrees) for value in (row.low, row.high))
        one = Bucket(row.first_at, row.last_at, low, high)
        found[row.number] = _joined(found[row.number], one) if row.number in found else one
    return list(found.values())


def _joined(one: Bucket, other: Bucket) -> Bucket:
    return Bucket(
        min(one.first_at, other.first_at),
        max(one.last_at, other.last_at),
        min(one.low, other.low),
        max(one.high, other.high),
    )


@dataclass(frozen=True, slots=True)
class Delay:
    """How long one of the newest readings was on its way; `None` for a device that gives no time of its own."""

    taken_at: datetime
    lag: timedelta | None


def newest_delays(connection: Connection, units: Collection[str], most: int) -> Mapping[str, list[Delay]]:
    """Of each unit's newest sensor the newest readings that were not retained replays, newest first."""
    found: dict[str, list[Delay]] = {}
    for unit, number in _newest_sensors(connection, units).items():
        columns = (readings.c.taken_at, readings.c.received_at, readings.c.device_time)
        query = (
            select(*columns)
            .where(readings.c.sensor == number, readings.c.retained.is_(False))
            .order_by(readings.c.taken_at.desc())
            .limit(most)
        )
        found[unit] = [
            Delay(row.taken_at, row.received_at - row.taken_at if row.device_time else None)
            for row in connection.execute(query)
        ]
    return found


def _newest_sensors(connection: Connection, units: Collection[str]) -> dict[str, int]:
    query = (
        select(sensors.c.unit, sensors.c.id)
        .join(latest, latest.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units), sensors.c.metric == "temperature", latest.c.taken_at.is_not(None))
        .order_by(latest.c.taken_at)
    )
    return {row.unit: row.id for row in connection.execute(query)}
