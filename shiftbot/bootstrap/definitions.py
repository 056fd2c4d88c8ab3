"""The definitions in force in a process: read again when asked, all of them or none.

Over them lie the sensors that managers paired with units, what calendars say of duty and what people agreed against
the roster, all of which any process may have stored at any time.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from shiftbot.clock import Clock
from shiftbot.definitions import load
from shiftbot.domain.site import DatedShift, DutyChange, Person, Pharmacy
from shiftbot.errors import DefinitionError, StorageUnavailable
from shiftbot.services import cold_chain, coverage, duty, patterns, rostering, runs, summary
from shiftbot.storage import duty_changes, pairings, roster_shifts
from shiftbot.storage.database import Database
from shiftbot.storage.pairings import Pairing
from shiftbot.ticker import Ticker

log = logging.getLogger(__name__)

PAIRINGS_ARE_OLD = 1.0
"""Seconds after which whoever takes readings in looks again which sensors were paired."""


DUTY_IS_KEPT = timedelta(days=3)
"""What people agreed about duty is looked at for so long after it ended: hand-over notes ask who was on shift."""


@dataclass(frozen=True)
class _Laid:
    """What lies over the written definitions. `calendars` says which reading of them `dated` is from."""

    paired: list[Pairing] = field(default_factory=list)
    changes: list[DutyChange] = field(default_factory=list)
    dated: list[DatedShift] = field(default_factory=list)
    calendars: tuple[int, datetime | None] = (0, None)


class DefinitionsInForce:
    """What the pharmacy wrote, as it holds now. `ticker` is set where the process ticks: it plans by them and tells."""

    def __init__(
        self, pharmacy: Pharmacy, home: Path, database: Database, clock: Clock, changed: Callable[[], None]
    ) -> None:
        """`home` is the folder they are read from; `changed` is told when there are new ones, or mistakes in them."""
        self.pharmacy = self._written = pharmacy
        self._laid = _Laid()
        self._looked_at = -PAIRINGS_ARE_OLD
        self._composing = threading.Lock()
        self.mistakes: tuple[str, ...] = ()
        self.ticker: Ticker | None = None
        self._home = home
        self._database = database
        self._clock = clock
        self._changed = changed
        self._reloading = threading.Lock()

    def current(self) -> Pharmacy:
        """The definitions in force, at once: nothing is looked for."""
        return self.pharmacy

    def looked_up(self) -> Pharmacy:
        """The definitions in force, with what was paired until now; until a moment ago while the database is away."""
        self._looked_at = time.monotonic()
        try:
            with self._database.snapshot() as connection:
                found = self._look(connection)
        except StorageUnavailable:
            return self.pharmacy
        if found != self._laid:
            self._compose(laid=found)
            self._changed()
        return self.pharmacy

    def _look(self, connection: Connection) -> _Laid:
        since = self._clock.now() - DUTY_IS_KEPT
        calendars = roster_shifts.version(connection)
        dated = self._laid.dated
        if calendars != self._laid.calendars:
            dated = roster_shifts.known(connection, since)
        return _Laid(pairings.by_hand(connection), duty_changes.standing(connection, since), dated, calendars)

    def looked_up_lately(self) -> Pharmacy:
        """The same for whoever asks very often: looked for once a second."""
        return self.looked_up() if time.monotonic() - self._looked_at >= PAIRINGS_ARE_OLD else self.pharmacy

    def _compose(self, written: Pharmacy | None = None, laid: _Laid | None = None) -> None:
        with self._composing:
            self._written = self._written if written is None else written
            self._laid = self._laid if laid is None else laid
            paired = cold_chain.with_pairings(self._written, self._laid.paired)
            self.pharmacy = duty.with_duty(paired, self._laid.dated, self._laid.changes)

    def plan_ahead(self) -> None:
        """At start: see that everything regular has its next turn planned."""
        now = self._clock.now()
        runs.plan_ahead(self._database, self.pharmacy, now)
        self._plan_reports(self.pharmacy)

    def _plan_reports(self, pharmacy: Pharmacy) -> None:
        now = self._clock.now()
        summary.plan_ahead(self._database, pharmacy, now)
        patterns.plan_ahead(self._database, pharmacy, now)
        rostering.plan_ahead(self._database, pharmacy, now)
        coverage.plan_ahead(self._database, pharmacy, now)

    def reload(self, by: Person | None = None) -> list[str]:
        """Read the whole folder again: valid, it is in force at once; else the old definitions stay. Its mistakes.

        `by` is who asked for it, in the record. Raises StorageUnavailable: then the old ones stay, too.
        """
        with self._reloading:
            try:
                fresh = load(self._home)
            except DefinitionError as error:
                self.mistakes = tuple(error.mistakes)
                self._keep(error.mistakes)
                return error.mistakes
            self.mistakes = ()
            if fresh.digest != self._written.digest:
                self._take(fresh, by.id if by else "shiftbot")
            log.info("the definitions were read again", extra={"action": "definitions_read"})
            return []

    def _take(self, fresh: Pharmacy, actor: str) -> None:
        before, now = self._written, self._clock.now()
        # A tick that goes by the old definitions to its end must not plan by them what is planned anew here.
        with self.ticker.resting() if self.ticker else nullcontext():
            if self.ticker:
                runs.take_definitions(self._database, before, fresh, actor, now)
            self._compose(written=fresh)
        if self.ticker:
            self._plan_reports(fresh)
            coverage.look_anew(self._database, now)
        self._changed()

    def _keep(self, mistakes: Sequence[str]) -> None:
        """Of several processes only the one that ticks tells people, so that they are told once."""
        for mistake in mistakes:
            log.warning("the old definitions stay: %s", mistake, extra={"action": "definitions_kept"})
        if self.ticker:
            runs.refuse_definitions(self._database, self.pharmacy, mistakes, self._clock.now())
            self._changed()
