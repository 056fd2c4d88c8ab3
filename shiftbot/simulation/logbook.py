"""What happened in a simulation, in its order: what was decided, who heard it, what people did, what excused a delay.

Instants are those of the machine's clock, which the faults may set; `number` keeps the true order.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that truly came: to a person's Slack, a channel, or a further means; `key` is without its means."""

    number: int
    at: datetime
    key: str
    target: str
    recipient: str
    site: str
    kind: str
    alert: int | None
    may_repeat: bool
    decided_at: datetime
    lane: int


@dataclass(frozen=True, slots=True)
class Decided:
    """One step of an alert's ladder as the product took it: the how-manieth telling, of which step, for whom."""

    number: int
    at: datetime
    alert: int
    telling: int
    step: int
    recipients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What somebody did to an alert and was not refused: `acknowledge` or `decline`."""

    number: int
    at: datetime
    alert: int
    what: str
    person: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which something was wrong that excuses a delay, by the machine's clock."""

    what: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """A storage unit that truly left its range from `starts_at` on and was back at `back_at`, then stayed inside."""

    unit: str
    starts_at: datetime
    back_at: datetime
    critical: bool


@dataclass(frozen=True, slots=True)
class DutyChanged:
    """What people agreed about duty: `person` in the place of `instead_of`, or `instead_of` away."""

    site: str
    person: str | None
    instead_of: str | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """A run that was answered in full: at the earliest and at the latest (nobody saw whether a first try went in)."""

    earliest: datetime
    latest: datetime


@dataclass
class Logbook:
    """Everything, from the beginning."""

    heard: list[Heard] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    pressed: list[Pressed] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    duty: list[DutyChanged] = field(default_factory=list)
    done: dict[int, Done] = field(default_factory=dict)
    readings: dict[str, list[datetime]] = field(default_factory=dict)
    """When readings of each unit were taken in by the machine."""
    counts: dict[str, int] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def count(self, what: str) -> None:
        """One more of something."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def excuse(self, what: str, starts_at: datetime, ends_at: datetime) -> None:
        """Note a stretch."""
        self.stretches.append(Stretch(what, min(starts_at, ends_at), max(starts_at, ends_at)))

    def digest(self) -> str:
        """The same for two simulations in which everybody heard the same at the same instants."""
        digest = hashlib.sha256()
        for each in self.heard:
            digest.update(f"{each.at.isoformat()} {each.key} {each.target} {each.may_repeat}\n".encode())
        return digest.hexdigest()
