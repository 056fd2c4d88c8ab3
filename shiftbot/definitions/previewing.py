"""The plain preview of `shiftbot check`: what opens when, who is asked, who is told if nobody answers, roster gaps."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from shiftbot.definitions.dates import dates_text
from shiftbot.definitions.times import days_text
from shiftbot.definitions.unasked import unasked
from shiftbot.domain.alert import Policy
from shiftbot.domain.checklist import Checklist, ForEach, Item, Role
from shiftbot.domain.coverage import LOOK_AHEAD, NOBODY_ON_DUTY, by_cause, holes, span_of
from shiftbot.domain.local_time import DAY_NAMES, SiteCalendar, instant, local_clock, local_date, opening_span
from shiftbot.domain.recurrence import Occurrence, Schedule, Trigger, left_out, next_on, occurrences, span_text
from shiftbot.domain.roster import gaps, roster_of, shifts
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.domain.whom import who

_DAY = timedelta(days=1)
_ASKED = {Role.TECHNICIAN: "technicians", Role.PHARMACIST: "pharmacist", Role.MANAGER: "manager"}


_EVENTS = {
    Trigger.EXCURSION: "when an excursion is found",
    Trigger.DELIVERY: "when a delivery comes (/shift delivery)",
}

_MOVABLE = " (when_closed: before or after moves it)"


def preview(pharmacy: Pharmacy, start: date, days: int = 7) -> str:
    """The coming days of every site as plain text, from local date `start` on."""
    return "\n".join(line for site in pharmacy.sites.values() for line in _site(pharmacy, site, start, days))


def _site(pharmacy: Pharmacy, site: Site, start: date, days: int) -> Iterator[str]:
    yield f"{site.name} ({site.id}), times in {site.calendar.timezone.key}"
    uncovered = 0
    for number in range(days):
        on = start + number * _DAY
        yield f"  {_day(on)}  {_hours(pharmacy, site, on)}"
        for first, last in _day_gaps(pharmacy, site, on):
            uncovered += 1
            when, fallback = _span(site.calendar, first, last), _name(pharmacy, site.fallback)
            yield f"    ! nobody is on duty {when}: {fallback} is told"
        for checklist, run in _runs(pharmacy, site, on):
            yield from _run(pharmacy, site, checklist, run)
    yield f"  {_gap_count(uncovered)}"
    yield from _unreached(pharmacy, site, start)
    yield from (f"  {line}" for line in unasked(pharmacy, site))
    yield from _beyond(pharmacy, site, start, start + days * _DAY)
    yield ""


def _gap_count(uncovered: int) -> str:
    if not uncovered:
        return "The roster has no gap in opening hours."
    return f"The roster has {uncovered} {'gap' if uncovered == 1 else 'gaps'} in opening hours (marked !)."


def _unreached(pharmacy: Pharmacy, site: Site, start: date) -> Iterator[str]:
    """Who would not be reached in the next two weeks, if every means works; gaps in the roster are marked above."""
    since = instant(site.calendar.timezone, start, time())
    found = holes(pharmacy, site, since, since + LOOK_AHEAD)
    for (what, mend), same in by_cause([hole for hole in found if hole.what != NOBODY_ON_DUTY]).items():
        more = f", and {len(same) - 1} more in two weeks" if len(same) > 1 else ""
        yield f"  ! {what}: {span_of(site, same[0])}{more}; {mend}"


def _hours(pharmacy: Pharmacy, site: Site, on: date) -> str:
    span = opening_span(site.calendar, on)
    if span is None:
        return "closed"
    day = _day_span(site.calendar, on)
    duty = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), *day)
    names = [
        f"{_name(pharmacy, shift.person)} {_span(site.calendar, shift.starts_at, shift.ends_at)}"
        for shift in duty
        if local_date(site.calendar, shift.starts_at) == on
    ]
    return f"open {_span(site.calendar, *span)}; on duty: {', '.join(names) or 'nobody'}"


def _day_gaps(pharmacy: Pharmacy, site: Site, on: date) -> list[tuple[datetime, datetime]]:
    return gaps(roster_of(pharmacy, site.id, Role.PHARMACIST), *_day_span(site.calendar, on))


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
    moved = f" (moved from {_day(run.moved_from)}, a closed day)" if run.moved_from else ""
    asked = _asked(pharmacy, site, checklist)
    shown = f"shown {local_clock(site.calendar, run.shows_at)}, " if run.shows_at else ""
    yield f"    {opens} {checklist.title}{moved}: {shown}due {due}, missed {missed}; asks {asked}"
    yield f"          if missed: {_ladder(pharmacy, site, pharmacy.policies[checklist.escalation], run.missed_at)}"


def _beyond(pharmacy: Pharmacy, site: Site, start: date, end: date) -> Iterator[str]:
    """What does not open in the days of the preview: when it comes next, what is left out, what an event opens."""
    checklists = [pharmacy.checklists[name] for name in site.checklists]
    by_hand = [each for each in pharmacy.checklists.values() if each.schedule.trigger is Trigger.BY_HAND]
    later = [
        f"    {each.title} ({_rule(each.schedule)}): {when}"
        for each in checklists
        if (when := "; ".join(_later(each.schedule, site.calendar, start, end)))
    ]
    triggered = {each.id: each for each in (*checklists, *by_hand) if each.schedule.trigger}
    if later:
        yield "  Beyond these days:"
        yield from later
    if triggered:
        yield "  Opened by what happens:"
        yield from (_on_event(pharmacy, site, each) for each in triggered.values())


def _later(schedule: Schedule, calendar: SiteCalendar, start: date, end: date) -> Iterator[str]:
    """Nothing for what opens in the days of the preview and loses no date."""
    if schedule.trigger is not None:
        return
    first, coming = next_on(schedule, calendar, start), next_on(schedule, calendar, end)
    opens_before = first is not None and first < end
    past = [on for on in schedule.dates.on if on < start] if schedule.dates else []
    if past:
        yield f"past is {_days(past)}"
    if not opens_before:
        never = f"never, for the site is closed then{_MOVABLE}"
        yield f"next on {_day(coming)}" if coming else "not again" if past else never
    until = end if opens_before else coming
    if until is not None and (schedule.dates or not opens_before):
        lost = left_out(schedule, calendar, start, until)
        if lost:
            yield f"left out on {_days(lost)}, when the site is closed{_MOVABLE}"


def _rule(schedule: Schedule) -> str:
    return dates_text(schedule.dates) if schedule.dates else f"days: {days_text(schedule.weekdays)}"


def _on_event(pharmacy: Pharmacy, site: Site, checklist: Checklist) -> str:
    schedule = checklist.schedule
    event = _EVENTS.get(schedule.trigger or Trigger.BY_HAND, f"by /shift open {checklist.id}")
    due = f", due {span_text(schedule.due)} later" if isinstance(schedule.due, timedelta) else ""
    return f"    {checklist.title}: opens {event}{due}; asks {_asked(pharmacy, site, checklist)}"


def _asked(pharmacy: Pharmacy, site: Site, checklist: Checklist) -> str:
    """How many lines each role has; a pharmacist may also do the technicians'."""
    lines: Counter[Role] = Counter()
    for section in checklist.sections:
        for item in section.items:
            lines[site.gates.get(item.gate, item.role)] += _line_count(pharmacy, site, item)
    return ", ".join(f"{word} {lines[role]}" for role, word in _ASKED.items() if lines[role])


def _line_count(pharmacy: Pharmacy, site: Site, item: Item) -> int:
    match item.for_each:
        case ForEach.UNIT:
            return len(pharmacy.units_of(site.id))
        case ForEach.CONTROLLED:
            return len(site.controlled)
        case ForEach.REGISTER:
            return len(site.registers)
        case ForEach.MAILBOX:
            return len(site.mailboxes)
    return 1


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
    """Whom a word means then; who stands in for somebody, with the reason."""
    found = who(pharmacy, site, [word], at)
    return [
        _named(pharmacy, site, each) + (f" ({found.why[each].removesuffix(' now')})" if each in found.why else "")
        for each in found.ids
    ]


def _named(pharmacy: Pharmacy, site: Site, each: str) -> str:
    if each in pharmacy.people:
        return _name(pharmacy, each)
    return "the channel" if each == site.channel else f"channel {each}"


def _day(on: date) -> str:
    return f"{DAY_NAMES[on.weekday()]} {on}"


def _days(dates: Iterable[date]) -> str:
    return ", ".join(_day(on) for on in sorted(dates))


def _span(calendar: SiteCalendar, start: datetime, end: datetime) -> str:
    return f"{local_clock(calendar, start)}–{local_clock(calendar, end)}"


def _name(pharmacy: Pharmacy, person: str) -> str:
    return pharmacy.people[person].name
