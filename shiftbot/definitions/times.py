"""The words of time in a definition: spans, days, hours, moments, dates, zones.

Parsers raise `Mistaken`; each type carries its JSON Schema for editors.
"""

import re
from collections.abc import Iterable
from datetime import date, time, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import PlainValidator, WithJsonSchema

from shiftbot.definitions.mistakes import Mistaken, nearest, shown
from shiftbot.definitions.names import text_schema
from shiftbot.domain.recurrence import Anchor, Moment

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

DAY_WORDS = {name: number for number, name in enumerate(DAYS)} | {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}

_SPAN = re.compile(r"(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m)?\s*(?:(\d+)\s*s)?")

_MOMENT = re.compile(r"(open|close)(?:\s*([+-])\s*(.+))?")

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def parse_span(value: object) -> timedelta:
    """`45m`, `2h`, `1h30m`, `10s`, `1d`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Mistaken(f"{value} has no unit", f"write {value}m for minutes, {value}h for hours")
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise Mistaken(f"{shown(value)} is not a span of time", "write for example 10m, 2h or 1h30m")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if days > 3660:
        raise Mistaken(f"{shown(value)} is longer than ten years", "write a shorter span")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def parse_lasting_span(value: object) -> timedelta:
    """A span of at least a second."""
    span = parse_span(value)
    if not span:
        raise Mistaken(f"{shown(value)} is no time at all", "write for example 5m or 2h")
    return span


def parse_interval(value: object) -> timedelta:
    """How often a run opens: whole minutes, five at the least, a day at the most."""
    span = parse_span(value)
    if not timedelta(minutes=5) <= span <= timedelta(days=1) or span % timedelta(minutes=1):
        raise Mistaken(f"every {shown(value)} cannot be kept", "write whole minutes from 5m to 1d, for example 2h")
    return span


def parse_lead(value: object) -> timedelta:
    """How long before it opens something is shown: less than a day, for runs are prepared the day before."""
    span = parse_lasting_span(value)
    if span >= timedelta(days=1):
        raise Mistaken(f"{shown(value)} is too long before it opens", "write less than a day, for example 2h")
    return span


def parse_clock(value: object) -> time:
    """A local wall-clock time, `08:00`."""
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise Mistaken(f"{shown(value)} is not a time of day", 'write hours and minutes like "08:30" or "17:00"')
    return time(int(match[1]), int(match[2]))


def parse_end(value: object) -> time:
    """A time at which something ends; `24:00` is the midnight that ends the day, given as 00:00."""
    return time() if isinstance(value, str) and value.strip() == "24:00" else parse_clock(value)


def parse_hours(value: object) -> tuple[time, time] | None:
    """`08:00-20:00`, `00:00-24:00` (never closes) or `closed`."""
    if isinstance(value, str) and value.strip().lower() == "closed":
        return None
    parts = re.split(r"\s*[-–]\s*", value.strip()) if isinstance(value, str) else []
    if len(parts) != 2:
        raise Mistaken(f"{shown(value)} are not opening hours", 'write "08:00-20:00", or closed')
    opens, closes = parse_clock(parts[0]), parse_end(parts[1])
    if parts[0] == parts[1]:
        raise Mistaken(f"the hours {shown(value)} end when they start", 'write "00:00-24:00" (never closes), or closed')
    if closes <= opens and parts[1].strip() != "24:00":
        mend = f'write "{parts[1]}-{parts[0]}", or close at 24:00 and open the next day at 00:00'
        raise Mistaken(f"the hours {shown(value)} end before they start", mend)
    return opens, closes


def parse_days(value: object) -> frozenset[int]:
    """`mon-fri`, `sat`, `mon,wed`, `fri-mon`, `daily`, or a list of such words; 0 is Monday."""
    words = value if isinstance(value, list) else re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else []
    days: set[int] = set()
    for word in words:
        days |= _day_range(word)
    if not days:
        raise Mistaken(f"{shown(value)} names no day", "write for example mon-fri, sat or mon,wed")
    return frozenset(days)


def days_text(days: Iterable[int]) -> str:
    """Days as they are written: `mon,tue`, or `daily` for all."""
    named = sorted(days)
    return "daily" if len(named) == 7 else ",".join(DAYS[day] for day in named)


def _day_range(word: object) -> set[int]:
    if isinstance(word, str) and word.lower() == "daily":
        return set(range(7))
    ends = re.split("[-–]", str(word).lower())
    numbers = [DAY_WORDS.get(end) for end in ends]
    if len(ends) > 2 or None in numbers:
        near = [end if end in DAY_WORDS else nearest(end, DAYS) for end in ends]
        mend = (
            "write mon-fri, sat or mon,wed"
            if None in near or len(ends) > 2
            else f"did you mean {'-'.join(map(str, near))}?"
        )
        raise Mistaken(f"{shown(word)} is no day", mend)
    first, last = numbers[0] or 0, numbers[-1] or 0
    return {(first + step) % 7 for step in range((last - first) % 7 + 1)}


def parse_moment(value: object) -> Moment:
    """`open`, `close + 15m`, `open - 45m` or `08:00`."""
    match = _MOMENT.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        return Moment(Anchor.CLOCK, at=_moment_clock(value))
    offset = parse_span(match[3]) if match[3] else timedelta(0)
    if offset >= timedelta(days=1):
        raise Mistaken(f"{shown(value)} is more than a day away", "write an offset of less than 1d")
    return Moment(Anchor(match[1]), -offset if match[2] == "-" else offset)


def _moment_clock(value: object) -> time:
    try:
        return parse_clock(value)
    except ValueError:
        mend = 'write open, close, open - 45m, close + 15m or a time like "08:00"'
        raise Mistaken(f"{shown(value)} is no moment of the day", mend) from None


def parse_openings(value: object) -> tuple[Moment, ...]:
    """One moment or a list of different ones."""
    moments = tuple(parse_moment(each) for each in (value if isinstance(value, list) else [value]))
    if not moments:
        raise Mistaken("the list is empty", "write at least one moment, for example open - 45m")
    if len(set(moments)) < len(moments):
        raise Mistaken("the same moment stands here twice", "keep one of the two")
    return moments


def parse_due(value: object) -> Moment | timedelta:
    """A moment, or a span counted from opening: `30m`."""
    if isinstance(value, str) and _SPAN.fullmatch(value.strip()) and value.strip():
        return parse_lasting_span(value)
    try:
        return parse_moment(value)
    except ValueError:
        mend = 'write open, close + 15m, a time like "08:00", or a span after opening like 30m'
        raise Mistaken(f"{shown(value)} is no moment to be due", mend) from None


def parse_reminder(value: object) -> timedelta | None:
    """A span before due, or `none`."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else parse_lasting_span(value)


def parse_date(value: object) -> date:
    """`2026-12-24`."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise Mistaken(f"{shown(value)} is not a date", 'write year-month-day, like "2026-12-24"') from None


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_zone(value: object) -> ZoneInfo:
    """An IANA name. Abbreviations exist there too, but EST stands still in summer: they are refused."""
    names = _zone_names()
    if isinstance(value, str) and value in names and ("/" in value or value == "UTC"):
        return ZoneInfo(value)
    if isinstance(value, str) and value in names:
        raise Mistaken(f"{shown(value)} is an abbreviation, not a place", "write the place, like America/New_York")
    near = nearest(str(value).replace(" ", "_"), sorted(name for name in names if "/" in name))
    raise Mistaken(f"{shown(value)} is not a time zone", f"write {near or 'one like America/New_York'}")


_SPAN_PATTERN = r"^(\d+ *d)? *(\d+ *h)? *(\d+ *m)? *(\d+ *s)?$"

_CLOCK_PATTERN = r"^([01]?\d|2[0-3]):[0-5]\d$"

_MOMENT_PATTERN = r"^((open|close)( *[+-] *[0-9dhms ]+)?|([01]?\d|2[0-3]):[0-5]\d)$"

Span = Annotated[timedelta, PlainValidator(parse_span), text_schema(_SPAN_PATTERN, "10m", "2h", "1h30m")]

LastingSpan = Annotated[timedelta, PlainValidator(parse_lasting_span), text_schema(_SPAN_PATTERN, "5m", "2h")]

Lead = Annotated[timedelta, PlainValidator(parse_lead), text_schema(_SPAN_PATTERN, "2h", "30m")]

Interval = Annotated[timedelta, PlainValidator(parse_interval), text_schema(_SPAN_PATTERN, "2h", "90m")]

Reminder = Annotated[timedelta | None, PlainValidator(parse_reminder), text_schema(None, "10m", "none")]

Clock = Annotated[time, PlainValidator(parse_clock), text_schema(_CLOCK_PATTERN, "08:00")]

End = Annotated[time, PlainValidator(parse_end), text_schema(r"^(([01]?\d|2[0-3]):[0-5]\d|24:00)$", "14:00", "24:00")]

Hours = Annotated[tuple[time, time] | None, PlainValidator(parse_hours), text_schema(None, "08:00-20:00", "closed")]

Days = Annotated[
    frozenset[int],
    PlainValidator(parse_days),
    text_schema(None, "mon-fri", "sat", "mon,wed", "daily"),
]

Instant = Annotated[Moment, PlainValidator(parse_moment), text_schema(_MOMENT_PATTERN, "open - 45m", "close", "07:30")]

Due = Annotated[Moment | timedelta, PlainValidator(parse_due), text_schema(None, "open", "close + 15m", "08:00", "30m")]

Openings = Annotated[
    tuple[Moment, ...],
    PlainValidator(parse_openings),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "examples": ["open - 45m", "07:30", ["10:00", "14:00"]],
        }
    ),
]

Date = Annotated[date, PlainValidator(parse_date), text_schema(r"^\d{4}-\d\d-\d\d$", "2026-12-24")]

Zone = Annotated[ZoneInfo, PlainValidator(parse_zone), text_schema(None, "America/New_York")]
