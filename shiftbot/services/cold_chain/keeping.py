"""Raw readings go at the end of their site's retention, a little at a time; roll-ups and the record stay for ever.

Once a day for each site: whole UTC days that are older than it keeps them, of every sensor that its units have or had.
What is read and checked is read beside the writers; only taking away and saying so is a transaction, and a short one.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypeVar
from weakref import WeakKeyDictionary
from zlib import crc32

from sqlalchemy import Connection

from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.services.cold_chain.former import units_ever_of
from shiftbot.storage import digests, pairings, record, retention, schedules, setbacks
from shiftbot.storage.database import Database
from shiftbot.storage.digests import HOUR, SensorHour
from shiftbot.storage.held_readings import Held, held
from shiftbot.storage.retention import Removal, RolledUp
from shiftbot.storage.schedules import Turn

log = logging.getLogger(__name__)

ROWS = 2_000
"""Readings taken away in one transaction; more only where one hour of one sensor has more."""

ROWS_A_TICK = 20_000
"""Readings looked at in one tick, likewise; what is left waits for the next ones, which have other things to do."""

SITES_A_TICK = 100
"""Sites in one tick: after a long absence all of them are due at once, most of them for little."""

PAUSE = timedelta(seconds=2)
"""Between two ticks that work on the same site, so that a first removal of years leaves the writers their time."""

DAY = timedelta(days=1)

Item = TypeVar("Item")

_planned: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""The definitions whose sites each database has planned. Only saves a look: forgetting it does no harm."""


@dataclass(slots=True)
class _Budget:
    """How many readings a tick may still look at, and how many it took away."""

    left: int
    removed: int = 0


@dataclass(frozen=True, slots=True)
class _Site:
    """A site whose turn it is: what goes was taken `before`, by the sensors its units have or had (unit and topic).

    `sites` are all that ever had these units: the digests are in the chain of the one that had it at the time.
    """

    turn: Turn
    sensors: Mapping[int, tuple[str, str]]
    sites: frozenset[str]
    before: datetime
    held: tuple[Held, ...]
    keep: timedelta

    def may_go(self, hour: SensorHour) -> bool:
        """Whether nothing holds an hour back."""
        unit, _ = self.sensors[hour.sensor]
        return not any(each.unit == unit and each.touches(hour.hour, hour.hour + HOUR) for each in self.held)


def keep_readings(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Take away what the sites whose turn it is keep no longer; how many readings."""
    _plan(database, pharmacy, now)
    with database.snapshot() as connection:
        due = [each for each in schedules.find_due(connection, retention.KIND, now) if each.site in pharmacy.sites]
    budget = _Budget(ROWS_A_TICK)
    reached = 0
    for turn in due[:SITES_A_TICK]:
        if budget.left <= 0:
            break
        reached += 1
        try:
            _take_turn(database, pharmacy, turn, budget, now)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("the old readings of %s could not be removed", turn.site, extra={"action": "row_failed"})
            setbacks.note(turn)
    _let_wait(database, due[reached:], now)
    return budget.removed


def _let_wait(database: Database, turns: list[Turn], now: datetime) -> None:
    """What this tick did not come to is due at once, and not stuck since long ago."""
    waiting = [(turn.site, turn.since, now, turn.for_on) for turn in turns if now - turn.since > PAUSE]
    if waiting:
        with database.transaction() as connection:
            schedules.move_all(connection, retention.KIND, waiting)


def _plan(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    if _planned.get(database) == pharmacy.digest:
        return
    with database.transaction() as connection:
        schedules.add(connection, retention.KIND, ((site, _next(site, now), None) for site in sorted(pharmacy.sites)))
    _planned[database] = pharmacy.digest


def _next(site: str, now: datetime) -> datetime:
    """The sites of a chain take their turns over the whole day."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = midnight + timedelta(seconds=crc32(site.encode()) % DAY.total_seconds())
    return today if today > now else today + DAY


def _take_turn(database: Database, pharmacy: Pharmacy, turn: Turn, budget: _Budget, now: datetime) -> None:
    """Work on one site from the day that its turn stands at, until all is done or the budget is spent."""
    with database.snapshot() as connection:
        site = _site(connection, pharmacy, turn, now)
    day, removed_before = _start(turn), budget.removed
    while budget.left > 0:
        with database.snapshot() as connection:
            first = retention.first_taken_at(connection, site.sensors, day, site.before)
            if first is None:
                _end_turn(database, turn, _next(turn.site, now), None)
                return
            day = _day_of(first)
            removals, whole = _of_day(connection, site, day, budget)
        for batch in _batches(removals, lambda each: each.readings):
            if not _remove(database, site, batch, now):
                return  # somebody else works on this site
            budget.removed += sum(each.readings for each in batch)
        day += DAY if whole else timedelta(0)
    # What could not go must not keep a turn at the same day for ever.
    stuck = day == _start(turn) and budget.removed == removed_before
    _end_turn(database, turn, now + PAUSE, day + DAY if stuck else day)


def _end_turn(database: Database, turn: Turn, at: datetime, day: datetime | None) -> None:
    with database.transaction() as connection:
        schedules.move(connection, turn.site, retention.KIND, turn.since, at, day.date() if day else None)


def _start(turn: Turn) -> datetime:
    return digests.start_of(turn.for_on) if turn.for_on else datetime.min.replace(tzinfo=UTC)


def _day_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _site(connection: Connection, pharmacy: Pharmacy, turn: Turn, now: datetime) -> _Site:
    keep = max(pharmacy.sites[turn.site].keep_readings, retention.SHORTEST)
    units = units_ever_of(connection, pharmacy, turn.site)
    sites = frozenset({turn.site} | pairings.sites_of(connection, units))
    before = _day_of(now - keep)
    held_back = tuple(held(connection, sites, units, before))
    return _Site(turn, digests.sensors_of(connection, units), sites, before, held_back, keep)


def _of_day(connection: Connection, site: _Site, day: datetime, budget: _Budget) -> tuple[list[Removal], bool]:
    """What may go of a day, as far as the budget reaches, and whether it reached to the end of the day."""
    counted = retention.hours_with_readings(connection, site.sensors, day, min(day + DAY, site.before))
    looked_at: dict[SensorHour, int] = {}
    for hour, count in counted.items():
        if budget.left <= 0:
            break
        if site.may_go(hour):
            budget.left -= count
            looked_at[hour] = count
    whole = budget.left > 0 or not any(site.may_go(hour) for hour in counted.keys() - looked_at.keys())
    fitting = dict(_fitting(connection, site, looked_at))
    if len(fitting) < len(looked_at):
        log.warning(
            "%d hours of %s of %s stay: the record does not know their readings as they lie there",
            len(looked_at) - len(fitting), day.date(), site.turn.site, extra={"action": "readings_doubtful"},
        )  # fmt: skip
    return list(_removals(site, counted, fitting)), whole


_Fitting = Mapping[SensorHour, tuple[RolledUp, ...]]


def _fitting(
    connection: Connection, site: _Site, counted: Mapping[SensorHour, int]
) -> Iterator[tuple[SensorHour, tuple[RolledUp, ...]]]:
    known = retention.known_hours(connection, site.sites, counted)
    for sensor in sorted({each.sensor for each in known}):
        for hour, rolled_up in retention.as_known(connection, sensor, known).items():
            yield SensorHour(hour, sensor), rolled_up


def _removals(site: _Site, counted: Mapping[SensorHour, int], fitting: _Fitting) -> Iterator[Removal]:
    """Stretches of hours that go together: nothing lies between them that stays."""
    for (sensor, goes), group in groupby(counted, key=lambda each: (each.sensor, each in fitting)):
        for hours in _batches(list(group), counted.__getitem__) if goes else ():
            unit, topic = site.sensors[sensor]
            yield Removal(
                sensor, unit, topic, hours[0].hour, hours[-1].hour + HOUR,
                sum(counted[each] for each in hours),
                retention.roll_up_hash(row for each in hours for row in fitting[each]),
            )  # fmt: skip


def _batches(items: Iterable[Item], rows: Callable[[Item], int]) -> Iterator[list[Item]]:
    """The same in their order, each batch with `ROWS` readings at most unless it is one item."""
    batch: list[Item] = []
    for each in items:
        if batch and sum(map(rows, batch)) + rows(each) > ROWS:
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _remove(database: Database, site: _Site, removals: list[Removal], now: datetime) -> bool:
    """Take them away and say so in one transaction; False when somebody else was first."""
    turn = site.turn
    with database.transaction() as connection:
        # The turn is held meanwhile: of two who work on a site at once, one waits here and finds nothing left.
        if not schedules.move(connection, turn.site, retention.KIND, turn.since, turn.since, turn.for_on):
            return False
        if not all(retention.still_there(connection, each) for each in removals):
            return False
        for each in removals:
            retention.remove(connection, each)
        record.append(connection, [_entry(site, each, now) for each in removals])
    return True


def _entry(site: _Site, removal: Removal, now: datetime) -> Entry:
    body = removal.to_json() | {"kept_days": site.keep.days}
    return Entry(site.turn.site, now, "shiftbot", retention.KIND, f"sensor:{removal.sensor}", body)
