"""What a process says of itself, as JSON: to /healthz and /metrics, its own or another process's.

Ages are left to the reader: whatever has one is said as the instant since which it grows.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shiftbot.mqtt.message import Message
from shiftbot.mqtt.subscriber import Subscriber
from shiftbot.slack.connection import SocketConnection
from shiftbot.ticker import Ticker

READINGS_ARE_LATE = timedelta(minutes=2)
"""Readings that could not be stored for so long, or a broker that is away for so long, are trouble."""

LONG_AGO = timedelta(days=365)
"""How long ago a connection that never was is said to have been heard at most."""


class Timings:
    """How often each step of the tick was taken, how many seconds that took in all, and the last time."""

    def __init__(self) -> None:
        self._taken: dict[str, tuple[int, float, float]] = {}

    def note(self, step: str, seconds: float) -> None:
        """A step was taken."""
        times, total, _ = self._taken.get(step, (0, 0.0, 0.0))
        self._taken[step] = (times + 1, round(total + seconds, 6), round(seconds, 6))

    def said(self) -> dict[str, list[float]]:
        """By step: how often, seconds in all, seconds of the last one."""
        return {step: list(taken) for step, taken in self._taken.copy().items()}


class Stored:
    """Stores batches of messages and counts what was new in them."""

    def __init__(self, store: Callable[[Sequence[Message]], int]) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.readings = 0

    def __call__(self, batch: Sequence[Message]) -> int:
        """Store one batch. Raises what storing raises; nothing is counted then."""
        new = self._store(batch)
        with self._lock:
            self.readings += new
        return new


@dataclass
class OwnWords:
    """The parts of a process that have something to say; those it does not have are `None`."""

    now: Callable[[], datetime]
    timings: Timings = field(default_factory=Timings)
    ticker: Ticker | None = None
    connection: SocketConnection | None = None
    subscriber: Subscriber | None = None
    stored: Stored | None = None

    def listen_by(self, subscriber: Subscriber | None) -> None:
        """From now on readings come by this one; by none while another process takes them in."""
        self.subscriber = subscriber

    def said(self) -> dict[str, Any]:
        """All of it, now."""
        parts = {"tick": self._tick(), "clock": self._clock(), "slack": self._slack(), "mqtt": self._mqtt()}
        return {part: words for part, words in parts.items() if words is not None}

    def _tick(self) -> Mapping[str, Any] | None:
        if self.ticker is None:
            return None
        return {
            "ended_at": _iso(self.ticker.last_tick_at),
            "trouble": self.ticker.trouble(),
            "steps": self.timings.said(),
        }

    def _clock(self) -> Mapping[str, Any] | None:
        steps = self.ticker.clock_steps if self.ticker else None
        return {"steps": steps.seen, "last": steps.last.total_seconds()} if steps else None

    def _slack(self) -> Mapping[str, Any] | None:
        if self.connection is None:
            return None
        silent = min(self.connection.silent_seconds, LONG_AGO.total_seconds())
        heard_at = self.now() - timedelta(seconds=silent) if silent < LONG_AGO.total_seconds() else None
        return {"connected": self.connection.is_healthy, "heard_at": _iso(heard_at)}

    def _mqtt(self) -> Mapping[str, Any] | None:
        if self.subscriber is None:
            return None
        trouble, now = self.subscriber.trouble(), self.now()
        return {
            "connected": self.subscriber.is_connected,
            "heard_at": _iso(self.subscriber.last_message_at),
            "held": self.subscriber.held,
            "readings": self.stored.readings if self.stored else 0,
            "trouble": "; ".join(map(str, trouble)),
            "lasts": any(each.since is None or now - each.since > READINGS_ARE_LATE for each in trouble),
        }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
