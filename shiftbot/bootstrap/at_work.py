"""A thread that says every few seconds that this process is at work and how it is, and takes over from the dead."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shiftbot.bootstrap.parts import Part
from shiftbot.errors import StorageUnavailable
from shiftbot.storage import processes
from shiftbot.storage.database import Database
from shiftbot.storage.presence import Presence
from shiftbot.storage.processes import Process

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.5
"""How often we look on PostgreSQL: what a dead process had in hand is let go of after two looks."""

EVERY_SECONDS_ALONE = 10.0
"""How often on SQLite, where there is nobody to take over from: only `shiftbot doctor` reads it."""


class AtWork:
    """This process as the others, and whoever looks after them, see it."""

    def __init__(
        self,
        database: Database,
        parts: frozenset[Part],
        now: Callable[[], datetime],
        say: Callable[[], Mapping[str, Any]],
        *,
        taken_over: Callable[[], None] = lambda: None,
    ) -> None:
        """`say` gives our state as JSON; `taken_over` is told when there is something to send that a dead one left."""
        self._database = database
        self._now = now
        self._say = say
        self._taken_over = taken_over
        self._presence = Presence(database)
        self._parts = name_of(parts)
        self._started_at = now()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="at work", daemon=True)
        self.others: list[Process] = []

    def start(self, when_alone: Callable[[], None]) -> None:
        """Be at work. Who is surely alone does `when_alone` first. Raises StorageUnavailable."""
        self._presence.enter(when_alone)
        self._say_so(alone=self._database.is_sqlite)
        self._thread.start()

    def stop(self) -> None:
        """Be at work no longer, and say so."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
            try:
                with self._database.transaction() as connection:
                    processes.forget(connection, [self._presence.number])
            except StorageUnavailable as error:
                log.info("nobody is told that we leave: %s", error, extra={"action": "left_unsaid"})
        self._presence.leave()

    def _keep_up(self) -> None:
        every = EVERY_SECONDS_ALONE if self._database.is_sqlite else EVERY_SECONDS
        while not self._stopping.wait(every):
            try:
                if self._presence.take_over(self._now()):
                    self._taken_over()
                self._say_so()
            except StorageUnavailable as error:
                log.info("who else is at work is not known now: %s", error, extra={"action": "presence_waits"})
            except Exception:
                log.exception("could not say that we are at work", extra={"action": "presence_failed"})

    def _say_so(self, *, alone: bool = False) -> None:
        process = Process(
            self._presence.number, self._parts, socket.gethostname(), os.getpid(), self._started_at, self._now(),
            self._say(),
        )  # fmt: skip
        with self._database.transaction() as connection:
            if alone:
                processes.forget_all(connection)
            processes.save(connection, process)


def name_of(parts: frozenset[Part]) -> str:
    """The parts of a process for people: `tick`, `bot, ingest`, `run` for all of them."""
    return "run" if parts == frozenset(Part) else ", ".join(sorted(parts))
