"""Readings that changed faster than any probe can: kept and shown, but believed only when they hold for the delay.

One wild value between two good ones is a fault of the sensor or the radio, and would call people out as critical.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shiftbot.domain.cold_chain.limits import Limits

RECKONED_FROM, RECKONED_TO = timedelta(minutes=1), timedelta(minutes=2)
"""The change allowed is the rate for at least one minute (a probe's last digit) and at most two: by then the fastest
probe shows what is around it, however long the gap is. Our own choice."""

BELIEVED_AT = 60
"""So many readings in a row at the new level are believed, however quickly they came."""


class Doubtful(NamedTuple):
    """A reading in doubt."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """The last reading that was believed, and those since that are not yet."""

    trusted: Doubtful
    waiting: tuple[Doubtful, ...]

    @property
    def since(self) -> datetime:
        """When it began."""
        return self.waiting[0].at

    def to_json(self) -> dict[str, Any]:
        """JSON values only."""
        return {"trusted": _pair(self.trusted), "waiting": [_pair(each) for each in self.waiting]}

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Doubt":
        """What `to_json` wrote."""
        return cls(_doubtful(raw["trusted"]), tuple(_doubtful(each) for each in raw["waiting"]))


def _pair(reading: Doubtful) -> list[Any]:
    return [reading.at.isoformat(), reading.value]


def _doubtful(raw: list[Any]) -> Doubtful:
    return Doubtful(datetime.fromisoformat(raw[0]), raw[1])


def is_possible(before: Doubtful, after: Doubtful, limits: Limits) -> bool:
    """Whether a probe may have gone from one to the other. After a long gap anything may be."""
    apart = after.at - before.at
    if apart > limits.holds_at_most:
        return True
    minutes = min(max(apart, RECKONED_FROM), RECKONED_TO) / timedelta(minutes=1)
    return abs(after.value - before.value) <= limits.rate_per_minute * minutes


class Verdict(NamedTuple):
    """What is believed now, in order; what turned out to be no temperature; what stays in doubt."""

    believed: tuple[Doubtful, ...] = ()
    refused: tuple[Doubtful, ...] = ()
    doubt: Doubt | None = None


def weigh(doubt: Doubt, new: Doubtful, limits: Limits) -> Verdict:
    """One more reading while others are in doubt that have not lasted for the delay yet: believed, or in doubt too."""
    to_trusted, to_doubtful = abs(new.value - doubt.trusted.value), abs(new.value - doubt.waiting[-1].value)
    if to_trusted < to_doubtful and is_possible(doubt.trusted, new, limits):
        return Verdict((new,), refused=doubt.waiting)
    waiting = (*doubt.waiting, new)
    held = new.at - doubt.since >= limits.alarm_delay or len(waiting) >= BELIEVED_AT
    if held or is_possible(doubt.trusted, new, limits):
        return Verdict(waiting)
    return Verdict(doubt=replace(doubt, waiting=waiting))
