"""What a series of readings would have done: excursions, totals, who would have been told when. Pure.

The same judging as live, and the same ladder as live with nobody acknowledging: it goes on until the excursion ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import Alert, AlertKind, AlertState, Policy, Severity
from shiftbot.domain.cold_chain import Direction, Excursion, Limits, Reading, UnitState, judge
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.passing import holds_at
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.temperature import convert, mean_kinetic_temperature


@dataclass(frozen=True, slots=True)
class ReplayNotice:
    """Somebody who would have been told: the word of the policy's step, and the step's number from 1."""

    at: datetime
    to: str
    step: int


@dataclass(frozen=True, slots=True)
class ReplayedExcursion:
    """One excursion (temperatures in the unit it was judged in) with everybody who would have been told of it."""

    excursion: Excursion
    notices: tuple[ReplayNotice, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the whole series amounts to. `low` and `high` are in the unit judged in; `None` where there is nothing."""

    readings: int
    out_high: timedelta
    out_low: timedelta
    longest_gap: timedelta
    mkt_celsius: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome of a replay."""

    excursions: tuple[ReplayedExcursion, ...]
    totals: Totals


def replay(readings: Sequence[Reading], limits: Limits, policy: Policy, calendar: SiteCalendar | None = None) -> Replay:
    """Judge `readings`, which are in order of `taken_at` and each at an instant of its own.

    By `calendar` it is told which steps hold when; without one those that ask for hours or days always do.
    Each reading counts until the next, at most `limits.holds_at_most`; the last counts for nothing.
    """
    if not readings:
        return Replay((), Totals(0, timedelta(0), timedelta(0), timedelta(0), None, None, None))
    end = readings[-1].taken_at
    judgement = judge(UnitState(watched_since=readings[0].taken_at), readings, limits, end)
    excursions = (
        ReplayedExcursion(excursion, tuple(_notices(excursion, policy, calendar, end)))
        for excursion in judgement.excursions
    )
    return Replay(tuple(excursions), _totals(readings, limits))


def _notices(
    excursion: Excursion, policy: Policy, calendar: SiteCalendar | None, end: datetime
) -> Iterator[ReplayNotice]:
    """Whom the ladder would have told by `end`, up to the excursion's own end."""
    if excursion.told_at is None:
        return
    alert = _opened(excursion.told_at, policy)
    at, hurry_at, hurried = excursion.told_at + policy.steps[0].after, excursion.critical_at, False
    while at <= end and (excursion.ended_at is None or at < excursion.ended_at):
        if hurry_at is not None and excursion.told_at < hurry_at < at:
            # What turns critical after it was told takes its next step at once.
            at, hurry_at, hurried = hurry_at, None, True
            continue
        critical = excursion.critical_at is not None and excursion.critical_at <= at
        holds = holds_at(Severity.CRITICAL if critical else Severity.NORMAL, calendar, at)
        alert, _ = ladder.pass_over(replace(alert, escalate_at=at), at, holds, at_once=hurried)
        hurried = False
        if alert.escalate_at is not None and alert.escalate_at > at:
            at = alert.escalate_at
            continue
        alert, telling = ladder.take_step(alert, at)
        yield from (ReplayNotice(at, word, telling.step) for word in telling.tell)
        at = alert.escalate_at or end + timedelta.resolution


def _opened(told_at: datetime, policy: Policy) -> Alert:
    return Alert(
        id=0, site="", kind=AlertKind.EXCURSION, subject="", title="", detail="", severity=Severity.NORMAL,
        state=AlertState.TRIGGERED, policy=policy, step=0, told=0, opened_at=told_at, escalate_at=told_at,
    )  # fmt: skip


def _totals(readings: Sequence[Reading], limits: Limits) -> Totals:
    celsius, target = TemperatureUnit.CELSIUS, limits.unit
    values = [convert(reading.value, reading.unit, target) for reading in readings]
    gaps = [later.taken_at - earlier.taken_at for earlier, later in pairwise(readings)]
    held = [min(gap, limits.holds_at_most) for gap in gaps]
    out = {Direction.HIGH: timedelta(0), Direction.LOW: timedelta(0)}
    for value, span in zip(values, held, strict=False):
        side = limits.side(value)
        if side is not None:
            out[side] += span
    weighted = (
        (convert(reading.value, reading.unit, celsius), span.total_seconds())
        for reading, span in zip(readings, held, strict=False)
    )
    return Totals(
        readings=len(readings),
        out_high=out[Direction.HIGH],
        out_low=out[Direction.LOW],
        longest_gap=max(gaps, default=timedelta(0)),
        mkt_celsius=mean_kinetic_temperature(weighted),
        low=min(values),
        high=max(values),
    )
