"""The wall's clock was set while we ran: on the record of every site, once, and no wait lasts longer for it."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from shiftbot.domain.record import ChainedEntry, Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.storage import record, waits
from shiftbot.storage.database import Database

log = logging.getLogger(__name__)

KIND = "clock-stepped"

SAME_STEP = timedelta(minutes=1)
"""Two processes of one machine both notice a step; what is noted within this span is the same one."""


def note_step(database: Database, pharmacy: Pharmacy, by: timedelta, now: datetime) -> bool:
    """The clock was set by `by` (ahead: positive) and says `now`; whether we were the first to note it.

    Nothing is done twice: what was done is done whatever the clock says. Nothing is skipped: what waits for a span
    waits no longer than that span.
    """
    sites = sorted(pharmacy.sites)
    with database.transaction() as connection:
        record.hold(connection, sites)
        if sites and _is_same(record.newest_of_kind(connection, sites[0], KIND), by, now):
            return False
        brought = waits.follow(connection, by, now)
        body = {"seconds": round(by.total_seconds(), 3), "waits": brought}
        record.append(connection, [Entry(site, now, "shiftbot", KIND, "clock", body) for site in sites])
    log.warning(
        "the clock was set %s by %s; %d waits were brought forward",
        "ahead" if by > timedelta(0) else "back", abs(by), brought, extra={"action": "clock_stepped"},
    )  # fmt: skip
    return True


def _is_same(noted: ChainedEntry | None, by: timedelta, now: datetime) -> bool:
    if noted is None or abs(now - noted.at) >= SAME_STEP:
        return False
    seconds: float = json.loads(noted.body)["seconds"]
    return abs(seconds - by.total_seconds()) < SAME_STEP.total_seconds() / 2


def set_back_while_away(database: Database, pharmacy: Pharmacy, now: datetime) -> timedelta:
    """By how much the clock must have been set back since somebody last wrote into the record; a negative span."""
    with database.snapshot() as connection:
        written = waits.last_written(connection)
    ahead = max((at - now for site, at in written.items() if site in pharmacy.sites), default=timedelta(0))
    return -ahead if ahead >= waits.AT_LEAST else timedelta(0)


class ClockSteps:
    """Notes when the clock was set, before anything is decided by the new time: `seen` times, the last by `last`."""

    def __init__(self, database: Database, now: Callable[[], datetime], look: Callable[[], timedelta] | None) -> None:
        """`look` says by how much the clock was set since it was asked last; nobody asks for a clock that cannot be."""
        self._database = database
        self._now = now
        self._look = look
        self._is_new = True
        self._waiting = timedelta(0)
        self.seen = 0
        self.last = timedelta(0)

    def note(self, pharmacy: Pharmacy) -> None:
        """Look, and store what was seen; what the database could not take is stored the next time."""
        if self._look is None:
            return
        if step := self._look():
            self._see(step)
        try:
            self._store(pharmacy)
        except StorageUnavailable as error:
            log.warning("a step of the clock waits: %s", error, extra={"action": "clock_step_waits"})

    def _see(self, step: timedelta) -> None:
        self.seen += 1
        self.last = step
        self._waiting += step

    def _store(self, pharmacy: Pharmacy) -> None:
        now = self._now()
        if self._is_new:
            if away := set_back_while_away(self._database, pharmacy, now):
                self._see(away)
            self._is_new = False
        if self._waiting:
            note_step(self._database, pharmacy, self._waiting, now)
            self._waiting = timedelta(0)
