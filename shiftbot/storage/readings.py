"""Storing readings: durable, each once, with the newest one and the hour's roll-up in the same transaction.

The way of every reading, so it speaks SQL by hand where that halves the time; what reads them is in temperatures.py.
Instants are whole microseconds here, as the columns hold them. Whatever else a sensor measures is stored the same way,
as a sensor of its own, and does not wait to be judged.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Float, bindparam, func, select, tuple_, update

from shiftbot.domain.site import TemperatureUnit
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import latest, readings, sensors

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000
_KEYS_AT_ONCE = 400


Facts = Mapping[str, float]
"""What a device says of itself, such as `rssi` and `availability`; `at` is when, in seconds since 1970."""

NO_FACTS: Mapping[int, Facts] = {}

_DEGREES = frozenset(TemperatureUnit)


class Arrival(NamedTuple):
    """One reading of one sensor, as it came in. `device_time` says whether `taken_at` is the device's own.

    `unit` is `C` or `F` for a temperature; what comes in another one is not judged.
    """

    sensor: int
    taken_at: datetime
    received_at: datetime
    value: float
    unit: str
    device_time: bool = True
    retained: bool = False
    battery: float | None = None


class Key(NamedTuple):
    """What tells sensors apart. A topic that moves to another unit starts anew there."""

    unit: str
    topic: str
    metric: str = "temperature"
    probe: str = ""


def register(connection: Connection, wanted: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """The number of each sensor, named by (unit, topic) or a whole `Key`; those not known yet get one."""
    keys = {each: Key(*each) for each in wanted}
    insert_or_ignore(connection, sensors, [key._asdict() for key in dict.fromkeys(keys.values())])
    query, units = select(sensors), {key.unit for key in keys.values()}
    if len(units) <= _KEYS_AT_ONCE:
        query = query.where(sensors.c.unit.in_(units))
    known = {(row.unit, row.topic, row.metric, row.probe): row.id for row in connection.execute(query)}
    numbers = {each: known[key] for each, key in keys.items()}
    insert_or_ignore(connection, latest, [{"sensor": number} for number in dict.fromkeys(numbers.values())])
    return numbers


def store(connection: Connection, batch: Sequence[Arrival], facts: Mapping[int, Facts] = NO_FACTS) -> int:
    """Store what is new in `batch`; how many that was. A second reading of a sensor for one instant is left out.

    `facts` are what devices said of themselves, by sensor. Every sensor must have been registered.
    """
    if not batch and not facts:
        return 0
    rows = {(each[0], _number(each[1])): each for each in reversed(batch)}
    newest = _lock_latest(connection, {each[0] for each in batch}.union(facts))
    doubtful = [key for key in rows if key[1] <= newest[key[0]].taken_at]
    for key in _stored_already(connection, doubtful):
        del rows[key]
    if rows:
        sums = _Sums(newest)
        values = [_row(key, rows[key]) for key in reversed(rows)]
        for value in values:
            sums.add(value)
        _write(connection, _INSERT, [row[:7] for row in values])
        _write(connection, _NEWEST, [each.row() for each in sums.newest.values()])
        _write(connection, _ROLL_UP, [(*key, *hour) for key, hour in sorted(sums.hours.items())])
    _note(connection, facts)
    return len(rows)


def _number(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


_Row = tuple[int, int, int, float, str, bool, bool, float | None]


def _row(key: tuple[int, int], arrival: Arrival) -> _Row:
    _, _, received_at, value, unit, device_time, retained, battery = arrival
    return (*key, _number(received_at), value, str(unit), device_time, retained, battery)


@dataclass(slots=True)
class _Latest:
    """A row of `latest`, brought up to date reading by reading."""

    sensor: int
    taken_at: int
    value: float | None
    unit: str | None
    heard_at: int | None
    battery: float | None
    since: int | None
    low: float | None
    high: float | None
    unjudged_unit: str | None

    def row(self) -> tuple[Any, ...]:
        """The values in the order `_NEWEST` writes them."""
        return (
            self.taken_at, self.value, self.unit, self.heard_at, self.battery,
            self.since, self.low, self.high, self.unjudged_unit, self.sensor,
        )  # fmt: skip

    def add(self, taken_at: int, value: float, unit: str) -> None:
        """Take in one more reading."""
        if unit not in _DEGREES:
            pass  # nobody judges it
        elif self.since is None:
            self.since, self.low, self.high, self.unjudged_unit = taken_at, value, value, unit
        else:
            if taken_at < self.since:
                self.since = taken_at
            # Degrees of two kinds have no common lowest and highest: the judge then reads them one by one.
            if unit != self.unjudged_unit or self.low is None or self.high is None:
                self.low = self.high = self.unjudged_unit = None
            elif value < self.low:
                self.low = value
            elif value > self.high:
                self.high = value
        if taken_at > self.taken_at:
            self.taken_at, self.value, self.unit = taken_at, value, unit


class _Sums:
    """What a batch adds to the newest rows and to the hours."""

    def __init__(self, known: dict[int, _Latest]) -> None:
        self._known = known
        self.newest: dict[int, _Latest] = {}
        self.hours: dict[tuple[int, int, str], list[float]] = {}

    def add(self, row: _Row) -> None:
        """Take in one new reading."""
        sensor, taken_at, received_at, value, unit, _, retained, battery = row
        newest = self.newest.get(sensor)
        if newest is None:
            newest = self.newest[sensor] = self._known[sensor]
        newest.add(taken_at, value, unit)
        if not retained and (newest.heard_at is None or received_at > newest.heard_at):
            newest.heard_at = received_at
        if battery is not None:
            newest.battery = battery
        key = (sensor, taken_at - taken_at % _HOUR, unit)
        hour = self.hours.get(key)
        if hour is None:
            self.hours[key] = [value, value, value, 1]
            return
        if value < hour[0]:
            hour[0] = value
        elif value > hour[1]:
            hour[1] = value
        hour[2] += value
        hour[3] += 1


def _lock_latest(connection: Connection, numbers: set[int]) -> dict[int, _Latest]:
    # In order, so that two writers never wait for each other crosswise; SQLite has one writer anyway.
    postgresql = connection.dialect.name == "postgresql"
    marks = "= ANY(%s)" if postgresql else f"IN ({','.join('?' * len(numbers))})"
    query = (
        "SELECT sensor, taken_at, value, unit, heard_at, battery, "
        f"unjudged_since, unjudged_low, unjudged_high, unjudged_unit FROM latest WHERE sensor {marks} ORDER BY sensor"
    )
    if postgresql:
        found = connection.exec_driver_sql(query + " FOR UPDATE", (sorted(numbers),))
    else:
        found = connection.exec_driver_sql(query, tuple(sorted(numbers)))
    never = _number(datetime.min.replace(tzinfo=UTC))
    return {row[0]: _Latest(row[0], never if row[1] is None else row[1], *row[2:]) for row in found}


def _note(connection: Connection, facts: Mapping[int, Facts]) -> None:
    """Add to what is known of these devices, whose rows are locked; a battery stands in a column of its own."""
    if not facts:
        return
    query = select(latest.c.sensor, latest.c.facts).where(latest.c.sensor.in_(facts))
    known = {row.sensor: json.loads(row.facts) if row.facts else {} for row in connection.execute(query)}
    rows = [
        {"number": number, "said": json.dumps(known[number] | dict(more)), "charge": more.get("battery")}
        for number, more in sorted(facts.items())
        if number in known
    ]
    change = update(latest).where(latest.c.sensor == bindparam("number"))
    charge = func.coalesce(bindparam("charge", type_=Float), latest.c.battery)
    connection.execute(change.values(facts=bindparam("said"), battery=charge), rows)


def _stored_already(connection: Connection, keys: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        wanted = [
            (sensor, _EPOCH + taken_at * _MICROSECOND) for sensor, taken_at in keys[start : start + _KEYS_AT_ONCE]
        ]
        query = select(readings.c.sensor, readings.c.taken_at).where(
            tuple_(readings.c.sensor, readings.c.taken_at).in_(wanted)
        )
        found += [(row.sensor, _number(row.taken_at)) for row in connection.execute(query)]
    return found


class _Sql(NamedTuple):
    """One statement for many rows: SQLite takes them one by one, PostgreSQL as one array for each column."""

    sqlite: str
    postgresql: str


def _write(connection: Connection, statement: _Sql, rows: list[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(statement.postgresql, tuple(list(column) for column in zip(*rows, strict=True)))
    else:
        connection.exec_driver_sql(statement.sqlite, rows)


_READING = "(sensor, taken_at, received_at, value, unit, device_time, retained)"
_INSERT = _Sql(
    f"INSERT INTO readings {_READING} VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    f"INSERT INTO readings {_READING} SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], "
    "%s::double precision[], %s::text[], %s::boolean[], %s::boolean[]) ON CONFLICT DO NOTHING",
)
_NEWEST = _Sql(
    "UPDATE latest SET taken_at = ?, value = ?, unit = ?, heard_at = ?, battery = ?, unjudged_since = ?, "
    "unjudged_low = ?, unjudged_high = ?, unjudged_unit = ? WHERE sensor = ?",
    "UPDATE latest SET taken_at = n.taken_at, value = n.value, unit = n.unit, heard_at = n.heard_at, "
    "battery = n.battery, unjudged_since = n.since, unjudged_low = n.low, unjudged_high = n.high, "
    "unjudged_unit = n.unjudged_unit FROM unnest(%s::bigint[], %s::double precision[], %s::text[], %s::bigint[], "
    "%s::double precision[], %s::bigint[], %s::double precision[], %s::double precision[], %s::text[], %s::bigint[]) "
    "AS n(taken_at, value, unit, heard_at, battery, since, low, high, unjudged_unit, sensor) "
    "WHERE latest.sensor = n.sensor",
)
_HOURLY = "(sensor, hour, unit, low, high, total, readings)"
_ROLL_UP = _Sql(
    f"INSERT INTO hourly {_HOURLY} VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sensor, hour, unit) DO UPDATE SET "
    "low = min(low, excluded.low), high = max(high, excluded.high), "
    "total = total + excluded.total, readings = readings + excluded.readings",
    f"INSERT INTO hourly {_HOURLY} SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], "
    "%s::double precision[], %s::double precision[], %s::double precision[], %s::bigint[]) "
    "ON CONFLICT (sensor, hour, unit) DO UPDATE SET "
    "low = least(hourly.low, excluded.low), high = greatest(hourly.high, excluded.high), "
    "total = hourly.total + excluded.total, readings = hourly.readings + excluded.readings",
)
