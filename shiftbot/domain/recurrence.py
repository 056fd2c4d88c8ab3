"""When a checklist is shown, opens, is due, is missed and expires: its schedule, and a local date's runs. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial

from shiftbot.domain.dates import DateRule, Weekdays, date_meant, dates_left_out, next_date
from shiftbot.domain.dates import WhenClosed as WhenClosed
from shiftbot.domain.local_time import SiteCalendar, closing_date, instant, is_open_on, local_date, opening_span

_DAY = timedelta(days=1)

LEAST_BY_HAND = timedelta(hours=1)
"""To answer in, when somebody opens a checklist after the moment at which it would have been due."""


class Anchor(StrEnum):
    """What a moment of the day is counted from."""

    OPEN = "open"
    CLOSE = "close"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Moment:
    """`open - 45m`, `close + 30m` or a fixed local time (anchor CLOCK, `at` set)."""

    anchor: Anchor
    offset: timedelta = timedelta(0)
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """A run each `interval` from `first` until `last` (both moments; the last slot starts no later than `last`)."""

    interval: timedelta
    first: Moment = Moment(Anchor.OPEN)
    last: Moment = Moment(Anchor.CLOSE)


class Trigger(StrEnum):
    """What opens a checklist that no clock opens."""

    BY_HAND = "by-hand"
    EXCURSION = "excursion"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the runs of one checklist are shown, open, are due, are missed and can no longer be answered.

    `opens` gives one or more runs a day. `due` is a moment of the day or, with `Every` and fixed times, a span after
    opening. `grace` follows due. `weekdays` (0 = Monday) narrows the days; `dates` stands in their place. Closed days
    never have a run. `remind_before` is how long before due the first reminder goes out, `None` for no reminder at all.
    """

    opens: tuple[Moment, ...] | Every
    due: Moment | timedelta
    grace: timedelta
    weekdays: frozenset[int] = frozenset(range(7))
    remind_before: timedelta | None = timedelta(minutes=10)
    when_closed: WhenClosed = WhenClosed.SKIP
    shows_before: timedelta = timedelta(0)
    """How long before it opens the card is shown, to be read and not yet answered."""
    expires_after: timedelta | None = None
    """How long after it was missed a run may still be done late; `None` for as long as anybody likes."""
    trigger: Trigger | None = None
    """Set when an event opens it: `opens` is then empty, and `due` is a span after opening."""
    dates: DateRule | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One dated run: its local date, its slot (unique within the day) and its instants in UTC."""

    local_date: date
    slot: str
    opens_at: datetime
    remind_at: datetime | None
    due_at: datetime
    missed_at: datetime
    shows_at: datetime | None = None
    """When its card is shown, if that is before it opens."""
    expires_at: datetime | None = None
    moved_from: date | None = None
    """The closed day whose run this is, when it moved."""


def resolve(moment: Moment, calendar: SiteCalendar, on: date) -> datetime:
    """The UTC instant of a moment of one local date. `ValueError` for `open` or `close` of a day the site stays closed.

    An offset is elapsed time: 45 minutes before opening are 45 minutes on a day of 23 hours too.
    """
    if moment.anchor is Anchor.CLOCK and moment.at is not None:
        return instant(calendar.timezone, on, moment.at) + moment.offset
    span = opening_span(calendar, on)
    if span is None:
        raise ValueError(f"{moment.anchor} has no meaning on {on}: the site stays closed")
    return span[0 if moment.anchor is Anchor.OPEN else 1] + moment.offset


def occurrences(schedule: Schedule, calendar: SiteCalendar, local_date: date) -> tuple[Occurrence, ...]:
    """The runs of one checklist on one local date, by opening; none on a closed day, none where an event opens it.

    Slots are names, not numbers, so that an edit of one opening leaves the others theirs: the local `HH:MM`, or `open`
    and `close` (with the offset, `open+2h`, from the second of the same anchor on). A run that moves here from a closed
    day is the run of this date: where the date has one of its own the two are one, asked once.
    """
    meant = date_meant(_dates(schedule), schedule.when_closed, local_date, partial(is_open_on, calendar))
    if meant is None or schedule.trigger is not None:
        return ()
    openings = _slots(schedule.opens, calendar, local_date)
    runs = (_occurrence(schedule, calendar, local_date, slot, at) for slot, at in openings.items())
    if meant != local_date:
        runs = (replace(run, moved_from=meant) for run in runs)
    return tuple(sorted(runs, key=lambda run: (run.opens_at, run.slot)))


def next_on(schedule: Schedule, calendar: SiteCalendar, since: date) -> date | None:
    """The first local date from `since` on that has runs; `None` when no clock opens it, or not in the coming years."""
    if schedule.trigger is not None:
        return None
    return next_date(_dates(schedule), schedule.when_closed, since, partial(is_open_on, calendar))


def left_out(schedule: Schedule, calendar: SiteCalendar, since: date, until: date) -> tuple[date, ...]:
    """The dates from `since` to before `until` that would have had runs, were the site not closed on them."""
    return tuple(dates_left_out(_dates(schedule), schedule.when_closed, since, until, partial(is_open_on, calendar)))


def opened_by_event(schedule: Schedule, calendar: SiteCalendar, slot: str, at: datetime) -> Occurrence:
    """The run that an event, or a person by hand, opens at an instant.

    A due that is a moment of the day holds as long as it lies ahead; else there is as much time as `LEAST_BY_HAND`.
    """
    on, due = local_date(calendar, at), schedule.due
    if isinstance(due, Moment):
        meant = resolve(due, calendar, on) if due.anchor is Anchor.CLOCK or is_open_on(calendar, on) else at
        due = meant - at if meant > at else LEAST_BY_HAND
    return _occurrence(replace(schedule, due=due, shows_before=timedelta(0)), calendar, on, slot, at)


def is_of_event(slot: str) -> bool:
    """Whether a slot names the event, or the person, that opened its run, and not a time of the day."""
    return slot.partition(":")[0] in set(Trigger)


def _dates(schedule: Schedule) -> DateRule | Weekdays:
    return schedule.dates or Weekdays(schedule.weekdays)


def _slots(opens: tuple[Moment, ...] | Every, calendar: SiteCalendar, on: date) -> dict[str, datetime]:
    if isinstance(opens, Every):
        return _repeated(opens, calendar, on)
    slots: dict[str, datetime] = {}
    for moment in opens:
        name = _slot_name(moment, plain=moment.anchor not in slots)
        slots[name] = resolve(moment, calendar, on)
    return slots


def _slot_name(moment: Moment, *, plain: bool) -> str:
    if moment.anchor is Anchor.CLOCK and moment.at is not None:
        return f"{moment.at:%H:%M}"
    return str(moment.anchor) if plain else f"{moment.anchor}{span_text(moment.offset, sign=True)}"


def _repeated(every: Every, calendar: SiteCalendar, on: date) -> dict[str, datetime]:
    """Slots counted on the wall clock: each has the same name every day and comes once on days of 23 and 25 hours."""
    first, last = _nominal(every.first, calendar, on), _nominal(every.last, calendar, on)
    last = min(last, first + _DAY - timedelta(minutes=1))
    slots: dict[str, datetime] = {}
    while first <= last:
        slots[f"{first:%H:%M}"] = instant(calendar.timezone, first.date(), first.time())
        first += every.interval
    return slots


def _nominal(moment: Moment, calendar: SiteCalendar, on: date) -> datetime:
    """The naive wall-clock reading of a moment on an open day."""
    if moment.anchor is Anchor.CLOCK and moment.at is not None:
        return datetime.combine(on, moment.at) + moment.offset
    opens, closes = calendar.hours[on.weekday()]
    if moment.anchor is Anchor.OPEN:
        return datetime.combine(on, opens) + moment.offset
    return datetime.combine(closing_date(on, closes), closes) + moment.offset


def _occurrence(schedule: Schedule, calendar: SiteCalendar, on: date, slot: str, opens_at: datetime) -> Occurrence:
    """One run. It is never due before it opens, and is first reminded of when it is due where before is too early."""
    due = schedule.due
    due_at = opens_at + due if isinstance(due, timedelta) else max(resolve(due, calendar, on), opens_at)
    remind_at = None if schedule.remind_before is None else due_at - schedule.remind_before
    if remind_at is not None and remind_at <= opens_at:
        remind_at = due_at if due_at > opens_at else None
    missed_at, expires = due_at + schedule.grace, schedule.expires_after
    return Occurrence(
        on,
        slot,
        opens_at,
        remind_at,
        due_at,
        missed_at,
        shows_at=opens_at - schedule.shows_before if schedule.shows_before else None,
        expires_at=missed_at + expires if expires is not None else None,
    )


def span_text(span: timedelta, *, sign: bool = False) -> str:
    """A span as a pharmacy writes it: `45m`, `1h30m`, `1d`; with `sign` also `+45m`, `-45m`."""
    seconds = abs(int(span.total_seconds()))
    amounts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    text = "".join(f"{amount}{letter}" for amount, letter in amounts if amount) or "0m"
    lead = ("-" if span < timedelta(0) else "+") if sign else ""
    return lead + text
