"""The definitions in force in a process: read again when asked, all of them or none."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from shiftbot.clock import Clock
from shiftbot.definitions import load
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import DefinitionError
from shiftbot.services import patterns, runs, summary
from shiftbot.storage.database import Database
from shiftbot.ticker import Ticker

log = logging.getLogger(__name__)


class DefinitionsInForce:
    """What the pharmacy wrote, as it holds now. `ticker` is set where the process ticks: it plans by them and tells."""

    def __init__(
        self, pharmacy: Pharmacy, home: Path, database: Database, clock: Clock, changed: Callable[[], None]
    ) -> None:
        """`home` is the folder they are read from; `changed` is told when there are new ones, or mistakes in them."""
        self.pharmacy = pharmacy
        self.mistakes: tuple[str, ...] = ()
        self.ticker: Ticker | None = None
        self._home = home
        self._database = database
        self._clock = clock
        self._changed = changed
        self._reloading = threading.Lock()

    def current(self) -> Pharmacy:
        """The definitions in force."""
        return self.pharmacy

    def plan_ahead(self) -> None:
        """At start: see that everything regular has its next turn planned."""
        now = self._clock.now()
        runs.plan_ahead(self._database, self.pharmacy, now)
        self._plan_reports(self.pharmacy)

    def _plan_reports(self, pharmacy: Pharmacy) -> None:
        now = self._clock.now()
        summary.plan_ahead(self._database, pharmacy, now)
        patterns.plan_ahead(self._database, pharmacy, now)

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
            if fresh.digest != self.pharmacy.digest:
                self._take(fresh, by.id if by else "shiftbot")
            log.info("the definitions were read again", extra={"action": "definitions_read"})
            return []

    def _take(self, fresh: Pharmacy, actor: str) -> None:
        before, now = self.pharmacy, self._clock.now()
        # A tick that goes by the old definitions to its end must not plan by them what is planned anew here.
        with self.ticker.resting() if self.ticker else nullcontext():
            if self.ticker:
                runs.take_definitions(self._database, before, fresh, actor, now)
            self.pharmacy = fresh
        if self.ticker:
            self._plan_reports(fresh)
        self._changed()

    def _keep(self, mistakes: Sequence[str]) -> None:
        """Of several processes only the one that ticks tells people, so that they are told once."""
        for mistake in mistakes:
            log.warning("the old definitions stay: %s", mistake, extra={"action": "definitions_kept"})
        if self.ticker:
            runs.refuse_definitions(self._database, self.pharmacy, mistakes, self._clock.now())
            self._changed()
