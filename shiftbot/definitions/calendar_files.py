"""What an .ics file says about duty, as dated shifts (RFC 5545: RRULE, EXDATE, RECURRENCE-ID, Outlook's zones).

Whoever wrote it writes for people, so what cannot be used is remarked in words and the rest counts. Only a file that
is no calendar at all is refused. Times without a zone are the site's own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from shiftbot.definitions.mistakes import Mistaken, shown
from shiftbot.domain.local_time import instant
from shiftbot.domain.site import DatedShift, Person, RosterCalendar

BYTES_AT_MOST = 2_000_000
"""A year of a hospital's shifts is far below this; parsing more would hold everything else up."""

SHIFTS_AT_MOST = 5_000
"""In one calendar and look ahead: about thirty people for half a year."""

LONG_SHIFT = timedelta(hours=24)

LONGEST_SHIFT = timedelta(days=14)
"""An event that is longer is an announcement and no shift."""

_DAY = timedelta(days=1)

OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")

TIMES_A_DAY = 24
"""A rule that repeats more often a day describes no shifts."""

BEGUN_AFTER = date(1990, 1, 1)
"""A rule that began earlier would be followed through day by day for nothing."""

UNREADABLE = (ValueError, IndexError, KeyError, AttributeError, TypeError, ArithmeticError)
"""What icalendar and recurring_ical_events raise over what they cannot read, some of it only when it is looked at."""


@dataclass(frozen=True, slots=True)
class ReadCalendar:
    """The shifts of a calendar in the stretch that was asked for, and what could not be used, in words."""

    shifts: tuple[DatedShift, ...]
    remarks: tuple[str, ...] = ()


def read_calendar(
    content: bytes,
    named: RosterCalendar,
    zone: ZoneInfo,
    people: Mapping[str, Person],
    since: datetime,
    until: datetime,
) -> ReadCalendar:
    """The shifts that touch `since` ≤ t < `until`, by start, whole. Raises Mistaken for what is no calendar."""
    calendar = _parse(content)
    try:
        remarks = list(_without_bombs(calendar, until))
    except UNREADABLE as error:
        raise _unreadable(error) from error
    shifts: dict[tuple[str, datetime], DatedShift] = {}
    for event in _events(calendar, since, until):
        for shift in _readable_shifts(event, named, zone, people, remarks):
            if shift.starts_at < until and since < shift.ends_at:
                shifts.setdefault((shift.person, shift.starts_at), shift)
        if len(shifts) > SHIFTS_AT_MOST:
            raise Mistaken(f"it has more than {SHIFTS_AT_MOST} shifts", "name a calendar with this site's duty only")
    return ReadCalendar(tuple(sorted(shifts.values(), key=_order)), tuple(dict.fromkeys(remarks)))


def _events(calendar: Any, since: datetime, until: datetime) -> Sequence[Any]:
    """The events of a stretch, each time a rule repeats one. Raises Mistaken."""
    try:
        # A day wider on both sides: the library compares local times, and cuts where ours are not cut yet.
        found: Sequence[Any] = recurring_ical_events.of(calendar).between(since - _DAY, until + _DAY)
    except UNREADABLE as error:
        raise _unreadable(error) from error
    return found


def _readable_shifts(
    event: Any, named: RosterCalendar, zone: ZoneInfo, people: Mapping[str, Person], remarks: list[str]
) -> list[DatedShift]:
    """The shifts of an event; none, and a remark, when something in it cannot be read."""
    try:
        return list(_shifts(event, named, zone, people, remarks))
    except UNREADABLE:
        remarks.append(f"{_said(event)} cannot be read; it does not count")
        return []


def _unreadable(error: Exception) -> Mistaken:
    reason = " ".join(str(error).split())[:120]
    return Mistaken(f"it cannot be read as a calendar: {reason}", "export it again from the calendar")


def _order(shift: DatedShift) -> tuple[datetime, str]:
    return shift.starts_at, shift.person


def _parse(content: bytes) -> Any:
    if len(content) > BYTES_AT_MOST:
        raise Mistaken(
            f"it is larger than {BYTES_AT_MOST // 1_000_000} MB", "name a calendar with this site's duty only"
        )
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if start[:1] == b"<":
        mend = "name its secret address in iCal format, which opens without signing in"
        raise Mistaken("it is a web page, perhaps a login, and no calendar", mend)
    if not start.upper().startswith(b"BEGIN:VCALENDAR"):
        raise Mistaken("it does not begin with BEGIN:VCALENDAR", "name a file that a calendar exported (.ics)")
    try:
        return Calendar.from_ical(content)
    except UNREADABLE as error:
        raise _unreadable(error) from error


def _without_bombs(calendar: Any, until: datetime) -> Iterator[str]:
    """Take out what would be followed for ever, or cannot be followed at all; a remark for each."""
    for event in list(calendar.walk("VEVENT")):
        wrong = _wrong_with(event)
        if wrong:
            calendar.subcomponents.remove(event)
            yield f"{_said(event)} {wrong}; it does not count"
        for rule in [] if wrong else _rules(event):
            _end_by(rule, until + 2 * _DAY)


def _wrong_with(event: Any) -> str:
    """Why an event must not be looked at, in words; empty when it may be."""
    try:
        return _found_wrong(event)
    except UNREADABLE:
        return "cannot be read"


def _found_wrong(event: Any) -> str:
    if event.get("DTSTART") is None:
        return "has no start"
    _look_at_each(event)
    begins = event["DTSTART"].dt
    if _day_of(begins) < BEGUN_AFTER:
        return f"begins in {_day_of(begins).year}"
    for rule in _rules(event):
        times = 1
        for key in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times *= max(1, len(rule.get(key, [])))
        # An interval of 0 stands on the spot for ever.
        if rule.get("FREQ", [""])[0] in OFTEN or times > TIMES_A_DAY or rule.get("INTERVAL", [1])[0] < 1:
            return "repeats too often to be a shift"
    return ""


def _look_at_each(event: Any) -> None:
    """Raise what a moment of an event raises: the library says so only when it is looked at, and then of the whole."""
    for name in ("DTEND", "DURATION", "RECURRENCE-ID"):
        if event.get(name) is not None:
            _ = event[name].dt
    for name in ("EXDATE", "RDATE"):
        listed = event.get(name, [])
        for each in listed if isinstance(listed, list) else [listed]:
            _ = each.dts


def _rules(event: Any) -> list[Any]:
    rules = event.get("RRULE")
    return rules if isinstance(rules, list) else [rules] if rules is not None else []


def _end_by(rule: Any, until: datetime) -> None:
    """A rule that fits no day at all would be followed to the year 9999."""
    ends = rule.get("UNTIL", [None])[0]
    if "COUNT" not in rule and (ends is None or _day_of(ends) > until.date()):
        rule["UNTIL"] = [until]


def _day_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _shifts(
    event: Any, named: RosterCalendar, zone: ZoneInfo, people: Mapping[str, Person], remarks: list[str]
) -> Iterator[DatedShift]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    starts_at, ends_at = _at(event["DTSTART"].dt, zone), _end(event, zone)
    if ends_at <= starts_at:
        remarks.append(f"{_said(event)} ends when it starts; it does not count")
        return
    if ends_at - starts_at > LONGEST_SHIFT:
        remarks.append(f"{_said(event)} lasts {(ends_at - starts_at).days} days; it does not count")
        return
    if ends_at - starts_at > LONG_SHIFT:
        hours = (ends_at - starts_at) / timedelta(hours=1)
        remarks.append(f"{_said(event)} lasts {hours:g} hours; it counts, but have a look at it")
    found = _who(event, named.people, people)
    if not found:
        remarks.append(
            f"{_said(event)} names nobody in pharmacy.yaml; write whom it means below people: of the calendar"
        )
    for person in found:
        yield DatedShift(named.site, person, starts_at, ends_at, named.source)


def _at(moment: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        return instant(zone, moment, time())
    if moment.tzinfo is None:
        return instant(zone, moment.date(), moment.time())
    return moment.astimezone(UTC)


def _end(event: Any, zone: ZoneInfo) -> datetime:
    """Its end, or its start and duration; a day of its own lasts until the next one (RFC 5545 §3.6.1)."""
    begins = event["DTSTART"].dt
    if event.get("DTEND") is not None:
        return _at(event["DTEND"].dt, zone)
    if event.get("DURATION") is not None:
        lasts: timedelta = event["DURATION"].dt
        return _at(begins, zone) + lasts
    return _at(begins, zone) if isinstance(begins, datetime) else _at(begins + timedelta(days=1), zone)


def _who(event: Any, named: Mapping[str, str], people: Mapping[str, Person]) -> list[str]:
    """Whom an event means: by what the calendar's `people` say of its words, else by id or name in its summary."""
    words = [_plain(event.get("SUMMARY")), *(_plain(each) for each in _attendees(event))]
    said = [person for key, person in named.items() if any(_plain(key) in word for word in words)]
    if not said:
        known = ((each.id, (_plain(each.id), _plain(each.name))) for each in people.values())
        said = [person for person, names in known if any(_has(words[0], name) for name in names)]
    return [person for person in dict.fromkeys(said) if person in people]


def _attendees(event: Any) -> Sequence[Any]:
    found = event.get("ATTENDEE")
    return found if isinstance(found, list) else [found] if found is not None else []


def _plain(text: object) -> str:
    return " ".join(str(text or "").removeprefix("mailto:").removeprefix("MAILTO:").split()).casefold()


def _has(text: str, name: str) -> bool:
    """Whether a name stands in a text as whole words."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _said(event: Any) -> str:
    try:
        when = f" on {_day_of(event['DTSTART'].dt)}"
    except UNREADABLE:
        when = ""
    return f"{shown(str(event.get('SUMMARY', 'an event without a name')))}{when}"
