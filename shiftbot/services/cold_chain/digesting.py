"""Readings into the record: for every hour that ended, what each sensor's readings add up to.

One entry a site and hour instead of one a reading. An hour that gets readings later has a further entry; the record
says when. What a digest is over, and how it is held against the rows, is known to storage.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from weakref import WeakKeyDictionary
from zlib import crc32

from sqlalchemy import Connection

from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services.batches import each_alone
from shiftbot.services.cold_chain.former import units_ever_of
from shiftbot.storage import digests, record, schedules
from shiftbot.storage.database import Database
from shiftbot.storage.digests import SensorHour
from shiftbot.storage.schedules import Turn

DELAY = timedelta(minutes=5)
"""How long after its end an hour is digested: what is on its way then still belongs to the first digest."""

SPREAD = timedelta(minutes=40)
"""The sites of a chain take their turns over this stretch of the hour."""

SITES = 20
"""Sites in one transaction."""

HOURS = 200
"""Hours of one site in one transaction; more wait for the next one, after a long absence."""

_planned: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""The definitions whose sites each database has planned. Only saves a look: forgetting it does no harm."""


def digest_readings(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Put the digests that are due into the record; at how many sites."""
    _plan(database, pharmacy, now)

    def find(connection: Connection) -> list[Turn]:
        due = (turn for turn in schedules.find_due(connection, digests.KIND, now) if turn.site in pharmacy.sites)
        return list(islice(due, SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        for turn in due:
            _digest_site(connection, pharmacy, turn.site, now)

    return each_alone(database, find, take, name=lambda turn: f"the readings of {turn.site}")


def _plan(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    if _planned.get(database) == pharmacy.digest:
        return
    sites = sorted({unit.site for unit in pharmacy.units.values() if unit.sensor and unit.site in pharmacy.sites})
    with database.transaction() as connection:
        # Whatever was stored before is taken up with the first digest.
        schedules.add(connection, digests.KIND, ((site, _next(site, now), date(1970, 1, 1)) for site in sites))
    _planned[database] = pharmacy.digest


def _next(site: str, now: datetime) -> datetime:
    turn = DELAY + timedelta(seconds=crc32(site.encode()) % SPREAD.total_seconds())
    this_hour = _hour(now) + turn
    return this_hour if this_hour > now else this_hour + digests.HOUR


def _hour(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _digest_site(connection: Connection, pharmacy: Pharmacy, site: str, now: datetime) -> None:
    doubtful = digests.doubtful(connection, site, now)
    if doubtful is None:
        return
    first_on, since = doubtful
    known = digests.sensors_of(connection, units_ever_of(connection, pharmacy, site))
    start, end = digests.start_of(first_on), _hour(now - DELAY)
    hours = _grown(connection, site, list(known), start, end)
    record.append(connection, list(_entries(connection, site, known, hours[:HOURS], now)))
    following = (_next(site, now), end.date()) if len(hours) <= HOURS else (since, hours[HOURS].hour.date())
    schedules.move(connection, site, digests.KIND, since, *following)


def _grown(connection: Connection, site: str, sensors: list[int], start: datetime, end: datetime) -> list[SensorHour]:
    """The hours with more readings than the record knows, oldest first. One with fewer is for `verify` to tell of."""
    counted = digests.counted(connection, sensors, start, end)
    recorded = digests.recorded(connection, site, start)
    return [hour for hour, count in counted.items() if count > recorded.get(hour, 0)]


def _entries(
    connection: Connection, site: str, known: Mapping[int, tuple[str, str]], hours: list[SensorHour], now: datetime
) -> Iterator[Entry]:
    for hour, of_hour in groupby(hours, key=lambda each: each.hour):
        found = {}
        for each in of_hour:
            unit, topic = known[each.sensor]
            digest = digests.digest_of(digests.rows_of(connection, each))
            if not digest.readings:
                continue  # they were kept for as long as the site wanted, and an entry of their removal says so
            found[str(each.sensor)] = {
                "unit": unit, "topic": topic, "readings": digest.readings, "sha256": digest.sha256,
            }  # fmt: skip
        body = {"hour": hour.isoformat(), "sensors": found}
        if found:
            yield Entry(site, now, "shiftbot", digests.KIND, digests.subject_of(hour), body)


def note_late(connection: Connection, site: str, taken_at: datetime, now: datetime) -> None:
    """A reading taken at `taken_at` was stored; when that is on a day already done with, its digests are made anew."""
    if taken_at.astimezone(UTC).date() < now.astimezone(UTC).date():
        digests.doubt_from(connection, site, taken_at)
