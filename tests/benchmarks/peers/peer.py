"""A program that takes readings from MQTT into a SQLite file, from outside: how to start it, what it has stored."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import Started

STANDS_STILL = 20.0
"""Seconds without a further row after which no more are waited for."""


@dataclass
class Peer:
    """One of those that are compared. `instants` asks for when each stored reading was taken, in microseconds.

    `counted` asks how many there are, as cheaply as its table allows: a look holds up a writer without WAL.
    """

    name: str
    path: Path
    begin: Callable[[], Started]
    instants: str
    counted: str

    def count(self) -> int:
        """How many rows are committed."""
        try:
            with closing(self._look()) as database:
                counted: int = database.execute(self.counted).fetchone()[0]
                return counted
        except sqlite3.OperationalError:  # not there yet, or just being written
            return 0

    def taken_at(self) -> list[int]:
        """When the stored readings were taken, in microseconds since 1970, oldest first."""
        with closing(self._look()) as database:
            return sorted(at for (at,) in database.execute(self.instants))

    def _look(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)

    def wait_for(self, count: int, every: float = 0.05) -> tuple[int, float]:
        """Wait until so many are committed, or no more come; how many there are, and when the last one was seen."""
        found, seen_at = self.count(), time.perf_counter()
        while found < count and time.perf_counter() - seen_at < STANDS_STILL:
            time.sleep(every)
            now = self.count()
            if now != found:
                found, seen_at = now, time.perf_counter()
        return found, seen_at
