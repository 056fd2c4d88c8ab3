"""Who is the pharmacist on duty at an instant: rules of the roster laid on the local calendar. Pure.

Shifts are half-open: at 14:00 the one who starts then is on duty, the one who ends then is not. Closed days do not
change the roster: the fridges are minded on a holiday too. Knows nothing of overrides, which services lay on top.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shiftbot.domain.local_time import SiteCalendar, instant, local_date, opening_span
from shiftbot.domain.site import RosterRule

_DAY = timedelta(days=1)

Calendars = Mapping[str, SiteCalendar]
"""Site id → its calendar; only the site that is asked about needs to be in it."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Shift:
    """One dated stretch of duty, half-open, in UTC; `rule` is the place of its rule in the roster."""

    person: str
    starts_at: datetime
    ends_at: datetime
    rule: int


def on_duty(roster: Sequence[RosterRule], calendars: Calendars, site: str, at: datetime) -> tuple[str, ...]:
    """The ids of everybody on duty at a site, each once, in the order of the rules; empty when it is nobody."""
    calendar = calendars[site]
    today = local_date(calendar, at)
    begun = _shifts_begun(roster, calendar, site, today - _DAY, today + _DAY)
    return tuple(dict.fromkeys(shift.person for shift in begun if _holds(shift, at)))


def shifts(
    roster: Sequence[RosterRule], calendars: Calendars, site: str, since: datetime, until: datetime
) -> tuple[Shift, ...]:
    """Every shift that touches `since` ≤ t < `until`, whole (not cut to it), by its start and then by its rule."""
    calendar = calendars[site]
    first, last = local_date(calendar, since) - _DAY, local_date(calendar, until) + _DAY
    begun = _shifts_begun(roster, calendar, site, first, last)
    touching = (shift for shift in begun if shift.starts_at < until and since < shift.ends_at)
    return tuple(sorted(touching, key=lambda shift: (shift.starts_at, shift.rule)))


def gaps(roster: Sequence[RosterRule], calendars: Calendars, site: str, since: datetime, until: datetime) -> list[Span]:
    """The stretches of opening hours between `since` and `until` with nobody on duty, in order, in UTC."""
    manned = [(shift.starts_at, shift.ends_at) for shift in shifts(roster, calendars, site, since, until)]
    uncovered: list[Span] = []
    for opens_at, closes_at in _openings(calendars[site], since, until):
        uncovered.extend(_without((max(opens_at, since), min(closes_at, until)), manned))
    return uncovered


def _shifts_begun(
    roster: Iterable[RosterRule], calendar: SiteCalendar, site: str, first: date, last: date
) -> Iterator[Shift]:
    """The shifts that begin on a local date from `first` to `last`, both included. One that is over at once is none."""
    for number, rule in enumerate(roster):
        for on in _days(first, last) if rule.site == site else ():
            if on.weekday() in rule.weekdays:
                shift = _shift(rule, number, calendar, on)
                if shift.starts_at < shift.ends_at:
                    yield shift


def _shift(rule: RosterRule, number: int, calendar: SiteCalendar, on: date) -> Shift:
    ends_on = on if rule.until > rule.start else on + _DAY
    starts_at = instant(calendar.timezone, on, rule.start)
    return Shift(rule.person, starts_at, instant(calendar.timezone, ends_on, rule.until), number)


def _holds(shift: Shift, at: datetime) -> bool:
    return shift.starts_at <= at < shift.ends_at


def _openings(calendar: SiteCalendar, since: datetime, until: datetime) -> Iterator[Span]:
    for on in _days(local_date(calendar, since) - _DAY, local_date(calendar, until) + _DAY):
        span = opening_span(calendar, on)
        if span and span[0] < until and since < span[1]:
            yield span


def _without(whole: Span, covered: Iterable[Span]) -> Iterator[Span]:
    """What remains of a stretch, given what covers it in order of start."""
    reached, end = whole
    for starts_at, ends_at in covered:
        if reached < min(starts_at, end):
            yield reached, min(starts_at, end)
        reached = max(reached, ends_at)
    if reached < end:
        yield reached, end


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY
