"""The machine on which the product runs in a simulation: a process that may die at any boundary and begins anew.

Nothing survives it but the database. What it does is the real ticker's steps and the real delivery.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event

from shiftbot import ticker
from shiftbot.boundaries import watched_by
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.services import coverage, delivery, duty, patterns, rostering, runs, summary
from shiftbot.services.delivery import Pace
from shiftbot.simulation.agenda import DELIVERY, Agenda, look
from shiftbot.simulation.slack import Clocks, SimulatedSlack
from shiftbot.storage import duty_changes
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate

ROUNDS = 30
"""Rounds of delivery at one instant at most; what is left is due again."""

THOROUGH_EVERY = timedelta(days=1)
"""A ticker that really runs looks every 15 s and is thorough each hour: with so few ticks it would hardly ever go by
what the tables say is due, which is what is tried here."""

HOUSEKEEPING = frozenset({"digest readings", "keep readings", "look at the sensors", "look for what is stuck"})
HOUSEKEEPING_EVERY = timedelta(hours=6)
"""What nobody is told of by the minute is done so often only; whoever looks for what is stuck would find it so else."""

DAILY_STEPS = tuple((name, step) for name, step in ticker.STEPS if name not in HOUSEKEEPING)

BAD_WEATHER = timedelta(seconds=20)
"""The least between two looks while anything is wrong: a try every second for hours shows nothing more."""


class Killed(BaseException):
    """The process died here; no handler of the product may stop this."""


class SimulatedDatabase(Database):
    """A database that is locked while the weather says so; a SQLite file that need not survive this machine."""

    def __init__(self, url: str, clocks: Clocks) -> None:
        super().__init__(url)
        self._clocks = clocks
        if self.is_sqlite:
            event.listen(self.engine, "connect", _hurry)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As a real one. Raises StorageUnavailable while it is locked."""
        self._refuse_locked()
        with super().transaction() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As a real one. Raises StorageUnavailable while it is locked."""
        self._refuse_locked()
        with super().snapshot() as connection:
            yield connection

    def _refuse_locked(self) -> None:
        if self._clocks.weather.now("locked", self._clocks.now):
            raise StorageUnavailable("the database did not answer: database is locked")


def _hurry(connection: Any, _record: object) -> None:
    # The power of the simulating machine is not what is tried: its file ends with the simulation.
    connection.execute("PRAGMA synchronous=OFF")


class Machine:
    """One process after the other on one database."""

    def __init__(self, url: str, pharmacy: Pharmacy, clocks: Clocks, slack: SimulatedSlack) -> None:
        self._opened = SimulatedDatabase(url, clocks)
        self._written = self.pharmacy = pharmacy
        self._clocks = clocks
        self._slack = slack
        self._database: SimulatedDatabase | None = None
        self._pace = Pace()
        self._intake: Intake | None = None
        self._deadly = ExitStack()
        self._to_go = 0
        self._duty_looked_at: datetime | None = None
        self._asked = False
        self._housekept_at: datetime | None = None
        self._looks_at: datetime | None = None
        self._agenda: Agenda = {}
        self.ticks = 0

    @property
    def is_up(self) -> bool:
        """Whether a process runs."""
        return self._database is not None

    @property
    def database(self) -> SimulatedDatabase:
        """The database as the process that runs sees it. Raises StorageUnavailable when none runs."""
        if self._database is None:
            raise StorageUnavailable("no process runs")
        return self._database

    def start(self) -> None:
        """Start a process on what the database holds. Raises StorageUnavailable while that is locked."""
        # Another process, to whatever is remembered of a database; only what was compiled of SQL is not done again.
        database, now = copy(self._opened), self._clocks.machine()
        try:
            migrate(database)
            for each in (runs, summary, patterns, rostering, coverage):
                each.plan_ahead(database, self.pharmacy, now)
            delivery.take_up(database, now)
        except BaseException:
            database.close()
            raise
        self._database, self._pace = database, Pace()
        self._intake = Intake(database, lambda: self.pharmacy)
        self._asked, self._housekept_at = True, None

    def stop(self) -> None:
        """Nothing of the process is left."""
        self._deadly.close()
        if self._database is not None:
            self._database.close()
        self._database = self._intake = None

    def doom(self, boundary: int) -> None:
        """Let the process die at the boundary of this number from now on."""
        self._to_go = boundary
        self._deadly.close()
        self._deadly.enter_context(watched_by(self._die_here))

    def _die_here(self, _name: str) -> None:
        self._to_go -= 1
        if self._to_go <= 0:
            raise Killed

    def set_clock(self) -> None:
        """The clock was set: whoever delivers notices it and forgets what it noted by it."""
        self._pace.forget()
        self._asked = True

    def ask(self) -> None:
        """Something came from outside: tick now."""
        self._asked = True

    def take(self, batch: Sequence[Message]) -> None:
        """Readings came. Raises StorageUnavailable: then nothing of them was stored."""
        if self._intake is None or self._database is None:
            raise StorageUnavailable("no process runs")
        self._intake.store(batch)
        self._asked = True

    def look_up_duty(self) -> None:
        """Lay what was agreed over the definitions, as a process does at each look."""
        with self.database.snapshot() as connection:
            changes = duty_changes.standing(connection, self._clocks.machine() - timedelta(days=3))
        if tuple(changes) != self.pharmacy.duty_changes:
            self.pharmacy = duty.with_duty(self._written, self._written.dated_shifts, changes)

    def work(self) -> None:
        """Tick when something is due or came from outside, and deliver what is due."""
        now = self._clocks.machine()
        try:
            if self._is_asked() or any(at <= now for name, at in self._agenda.items() if name not in DELIVERY):
                self._tick(now)
                self._look()
            self._deliver(now)
        except StorageUnavailable:
            self._looks_at, self._agenda = self._clocks.now + timedelta(seconds=1), {}

    def _look(self) -> None:
        # Whoever else writes asks for a tick, so that this stays true until then.
        with self.database.snapshot() as connection:
            self._agenda = look(connection)

    def _is_asked(self) -> bool:
        """Whether to tick whatever is due: asked from outside, or the ticker's own sleep is over."""
        now, asked = self._clocks.now, self._asked
        self._asked = False
        if self._looks_at is not None and self._looks_at <= now:
            self._looks_at, asked = None, True
        return asked or self._clocks.weather.is_bad(now)

    def _tick(self, now: datetime) -> None:
        self.ticks += 1
        self.look_up_duty()
        steps = ticker.STEPS if self._is_housekeeping_due(now) else DAILY_STEPS
        trouble = ticker.take_steps(
            self.database, self.pharmacy, now, steps=steps, thorough_every=THOROUGH_EVERY
        )  # fmt: skip
        if trouble != ticker.Trouble():
            self._looks_at = self._clocks.now + timedelta(seconds=1)

    def _is_housekeeping_due(self, now: datetime) -> bool:
        kept = self._housekept_at
        if kept is not None and kept <= now < kept + HOUSEKEEPING_EVERY:
            return False
        self._housekept_at = now
        return True

    def _deliver(self, now: datetime) -> None:
        for _ in range(ROUNDS):
            if not any(self._agenda[name] <= now for name in DELIVERY if name in self._agenda):
                return
            sent = delivery.deliver(
                self.database, self.pharmacy, self._slack, now, self._pace, self._clocks.machine
            )  # fmt: skip
            self._look()
            if not sent:
                return

    def next_due(self) -> datetime:
        """The next instant, in true time, at which this has something to do; at least a second from now."""
        now, skew = self._clocks.now, self._clocks.weather.skew(self._clocks.now)
        agenda = dict(self._agenda)
        held = self._pace.held_until
        if held is not None and "outbox" in agenda:
            agenda["outbox"] = max(agenda["outbox"], held)
        instants = [at - skew for at in agenda.values()]
        instants += [self._looks_at] if self._looks_at is not None else []
        soon = now + (BAD_WEATHER if self._clocks.weather.is_bad(now) else timedelta(seconds=1))
        return soon if self._asked or not instants else max(min(instants), soon)
