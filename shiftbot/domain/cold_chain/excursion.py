"""One excursion as far as it is known, and what falls due in it. How readings change it is in course.py."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shiftbot.domain.cold_chain.limits import Limits
from shiftbot.domain.cold_chain.reading import Direction, read, written


@dataclass(slots=True)
class Excursion:
    """One excursion; `judge` works on copies.

    `out` is the measured time out of range: each reading counts until the next, at most `holds_at_most`. `out_since` is
    the start of the stretch that still lasts, `out_before` the length of earlier stretches; they decide when to tell.
    `side_since` is the start of the stretch on this side; `adds_up_at` is when it, with earlier excursions, makes the
    cumulative time that is told. `critical_since` is since when the temperature itself has been critical.
    `back_at` is when it last came back in range, `ended_at` when that had lasted long enough.
    """

    started_at: datetime
    direction: Direction
    extreme: float
    last_at: datetime
    out_since: datetime | None
    out: timedelta = timedelta(0)
    out_before: timedelta = timedelta(0)
    inside_since: datetime | None = None
    back_at: datetime | None = None
    told_at: datetime | None = None
    critical_at: datetime | None = None
    ended_at: datetime | None = None
    side_since: datetime | None = None
    adds_up_at: datetime | None = None
    critical_since: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON values only; instants as ISO 8601 in UTC, spans as seconds."""
        spans = {"out": self.out.total_seconds(), "out_before": self.out_before.total_seconds()}
        instants = {name: written(getattr(self, name)) for name in _INSTANTS}
        return {"direction": self.direction.value, "extreme": self.extreme} | spans | instants

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Excursion":
        """The excursion that `to_json` wrote, in this version or an earlier one."""
        fields: dict[str, Any] = {name: timedelta(seconds=raw[name]) for name in ("out", "out_before")}
        fields |= {name: read(raw.get(name)) for name in _INSTANTS}
        return cls(direction=Direction(raw["direction"]), extreme=raw["extreme"], **fields)


_INSTANTS = (
    "started_at",
    "last_at",
    "out_since",
    "inside_since",
    "back_at",
    "told_at",
    "critical_at",
    "ended_at",
    "side_since",
    "adds_up_at",
    "critical_since",
)


def let_time_pass(excursion: Excursion, until: datetime, limits: Limits) -> None:
    """Note what falls due before `until`; what falls due at that very instant is for the reading taken then to say."""
    told_at, critical_at = due(excursion, limits)
    if critical_at is not None and critical_at < until:
        excursion.critical_at = critical_at
        told_at = min(told_at, critical_at) if told_at else None
        excursion.told_at = excursion.told_at or told_at
    if told_at is not None and told_at < until:
        excursion.told_at = told_at


def due(excursion: Excursion, limits: Limits) -> tuple[datetime | None, datetime | None]:
    """When the excursion will be told and be critical if nothing changes; `None` for what is not ahead.

    Time alone tells, and makes critical what was critical when it was last read. Hours out of range, though, are only
    reckoned for as long as the last reading holds: what lies in a longer gap is not known, and does not add up.
    """
    if excursion.out_since is None or excursion.ended_at is not None:
        return None, None
    known_until = excursion.last_at + limits.holds_at_most
    told_at = max(excursion.started_at, excursion.out_since + limits.alarm_delay)
    if excursion.adds_up_at is not None and excursion.adds_up_at <= known_until:
        told_at = min(told_at, max(excursion.started_at, excursion.adds_up_at))
    return (None if excursion.told_at else told_at), (
        None if excursion.critical_at else _critical_at(excursion, excursion.out_since, known_until, limits)
    )


def _critical_at(excursion: Excursion, out_since: datetime, known_until: datetime, limits: Limits) -> datetime | None:
    # Earlier stretches count: a unit that dips in and out of range for an hour is not well.
    lasting = limits.critical_after - excursion.out_before
    by_time = max(excursion.started_at, out_since, out_since + lasting)
    by_degrees = excursion.critical_since + limits.critical_delay if excursion.critical_since else None
    ahead = [by_time] if by_time <= known_until else []
    ahead += [by_degrees] if by_degrees is not None else []
    return min(ahead, default=None)
