"""Which sensor a unit has and had: rows that are only ever ended, by the definitions or by somebody who paired one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, text, update

from shiftbot.domain.site import Sensor, TemperatureUnit
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import sensor_history

DEFINITIONS = "definitions"
"""Who ended a row that nobody ended: sensors/ says otherwise now."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A sensor of a unit, from when to when. Nobody paired what the definitions name: `sensor.paired_by` is empty.

    `instead_of` is what the definitions said of the unit's sensor when it was paired.
    """

    id: int
    site: str
    unit: str
    sensor: Sensor
    paired_at: datetime
    instead_of: str
    ended_by: str | None
    ended_at: datetime | None


def _pairing(row: Row[Any]) -> Pairing:
    sensor = Sensor(
        row.topic,
        format=row.format,
        every=timedelta(seconds=row.every_seconds),
        unit=TemperatureUnit(row.temperature_unit),
        path=row.path,
        probe=row.probe,
        metric=row.metric,
        paired_by=row.paired_by,
    )
    return Pairing(row.id, row.site, row.unit, sensor, row.paired_at, row.instead_of, row.ended_by, row.ended_at)


def by_hand(connection: Connection) -> list[Pairing]:
    """What somebody paired and nobody ended, by unit: few, however many units there are."""
    # Written out, so that the index that holds only these is found.
    query = select(sensor_history).where(sensor_history.c.ended_at.is_(None), text("paired_by <> ''"))
    return [_pairing(row) for row in connection.execute(query.order_by(sensor_history.c.unit, sensor_history.c.id))]


def open_ones(connection: Connection, units: Collection[str] | None = None) -> list[Pairing]:
    """The sensors that these units have, or all units."""
    query = select(sensor_history).where(sensor_history.c.ended_at.is_(None)).order_by(sensor_history.c.id)
    if units is not None:
        query = query.where(sensor_history.c.unit.in_(units))
    return [_pairing(row) for row in connection.execute(query)]


def of_unit(connection: Connection, unit: str) -> list[Pairing]:
    """Every sensor that a unit has or had, the newest first."""
    query = select(sensor_history).where(sensor_history.c.unit == unit)
    ordered = query.order_by(sensor_history.c.paired_at.desc(), sensor_history.c.id.desc())
    return [_pairing(row) for row in connection.execute(ordered)]


def last_sites(connection: Connection) -> dict[str, str]:
    """By unit, the site that had it last, of all units that ever had a sensor."""
    query = select(sensor_history.c.unit, sensor_history.c.site).order_by(sensor_history.c.id)
    return {row.unit: row.site for row in connection.execute(query)}


def sites_of(connection: Connection, units: Collection[str]) -> set[str]:
    """The sites that ever had these units."""
    query = select(sensor_history.c.site).where(sensor_history.c.unit.in_(units)).distinct()
    return set(connection.execute(query).scalars())


def end(connection: Connection, pairing: Pairing, by: str, now: datetime) -> bool:
    """End one; whether it still lasted."""
    still = (sensor_history.c.id == pairing.id, sensor_history.c.ended_at.is_(None))
    ended = connection.execute(update(sensor_history).where(*still).values(ended_by=by, ended_at=now))
    return ended.rowcount == 1


def begin(connection: Connection, site: str, unit: str, sensor: Sensor, now: datetime, *, instead_of: str = "") -> bool:
    """A unit has this sensor from now on; whether it has none of this metric yet: the one before must be ended."""
    return insert_or_ignore(connection, sensor_history, [_row(site, unit, sensor, now, instead_of)]) == 1


def begin_all(connection: Connection, sensors: Sequence[tuple[str, str, Sensor, str]], now: datetime) -> None:
    """Units have these sensors from now on, as (site, unit, sensor, instead_of); those that have one keep it."""
    rows = [_row(site, unit, sensor, now, instead_of) for site, unit, sensor, instead_of in sensors]
    insert_or_ignore(connection, sensor_history, rows)


def _row(site: str, unit: str, sensor: Sensor, now: datetime, instead_of: str) -> dict[str, Any]:
    return {
        "site": site, "unit": unit, "topic": sensor.topic, "format": sensor.format, "metric": sensor.metric,
        "probe": sensor.probe, "path": sensor.path, "temperature_unit": sensor.unit.value,
        "every_seconds": sensor.every.total_seconds(), "paired_by": sensor.paired_by, "paired_at": now,
        "instead_of": instead_of,
    }  # fmt: skip
