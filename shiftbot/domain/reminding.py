"""When people are reminded of an open run, how that is put off, and when a run next needs the tick. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from shiftbot.domain.run import Run, RunState
from shiftbot.errors import Refused

REMINDED_GRACE = timedelta(minutes=10)
"""A grace at least so long has a reminder in its middle."""

SNOOZE = timedelta(minutes=10)
SNOOZES_MAX = 2
"""Reminders are put off for so long, and so often."""

SNOOZED_AHEAD = timedelta(minutes=1)
"""Whoever put reminders off is reminded once more, at least so long before the run is missed."""

SNOOZED_ANEW = timedelta(minutes=1)
"""A second press that moves the reminder by less than this is a slip."""


class Stage(StrEnum):
    """Which reminder of a run: before due, at due, in the middle of grace, or the one that was put off to later."""

    BEFORE = "before"
    DUE = "due"
    GRACE = "grace"
    SNOOZED = "snoozed"


def reminders(run: Run) -> tuple[tuple[datetime, Stage], ...]:
    """When people are reminded of an open run, in order; never when it has no `remind_at`, which is the first.

    At the instant it is due and in the middle of a grace of ten minutes or more come others. There is none before the
    instant that reminders were put off to.
    """
    first, grace = run.remind_at, run.missed_at - run.due_at
    if first is None:
        return ()
    stage = Stage.SNOOZED if run.snoozes else Stage.BEFORE if first < run.due_at else Stage.DUE
    later = [(run.due_at, Stage.DUE)] + ([(run.due_at + grace / 2, Stage.GRACE)] if grace >= REMINDED_GRACE else [])
    return ((first, stage), *((at, each) for at, each in later if first < at < run.missed_at))


def stage_at(run: Run, now: datetime) -> Stage | None:
    """The latest reminder whose instant has come; nothing when it is too early for any."""
    return next((stage for at, stage in reversed(reminders(run)) if at <= now), None)


def put_off(run: Run, now: datetime) -> datetime:
    """Until when the reminders of an open run are put off, if they may be. Raises Refused, saying why not."""
    if run.state is RunState.PREPARED:
        raise Refused("This checklist is not open yet; nobody is reminded of it.")
    if run.state is RunState.COMPLETED:
        raise Refused("This checklist is done; nobody is reminded of it any more.")
    if run.state is RunState.MISSED or now >= run.missed_at:
        late = "" if run.expires_at is not None and now >= run.expires_at else " It can still be done, late."
        raise Refused(f"This checklist was missed; there is no reminder left to put off.{late}")
    if run.remind_at is None:
        raise Refused("Nobody is reminded of this checklist; there is nothing to put off.")
    if now < run.remind_at and not run.snoozes:
        raise Refused("Nobody was reminded of this checklist yet; there is nothing to put off.")
    if run.snoozes >= SNOOZES_MAX:
        raise Refused(f"Its reminders were put off {SNOOZES_MAX} times already. Do it now, or tell the pharmacist.")
    until = min(now + SNOOZE, run.missed_at - SNOOZED_AHEAD)
    if until <= now:
        raise Refused("It counts as missed in a moment; its reminders cannot be put off any more.")
    if run.snoozes and until - run.remind_at < SNOOZED_ANEW:
        raise Refused("Its reminders are put off already; this would not move them, so it is not counted.")
    return until


def may_put_off(run: Run, now: datetime) -> bool:
    """Whether `put_off` would not be refused."""
    try:
        put_off(run, now)
    except Refused:
        return False
    return True


def next_attention(run: Run, now: datetime) -> datetime | None:
    """When a run next needs the tick: to be shown, to open, to remind, to be missed, to expire; never again after."""
    if run.state is RunState.PREPARED:
        return run.shows_at if run.shows_at is not None and now < run.shows_at else run.opens_at
    if run.state is RunState.MISSED:
        return run.expires_at if run.completed_at is None else None
    if run.state is RunState.COMPLETED:
        return None
    return next((at for at, _ in reminders(run) if now < at), run.missed_at)
