"""A clock in memory that processes share: the story's time goes on when the process that moved it was killed."""

import mmap
import struct
from datetime import UTC, datetime


class SharedClock:
    """Stands still until it is moved; forked processes see each other move it."""

    def __init__(self, now: datetime) -> None:
        self._page = mmap.mmap(-1, 8)
        self.now = now

    @property
    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), tz=UTC)

    @now.setter
    def now(self, instant: datetime) -> None:
        self._page[:] = struct.pack("d", instant.timestamp())

    def part(self) -> None:
        """From now on this process, and those it forks, share a clock of their own."""
        now = self.now
        self._page = mmap.mmap(-1, 8)
        self.now = now

    def tells(self) -> datetime:
        """The instant, for whoever asks a function."""
        return self.now

    def seconds(self) -> float:
        """The same since 1970."""
        found: float = struct.unpack("d", self._page[:])[0]
        return found
