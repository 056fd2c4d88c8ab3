"""The warning tier: a unit in range, but near a limit for some time. It says so in the channel and calls nobody."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shiftbot.domain.cold_chain.limits import Limits
from shiftbot.domain.cold_chain.reading import Direction, read, written

WARNS_AGAIN_AFTER = timedelta(hours=1)
"""A fridge that hovers about the threshold warns no more often than this."""


@dataclass(frozen=True, slots=True)
class Nearing:
    """A stretch near a limit. It ends well away from the limit, or where an excursion begins and speaks for itself."""

    started_at: datetime
    direction: Direction
    extreme: float
    told_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values only."""
        instants = {"started_at": written(self.started_at), "told_at": written(self.told_at)}
        return {"direction": self.direction.value, "extreme": self.extreme} | instants

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Nearing":
        """What `to_json` wrote."""
        started_at = datetime.fromisoformat(raw["started_at"])
        return cls(started_at, Direction(raw["direction"]), raw["extreme"], read(raw["told_at"]))


def follow(nearing: Nearing | None, at: datetime, value: float, limits: Limits) -> Nearing | None:
    """What is so after one more reading in range."""
    side = limits.warns_of(value)
    if nearing is not None:
        if side is nearing.direction:
            worse = max if side is Direction.HIGH else min
            return replace(nearing, extreme=worse(nearing.extreme, value))
        if side is None and not limits.is_far_from_warning(value):
            return nearing
    return Nearing(at, side, value) if side else None


def due_at(nearing: Nearing | None, warned_at: datetime | None, limits: Limits) -> datetime | None:
    """When it is told if nothing changes; `None` when it was."""
    if nearing is None or nearing.told_at is not None:
        return None
    told_at = nearing.started_at + limits.warn_after
    return told_at if warned_at is None else max(told_at, warned_at + WARNS_AGAIN_AFTER)
