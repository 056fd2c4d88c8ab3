"""The plain preview of `shiftbot check`: what opens when, who is asked, who is told if nobody answers, roster gaps."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from shiftbot.domain.alert import Policy
from shiftbot.domain.checklist import Checklist, ForEach, Item, Role
from shiftbot.domain.recurrence import (
    DAY_NAMES,
    Occurrence,
    SiteCalendar,
    instant,
    local_clock,
    local_date,
    occurrences,
    opening_span,
    span_text,
)
from shiftbot.domain.roster import gaps, on_duty, shifts
from shiftbot.domain.site import Pharmacy, Site

_DAY = timedelta(days=1)
_ASKED = {Role.TECHNICIAN: "technicians", Role.PHARMACIST: "pharmacist", Role.MANAGER: "manager"}


def preview(pharmacy: Pharmacy, start: date, days: int = 7) -> str:
    """The coming days of every site as plain text, from local date `start` on."""
    return "\n".join(line for site in pharmacy.sites.values() for line in _site(pharmacy, site, start, days))


def _site(pharmacy: Pharmacy, site: Site, start: date, days: int) -> Iterator[str]:
    yield f"{site.name} ({site.id}), times in {site.calendar.timezone.key}"
    uncovered = 0
    for number in range(days):
        on = start + number * _DAY
        yield f"  {DAY_NAMES[on.weekday()]} {on}  {_hours(pharmacy, site, on)}"
        for first, last in _day_gaps(pharmacy, site, on):
            uncovered += 1
            when, fallback = _span(site.calendar, first, last), _name(pharmacy, site.fallback)
            yield f"    ! nobody is on duty {when}: {fallback} is told"
        for checklist, run in _runs(pharmacy, site, on):
            yield from _run(pharmacy, site, checklist, run)
    yield f"  {_gap_count(uncovered)}"
    yield ""


def _gap_count(uncovered: int) -> str:
    if not uncovered:
        return "The roster has no gap in opening hours."
    return f"The roster has {uncovered} {'gap' if uncovered == 1 else 'gaps'} in opening hours (marked !)."


def _hours(pharmacy: Pharmacy, site: Site, on: date) -> str:
    span = opening_span(site.calendar, on)
    if span is None:
        return "closed"
    day = _day_span(site.calendar, on)
    duty = shifts(pharmacy.duty_roster_of(site.id), {site.id: site.calendar}, site.id, *day)
    names = [
        f"{_name(pharmacy, shift.person)} {_span(site.calendar, shift.starts_at, shift.ends_at)}"
        for shift in duty
        if local_date(site.calendar, shift.starts_at) == on
    ]
    return f"open {_span(site.calendar, *span)}; on duty: {', '.join(names) or 'nobody'}"


def _day_gaps(pharmacy: Pharmacy, site: Site, on: date) -> list[tuple[datetime, datetime]]:
    return gaps(pharmacy.duty_roster_of(site.id), {site.id: site.calendar}, site.id, *_day_span(site.calendar, on))


def _day_span(calendar: SiteCalendar, on: date) -> tuple[datetime, datetime]:
    return instant(calendar.timezone, on, time()), instant(calendar.timezone, on + _DAY, time())


def _runs(pharmacy: Pharmacy, site: Site, on: date) -> list[tuple[Checklist, Occurrence]]:
    runs = [
        (pharmacy.checklists[name], run)
        for name in site.checklists
        for run in occurrences(pharmacy.checklists[name].schedule, site.calendar, on)
    ]
    return sorted(runs, key=lambda pair: (pair[1].opens_at, pair[0].id))


def _run(pharmacy: Pharmacy, site: Site, checklist: Checklist, run: Occurrence) -> Iterator[str]:
    opens, due, missed = (local_clock(site.calendar, at) for at in (run.opens_at, run.due_at, run.missed_at))
    yield f"    {opens} {checklist.title}: due {due}, missed {missed}; asks {_asked(pharmacy, site, checklist)}"
    yield f"          if missed: {_ladder(pharmacy, site, pharmacy.policies[checklist.escalation], run.missed_at)}"


def _asked(pharmacy: Pharmacy, site: Site, checklist: Checklist) -> str:
    """How many lines each role has; a pharmacist may also do the technicians'."""
    lines: Counter[Role] = Counter()
    for section in checklist.sections:
        for item in section.items:
            lines[item.role] += _line_count(pharmacy, site, item)
    return ", ".join(f"{word} {lines[role]}" for role, word in _ASKED.items() if lines[role])


def _line_count(pharmacy: Pharmacy, site: Site, item: Item) -> int:
    if item.for_each is ForEach.UNIT:
        return len(pharmacy.units_of(site.id))
    return len(site.controlled) if item.for_each is ForEach.CONTROLLED else 1


def _ladder(pharmacy: Pharmacy, site: Site, policy: Policy, missed_at: datetime) -> str:
    """Each step with its time and whom it means then, if the roster stays as it is."""
    steps, at = [], missed_at
    for step in policy.steps:
        at += step.after
        whom = dict.fromkeys(name for word in step.tell for name in _meant(pharmacy, site, word, at))
        steps.append(f"{local_clock(site.calendar, at)} {' and '.join(whom)}")
    repeat = policy.steps[-1].repeat
    return " → ".join(steps) + (f", again every {span_text(repeat)}" if repeat else "")


def _meant(pharmacy: Pharmacy, site: Site, word: str, at: datetime) -> list[str]:
    duty = on_duty(pharmacy.duty_roster_of(site.id), {site.id: site.calendar}, site.id, at)
    fallback = f"{_name(pharmacy, site.fallback)} ({'no backup' if duty else 'nobody is on duty'})"
    match word:
        case "channel":
            return ["the channel"]
        case "on-duty-pharmacist":
            return [_name(pharmacy, duty[0])] if duty else [fallback]
        case "backup-pharmacist":
            return [_name(pharmacy, person) for person in duty[1:2]] or [fallback]
        case "manager":
            return [person.name for person in pharmacy.people_with(Role.MANAGER)]
    return [_name(pharmacy, word)]


def _span(calendar: SiteCalendar, start: datetime, end: datetime) -> str:
    return f"{local_clock(calendar, start)}–{local_clock(calendar, end)}"


def _name(pharmacy: Pharmacy, person: str) -> str:
    return pharmacy.people[person].name
