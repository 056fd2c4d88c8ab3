"""What only shows when things are put together: runs due before they open, runs with nothing to answer, limits that are
missing in a site's unit. Looked at for everything that is right by itself, however wrong the rest is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from shiftbot.definitions.building import sample_calendar, schedule, weekly_hours
from shiftbot.definitions.mistakes import Location, Mistake
from shiftbot.definitions.parts import Gathered, Part
from shiftbot.definitions.shapes import ChecklistShape, SiteShape, StorageClassShape
from shiftbot.domain.checklist import ForEach
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.recurrence import Moment, Schedule, WhenClosed, occurrences, resolve
from shiftbot.domain.site import TemperatureUnit

_USUAL_HOURS = (time(8), time(20))
_SOME_MONDAY = date(2026, 11, 23)


def check_fit(found: Gathered) -> list[Mistake]:
    """Every mistake of this sort."""
    return [*_due_before_open(found), *_runs_without_lines(found), *_missing_limits(found), *_formats(found)]


def _due_before_open(found: Gathered) -> Iterator[Mistake]:
    for part in found.checklists:
        if part.shape is not None and isinstance(part.shape.due, Moment):
            for hours, where in _hours_of(found.sites, part.shape).items():
                mistake = _too_early(part, schedule(part.shape), hours, where)
                if mistake is not None:
                    yield mistake
                    break


def _hours_of(sites: Iterable[Part[SiteShape]], checklist: ChecklistShape) -> dict[tuple[time, time], str]:
    """Every pair of hours the checklist meets, with a site that has them; the usual ones when no site names it."""
    days = checklist.days if checklist.when_closed is WhenClosed.SKIP else range(7)
    met = {
        hours: f" at {site.shape.id}"
        for site in sites
        if site.shape is not None and checklist.id in site.shape.checklists
        for day, hours in weekly_hours(site.shape).items()
        if day in days
    }
    return met or {_USUAL_HOURS: ""}


def _too_early(part: Part[ChecklistShape], when: Schedule, hours: tuple[time, time], where: str) -> Mistake | None:
    """Looked at for a week of such hours, whatever dates of it the checklist falls on."""
    calendar, when = sample_calendar(*hours), replace(when, dates=None, when_closed=WhenClosed.SKIP)
    for weekday in range(7):
        on = _SOME_MONDAY + timedelta(days=weekday)
        for run in occurrences(when, calendar, on):
            due_at = resolve(when.due, calendar, on) if isinstance(when.due, Moment) else run.due_at
            if due_at <= run.opens_at:
                opens, due = local_clock(calendar, run.opens_at), local_clock(calendar, due_at)
                wrong = f"it is due at {due}, not after it opens at {opens}{where}"
                return Mistake(part.document, ("due",), wrong, "write a later moment, or a span after opening like 30m")
    return None


def _runs_without_lines(found: Gathered) -> Iterator[Mistake]:
    """A run must have something to answer, or it could never be completed."""
    checklists = {part.shape.id: part.shape for part in found.checklists if part.shape is not None}
    with_units = {unit.text("site") for unit in found.units}
    for site in found.sites:
        for place, name in enumerate(site.listed("checklists")):
            needs = _only_for_each(checklists[name]) if name in checklists else set()
            lacks = _lacks(site, needs, has_units=site.id in with_units)
            if lacks:
                yield _nothing_to_answer(site, ("checklists", place), name, lacks)


def _only_for_each(checklist: ChecklistShape) -> set[ForEach]:
    """What the checklist needs a site to have one of; nothing when some item is asked anyway."""
    each = [item.for_each for section in checklist.sections for item in section.items]
    return set() if None in each else {kind for kind in each if kind is not None}


def _lacks(site: Part[Any], needs: set[ForEach], *, has_units: bool) -> ForEach | None:
    has = {
        ForEach.UNIT: has_units,
        ForEach.CONTROLLED: bool(site.listed("controlled")),
        ForEach.REGISTER: bool(site.listed("registers")),
        ForEach.MAILBOX: bool(site.listed("mailboxes")),
    }
    return min(needs) if needs and not any(has[need] for need in needs) else None


def _nothing_to_answer(site: Part[Any], at: Location, name: str, lacks: ForEach) -> Mistake:
    what, mend = {
        ForEach.UNIT: ("has no storage unit", "give it units in sensors/"),
        ForEach.CONTROLLED: ("names no controlled drug", "write controlled: [{ id: …, name: … }] at the site"),
        ForEach.REGISTER: ("names no register", "write registers: [{ id: …, name: … }] at the site"),
        ForEach.MAILBOX: ("names no mailbox", "write mailboxes: [{ id: …, name: … }] at the site"),
    }[lacks]
    wrong = f'"{name}" would ask nothing here, because the site {what}'
    return Mistake(site.document, (*site.at, *at), wrong, f"{mend}, or take the checklist off")


def _missing_limits(found: Gathered) -> Iterator[Mistake]:
    units_of = {site.id: site.shape.temperature_unit for site in found.sites if site.shape is not None}
    classes = {part.shape.id: part.shape for part in found.classes if part.shape is not None}
    for unit in found.units:
        degrees, kind = units_of.get(unit.text("site")), classes.get(unit.text("class") or "")
        if degrees is not None and kind is not None and _lacks_limit(kind, degrees):
            wrong = f'the class "{kind.id}" has no limits in {degrees}, which the site works in'
            mend = f"give the class its {degrees} limits as printed, never converted by rounding"
            yield Mistake(unit.document, (*unit.at, "class"), wrong, mend)


def _lacks_limit(kind: StorageClassShape, degrees: TemperatureUnit) -> bool:
    limits = [limit for limit in (kind.low, kind.high) if limit is not None]
    in_unit = [limit.celsius if degrees is TemperatureUnit.CELSIUS else limit.fahrenheit for limit in limits]
    return None in in_unit


def _formats(found: Gathered) -> Iterator[Mistake]:
    """A format of the pharmacy's own must say where the temperature is; the shipped ones are built in."""
    for part in found.formats:
        if not part.shipped and part.shape is not None and part.shape.path is None:
            wrong = f'it is not said where in its messages "{part.shape.id}" has the temperature'
            yield Mistake(part.document, part.at, wrong, "write path: data.temp, the dotted way to it")
