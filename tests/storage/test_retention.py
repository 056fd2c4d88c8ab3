"""Raw readings go at the end of a site's retention, and only so; roll-ups and digests stay, on both databases."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from shiftbot.boundaries import watched_by
from shiftbot.domain.site import Pharmacy, Sensor, StorageUnit, TemperatureUnit
from shiftbot.services.cold_chain import digest_readings, keep_readings, note_sensors
from shiftbot.services.cold_chain.keeping import PAUSE, ROWS, ROWS_A_TICK, SITES_A_TICK
from shiftbot.storage import digests, readings, record, retention, schedules, temperatures
from shiftbot.storage.daily import Day, daily
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival
from shiftbot.storage.tables import hourly, latest, sensors
from shiftbot.storage.tables import readings as rows
from shiftbot.storage.verify import Report, verify
from tests.cast import FRIDGE, HILLTOP, hilltop
from tests.storage.test_verify import Attacker

YEAR = timedelta(days=366)
NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
OLD = datetime(2025, 11, 10, tzinfo=UTC)
"""More than a year before."""
CUT = datetime(2025, 11, 22, tzinfo=UTC)
"""The UTC day that a site that keeps a year begins with now."""
SPARE = StorageUnit("spare-fridge", HILLTOP.id, "Spare fridge", FRIDGE.storage_class, Sensor("hilltop/spare-fridge"))


def keeping(span: timedelta = YEAR, *units: StorageUnit, digest: str = "a year", site: str = HILLTOP.id) -> Pharmacy:
    """Hilltop with these units, keeping readings for so long."""
    pharmacy = hilltop(units=tuple(replace(each, site=site) for each in units or (FRIDGE,)), quiet=True)
    kept = replace(pharmacy.sites[HILLTOP.id], id=site, keep_readings=span)
    return replace(pharmacy, sites={site: kept}, digest=digest)


class Site:
    """A pharmacy whose readings come in, are put into the record and go."""

    def __init__(self, database: Database, pharmacy: Pharmacy) -> None:
        self.database, self.pharmacy = database, pharmacy
        self.now = NOW - timedelta(days=1, hours=1)
        self.pass_by(timedelta(0))

    def hears(self, since: datetime, count: int, every: timedelta, unit: str = FRIDGE.id, celsius: float = 5.0) -> int:
        """A sensor's readings come, judged when they came; its number."""
        pair = (unit, f"hilltop/{unit}")
        with self.database.transaction() as connection:
            number = readings.register(connection, [pair])[pair]
            taken = [since + each * every for each in range(count)]
            readings.store(connection, [Arrival(number, at, at, celsius + at.minute / 60, "C") for at in taken])
            connection.execute(update(latest).values(unjudged_since=None))
        return number

    def pass_by(self, span: timedelta) -> int:
        """Time goes by, and a tick takes the steps that this is about; how many readings went."""
        self.now += span
        note_sensors(self.database, self.pharmacy, self.now)
        digest_readings(self.database, self.pharmacy, self.now)
        return keep_readings(self.database, self.pharmacy, self.now)

    def lives_on(self) -> int:
        """The readings are put into the record, a day goes by, and what may go goes; how many readings that were."""
        self.pass_by(timedelta(hours=1))
        gone = more = self.pass_by(timedelta(days=1))
        while more:
            gone += (more := self.pass_by(PAUSE))
        return gone

    def raw(self, sensor: int | None = None) -> list[datetime]:
        """When the readings that are still there were taken."""
        query = select(rows.c.taken_at).order_by(rows.c.taken_at)
        with self.database.snapshot() as connection:
            return list(connection.execute(query.where(rows.c.sensor == sensor) if sensor else query).scalars())

    def numbers(self) -> list[int]:
        """Every sensor that was ever heard."""
        with self.database.snapshot() as connection:
            return list(connection.execute(select(sensors.c.id)).scalars())

    def hurry(self) -> None:
        """Both turns have come, and every hour may lack its digest."""
        with self.database.transaction() as connection:
            digests.doubt_from(connection, HILLTOP.id, OLD)
            for kind in (digests.KIND, retention.KIND):
                schedules.hasten(connection, kind, self.now)

    def rolled_up(self) -> int:
        """How many readings the roll-ups know."""
        with self.database.snapshot() as connection:
            return int(connection.execute(select(func.coalesce(func.sum(hourly.c.readings), 0))).scalar_one())

    def entries(self, site: str = HILLTOP.id) -> list[retention.Removal]:
        """What the record says went."""
        with self.database.snapshot() as connection:
            found = [each for each in record.entries_of(connection, site) if each.kind == retention.KIND]
        assert {each.actor for each in found} <= {"shiftbot"}
        return [retention.parsed(json.loads(each.body)) for each in found]

    def check(self) -> Report:
        with self.database.snapshot() as connection:
            return verify(connection)


@pytest.fixture
def site(database: Database) -> Site:
    """A site that keeps a year."""
    return Site(database, keeping())


def test_what_is_older_than_the_site_keeps_it_goes_and_the_record_says_what(site: Site) -> None:
    sensor = site.hears(OLD, 300, timedelta(minutes=10))
    site.hears(CUT - timedelta(minutes=10), 2, timedelta(minutes=10))
    assert site.lives_on() == 301
    assert site.raw() == [CUT]
    assert site.rolled_up() == 302
    entries = site.entries()
    assert {(each.sensor, each.unit, each.topic) for each in entries} == {
        (sensor, FRIDGE.id, "hilltop/vaccine-fridge"),
    }  # fmt: skip
    assert [(each.since, each.until, each.readings) for each in entries] == [
        (OLD, OLD + timedelta(days=1), 144),
        (OLD + timedelta(days=1), OLD + timedelta(days=2), 144),
        (OLD + timedelta(days=2), OLD + timedelta(days=2, hours=2), 12),
        (CUT - timedelta(hours=1), CUT, 1),
    ]
    assert site.check().findings == ()


def test_the_days_out_of_the_roll_ups_are_the_same_afterwards(site: Site) -> None:
    """New York's clocks went back on 2 November 2025: that day has 25 hours."""
    site.hears(datetime(2025, 11, 1, tzinfo=UTC), 24 * 5 * 4, timedelta(minutes=15))
    site.hears(datetime(2025, 3, 8, tzinfo=UTC), 24 * 3 * 4, timedelta(minutes=15))

    def days() -> dict[date, Day]:
        with site.database.snapshot() as connection:
            span = date(2025, 1, 1), date(2026, 1, 1)
            zone = ZoneInfo("America/New_York")
            return daily(connection, [FRIDGE.id], zone, *span, TemperatureUnit.FAHRENHEIT)[FRIDGE.id]

    before = days()
    assert {before[date(2025, *on)].readings for on in ((3, 9), (11, 2))} == {92, 100}
    assert site.lives_on() == 24 * 8 * 4
    assert days() == before
    assert site.check().holds


def test_three_years_are_kept_unless_the_site_says_otherwise_and_never_less_than_one(database: Database) -> None:
    assert HILLTOP.keep_readings >= timedelta(days=3 * 365)
    site = Site(database, keeping(timedelta(days=10)))
    site.hears(NOW - timedelta(days=360), 10, timedelta(minutes=10))
    assert site.lives_on() == 0
    assert len(site.raw()) == 10


def test_a_tick_takes_away_a_bounded_number_in_short_transactions(site: Site) -> None:
    """Four days at one reading in ten seconds: more than a tick may do."""
    site.hears(OLD, 4 * 8640, timedelta(seconds=10))
    site.pass_by(timedelta(hours=1))
    left: list[int] = [4 * 8640]
    with watched_by(lambda name: left.append(len(site.raw())) if name.startswith("after commit") else None):
        gone = site.pass_by(timedelta(days=1))
    assert ROWS_A_TICK - ROWS <= gone <= ROWS_A_TICK + 360
    assert max(before - after for before, after in pairwise(left)) <= ROWS
    with site.database.snapshot() as connection:
        assert schedules.load(connection, HILLTOP.id, retention.KIND) == (site.now + PAUSE, date(2025, 11, 12))
    assert site.pass_by(timedelta(seconds=1)) == 0
    assert site.pass_by(PAUSE) == 4 * 8640 - gone
    assert (site.raw(), site.rolled_up()) == ([], 4 * 8640)
    assert site.check().findings == ()


def test_a_tick_looks_at_a_bounded_number_of_sites(database: Database) -> None:
    """After a long absence the turn of every site of a chain has come."""
    one = keeping()
    chain = {f"hilltop-{number}": one.sites[HILLTOP.id] for number in range(SITES_A_TICK + 20)}
    site = Site(database, replace(one, sites=chain, units={}))
    site.pass_by(timedelta(days=2))

    def due() -> list[datetime]:
        with database.snapshot() as connection:
            return [each.since for each in schedules.find_due(connection, retention.KIND, site.now)]

    assert due() == [site.now] * 20  # at once, and not since long ago: nobody may take them for stuck
    site.pass_by(timedelta(0))
    assert due() == []


def test_the_next_day_goes_on_the_next_day(site: Site) -> None:
    site.hears(CUT - timedelta(days=1), 72, timedelta(hours=1))
    assert site.lives_on() == 24
    assert site.pass_by(timedelta(hours=1)) == 0
    assert site.pass_by(timedelta(days=1)) == 24
    assert site.raw()[0] == CUT + timedelta(days=1)
    assert site.check().findings == ()


def test_hours_that_the_record_does_not_know_stay(site: Site) -> None:
    site.hears(OLD, 12, timedelta(minutes=10))
    with site.database.transaction() as connection:
        schedules.hasten(connection, retention.KIND, site.now)
    assert keep_readings(site.database, site.pharmacy, site.now) == 0
    assert len(site.raw()) == 12


def test_what_came_late_goes_with_its_hour(site: Site) -> None:
    """Its digest is in the record months after the hour."""
    site.hears(OLD, 6, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    site.hears(OLD + timedelta(minutes=5), 6, timedelta(minutes=10))
    with site.database.transaction() as connection:
        schedules.move(connection, HILLTOP.id, "readings", *_digests_due(site), site.now, OLD.date())
    assert site.lives_on() == 12
    assert site.check().findings == ()


def _digests_due(site: Site) -> tuple[datetime]:
    with site.database.snapshot() as connection:
        found = schedules.load(connection, HILLTOP.id, "readings")
    assert found is not None
    return (found[0],)


CHANGES = [
    "UPDATE readings SET value = value + 0.1 WHERE taken_at = ?",
    "DELETE FROM readings WHERE taken_at = ?",
    "UPDATE hourly SET low = low - 1 WHERE hour + 600000000 = ?",
    "UPDATE hourly SET total = total + 1 WHERE hour + 600000000 = ?",
    "DELETE FROM hourly WHERE hour + 600000000 = ?",
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_hour_that_was_changed_stays_so_that_nothing_is_covered_up(
    site: Site, database_url: str, change: str
) -> None:
    site.hears(OLD, 18, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    Attacker(database_url).run(change, micros(OLD + timedelta(minutes=10)))
    found = site.check().findings
    assert site.lives_on() == 12
    assert {at.hour for at in site.raw()} == {0}
    assert site.check().findings == found
    assert site.entries()[0].since == OLD + timedelta(hours=1)


def micros(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000


@pytest.mark.parametrize("value", ["'warm'", "CAST(x'ff' AS TEXT)"])
def test_what_cannot_be_read_stays_too(site: Site, database_url: str, value: str) -> None:
    if not site.database.is_sqlite:
        value = "'Infinity'"
    site.hears(OLD, 18, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    column = "unit" if "CAST" in value else "value"
    Attacker(database_url).run(f"UPDATE readings SET {column} = {value} WHERE taken_at = ?", micros(OLD))
    assert site.lives_on() in (0, 12)
    assert OLD in site.raw() or value.startswith("CAST")
    assert not site.check().holds


AFTERWARDS = [
    ("UPDATE hourly SET high = high + 1 WHERE hour = ?", "the hourly roll-ups of vaccine-fridge"),
    ("DELETE FROM hourly WHERE hour = ?", "the hourly roll-ups of vaccine-fridge"),
    (
        "INSERT INTO readings SELECT sensor, hour, hour, low, unit, '1', '0' FROM hourly WHERE hour = ?",
        "1 of them are there: they were put in afterwards",
    ),
]


@pytest.mark.parametrize(("change", "says"), AFTERWARDS)
def test_what_is_changed_after_a_removal_is_found(site: Site, database_url: str, change: str, says: str) -> None:
    site.hears(OLD, 12, timedelta(minutes=10))
    site.lives_on()
    Attacker(database_url).run(change.replace("'1', '0'", "1=1, 1=0"), micros(OLD))
    (finding,) = site.check().findings
    assert says in finding.what
    assert finding.entry is not None


def test_a_replaced_sensor_and_a_unit_that_is_defined_no_more_go_with_their_site(database: Database) -> None:
    site = Site(database, keeping(YEAR, FRIDGE, SPARE))
    site.hears(OLD, 6, timedelta(minutes=10))
    spare = site.hears(OLD, 6, timedelta(minutes=10), SPARE.id)
    replaced = replace(FRIDGE, sensor=Sensor("hilltop/new-logger"))
    site.pharmacy = keeping(YEAR, replaced, digest="another sensor, and no spare fridge")
    assert site.lives_on() == 12
    assert {each.sensor for each in site.entries()} >= {spare}
    assert site.check().findings == ()


def test_a_unit_that_another_site_took_over_goes_by_that_sites_time(database: Database) -> None:
    site = Site(database, keeping(3 * YEAR))
    site.hears(OLD, 6, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    site.pharmacy = keeping(YEAR, digest="renamed", site="hilltop-2")
    site.pass_by(timedelta(0))
    assert site.lives_on() == 6
    assert [each.readings for each in site.entries("hilltop-2")] == [6]
    assert site.check().findings == ()


def test_a_site_that_is_taken_out_keeps_everything(database: Database) -> None:
    site = Site(database, keeping())
    site.hears(OLD, 6, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    site.pharmacy = keeping(YEAR, SPARE, digest="gone", site="hilltop-2")
    assert site.lives_on() == 0
    assert len(site.raw()) == 6


def test_what_is_gone_is_not_recorded_once_more_by_a_new_site(database: Database) -> None:
    """A site that is new to the database looks at the hours of its units from the beginning."""
    site = Site(database, keeping())
    site.hears(OLD, 6, timedelta(minutes=10))
    site.lives_on()
    site.pharmacy = keeping(YEAR, digest="renamed", site="hilltop-2")
    site.pass_by(timedelta(0))
    site.lives_on()
    with site.database.snapshot() as connection:
        kinds = [each.kind for each in record.entries_of(connection, "hilltop-2")]
    assert "readings" not in kinds
    assert site.check().findings == ()


def test_what_was_not_judged_yet_stays(site: Site) -> None:
    site.hears(OLD, 6, timedelta(minutes=10))
    with site.database.transaction() as connection:
        connection.execute(update(latest).values(unjudged_since=OLD))
    assert site.lives_on() == 0
    with site.database.transaction() as connection:
        connection.execute(update(latest).values(unjudged_since=None))
    assert site.lives_on() == 6


def test_the_newest_reading_is_known_although_it_is_gone(site: Site) -> None:
    site.hears(OLD, 6, timedelta(minutes=10))
    site.lives_on()
    with site.database.snapshot() as connection:
        newest = temperatures.newest(connection, [FRIDGE.id])[FRIDGE.id]
        assert temperatures.between(connection, FRIDGE.id) == []
        hours = temperatures.rolled_up(connection, FRIDGE.id, OLD, OLD + YEAR, TemperatureUnit.CELSIUS)
    assert newest.taken_at == OLD + timedelta(minutes=50)
    assert [each.count for each in hours.values()] == [6]


class Killed(BaseException):
    """What ends a process; nothing catches it."""


def killed_at(number: int) -> Callable[[str], None]:
    """A process that dies at its so-manieth boundary."""
    seen: list[str] = []

    def watch(name: str) -> None:
        seen.append(name)
        if len(seen) == number:
            raise Killed(name)

    return watch


def test_whenever_it_is_killed_the_chain_verifies_and_the_rest_goes_later(site: Site) -> None:
    """Five days are removed; each attempt gets a little further before it dies."""
    site.hears(OLD, 5 * 144, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    site.now += timedelta(days=1)
    died = 0
    for number in range(1, 40):
        try:
            with watched_by(killed_at(number)):
                keep_readings(site.database, site.pharmacy, site.now)
            break
        except Killed:
            died += 1
        assert site.check().findings == ()
        assert len(site.raw()) == 5 * 144 - sum(each.readings for each in site.entries())
    assert died >= 3
    assert site.raw() == []
    assert site.rolled_up() == 5 * 144


def test_two_who_work_on_a_site_at_once_take_each_reading_away_once(site: Site) -> None:
    site.hears(OLD, 10 * 144, timedelta(minutes=10))
    site.pass_by(timedelta(hours=1))
    site.now += timedelta(days=1)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(keep_readings, site.database, site.pharmacy, site.now) for _ in range(2)]
        gone = sum(each.result() for each in both)
    gone += keep_readings(site.database, site.pharmacy, site.now)
    assert gone == 10 * 144 == sum(each.readings for each in site.entries())
    assert site.check().findings == ()


def test_hours_with_and_without_readings_go_together_up_to_what_stays(site: Site) -> None:
    """The stretch of an entry has no hole with readings in it."""
    times: Sequence[int] = (0, 1, 5, 6)
    for hour in times:
        site.hears(OLD + timedelta(hours=hour), 6, timedelta(minutes=10))
    assert site.lives_on() == 24
    (entry,) = site.entries()
    assert (entry.since, entry.until) == (OLD, OLD + timedelta(hours=7))


batches = st.lists(
    st.lists(st.tuples(st.integers(-3 * 24 * 60, 24 * 60), st.sampled_from("CF"), st.floats(-40, 60)), max_size=25),
    max_size=4,
)
"""Readings as they come: minutes from the cut, in any order, some of them twice."""


@given(batches)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_readings_came_what_is_old_goes_and_the_roll_ups_equal_a_recount_of_all_that_ever_were(
    database: Database, wanted: list[list[tuple[int, str, float]]]
) -> None:
    site = Site(database, keeping())
    unit = replace(FRIDGE, id=f"fridge-{len(site.numbers())}")
    site.pharmacy = keeping(YEAR, unit, digest=unit.id)
    site.now = NOW
    sensor = site.hears(CUT, 0, timedelta(0), unit.id)
    ever: dict[datetime, tuple[str, float]] = {}
    with database.transaction() as connection:
        for batch in wanted:
            taken = [(CUT + timedelta(minutes=minute), degrees, value) for minute, degrees, value in batch]
            readings.store(connection, [Arrival(sensor, at, at, value, degrees) for at, degrees, value in taken])
            for at, degrees, value in taken:
                ever.setdefault(at, (degrees, value))
        connection.execute(update(latest).values(unjudged_since=None))
    site.hurry()
    assert site.pass_by(timedelta(0)) == sum(at < CUT for at in ever)
    assert site.raw(sensor) == sorted(at for at in ever if at >= CUT)
    counted: dict[tuple[datetime, str], list[float]] = {}
    for at, (degrees, value) in ever.items():
        counted.setdefault((at.replace(minute=0), degrees), []).append(value)
    with database.snapshot() as connection:
        rolled = {
            (row.hour, row.unit): row for row in connection.execute(select(hourly).where(hourly.c.sensor == sensor))
        }
    assert {key: (row.low, row.high, row.readings) for key, row in rolled.items()} == {
        key: (min(values), max(values), len(values)) for key, values in counted.items()
    }
    assert all(rolled[key].total == pytest.approx(sum(values), abs=1e-9) for key, values in counted.items())
    assert site.check().findings == ()
