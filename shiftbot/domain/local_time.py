"""A site's calendar and the wall clock that hangs there. The only module of the package that knows time zones.

Local times are turned into instants by one rule: in a DST gap a local time moves forward to the first instant that
exists, in an overlap it means the first of the two (design.md §4).
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = timedelta(days=1)
_LONGEST_CLOSURE_DAYS = 31


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """A site's opening hours: `hours` maps weekday (0 = Monday) to local opening and closing; other days are closed.

    Closing at 00:00 is the midnight that ends the day; `00:00` to `00:00` is a site that never closes.
    """

    timezone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]
    closed_on: Container[date] = frozenset()


@lru_cache(maxsize=8192)
def instant(zone: ZoneInfo, local_date: date, local_time: time) -> datetime:
    """The UTC instant a local time means: in a gap the first one that exists, in an overlap the first of the two."""
    local = datetime.combine(local_date, local_time, zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    return _end_of_gap(zone, local)


def _end_of_gap(zone: ZoneInfo, local: datetime) -> datetime:
    """The change of offset that skips `local`: read with the new offset `local` is before it, with the old after it."""
    before, after = local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC)
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def is_open_on(calendar: SiteCalendar, on: date) -> bool:
    """Whether the site opens at all on that local date."""
    return opening_span(calendar, on) is not None


def opening_span(calendar: SiteCalendar, on: date) -> tuple[datetime, datetime] | None:
    """When the site opens and closes on a local date, in UTC; `None` when it stays closed all day."""
    hours = None if on in calendar.closed_on else calendar.hours.get(on.weekday())
    if hours is None:
        return None
    opens_at = instant(calendar.timezone, on, hours[0])
    closes_at = instant(calendar.timezone, closing_date(on, hours[1]), hours[1])
    return (opens_at, closes_at) if opens_at < closes_at else None


def is_open_at(calendar: SiteCalendar, at: datetime) -> bool:
    """Whether the site is open at an instant; at its closing it is not. Yesterday's hours may end today."""
    on = local_date(calendar, at)
    spans = (opening_span(calendar, day) for day in (on - _DAY, on))
    return any(span[0] <= at < span[1] for span in spans if span is not None)


def next_open(calendar: SiteCalendar, at: datetime) -> datetime:
    """When the site is open, from an instant on: at once, or when it opens next; at once too if it stays closed."""
    on = local_date(calendar, at)
    spans = (opening_span(calendar, on + days * _DAY) for days in range(-1, _LONGEST_CLOSURE_DAYS))
    return next((max(at, span[0]) for span in spans if span is not None and at < span[1]), at)


def closing_date(on: date, closes: time) -> date:
    """The date on which the day `on` closes: midnight is that of the next."""
    return on if closes > time() else on + _DAY


def local_date(calendar: SiteCalendar, now: datetime) -> date:
    """The date at the site."""
    return now.astimezone(calendar.timezone).date()


def local_clock(calendar: SiteCalendar, at: datetime) -> str:
    """The wall clock at the site, like `07:15`."""
    return f"{at.astimezone(calendar.timezone):%H:%M}"


def local_text(calendar: SiteCalendar, at: datetime) -> str:
    """Day and wall clock at the site, like `Mon 23 Nov 07:15`, in English whatever the machine's locale."""
    local = at.astimezone(calendar.timezone)
    return f"{DAY_NAMES[local.weekday()]} {local.day} {_MONTH_NAMES[local.month - 1]} {local:%H:%M}"
