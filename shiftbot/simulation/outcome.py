"""One simulation from its seed to its outcome: lived through, judged and counted."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from shiftbot.domain.checklist import Role
from shiftbot.domain.cold_chain import limits_of
from shiftbot.domain.site import Pharmacy, StorageUnit
from shiftbot.errors import SettingsError
from shiftbot.simulation.chain import MOST_SITES, chain
from shiftbot.simulation.facts import facts_of
from shiftbot.simulation.figures import Figures, figures_of
from shiftbot.simulation.judging import judge
from shiftbot.simulation.life import Life, Span
from shiftbot.simulation.model import Wrong
from shiftbot.simulation.weather import USUAL, Often, Weather, draw
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from shiftbot.storage.tables import record

EVERY = timedelta(hours=2)
"""How often a sensor is read: a year of readings by the minute would show nothing more."""

LONGEST_DAYS = 3 * 366


@dataclass(frozen=True)
class Asking:
    """What is to be simulated. Without a pharmacy of one's own it is the built-in chain."""

    days: int
    sites: int
    seed: int
    starts_at: datetime
    often: Often = USUAL
    pharmacy: Pharmacy | None = None
    database: str = ""
    answered: float = 0.85
    every: timedelta = EVERY

    def __post_init__(self) -> None:
        """Raises SettingsError for what cannot be simulated."""
        if not 2 <= self.days <= LONGEST_DAYS:
            raise SettingsError(f"--days is {self.days}; write a number from 2 to {LONGEST_DAYS}")
        if self.pharmacy is None and not 1 <= self.sites <= MOST_SITES:
            raise SettingsError(f"--sites is {self.sites}; write a number from 1 to {MOST_SITES}, or name a --home")


@dataclass(frozen=True)
class Outcome:
    """What came of it; `digest` is the same whenever the same seed was lived through."""

    asking: Asking
    pharmacy: Pharmacy
    differences: Sequence[Wrong]
    figures: Figures
    counts: dict[str, int]
    digest: str

    @property
    def holds(self) -> bool:
        """Whether nothing differs from the model."""
        return not self.differences


def simulate(asking: Asking, after_day: Callable[[datetime], None] = lambda _: None) -> Outcome:
    """Live through it and hold it against the model. Raises SettingsError for a database that holds anything."""
    pharmacy = slowed(asking.pharmacy, asking.every) if asking.pharmacy else chain(asking.sites, asking.every)
    if asking.database:
        _refuse_used(asking.database)
        return _simulate(asking, pharmacy, asking.database, after_day)
    with tempfile.TemporaryDirectory(prefix="shiftbot-simulation-") as folder:
        return _simulate(asking, pharmacy, f"sqlite:///{Path(folder) / 'simulated.db'}", after_day)


def _refuse_used(url: str) -> None:
    database = Database(url)
    try:
        migrate(database)
        with database.snapshot() as connection:
            if connection.execute(select(func.count()).select_from(record)).scalar_one():
                raise SettingsError("a simulation writes into an empty database only, and this one holds a record")
    finally:
        database.close()


def slowed(pharmacy: Pharmacy, every: timedelta) -> Pharmacy:
    """A pharmacy of somebody's own, its sensors read as often as simulated ones; who is on duty stays as it is."""
    units = {name: _slow(unit, every) for name, unit in pharmacy.units.items()}
    return replace(pharmacy, units=units, digest=f"simulated {pharmacy.digest}")


def _slow(unit: StorageUnit, every: timedelta) -> StorageUnit:
    if unit.sensor is None:
        return unit
    sensor = replace(unit.sensor, topic=f"simulated/{unit.id}", format="plain", every=every, gateway="")
    return replace(unit, sensor=sensor, also=())


def _simulate(asking: Asking, pharmacy: Pharmacy, url: str, after_day: Callable[[datetime], None]) -> Outcome:
    starts_at, ends_at = asking.starts_at, asking.starts_at + timedelta(days=asking.days)
    life = Life(
        url, pharmacy, Span(starts_at, ends_at, asking.every, asking.answered), _weather(asking, pharmacy, ends_at),
        asking.seed, after_day,
    )  # fmt: skip
    try:
        life.live()
    finally:
        life.close()
    database = Database(url)
    try:
        with database.snapshot() as connection:
            facts = facts_of(connection)
    finally:
        database.close()
    logbook = life.logbook
    counts = {"messages": len(logbook.heard), "steps": len(logbook.decided), "alerts": len(facts.alerts)}
    counts |= {"runs": len(facts.runs), "failures of units": len(logbook.failures)} | logbook.counts
    return Outcome(
        asking, pharmacy, judge(pharmacy, logbook, facts, starts_at, ends_at),
        figures_of(pharmacy, logbook, facts, starts_at), counts, logbook.digest(),
    )  # fmt: skip


def _weather(asking: Asking, pharmacy: Pharmacy, ends_at: datetime) -> Weather:
    pharmacists = [person.id for person in pharmacy.people_with(Role.PHARMACIST)]
    units = [unit for unit in pharmacy.units.values() if unit.sensor is not None]
    site_of = pharmacy.sites
    silent = [
        limits_of(unit.storage_class, site_of[unit.site].temperature_unit, asking.every, unit.probe) for unit in units
    ]
    silent_after = max((each.silent_after for each in silent), default=asking.every)
    return draw(
        asking.seed, asking.starts_at, ends_at, [unit.id for unit in units], pharmacists, asking.often, silent_after
    )  # fmt: skip
