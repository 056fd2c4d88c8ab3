"""Judging: a unit's state and its new readings in; its new state, and what began, worsened and ended, out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shiftbot.domain.cold_chain import nearing
from shiftbot.domain.cold_chain.course import Course, flapping_ends_at
from shiftbot.domain.cold_chain.doubt import Doubtful
from shiftbot.domain.cold_chain.excursion import Excursion, due
from shiftbot.domain.cold_chain.limits import Limits
from shiftbot.domain.cold_chain.nearing import Nearing
from shiftbot.domain.cold_chain.reading import Reading
from shiftbot.domain.cold_chain.state import UnitState
from shiftbot.domain.temperature import convert


@dataclass(frozen=True, slots=True)
class Judgement:
    """The unit's new state, what happened on the way, and when to judge again even without a reading.

    `ended` are excursions, `warned` the warnings that were told, `refused` readings that no probe can have taken.
    """

    state: UnitState
    ended: tuple[Excursion, ...] = ()
    attention_at: datetime | None = None
    warned: tuple[Nearing, ...] = ()
    refused: tuple[Doubtful, ...] = ()

    @property
    def excursions(self) -> tuple[Excursion, ...]:
        """Every excursion this judging touched, in order: those that ended, then the one that goes on."""
        return self.ended + ((self.state.excursion,) if self.state.excursion else ())


_AN_INSTANT = timedelta(microseconds=1)


def judge(state: UnitState, readings: Sequence[Reading], limits: Limits, now: datetime) -> Judgement:
    """The unit after `readings`, in order of `taken_at` and none older than those judged before, as of `now`.

    Judging in one batch equals judging one by one: every instant (told, critical, ended) is computed from the readings
    and the limits, never from when it was looked at.
    """
    course = Course(state, limits)
    heard_at = _meet_all(course, readings, limits, state.heard_at)
    course.let_time_pass(now + _AN_INSTANT)
    judged = _listen(replace(course.state(), heard_at=heard_at), limits, now)
    return Judgement(
        judged, tuple(course.ended), attention_at(judged, limits), tuple(course.warned), tuple(course.refused)
    )


def _meet_all(
    course: Course, readings: Sequence[Reading], limits: Limits, heard_at: datetime | None
) -> datetime | None:
    """Lead the unit through its readings; when its sensor was last heard. Those at peace cost next to nothing."""
    (low, high), unit = limits.quiet, limits.unit
    is_busy = course.is_busy
    last_at, last = (course.last.at, course.last.value) if course.last else (None, math.nan)
    for taken_at, received_at, value, read_in, retained in readings:
        if read_in is not unit:
            value = convert(value, read_in, unit)  # noqa: PLW2901 - the same temperature
        if not retained and (heard_at is None or received_at > heard_at):
            heard_at = received_at
        if is_busy or not low <= value <= high:
            course.last = Doubtful(last_at, last) if last_at is not None else None
            course.meet(taken_at, value)
            is_busy = course.is_busy
        last_at, last = taken_at, value
    course.last = Doubtful(last_at, last) if last_at is not None else None
    return heard_at


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
    ahead: list[datetime | None] = []
    if state.doubt is not None:
        ahead.append(state.doubt.since + limits.alarm_delay)
    else:
        ahead.append(nearing.due_at(state.nearing, state.warned_at, limits))
        ahead.append(flapping_ends_at(state.flapping_since, state.excursion, state.settled_at, limits))
    if state.excursion is not None:
        ahead.extend(due(state.excursion, limits))
    if state.silent_since is None:
        ahead.append(state.quiet_since + limits.silent_after)
    elif not state.silence_is_critical:
        ahead.append(state.quiet_since + limits.silence_is_critical_after)
    return min((instant for instant in ahead if instant is not None), default=None)
