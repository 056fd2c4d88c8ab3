"""The clock: read at the edges only, and passed down as `now`. The demo's runs faster than the wall's.

The wall's clock may be set while we run (by hand, by NTP); `ClockWatch` notices it.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

STEP_AT_LEAST = timedelta(seconds=2)
"""A clock that is set by less than this makes no difference to anybody; NTP slews most of what is smaller."""


class Clock(Protocol):
    """What time it is, and how long to sleep until another time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def seconds_until(self, at: datetime) -> float:
        """How many seconds of the wall's clock to sleep until `at`; 0 when it is past."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def seconds_until(self, at: datetime) -> float:
        """How many seconds to sleep until `at`; 0 when it is past."""
        return max(0.0, (at - self.now()).total_seconds())


class FastClock:
    """A clock that runs `speed` times as fast as the wall's, can be paused and moved forward, and never goes back."""

    PAUSED_POLL = 0.5
    """While paused, a sleeper looks again after this many seconds."""

    def __init__(self, start: datetime, speed: float) -> None:
        """Begin at `start`, an aware instant, running."""
        self._lock = threading.Lock()
        self._base = start
        self._since = time.monotonic()
        self._speed = speed
        self._running = True

    @property
    def speed(self) -> float:
        """How many times as fast as the wall's clock it runs."""
        return self._speed

    @property
    def running(self) -> bool:
        """Whether it is not paused."""
        return self._running

    def now(self) -> datetime:
        """The present instant of this clock, aware, in UTC."""
        with self._lock:
            return self._now()

    def seconds_until(self, at: datetime) -> float:
        """How many seconds of the wall's clock to sleep until `at`, at the present speed."""
        if not self._running:
            return self.PAUSED_POLL
        return max(0.0, (at - self.now()).total_seconds() / self._speed)

    def pause(self) -> None:
        """Stand still."""
        with self._lock:
            self._rebase()
            self._running = False

    def resume(self) -> None:
        """Go on from where it stands."""
        with self._lock:
            self._rebase()
            self._running = True

    def run_at(self, speed: float) -> None:
        """Change the speed from now on. Raises ValueError for one that is not above zero."""
        if speed <= 0:
            raise ValueError("the speed of a clock must be above zero")
        with self._lock:
            self._rebase()
            self._speed = speed

    def skip_to(self, at: datetime) -> None:
        """Move forward to `at`; an instant that is past changes nothing."""
        with self._lock:
            self._rebase()
            self._base = max(self._base, at)

    def _now(self) -> datetime:
        if not self._running:
            return self._base
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self._speed)

    def _rebase(self) -> None:
        self._base, self._since = self._now(), time.monotonic()


def since_boot() -> float:
    """Seconds that have really passed, those in which the machine slept included; nobody can set this clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class ClockWatch:
    """Notices that a clock was set, by holding it against one that only goes forward.

    A machine that slept has not had its clock set: that time did pass. For one user only: each `look` begins anew.
    """

    def __init__(self, now: Callable[[], datetime], steady: Callable[[], float] = since_boot) -> None:
        self._now = now
        self._steady = steady
        self._last = self._read()

    def look(self) -> timedelta:
        """By how much the clock was set since the last look, ahead as a positive span; zero when it was not."""
        earlier, self._last = self._last, self._read()
        (was, was_before, was_after), (now, before, after) = earlier, self._last
        walked = (now - was).total_seconds()
        # Between reading one clock and reading the other this thread may have waited; that is not held against it.
        shortest, longest = before - was_after, after - was_before
        stepped = walked - min(max(walked, shortest), longest)
        return timedelta(seconds=stepped) if abs(stepped) >= STEP_AT_LEAST.total_seconds() else timedelta(0)

    def _read(self) -> tuple[datetime, float, float]:
        before = self._steady()
        return self._now(), before, self._steady()
