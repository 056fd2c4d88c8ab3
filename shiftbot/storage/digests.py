"""Digests of readings: what an hour of one sensor adds up to, and which hours the record does not know yet.

An hour's readings are only ever added to, so an hour whose count the record knows has not changed by our own doing.
`canonical` is what a digest is over, and is the same whichever database the row lies in.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, func, select, true, type_coerce, update

from shiftbot.storage.tables import hourly, readings, record, schedules, sensors

KIND = "readings"
"""The kind of the entries, and of the schedule that leads to them."""

HOUR = timedelta(hours=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Row(NamedTuple):
    """A reading as it is digested; instants as they are stored, in microseconds."""

    taken_at: int
    received_at: int
    value: float
    unit: str
    device_time: bool
    retained: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """How many readings, and the SHA-256 over all of them in the order they were taken."""

    readings: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SensorHour:
    """One hour (its start in UTC) of one sensor."""

    hour: datetime
    sensor: int


def micros(instant: datetime) -> int:
    """An instant as it is stored."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(stored: int) -> datetime:
    """An instant out of what is stored."""
    return _EPOCH + stored * _MICROSECOND


def digest_of(rows: Iterable[Row]) -> Digest:
    """The digest of some readings, in any order."""
    ordered = sorted(rows)
    text = "".join(canonical(row) for row in ordered)
    return Digest(len(ordered), hashlib.sha256(text.encode()).hexdigest())


def canonical(row: Row) -> str:
    """One reading as one line of text."""
    taken_at, received_at, value, unit, device_time, retained = row
    return f"{taken_at} {received_at} {float(value)!r} {unit} {int(device_time)} {int(retained)}\n"


def sensors_of(connection: Connection, units: Collection[str]) -> dict[int, tuple[str, str]]:
    """The sensors that these units have or had: number → (unit, topic)."""
    return {row.id: (row.unit, row.topic) for row in connection.execute(_SENSORS, {"units": list(units)})}


_SENSORS = select(sensors).where(sensors.c.unit.in_(bindparam("units", expanding=True)))


def doubtful(connection: Connection, site: str, now: datetime) -> tuple[date, datetime] | None:
    """From which UTC day on a site's hours may lack a digest, and since when it is due; `None` when it is not.

    Locked, so that a reading that comes late meanwhile is noted after what this transaction notes.
    """
    found = connection.execute(_DOUBTFUL, {"of_site": site, "now": now}).one_or_none()
    return None if found is None else (found.for_on or date.min, found.attention_at)


_DOUBTFUL = (
    select(schedules.c.for_on, schedules.c.attention_at)
    .where(
        schedules.c.site == bindparam("of_site"),
        schedules.c.kind == KIND,
        schedules.c.attention_at <= bindparam("now"),
    )
    .with_for_update()
)


def doubt_from(connection: Connection, site: str, instant: datetime) -> None:
    """A reading came that was taken at `instant`: that day's hours of the site may lack it."""
    on = instant.astimezone(UTC).date()
    waiting = (schedules.c.site == site, schedules.c.kind == KIND, schedules.c.for_on > on)
    connection.execute(update(schedules).where(*waiting).values(for_on=on))


def counted(
    connection: Connection, numbers: Collection[int], since: datetime, until: datetime
) -> dict[SensorHour, int]:
    """How many readings each hour of these sensors has, out of the hourly roll-up, oldest first."""
    found = connection.execute(_COUNTED, {"numbers": list(numbers), "since": since, "until": until})
    return {SensorHour(row.hour, row.sensor): int(row.readings) for row in found}


_COUNTED = (
    select(hourly.c.hour, hourly.c.sensor, func.sum(hourly.c.readings).label("readings"))
    .where(
        hourly.c.sensor.in_(bindparam("numbers", expanding=True)),
        hourly.c.hour >= bindparam("since"),
        hourly.c.hour < bindparam("until"),
    )
    .group_by(hourly.c.hour, hourly.c.sensor)
    .order_by(hourly.c.hour, hourly.c.sensor)
)


def recorded(connection: Connection, site: str, since: datetime) -> dict[SensorHour, int]:
    """How many readings of each hour the record knows, for the hours from `since` on and perhaps some before."""
    known: dict[SensorHour, int] = {}
    for body in connection.execute(_RECORDED, {"of_site": site, "since": since}).scalars():
        known |= {hour: digest.readings for hour, digest in parsed(json.loads(body)).items()}
    return known


_RECORDED = (
    select(record.c.body)
    .where(record.c.site == bindparam("of_site"), record.c.kind == KIND, record.c.at >= bindparam("since"))
    .order_by(record.c.seq)
)


def parsed(body: Any) -> dict[SensorHour, Digest]:
    """The digests that an entry holds. Raises KeyError, TypeError or ValueError when it is not such an entry's body."""
    hour = datetime.fromisoformat(body["hour"])
    if hour.tzinfo is None:
        raise ValueError(f"{hour} has no zone")
    return {
        SensorHour(hour, int(number)): Digest(int(found["readings"]), str(found["sha256"]))
        for number, found in body["sensors"].items()
    }


def rows_of(connection: Connection, hour: SensorHour) -> list[Row]:
    """The readings of one hour of one sensor."""
    return rows_between(connection, hour.sensor, hour.hour, hour.hour + HOUR)


def rows_between(connection: Connection, sensor: int, since: datetime, until: datetime) -> list[Row]:
    """The readings of a half-open stretch of one sensor, in the order they were taken."""
    asked = {"of_sensor": sensor, "since": since, "until": until}
    return [Row(*found) for found in connection.execute(_ROWS, asked)]


_ROWS = (
    select(
        type_coerce(readings.c.taken_at, BigInteger),
        type_coerce(readings.c.received_at, BigInteger),
        readings.c.value,
        readings.c.unit,
        readings.c.device_time,
        readings.c.retained,
    )
    .where(
        readings.c.sensor == bindparam("of_sensor"),
        readings.c.taken_at >= bindparam("since"),
        readings.c.taken_at < bindparam("until"),
    )
    .order_by(readings.c.taken_at)
)


def of_hours(
    connection: Connection, sites: Collection[str], hours: Collection[datetime], before: datetime | None = None
) -> dict[SensorHour, Digest]:
    """The newest digest of each of these hours that stands in the chains of `sites`, or stood there `before`."""
    query = (
        select(record.c.body)
        .where(record.c.site.in_(sites), record.c.kind == KIND, record.c.at >= min(hours))
        .where(record.c.at < before if before is not None else true())
        .where(record.c.subject.in_([subject_of(hour) for hour in hours]))
        .order_by(record.c.at, record.c.seq)
    )
    known: dict[SensorHour, Digest] = {}
    for body in connection.execute(query).scalars():
        known |= parsed(json.loads(body))
    return known


def subject_of(hour: datetime) -> str:
    """The subject of the entries about an hour."""
    return f"hour:{hour.isoformat()}"


def start_of(on: date) -> datetime:
    """The first instant of a UTC day."""
    return datetime.combine(on, time(), UTC)
