"""Raw readings at the end of their retention: which hours may go, taking them away, and what an entry says of it.

Whole UTC hours of one sensor go together, and only as the record and the roll-ups know them: what was changed stays,
for `verify` to tell of. Digests and roll-ups stay for ever; the entry has a hash over the latter, by then all that
stands for these readings. Knows nothing of sites and how long they keep theirs.
"""

import hashlib
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, delete, func, select, type_coerce
from sqlalchemy.exc import OperationalError

from shiftbot.storage import digests
from shiftbot.storage.digests import HOUR, Digest, Row, SensorHour
from shiftbot.storage.tables import hourly, readings

KIND = "readings-kept-until"
"""The kind of the entries, and of the schedule that leads to them."""

SHORTEST = timedelta(days=365)
"""Nothing younger is ever taken away, whatever a site asks for; and `verify` holds every entry to it."""

SOON = timedelta(days=3)
"""Nearly every digest is in the record this soon after its hour."""

_HOUR = HOUR // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Removal:
    """Whole hours of one sensor, half-open, and how many readings they had. `rolled_up`: see `roll_up_hash`."""

    sensor: int
    unit: str
    topic: str
    since: datetime
    until: datetime
    readings: int
    rolled_up: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in the body of an entry."""
        return asdict(self) | {"since": self.since.isoformat(), "until": self.until.isoformat()}


def parsed(body: Any) -> Removal:
    """What such an entry says. Raises KeyError, TypeError or ValueError when it is not such an entry's body."""
    since, until = (datetime.fromisoformat(body[name]) for name in ("since", "until"))
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError(f"{since} or {until} has no zone")
    names = str(body["unit"]), str(body["topic"])
    return Removal(int(body["sensor"]), *names, since, until, int(body["readings"]), str(body["rolled_up"]))


class RolledUp(NamedTuple):
    """A row of the roll-up as it is hashed; the hour as it is stored, in microseconds."""

    hour: int
    unit: str
    low: float
    high: float
    total: float
    readings: int


def roll_up_hash(rows: Iterable[RolledUp]) -> str:
    """The SHA-256 over some rows of one sensor's roll-up, in any order."""
    lines = (f"{row.hour} {row.unit} {row.low!r} {row.high!r} {row.total!r} {row.readings}\n" for row in sorted(rows))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def first_taken_at(
    connection: Connection, sensors: Collection[int], since: datetime, until: datetime
) -> datetime | None:
    """When the first of these sensors' readings of a half-open stretch was taken."""
    found: list[datetime] = []
    # One by one: each is a single step into the index, however much lies behind it.
    for number in sensors:
        query = select(readings.c.taken_at).where(_of(number, since, until)).order_by(readings.c.taken_at).limit(1)
        found += connection.execute(query).scalars()
    return min(found, default=None)


def _of(sensor: int, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(readings.c.sensor == sensor, readings.c.taken_at >= since, readings.c.taken_at < until)


def hours_with_readings(
    connection: Connection, sensors: Collection[int], since: datetime, until: datetime
) -> dict[SensorHour, int]:
    """How many readings still lie in each hour of a stretch, sensor by sensor."""
    hour = (type_coerce(readings.c.taken_at, BigInteger) // _HOUR).label("hour")
    query = (
        select(readings.c.sensor, hour, func.count().label("readings"))
        .where(readings.c.sensor.in_(sensors), readings.c.taken_at >= since, readings.c.taken_at < until)
        .group_by(readings.c.sensor, hour)
        .order_by(readings.c.sensor, hour)
    )
    return {
        SensorHour(digests.instant_of(row.hour * _HOUR), row.sensor): row.readings for row in connection.execute(query)
    }


def known_hours(
    connection: Connection, sites: Collection[str], counted: Mapping[SensorHour, int]
) -> dict[SensorHour, Digest]:
    """The digests of these hours in the chains of `sites`, of those that had as many readings as are counted now."""
    hours = {each.hour for each in counted}
    known = digests.of_hours(connection, sites, hours, before=max(hours) + SOON) if hours else {}
    # What came late led to a digest long after its hour: a longer look, seldom needed.
    late = {each.hour for each, count in counted.items() if each not in known or known[each].readings != count}
    known |= digests.of_hours(connection, sites, late) if late else {}
    return {each: known[each] for each, count in counted.items() if each in known and known[each].readings == count}


def as_known(
    connection: Connection, sensor: int, known: Mapping[SensorHour, Digest]
) -> dict[datetime, tuple[RolledUp, ...]]:
    """Of the hours of a sensor that the record knows, those that lie here just so, with their rows of the roll-up."""
    hours = [each.hour for each in known if each.sensor == sensor]
    if not hours:
        return {}
    since, until = min(hours), max(hours) + HOUR
    rolled_up = _rolled_up(connection, sensor, since, until)
    found = {}
    for hour, rows in _by_hour(connection, sensor, since, until):
        digest, rolled = known.get(SensorHour(hour, sensor)), rolled_up.get(hour, ())
        if digest is not None and _is(rows, digest) and _adds_up(rows, rolled):
            found[hour] = rolled
    return found


def _by_hour(
    connection: Connection, sensor: int, since: datetime, until: datetime
) -> Iterator[tuple[datetime, list[Row]]]:
    try:
        rows = digests.rows_between(connection, sensor, since, until)
    except OperationalError as error:
        if "decode" not in str(error.orig):
            raise
        return  # text that somebody put there and that is none
    for number, of_hour in groupby(rows, key=lambda row: row.taken_at // _HOUR):
        yield digests.instant_of(number * _HOUR), list(of_hour)


def _is(rows: list[Row], digest: Digest) -> bool:
    try:
        return digests.digest_of(rows) == digest
    except (ValueError, TypeError, OverflowError):
        return False  # SQLite holds whatever somebody put there


def _rolled_up(
    connection: Connection, sensor: int, since: datetime, until: datetime
) -> dict[datetime, tuple[RolledUp, ...]]:
    table = hourly.c
    query = (
        select(type_coerce(table.hour, BigInteger), table.unit, table.low, table.high, table.total, table.readings)
        .where(table.sensor == sensor, table.hour >= since, table.hour < until)
        .order_by(table.hour, table.unit)
    )
    rows = (RolledUp(*row) for row in connection.execute(query))
    return {digests.instant_of(hour): tuple(group) for hour, group in groupby(rows, key=lambda row: row.hour)}


def _adds_up(rows: list[Row], rolled_up: tuple[RolledUp, ...]) -> bool:
    """Whether the roll-up of an hour is what a recount of its readings says."""
    by_unit: dict[str, list[float]] = {}
    for row in rows:
        by_unit.setdefault(row.unit, []).append(row.value)
    return {row.unit for row in rolled_up} == by_unit.keys() and all(
        (row.low, row.high, row.readings) == (min(values), max(values), len(values))
        and math.isclose(row.total, math.fsum(values), rel_tol=1e-9, abs_tol=1e-6)
        for row in rolled_up
        for values in [by_unit[row.unit]]
    )


def still_there(connection: Connection, removal: Removal) -> bool:
    """Whether nobody else took these readings meanwhile."""
    query = select(func.count()).where(_of(removal.sensor, removal.since, removal.until))
    return bool(connection.execute(query).scalar_one() == removal.readings)


def remove(connection: Connection, removal: Removal) -> None:
    """Take these readings away; the caller appends the entry in the same transaction."""
    connection.execute(delete(readings).where(_of(removal.sensor, removal.since, removal.until)))
