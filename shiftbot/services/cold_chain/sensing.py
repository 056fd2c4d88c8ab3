"""What is wrong with the sensors themselves: batteries that run low, values that stand still, calibration that is due.

Looked at once an hour for each site, out of the newest readings and the hourly roll-ups: nothing here is on the way of
a reading.
"""

from datetime import UTC, datetime, timedelta
from itertools import islice
from weakref import WeakKeyDictionary
from zlib import crc32

from sqlalchemy import Connection

from shiftbot.domain.site import Pharmacy
from shiftbot.services.batches import each_alone
from shiftbot.services.cold_chain import battery, calibration, standing
from shiftbot.services.cold_chain.unit import unit_of
from shiftbot.storage import cold_chain, schedules, temperatures, troubles
from shiftbot.storage.database import Database
from shiftbot.storage.schedules import Turn

KIND = "sensors"

HOUR = timedelta(hours=1)

SPREAD = timedelta(minutes=50)
"""The sites of a chain take their turns over this stretch of the hour."""

SOONER = timedelta(minutes=10)
"""While a sensor stands still, so that its alert ends soon after the value moves again."""

SITES = 20
"""Sites in one transaction."""

_planned: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""The definitions whose sites each database has planned. Only saves a look: forgetting it does no harm."""


def look_at_sensors(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Look at the sensors of every site whose turn it is; at how many sites."""
    _plan(database, pharmacy, now)

    def find(connection: Connection) -> list[Turn]:
        due = (turn for turn in schedules.find_due(connection, KIND, now) if turn.site in pharmacy.sites)
        return list(islice(due, SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        for turn in due:
            sooner = _look(connection, pharmacy, turn.site, now)
            following = now + SOONER if sooner else _next(turn.site, now)
            schedules.move(connection, turn.site, KIND, turn.since, following, turn.for_on)

    return each_alone(database, find, take, name=lambda turn: f"the sensors of {turn.site}")


def _plan(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    if _planned.get(database) == pharmacy.digest:
        return
    sites = sorted({unit.site for unit in pharmacy.units.values() if unit.sensor and unit.site in pharmacy.sites})
    with database.transaction() as connection:
        schedules.add(connection, KIND, ((site, _next(site, now), None) for site in sites))
    _planned[database] = pharmacy.digest


def _next(site: str, now: datetime) -> datetime:
    turn = timedelta(seconds=crc32(site.encode()) % SPREAD.total_seconds())
    this_hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + turn
    return this_hour if this_hour > now else this_hour + HOUR


def _look(connection: Connection, pharmacy: Pharmacy, site_id: str, now: datetime) -> bool:
    """Look at one site; whether to look again soon."""
    site = pharmacy.sites[site_id]
    units = [unit for each in pharmacy.units_of(site_id) if (unit := unit_of(pharmacy, each.id)) is not None]
    ids = [unit.id for unit in units]
    newest, known = temperatures.newest(connection, ids), troubles.open_of(connection, ids)
    states = cold_chain.look_at_states(connection, ids)
    for unit in units:
        if unit.id in newest:
            battery.look(connection, pharmacy, unit, newest[unit.id], known, now)
    awake = [unit for unit in units if unit.id in states and states[unit.id].silent_since is None]
    calibration.look(connection, pharmacy, site, now)
    return standing.look(connection, pharmacy, awake, newest, known, now)
