"""What is wrong with sensors while it goes on: one open row a unit and kind, ended when it is over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from shiftbot.storage.tables import hourly, readings, sensor_troubles, sensors


class TroubleKind(StrEnum):
    """What is wrong."""

    BATTERY = "battery"  # `value` is the level that was told of, in per cent
    STUCK = "stuck"  # `value` is what it stands at


@dataclass(frozen=True, slots=True)
class Trouble:
    """One of them. `since_at` is when it began, `found_at` when it was noticed."""

    id: int
    site: str
    unit: str
    kind: TroubleKind
    since_at: datetime
    found_at: datetime
    value: float | None
    ended_at: datetime | None


def _trouble(row: Row[Any]) -> Trouble:
    return Trouble(**dict(row._mapping) | {"kind": TroubleKind(row.kind)})


def open_of(connection: Connection, units: Collection[str]) -> dict[tuple[str, TroubleKind], Trouble]:
    """What is wrong with the sensors of these units now."""
    query = select(sensor_troubles).where(sensor_troubles.c.unit.in_(units), sensor_troubles.c.ended_at.is_(None))
    return {(row.unit, TroubleKind(row.kind)): _trouble(row) for row in connection.execute(query)}


def add(
    connection: Connection, site: str, unit: str, kind: TroubleKind, since: datetime, value: float, now: datetime
) -> Trouble:
    """A trouble begins; its unit has no other of this kind that is open."""
    values = {"site": site, "unit": unit, "kind": kind.value, "since_at": since, "found_at": now, "value": value}
    return _trouble(connection.execute(insert(sensor_troubles).values(**values).returning(*sensor_troubles.c)).one())


def worsen(connection: Connection, trouble: Trouble, value: float) -> None:
    """The same trouble at another value."""
    connection.execute(update(sensor_troubles).where(sensor_troubles.c.id == trouble.id).values(value=value))


def end(connection: Connection, trouble: Trouble, now: datetime) -> None:
    """It is over."""
    connection.execute(update(sensor_troubles).where(sensor_troubles.c.id == trouble.id).values(ended_at=now))


def standing_still(connection: Connection, units: Collection[str], since: datetime) -> dict[str, float]:
    """Units whose roll-ups of the hours from `since` on show one value and no other; the value.

    A candidate only: the hours are whole ones, and a sensor that was silent shows one value, too.
    """
    query = (
        select(
            sensors.c.unit, func.min(hourly.c.low), func.max(hourly.c.high), func.count(hourly.c.hour.distinct())
        )
        .join(hourly, hourly.c.sensor == sensors.c.id)
        .where(sensors.c.unit.in_(units), sensors.c.metric == "temperature", hourly.c.hour >= since)
        .group_by(sensors.c.unit)
    )  # fmt: skip
    return {unit: low for unit, low, high, hours in connection.execute(query) if low == high and hours > 1}


def same_since(connection: Connection, unit: str, value: float, after: datetime) -> datetime | None:
    """The first of the unit's latest readings that all were `value`, looked for from `after` on."""
    mine = select(sensors.c.id).where(sensors.c.unit == unit, sensors.c.metric == "temperature")
    of_unit = select(func.max(readings.c.taken_at)).where(readings.c.sensor.in_(mine), readings.c.taken_at >= after)
    other: datetime | None = connection.execute(of_unit.where(readings.c.value != value)).scalar_one()
    first = select(func.min(readings.c.taken_at)).where(readings.c.sensor.in_(mine))
    first = first.where(readings.c.taken_at > other) if other else first.where(readings.c.taken_at >= after)
    found: datetime | None = connection.execute(first).scalar_one()
    return found
