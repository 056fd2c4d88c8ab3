"""Whose clock is slow: devices whose readings, all of them, were taken long before they come.

A clock that is fast is told by itself: a reading from the future is refused (formats). One that is slow looks like a
device that was away and sends what it kept, until it is seen that it never catches up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

CLOCK_BEHIND = "clock_behind_s"
"""The fact, in seconds, as whole minutes; nothing where the clock is right."""

BEHIND_FROM = timedelta(minutes=5)
WATCHED_FOR = timedelta(minutes=30)
READINGS_AT_LEAST = 3

_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class _Watch:
    """One sensor, watched since `began`: how many readings came, and how late the most prompt of them was."""

    began: datetime
    readings: int
    least: timedelta
    behind: int | None = None


class DeviceClocks:
    """Watches every sensor that tells the time."""

    def __init__(self) -> None:
        """Nothing is known yet, and nothing said before the first half hour is over."""
        self._watched: dict[int, _Watch] = {}

    def hear(self, sensor: int, taken_at: datetime, received_at: datetime) -> int | None:
        """Take in a reading; how many seconds the clock is behind (0: no more) when that has changed, else nothing."""
        late = received_at - taken_at
        watch = self._watched.get(sensor)
        if watch is None:
            self._watched[sensor] = _Watch(received_at, 1, late)
            return None
        if received_at - watch.began < WATCHED_FOR or watch.readings < READINGS_AT_LEAST:
            watch.readings += 1
            if late < watch.least:
                watch.least = late
            return None
        behind = watch.least // _MINUTE * 60 if watch.least > BEHIND_FROM else 0
        changed = behind if behind != (watch.behind or 0) else None
        self._watched[sensor] = _Watch(received_at, 1, late, behind)
        return changed
