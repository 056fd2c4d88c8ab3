"""Who is on duty at an instant: rules of the roster laid on the local calendar, what calendars say, and what people
agreed against both. Pure.

Shifts are half-open: at 14:00 the one who starts then is on duty, the one who ends then is not. Closed days do not
change the roster: the fridges are minded on a holiday too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import SiteCalendar, instant, local_date, opening_span
from shiftbot.domain.site import DatedShift, DutyChange, Pharmacy, RosterRule

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class SiteRoster:
    """Everything that says who is on duty at one site; with `people` only they count."""

    site: str
    calendar: SiteCalendar
    rules: Sequence[RosterRule] = ()
    dated: Sequence[DatedShift] = ()
    changes: Sequence[DutyChange] = ()
    people: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """One dated stretch of duty, half-open, in UTC.

    Who comes first among several has the lowest `rank`: the place of the rule, then what calendars say; below zero who
    took over from nobody in particular. `change` is the change it comes from, and `instead_of` whom it replaces.
    """

    person: str
    starts_at: datetime
    ends_at: datetime
    rank: int
    change: int | None = None
    instead_of: str | None = None


def roster_of(pharmacy: Pharmacy, site_id: str, role: Role | None = None) -> SiteRoster:
    """The roster of one site; of those with `role` only, when one is named."""
    rules, dated = pharmacy.roster_of(site_id), pharmacy.dated_shifts_of(site_id)
    changes = pharmacy.duty_changes_of(site_id)
    people = None
    if role is not None:  # of those who stand on it only: a chain has tens of thousands of people
        named = {each.person or "" for part in (rules, dated, changes) for each in part}
        known = (pharmacy.people[person] for person in named if person in pharmacy.people)
        people = frozenset(person.id for person in known if role in person.roles)
    return SiteRoster(site_id, pharmacy.sites[site_id].calendar, rules, dated, changes, people)


def on_duty(roster: SiteRoster, at: datetime) -> tuple[str, ...]:
    """The ids of everybody on duty at a site, each once, who comes first first; empty when it is nobody."""
    holding = sorted(shifts(roster, at, at + _INSTANT), key=lambda shift: shift.rank)
    return tuple(dict.fromkeys(shift.person for shift in holding))


def shifts(roster: SiteRoster, since: datetime, until: datetime) -> tuple[Shift, ...]:
    """Every shift that touches `since` ≤ t < `until`, whole (not cut to it), by its start and then by its rank."""
    first, last = local_date(roster.calendar, since) - _DAY, local_date(roster.calendar, until) + _DAY
    planned = [shift for shift in _planned(roster, first, last) if _touches(shift, since, until)]
    for change in roster.changes:
        if change.site == roster.site and change.starts_at < until and since < change.ends_at:
            planned = _changed(planned, change)
    counted = (shift for shift in planned if roster.people is None or shift.person in roster.people)
    touching = (shift for shift in counted if _touches(shift, since, until))
    return tuple(sorted(touching, key=lambda shift: (shift.starts_at, shift.rank)))


def gaps(roster: SiteRoster, since: datetime, until: datetime) -> list[Span]:
    """The stretches of opening hours between `since` and `until` with nobody on duty, in order, in UTC."""
    manned = [(shift.starts_at, shift.ends_at) for shift in shifts(roster, since, until)]
    uncovered: list[Span] = []
    for opens_at, closes_at in openings(roster.calendar, since, until):
        uncovered.extend(without((max(opens_at, since), min(closes_at, until)), manned))
    return uncovered


def openings(calendar: SiteCalendar, since: datetime, until: datetime) -> Iterator[Span]:
    """The opening hours that touch a stretch, whole, in order."""
    for on in _days(local_date(calendar, since) - _DAY, local_date(calendar, until) + _DAY):
        span = opening_span(calendar, on)
        if span and span[0] < until and since < span[1]:
            yield span


def without(whole: Span, covered: Iterable[Span]) -> Iterator[Span]:
    """What remains of a stretch, given what covers it in order of start."""
    reached, end = whole
    for starts_at, ends_at in covered:
        if reached < min(starts_at, end):
            yield reached, min(starts_at, end)
        reached = max(reached, ends_at)
    if reached < end:
        yield reached, end


def _planned(roster: SiteRoster, first: date, last: date) -> Iterator[Shift]:
    """What rules and calendars say. A shift that is over at once is none."""
    for number, rule in enumerate(roster.rules):
        for on in _days(first, last) if rule.site == roster.site else ():
            if on.weekday() in rule.weekdays:
                shift = _of_rule(rule, number, roster.calendar, on)
                if shift.starts_at < shift.ends_at:
                    yield shift
    for place, dated in enumerate(roster.dated):
        if dated.site == roster.site:
            yield Shift(dated.person, dated.starts_at, dated.ends_at, len(roster.rules) + place)


def _of_rule(rule: RosterRule, number: int, calendar: SiteCalendar, on: date) -> Shift:
    ends_on = on if rule.until > rule.start else on + _DAY
    starts_at = instant(calendar.timezone, on, rule.start)
    return Shift(rule.person, starts_at, instant(calendar.timezone, ends_on, rule.until), number)


def _changed(planned: list[Shift], change: DutyChange) -> list[Shift]:
    """The shifts with one change laid over them: whoever it replaces is away meanwhile, whoever it puts there is on."""
    replaced = [
        shift
        for shift in planned
        if shift.person == change.instead_of and _touches(shift, change.starts_at, change.ends_at)
    ]
    changed = [part for shift in planned for part in (_rest(shift, change) if shift in replaced else (shift,))]
    if change.person is not None:
        # Nobody in particular is replaced: the newest who took over comes first.
        rank = min((shift.rank for shift in replaced), default=-change.id)
        changed.append(
            Shift(change.person, change.starts_at, change.ends_at, rank, change.id, change.instead_of),
        )
    return changed


def _rest(shift: Shift, change: DutyChange) -> Iterator[Shift]:
    """What of a shift lies before a change, and what after."""
    if shift.starts_at < change.starts_at:
        yield replace(shift, ends_at=change.starts_at)
    if change.ends_at < shift.ends_at:
        yield replace(shift, starts_at=change.ends_at)


def _touches(shift: Shift, since: datetime, until: datetime) -> bool:
    return shift.starts_at < until and since < shift.ends_at


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY
