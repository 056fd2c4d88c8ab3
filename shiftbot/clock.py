"""The clock: read at the edges only, and passed down as `now`. The demo's runs faster than the wall's."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


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
