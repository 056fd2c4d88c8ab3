"""Holding readings against their digests in the record: changed, taken away, or put in afterwards.

Readings of an hour that came after its digest are the newest by receive time, so every digest of an hour, not only its
last, can be held against the readings that it knew. What came since a sensor was last digested waits for the next one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection

from shiftbot.storage.digests import Digest, Row, digest_of, micros
from shiftbot.storage.raw_rows import RawRow, raw_rows
from shiftbot.storage.tables import readings, sensors

ON_ITS_WAY = timedelta(minutes=10)
"""A reading may be stored this long after it was received: a digest made meanwhile does not know it yet."""

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""The hour of a reading whose instant cannot be read."""

Place = tuple[str, int]
"""A site and the number of an entry of its record."""


class Said(NamedTuple):
    """What an entry says of one hour of one sensor."""

    place: Place
    at: datetime
    hour: datetime
    unit: str
    topic: str
    digest: Digest


@dataclass(slots=True)
class _Sensor:
    """What the record says of one sensor, by hour, and what it said last."""

    name: str
    by_hour: dict[datetime, list[Said]]
    newest: Said


def reading_findings(connection: Connection, said: Mapping[int, list[Said]]) -> Iterator[tuple[Place, str]]:
    """What does not fit, with the entry that says otherwise. `said` has the sayings of each sensor by its number."""
    owners = {row["id"]: row for row in raw_rows(connection, sensors)}
    for number, sayings in sorted(said.items()):
        sensor = _gathered(sayings)
        owner = owners.get(number)
        if owner is None or (owner["unit"], owner["topic"]) != (sensor.newest.unit, sensor.newest.topic):
            yield sensor.newest.place, f"the sensor of {sensor.name} is not what was recorded"
        yield from _of_sensor(sensor, _rows(connection, number))


def _rows(connection: Connection, number: int) -> Iterator[RawRow]:
    return raw_rows(connection, readings, readings.c.sensor == number, by=(readings.c.taken_at,))


def _gathered(sayings: list[Said]) -> _Sensor:
    newest = max(sayings, key=lambda each: each.at)
    by_hour: dict[datetime, list[Said]] = {}
    for each in sayings:
        by_hour.setdefault(each.hour, []).append(each)
    return _Sensor(newest.unit, by_hour, newest)


def _of_sensor(sensor: _Sensor, rows: Iterator[RawRow]) -> Iterator[tuple[Place, str]]:
    missing = dict(sensor.by_hour)
    for hour, of_hour in groupby(rows, key=_hour):
        found = list(of_hour)
        if any(row.garbled for row in found):
            yield sensor.newest.place, f"a reading of {sensor.name} was changed: it cannot be read"
        yield from _of_hour(sensor, hour, [_row(row) for row in found if not row.garbled])
        missing.pop(hour, None)
    for hour in missing:
        yield from _of_hour(sensor, hour, [])


def _hour(row: RawRow) -> datetime:
    taken_at: datetime | None = row["taken_at"]
    return NEVER if taken_at is None else taken_at.replace(minute=0, second=0, microsecond=0)


def _row(row: RawRow) -> Row:
    values = row.values | {name: micros(row[name]) for name in ("taken_at", "received_at")}
    return Row(*(values[name] for name in Row._fields))


def _of_hour(sensor: _Sensor, hour: datetime, rows: list[Row]) -> Iterator[tuple[Place, str]]:
    what = f"the readings of {sensor.name} in the hour from {hour:%Y-%m-%d %H:%M} UTC"
    arrived = sorted(rows, key=lambda row: (row.received_at, row.taken_at))
    known = 0
    for said in sensor.by_hour.get(hour, []):
        known = max(known, said.digest.readings)
        if len(rows) < said.digest.readings:
            yield said.place, f"{what} are not what was recorded: there were {said.digest.readings}, not {len(rows)}"
        elif digest_of(arrived[: said.digest.readings]) != said.digest:
            yield said.place, f"{what} are not what was recorded"
    seen_by = micros(sensor.newest.at - ON_ITS_WAY)
    if hour < sensor.newest.hour or known:
        added = sum(1 for row in arrived[known:] if row.received_at < seen_by)
        if added:
            yield sensor.newest.place, f"{what} are not what was recorded: {added} were put in afterwards"
