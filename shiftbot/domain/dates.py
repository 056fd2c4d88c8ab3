"""The dates of a checklist that is not asked every day: days of months and years, single dates, and closed days.

Knows the calendar and no clock; whether a site opens on a date is asked of the `is_open` that is handed in.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import islice, takewhile

LAST = -1
"""In place of a number: the last one of the month."""

ALL_YEAR = tuple(range(1, 13))
QUARTERS = (1, 4, 7, 10)
"""The months that begin a quarter."""

IsOpen = Callable[[date], bool]

_DAY = timedelta(days=1)
_LOOK_AHEAD_YEARS = 5
_LONGEST_CLOSURE_DAYS = 366


class WhenClosed(StrEnum):
    """What becomes of a run whose date is a closed day: it is left out, or moves to an open day beside it."""

    SKIP = "skip"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of the month by its number, or LAST. A month that is shorter has it on its last day: 31 is 30 June too."""

    day: int

    def within(self, first: date, is_open: IsOpen) -> date | None:
        """Its date in the month that begins on `first`."""
        length = monthrange(first.year, first.month)[1]
        return first.replace(day=length if self.day == LAST else min(self.day, length))


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The first to fourth of a weekday (0 = Monday) in a month, or the LAST; not every month has a fifth."""

    nth: int
    weekday: int

    def within(self, first: date, is_open: IsOpen) -> date | None:
        """Its date in the month that begins on `first`."""
        if self.nth == LAST:
            last = _last_of_month(first)
            return last - (last.weekday() - self.weekday) % 7 * _DAY
        return first + ((self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)) * _DAY


@dataclass(frozen=True, slots=True)
class NthWorkingDay:
    """The nth day of a month on which the site opens, or the LAST. A month with fewer has it on its last one."""

    nth: int

    def within(self, first: date, is_open: IsOpen) -> date | None:
        """Its date in the month that begins on `first`; `None` when the site stays closed all month."""
        last = _last_of_month(first)
        if self.nth == LAST:
            return next((day for day in _days(last, first) if is_open(day)), None)
        working = list(islice((day for day in _days(first, last) if is_open(day)), self.nth))
        return working[-1] if working else None


DayOfMonth = MonthDay | NthWeekday | NthWorkingDay


@dataclass(frozen=True, slots=True)
class DayIn:
    """A day of some months (1 = January)."""

    day: DayOfMonth
    months: tuple[int, ...] = ALL_YEAR


@dataclass(frozen=True, slots=True)
class DateRule:
    """The dates a checklist falls on, before closed days are looked at: days of months, or single dates (`on`).

    With `keeps_month` a run that moves off a closed day stays in its month, so that every month has its own: where no
    open day lies the way it should move, it goes the other way. Two days that fall together are one date.
    """

    days: tuple[DayIn, ...] = ()
    on: tuple[date, ...] = ()
    keeps_month: bool = False

    def names(self, on: date, is_open: IsOpen) -> bool:
        """Whether a date is one of them."""
        first = on.replace(day=1)
        return on in self.on or any(
            on.month in each.months and each.day.within(first, is_open) == on for each in self.days
        )

    def since(self, start: date, is_open: IsOpen) -> Iterator[date]:
        """Its dates from `start` on, in order, for as far ahead as anybody plans (five years; single dates always)."""
        if not self.days:
            yield from sorted(on for on in self.on if on >= start)
            return
        for months in range(12 * _LOOK_AHEAD_YEARS + 1):
            year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
            first = date(year, month + 1, 1)
            found = {each.day.within(first, is_open) for each in self.days if first.month in each.months}
            yield from sorted(on for on in found if on is not None and on >= start)


@dataclass(frozen=True, slots=True)
class Weekdays:
    """The days of the week (0 = Monday) a checklist falls on."""

    days: frozenset[int]
    keeps_month = False

    def names(self, on: date, is_open: IsOpen) -> bool:
        """Whether a date is one of them."""
        return on.weekday() in self.days

    def since(self, start: date, is_open: IsOpen) -> Iterator[date]:
        """Its dates from `start` on, for two years: what the site is closed on for so long has no runs."""
        return (day for day in _days(start, start + 2 * _LONGEST_CLOSURE_DAYS * _DAY) if day.weekday() in self.days)


def moved(on: date, when_closed: WhenClosed, is_open: IsOpen, *, keeps_month: bool = False) -> date | None:
    """The date on which the runs of `on` take place: itself when the site opens, else where they move to, or nowhere.

    A site that stays closed for a year has nowhere to move to.
    """
    if is_open(on):
        return on
    if when_closed is WhenClosed.SKIP:
        return None
    way = -1 if when_closed is WhenClosed.BEFORE else 1
    found = (_nearest_open(on, each, is_open, keeps_month) for each in ((way, -way) if keeps_month else (way,)))
    return next((day for day in found if day is not None), None)


def date_meant(rule: DateRule | Weekdays, when_closed: WhenClosed, on: date, is_open: IsOpen) -> date | None:
    """The date whose runs take place on `on`: itself, or a closed day beside it that moves here; `None` for no runs."""
    if rule.names(on, is_open):
        return on if is_open(on) else None
    if when_closed is WhenClosed.SKIP or not is_open(on):
        return None
    named = (day for day in _closed_beside(on, is_open) if rule.names(day, is_open))
    return next((day for day in named if moved(day, when_closed, is_open, keeps_month=rule.keeps_month) == on), None)


def next_date(rule: DateRule | Weekdays, when_closed: WhenClosed, since: date, is_open: IsOpen) -> date | None:
    """The first date from `since` on that has runs, moved ones too."""
    start = min((since, *_closed_beside(since, is_open)))
    found = (moved(on, when_closed, is_open, keeps_month=rule.keeps_month) for on in rule.since(start, is_open))
    return next((on for on in found if on is not None and on >= since), None)


def dates_left_out(
    rule: DateRule | Weekdays, when_closed: WhenClosed, since: date, until: date, is_open: IsOpen
) -> Iterator[date]:
    """The dates of a rule from `since` to before `until` that have no runs: closed days that move nowhere."""
    for on in takewhile(lambda on: on < until, rule.since(since, is_open)):
        if moved(on, when_closed, is_open, keeps_month=rule.keeps_month) is None:
            yield on


def _closed_beside(on: date, is_open: IsOpen) -> Iterator[date]:
    """The closed days between a date and the next open day on either side of it: whatever could have moved there."""
    for way in (-1, 1):
        for distance in range(1, _LONGEST_CLOSURE_DAYS):
            day = on + way * distance * _DAY
            if is_open(day):
                break
            yield day


def _nearest_open(on: date, way: int, is_open: IsOpen, keeps_month: bool) -> date | None:
    for distance in range(1, _LONGEST_CLOSURE_DAYS):
        day = on + way * distance * _DAY
        if keeps_month and day.month != on.month:
            return None
        if is_open(day):
            return day
    return None


def _last_of_month(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def _days(start: date, end: date) -> Iterator[date]:
    """Every day from one to the other, both included, forwards or backwards."""
    way = 1 if end >= start else -1
    return (start + way * number * _DAY for number in range(abs((end - start).days) + 1))
