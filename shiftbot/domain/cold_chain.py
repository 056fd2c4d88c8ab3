"""Judging a storage unit: excursions, alarm delays, recovery and silence out of readings. Pure; knows no sensor format.

An excursion begins with the first reading out of range; the alarm delay only delays the notification (domain.md §1.3).
A reading holds until the next one. Time alone can tell or worsen an excursion, but only a reading can end one: a dead
sensor never makes a unit well. Silence goes by receive time, everything else by the device's time (domain.md §1.6).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from shiftbot.domain.site import StorageClass, TemperatureUnit
from shiftbot.domain.temperature import convert

HOLDS_AT_MOST = timedelta(minutes=30)
"""A reading says nothing about what comes later than this: the longest logging interval allowed (domain.md §1.2)."""

SILENT_AT_LEAST = timedelta(minutes=20)
SILENT_CRITICAL = timedelta(minutes=60)
"""Silence is max(2 × interval, 20 min), critical at 60 min (domain.md §1.5)."""

CLEAR_INSIDE = {TemperatureUnit.CELSIUS: 0.3, TemperatureUnit.FAHRENHEIT: 0.5}
"""How far inside the range counts as recovered where the class does not say (domain.md §1.5)."""


class Direction(StrEnum):
    """Which side of the range."""

    HIGH = "high"
    LOW = "low"


class Reading(NamedTuple):
    """One value as the device sent it. A `retained` one is history: it never shows that the sensor lives."""

    taken_at: datetime
    received_at: datetime
    value: float
    unit: TemperatureUnit
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What one unit must hold, all in the site's unit; a limit itself is in range, a critical threshold is critical."""

    unit: TemperatureUnit
    low: float = -math.inf
    high: float = math.inf
    critical_low: float = -math.inf
    critical_high: float = math.inf
    clear_inside: float = 0.0
    alarm_delay: timedelta = timedelta(minutes=15)
    critical_after: timedelta = timedelta(minutes=60)
    clear_after: timedelta = timedelta(minutes=10)
    silent_after: timedelta = SILENT_AT_LEAST
    holds_at_most: timedelta = HOLDS_AT_MOST

    def side(self, value: float) -> Direction | None:
        """On which side `value` is out of range; `None` when it is in range, the limits included."""
        if value > self.high:
            return Direction.HIGH
        return Direction.LOW if value < self.low else None

    def is_critical(self, value: float) -> bool:
        """Whether `value` has reached a critical threshold."""
        return value >= self.critical_high or value <= self.critical_low

    def is_well_inside(self, value: float) -> bool:
        """Whether `value` is far enough inside the range to count towards recovery."""
        return self.low + self.clear_inside <= value <= self.high - self.clear_inside

    @property
    def silence_is_critical_after(self) -> timedelta:
        """How long a sensor may be silent before it is critical."""
        return max(SILENT_CRITICAL, self.silent_after)


def limits_of(storage_class: StorageClass, unit: TemperatureUnit, every: timedelta = timedelta(minutes=5)) -> Limits:
    """The limits of a class as printed in `unit`, for a sensor that promises a reading `every` so often."""

    def bound(side: dict[TemperatureUnit, float | None], missing: float) -> float:
        value = side.get(unit)
        return missing if value is None else value

    return Limits(
        unit=unit,
        low=bound(dict(storage_class.low), -math.inf),
        high=bound(dict(storage_class.high), math.inf),
        critical_low=bound(dict(storage_class.critical_low), -math.inf),
        critical_high=bound(dict(storage_class.critical_high), math.inf),
        clear_inside=storage_class.clear_inside.get(unit, CLEAR_INSIDE[unit]),
        alarm_delay=storage_class.alarm_delay,
        critical_after=storage_class.critical_after,
        clear_after=storage_class.clear_after,
        silent_after=max(2 * every, SILENT_AT_LEAST),
    )


@dataclass(slots=True)
class Excursion:
    """One excursion as far as it is known; `judge` works on copies.

    `out` is the measured time out of range: each reading counts until the next, at most `holds_at_most`. `out_since` is
    the start of the stretch that still lasts, `out_before` the length of earlier stretches; they decide when to tell.
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

    def to_json(self) -> dict[str, Any]:
        """JSON values only; instants as ISO 8601 in UTC, spans as seconds."""
        spans = {"out": self.out.total_seconds(), "out_before": self.out_before.total_seconds()}
        instants = {name: _written(getattr(self, name)) for name in _INSTANTS}
        return {"direction": self.direction.value, "extreme": self.extreme} | spans | instants

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Excursion":
        """The excursion that `to_json` wrote."""
        fields: dict[str, Any] = {name: timedelta(seconds=raw[name]) for name in ("out", "out_before")}
        fields |= {name: _read(raw[name]) for name in _INSTANTS}
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
)


@dataclass(frozen=True, slots=True)
class UnitState:
    """What judging remembers of a unit between two judgings; JSON, so that a restart forgets nothing."""

    watched_since: datetime
    heard_at: datetime | None = None
    excursion: Excursion | None = None
    silent_since: datetime | None = None
    silence_is_critical: bool = False
    silence_found_at: datetime | None = None

    @property
    def quiet_since(self) -> datetime:
        """From when on silence counts: the last reading, or when watching began if that was later."""
        return max(self.heard_at or self.watched_since, self.watched_since)

    @property
    def is_calm(self) -> bool:
        """Whether only an out-of-range reading or silence could change anything."""
        return self.excursion is None and self.silent_since is None

    def to_json(self) -> dict[str, Any]:
        """JSON values only."""
        return {
            "watched_since": _written(self.watched_since),
            "heard_at": _written(self.heard_at),
            "excursion": self.excursion.to_json() if self.excursion else None,
            "silent_since": _written(self.silent_since),
            "silence_is_critical": self.silence_is_critical,
            "silence_found_at": _written(self.silence_found_at),
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "UnitState":
        """The state that `to_json` wrote."""
        return cls(
            watched_since=datetime.fromisoformat(raw["watched_since"]),
            heard_at=_read(raw["heard_at"]),
            excursion=Excursion.from_json(raw["excursion"]) if raw["excursion"] else None,
            silent_since=_read(raw["silent_since"]),
            silence_is_critical=raw["silence_is_critical"],
            silence_found_at=_read(raw.get("silence_found_at")),
        )


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The unit's new state, the excursions that ended on the way, and when to judge again even without a reading."""

    state: UnitState
    ended: tuple[Excursion, ...] = ()
    attention_at: datetime | None = None

    @property
    def excursions(self) -> tuple[Excursion, ...]:
        """Every excursion this judging touched, in order: those that ended, then the one that goes on."""
        return self.ended + ((self.state.excursion,) if self.state.excursion else ())


def judge(state: UnitState, readings: Sequence[Reading], limits: Limits, now: datetime) -> Judgement:
    """The unit after `readings`, in order of `taken_at` and none older than those judged before, as of `now`.

    Judging in one batch equals judging one by one: every instant (told, critical, ended) is computed from the readings
    and the limits, never from when it was looked at.
    """
    ended: list[Excursion] = []
    ongoing = replace(state.excursion) if state.excursion else None
    heard_at, low, high, unit = state.heard_at, limits.low, limits.high, limits.unit
    for reading in readings:
        taken_at, received_at, value, read_in, retained = reading
        if read_in is not unit:
            value = convert(value, read_in, unit)
        if not retained and (heard_at is None or received_at > heard_at):
            heard_at = received_at
        if ongoing is not None:
            before, ongoing = ongoing, _follow(ongoing, taken_at, value, limits)
            if before.ended_at is not None:
                ended.append(before)
        elif not low <= value <= high:
            ongoing = _begin(taken_at, value, limits)
    if ongoing is not None:
        _let_time_pass(ongoing, now + _AN_INSTANT, limits)
    judged = _listen(replace(state, heard_at=heard_at, excursion=ongoing), limits, now)
    return Judgement(judged, tuple(ended), attention_at(judged, limits))


_AN_INSTANT = timedelta(microseconds=1)


def _begin(at: datetime, value: float, limits: Limits, out_since: datetime | None = None) -> Excursion:
    direction = Direction.HIGH if value > limits.high else Direction.LOW
    excursion = Excursion(at, direction, value, last_at=at, out_since=out_since or at)
    _raise_if_critical(excursion, at, value, limits)
    return excursion


def _raise_if_critical(excursion: Excursion, at: datetime, value: float, limits: Limits) -> None:
    if limits.is_critical(value):
        excursion.critical_at = excursion.critical_at or at
        excursion.told_at = excursion.told_at or at


def _follow(excursion: Excursion, at: datetime, value: float, limits: Limits) -> Excursion | None:
    """What goes on after one more reading: the same excursion, one to the other side, or none (see `ended_at`)."""
    _let_time_pass(excursion, at, limits)
    side = limits.side(value)
    if excursion.out_since is not None:
        excursion.out += min(at - excursion.last_at, limits.holds_at_most)
    excursion.last_at = at
    if side is None:
        return _come_back(excursion, at, value, limits)
    if side is not excursion.direction:
        # From too warm to too cold without a reading in range: another excursion, but out of range all the while.
        excursion.ended_at = at
        return _begin(at, value, limits, out_since=excursion.out_since)
    _stay_out(excursion, at, value, limits)
    return excursion


def _stay_out(excursion: Excursion, at: datetime, value: float, limits: Limits) -> None:
    excursion.out_since = excursion.out_since or at
    excursion.inside_since = excursion.back_at = None
    worse = max if excursion.direction is Direction.HIGH else min
    excursion.extreme = worse(excursion.extreme, value)
    _raise_if_critical(excursion, at, value, limits)


def _come_back(excursion: Excursion, at: datetime, value: float, limits: Limits) -> Excursion | None:
    if excursion.out_since is not None:
        excursion.out_before += at - excursion.out_since
        excursion.out_since, excursion.back_at = None, at
    if not limits.is_well_inside(value):
        excursion.inside_since = None
        return excursion
    excursion.inside_since = excursion.inside_since or at
    if at - excursion.inside_since < limits.clear_after:
        return excursion
    excursion.ended_at = at
    return None


def _let_time_pass(excursion: Excursion, until: datetime, limits: Limits) -> None:
    """Note what falls due before `until`; what falls due at that very instant is for the reading taken then to say."""
    told_at, critical_at = _due(excursion, limits)
    if critical_at is not None and critical_at < until:
        excursion.critical_at = critical_at
        told_at = min(told_at, critical_at) if told_at else None
        excursion.told_at = excursion.told_at or told_at
    if told_at is not None and told_at < until:
        excursion.told_at = told_at


def _due(excursion: Excursion, limits: Limits) -> tuple[datetime | None, datetime | None]:
    """When the excursion will be told and be critical if nothing changes; `None` for what is not ahead."""
    if excursion.out_since is None or excursion.ended_at is not None:
        return None, None
    told_at = max(excursion.started_at, excursion.out_since + limits.alarm_delay)
    # Earlier stretches count: a unit that dips in and out of range for an hour is not well.
    lasting = limits.critical_after - excursion.out_before
    critical_at = max(excursion.started_at, excursion.out_since, excursion.out_since + lasting)
    return (None if excursion.told_at else told_at), (None if excursion.critical_at else critical_at)


def _listen(state: UnitState, limits: Limits, now: datetime) -> UnitState:
    since, quiet_for = state.quiet_since, now - state.quiet_since
    if quiet_for < limits.silent_after:
        return replace(state, silent_since=None, silence_is_critical=False, silence_found_at=None)
    return replace(
        state,
        silent_since=since,
        silence_is_critical=quiet_for >= limits.silence_is_critical_after,
        # One silence may be found twice after the same reading: its sensor was allowed longer, then no longer.
        silence_found_at=state.silence_found_at if state.silent_since == since else now,
    )


def attention_at(state: UnitState, limits: Limits) -> datetime | None:
    """When the unit must be judged again though no reading came; `None` when only a reading can change it."""
    due: list[datetime | None] = []
    if state.excursion is not None:
        due.extend(_due(state.excursion, limits))
    if state.silent_since is None:
        due.append(state.quiet_since + limits.silent_after)
    elif not state.silence_is_critical:
        due.append(state.quiet_since + limits.silence_is_critical_after)
    return min((instant for instant in due if instant is not None), default=None)
