"""From the shapes a pharmacy wrote, all right by now, to the domain's own types."""

import hashlib
import json
from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shiftbot.definitions.closed_days import closed_days
from shiftbot.definitions.conditions import NOT_APPLICABLE
from shiftbot.definitions.parts import Form, Gathered, Part
from shiftbot.definitions.policies import Gates
from shiftbot.definitions.shapes import (
    ChecklistShape,
    ItemShape,
    LookAgainShape,
    LookOn,
    PersonShape,
    RosterShape,
    ScheduleShape,
    Signing,
    SiteShape,
    StepShape,
    WhenShape,
)
from shiftbot.definitions.storage_units import storage_class, storage_unit
from shiftbot.domain.alert import STANDARD, Policy, Step
from shiftbot.domain.checklist import Checklist, Condition, Item, LookAgain, Section
from shiftbot.domain.dates import ALL_YEAR, QUARTERS, DateRule, DayIn
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.recurrence import Anchor, Every, Moment, Schedule
from shiftbot.domain.site import (
    Controlled,
    Person,
    Pharmacy,
    Place,
    RosterCalendar,
    RosterRule,
    Site,
)

_ANCHORED = {Anchor.OPEN: Moment(Anchor.OPEN), Anchor.CLOSE: Moment(Anchor.CLOSE)}


def build(found: Gathered) -> Pharmacy:
    """Everything that was gathered, as one whole."""
    classes = {each.id: storage_class(each) for each in _shapes(found.classes)}
    policies = {"standard": STANDARD} | {name: policy(name, _shapes(steps)) for name, steps in found.policies.items()}
    formats = {each.id: each for each in _shapes(found.formats)}
    units = [storage_unit(each, classes, formats) for each in _shapes(found.units)]
    return Pharmacy(
        sites={each.id: site(each, found.gates[each.policy]) for each in _shapes(found.sites)},
        people={each.id: person(each) for each in _shapes(found.people)},
        groups=found.groups,
        roster=tuple(roster_rule(each) for each in _shapes(found.roster)),
        calendars=tuple(RosterCalendar(each.site, each.ics, each.people) for each in _shapes(found.calendars)),
        teams=found.teams,
        policies=policies,
        checklists={part.shape.id: checklist(part.shape, part.raw) for part in found.checklists if part.shape},
        units={unit.id: unit for unit in units},
        digest=_digest(found.contents),
    )


def calendar(shape: SiteShape) -> SiteCalendar:
    """A site's hours by weekday."""
    return SiteCalendar(shape.timezone, weekly_hours(shape), closed_of(shape))


def weekly_hours(shape: SiteShape) -> dict[int, tuple[time, time]]:
    """Weekday (0 = Monday) → local opening and closing; days that stay closed are not in it."""
    return {day: hours for days, hours in shape.hours.items() if hours is not None for day in sorted(days)}


def closed_of(shape: SiteShape) -> Any:
    """The days the site stays closed, as a container of dates."""
    return closed_days(shape.closed.holidays, shape.closed.also, shape.closed.open_anyway)


def site(shape: SiteShape, gates: Gates) -> Site:
    """One pharmacy, with the gates of its state policy."""
    return Site(
        id=shape.id,
        name=shape.name,
        calendar=calendar(shape),
        temperature_unit=shape.temperature_unit,
        channel=shape.channel,
        setting=str(shape.setting),
        checklists=tuple(shape.checklists),
        fallback=shape.fallback,
        controlled=tuple(Controlled(drug.id, drug.name) for drug in shape.controlled),
        summary=shape.summary,
        registers=tuple(Place(each.id, each.name) for each in shape.registers),
        mailboxes=tuple(Place(each.id, each.name) for each in shape.mailboxes),
        gates=gates,
        photos=shape.photos,
        pin=shape.signing is Signing.PIN,
        follow_up_within=shape.follow_ups.within,
        follow_up_grace=shape.follow_ups.escalate_after,
        keep_readings=shape.keep,
        sign_on=shape.sign_on,
        relief=shape.relief,
        area_manager=shape.area_manager,
        duty_group=shape.duty_group,
    )


def person(shape: PersonShape) -> Person:
    """Somebody shiftbot knows."""
    return Person(shape.id, shape.name, shape.slack, frozenset(shape.roles), tuple(shape.reach), shape.quiet)


def roster_rule(shape: RosterShape) -> RosterRule:
    """One rule of the roster."""
    return RosterRule(shape.site, shape.person, shape.days, shape.since, shape.to)


def policy(name: str, steps: Iterable[StepShape]) -> Policy:
    """One ladder."""
    return Policy(name, tuple(Step(tuple(step.tell), step.after, step.repeat, frozenset(step.only)) for step in steps))


def schedule(shape: ScheduleShape) -> Schedule:
    """When the runs of a checklist open, are due and are missed."""
    opens: tuple[Moment, ...] | Every = shape.opens or ()
    if shape.every is not None:
        first, last = shape.since or _ANCHORED[Anchor.OPEN], shape.until or _ANCHORED[Anchor.CLOSE]
        opens = Every(shape.every, first, last)
    return Schedule(
        opens,
        shape.due,
        shape.grace,
        shape.days,
        shape.remind,
        shape.when_closed,
        shape.shows or timedelta(0),
        shape.expires,
        shape.trigger,
        date_rule(shape),
    )


def date_rule(shape: ScheduleShape) -> DateRule | None:
    """The dates that stand in the place of weekdays, if any do. What comes every month or quarter stays in its own."""
    for days, months in ((shape.monthly, ALL_YEAR), (shape.quarterly, QUARTERS)):
        if days is not None:
            return DateRule(tuple(DayIn(day, months) for day in days), keeps_month=True)
    if shape.yearly is not None:
        return DateRule(shape.yearly)
    return DateRule(on=shape.on) if shape.on is not None else None


def checklist(shape: ChecklistShape, raw: Any) -> Checklist:
    """A checklist; its version changes with the file's meaning, not with its comments."""
    sections = tuple(
        Section(section.title, tuple(_item(item) for item in section.items), section.all_good)
        for section in shape.sections
    )
    return Checklist(
        id=shape.id,
        title=shape.title,
        schedule=schedule(shape),
        sections=sections,
        escalation=shape.escalation,
        version=_digest(raw)[:16],
        shift=shape.shift,
    )


def _item(shape: ItemShape) -> Item:
    by_degrees = shape.limits if isinstance(shape.limits, dict) else {}
    low, high = shape.limits if isinstance(shape.limits, tuple) else (None, None)
    return Item(
        id=shape.id,
        title=shape.title,
        kind=shape.kind,
        role=shape.role,
        required=shape.required,
        on_fail=shape.on_fail,
        for_each=shape.for_each,
        from_sensor=shape.from_sensor,
        options=tuple(shape.options),
        low=low,
        high=high,
        unit=shape.unit or "",
        witness=shape.witness,
        help=shape.help or "",
        words=tuple(word.lower() for word in shape.words),
        sop=shape.sop or "",
        when=_condition(shape.when) if shape.when else None,
        look_again=_look_again(shape.look_again) if shape.look_again else None,
        meaning=shape.meaning,
        valid_for=shape.valid_for,
        gate=shape.gate or "",
        by_degrees=by_degrees,
    )


def _condition(shape: WhenShape) -> Condition:
    """In lower case, outcomes by their own word: `n/a` is short for one."""
    words = (word.lower() for word in shape.words)
    return Condition(shape.item, tuple(dict.fromkeys(NOT_APPLICABLE if word == "n/a" else word for word in words)))


def _look_again(shape: LookAgainShape) -> LookAgain:
    return LookAgain(shape.after, only_failed=shape.on is LookOn.FAIL)


def sample_calendar(opens: time, closes: time) -> SiteCalendar:
    """The same hours every day in a zone without changes of clocks, to try a schedule on."""
    return SiteCalendar(ZoneInfo("UTC"), dict.fromkeys(range(7), (opens, closes)))


def _shapes(parts: Iterable[Part[Form]]) -> list[Form]:
    return [part.shape for part in parts if part.shape is not None]


def _digest(content: Any) -> str:
    """SHA-256 in hex of what was read, whatever the order of its keys and its comments."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
