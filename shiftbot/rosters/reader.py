"""The thread that looks at every calendar each quarter of an hour; a slow server holds nobody else up."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from shiftbot.clock import Clock
from shiftbot.definitions.calendar_files import read_calendar
from shiftbot.definitions.mistakes import Mistaken
from shiftbot.domain.site import Pharmacy, RosterCalendar
from shiftbot.errors import StorageUnavailable
from shiftbot.rosters.fetching import CalendarUnavailable, fetch
from shiftbot.services import rostering
from shiftbot.storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY = 15.0
"""Seconds between two looks whether a calendar is due."""

BEHIND, AHEAD = timedelta(days=3), timedelta(days=60)
"""So far around now shifts are kept: coverage looks two weeks ahead, people plan a month."""


class RosterReader:
    """Reads what is due in a thread of its own; what was read well stays until something newer is."""

    def __init__(
        self,
        database: Database,
        pharmacy: Callable[[], Pharmacy],
        clock: Clock,
        home: Path,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        """`home` is where files lie; `changed` is told when a calendar says something new."""
        self._database = database
        self._pharmacy = pharmacy
        self._clock = clock
        self._home = home
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="rosters", daemon=True)

    def start(self) -> None:
        """Begin with what is due."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the calendar in hand, or leave a server that does not answer to its time-out."""
        self._stopping.set()
        self._thread.join(timeout=2)

    def read_due(self) -> int:
        """Look at every calendar that is due; how many were read well. Raises StorageUnavailable."""
        pharmacy, now = self._pharmacy(), self._clock.now()
        due = rostering.calendars_due(self._database, pharmacy, now)
        return sum(self._read(pharmacy, each, now) for each in due if not self._stopping.is_set())

    def _read(self, pharmacy: Pharmacy, named: RosterCalendar, now: datetime) -> bool:
        zone = pharmacy.sites[named.site].calendar.timezone
        try:
            content = fetch(named.source, self._home)
            found = read_calendar(content, named, zone, pharmacy.people, now - BEHIND, now + AHEAD)
        except CalendarUnavailable as error:
            self._keep_failure(pharmacy, named, str(error), now)
            return False
        except Mistaken as error:
            self._keep_failure(pharmacy, named, f"{error.wrong}; {error.mend}", now)
            return False
        if rostering.keep_calendar(self._database, pharmacy, named, found.shifts, found.remarks, now):
            self._changed()
        return True

    def _keep_failure(self, pharmacy: Pharmacy, named: RosterCalendar, why: str, now: datetime) -> None:
        log.warning("a calendar of %s cannot be read: %s", named.site, why, extra={"action": "calendar_failed"})
        rostering.keep_failure(self._database, pharmacy, named, why, now)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.read_due()
            except StorageUnavailable as error:
                log.warning("the calendars wait: %s", error, extra={"action": "calendars_wait"})
            except Exception:
                log.exception("reading the calendars broke; it goes on", extra={"action": "calendars_broke"})
            self._stopping.wait(LOOK_EVERY)
