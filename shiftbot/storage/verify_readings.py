"""Holding readings against their digests in the record: changed, taken away, or put in afterwards.

Readings of an hour that came after its digest are the newest by receive time, so every digest of an hour, not only its
last, can be held against the readings that it knew. What came since a sensor was last digested waits for the next one.
Hours that were let go at the end of their retention are gone, all of them, and their roll-ups are as they were then.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, groupby
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from shiftbot.storage.digests import Digest, Row, digest_of, micros
from shiftbot.storage.raw_rows import RawRow, raw_rows
from shiftbot.storage.retention import SHORTEST, Removal, RolledUp, roll_up_hash
from shiftbot.storage.tables import hourly, readings, sensors

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


class Gone(NamedTuple):
    """What an entry says was let go of one sensor."""

    place: Place
    at: datetime
    removal: Removal


@dataclass(slots=True)
class _Sensor:
    """What the record says of one sensor, by hour, and what it said last."""

    name: str
    by_hour: dict[datetime, list[Said]]
    newest: Said


def reading_findings(
    connection: Connection, said: Mapping[int, list[Said]], gone: Mapping[int, list[Gone]]
) -> Iterator[tuple[Place, str]]:
    """What does not fit, with the entry that says otherwise; what was `said` and is `gone` by the sensor's number."""
    owners = {row["id"]: row for row in raw_rows(connection, sensors)}
    for number, sayings in sorted(said.items()):
        sensor, spans = _gathered(sayings), _Spans(gone.get(number, ()))
        owner = owners.get(number)
        if owner is None or (owner["unit"], owner["topic"]) != (sensor.newest.unit, sensor.newest.topic):
            yield sensor.newest.place, f"the sensor of {sensor.name} is not what was recorded"
        sensor.by_hour = {hour: found for hour, found in sensor.by_hour.items() if hour not in spans}
        yield from _of_sensor(sensor, (row for row in _rows(connection, number) if _hour(row) not in spans))
    for number, removals in sorted(gone.items()):
        recorded = _Recorded(said.get(number, ()))
        for each in removals:
            yield from ((each.place, what) for what in _of_removal(connection, each, recorded))


class _Spans:
    """Stretches of time in which an hour lies or does not."""

    def __init__(self, gone: Iterable[Gone]) -> None:
        self._begins: list[datetime] = []
        self._ends: list[datetime] = []
        for since, until in sorted((each.removal.since, each.removal.until) for each in gone):
            if self._ends and since <= self._ends[-1]:
                self._ends[-1] = max(until, self._ends[-1])
            else:
                self._begins.append(since)
                self._ends.append(until)

    def __contains__(self, hour: datetime) -> bool:
        index = bisect_right(self._begins, hour) - 1
        return index >= 0 and hour < self._ends[index]


class _Recorded:
    """How many readings of a sensor its newest digests have, hour by hour."""

    def __init__(self, sayings: Iterable[Said]) -> None:
        newest = {each.hour: each.digest.readings for each in sorted(sayings, key=lambda each: each.at)}
        self._hours = sorted(newest)
        self._sums = list(accumulate((newest[hour] for hour in self._hours), initial=0))

    def between(self, since: datetime, until: datetime) -> int:
        """How many those of a half-open stretch have together."""
        return self._sums[bisect_left(self._hours, until)] - self._sums[bisect_left(self._hours, since)]


def _of_removal(connection: Connection, gone: Gone, recorded: _Recorded) -> Iterator[str]:
    removal = gone.removal
    span = f"of {removal.unit} from {removal.since:%Y-%m-%d %H:%M} to {removal.until:%Y-%m-%d %H:%M} UTC"
    if removal.until > gone.at - SHORTEST:
        yield f"the readings {span} were removed before they were a year old"
    known = recorded.between(removal.since, removal.until)
    if known != removal.readings:
        yield f"the readings {span} that were removed are not what was recorded: {known}, not {removal.readings}"
    if _rolled_up(connection, removal) != removal.rolled_up:
        yield f"the hourly roll-ups {span} are not what was recorded"
    again = _present(connection, removal)
    if again:
        yield f"the readings {span} were removed, and {again} of them are there: they were put in afterwards"


def _rolled_up(connection: Connection, removal: Removal) -> str:
    where = hourly.c.sensor == removal.sensor, hourly.c.hour >= removal.since, hourly.c.hour < removal.until
    rows = list(raw_rows(connection, hourly, *where, by=(hourly.c.hour, hourly.c.unit)))
    if any(row.garbled for row in rows):
        return "unreadable"
    values = (row.values | {"hour": micros(row["hour"])} for row in rows)
    return roll_up_hash(RolledUp(*(each[name] for name in RolledUp._fields)) for each in values)


def _present(connection: Connection, removal: Removal) -> int:
    where = (
        readings.c.sensor == removal.sensor,
        readings.c.taken_at >= removal.since,
        readings.c.taken_at < removal.until,
    )
    found: int = connection.execute(select(func.count()).select_from(readings).where(*where)).scalar_one()
    return found


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
