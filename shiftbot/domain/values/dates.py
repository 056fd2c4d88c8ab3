"""Dates out of words, as pharmacies write them: month before day; a month of expiry means its last day. Pure."""

import calendar
import re
from datetime import date, timedelta

from shiftbot.domain.plain_text import plain_text
from shiftbot.errors import Unreadable

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
YEARS_POSSIBLE = range(2000, 2100)
NEXT_DOUBT = timedelta(days=60)
"""A day without a year that passed less long ago may be meant as the one that passed."""

_NAMES = {month[:length].casefold(): number for number, month in enumerate(MONTHS, 1) for length in (3, len(month))}
_NAMES |= {"sept": 9}
_MONTH = rf"(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})(?![a-z])\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_JOIN = r"[\s\-/.,]*"
_LEAD = r"(?:exp(?:\.|iry|ires|iration)?\s*(?:date)?[\s:]*)?"
_FORMS = [
    re.compile(_LEAD + form + r"(?![\w/-])")
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<sep>[-/.])(?P<second>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})",
        r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
        rf"{_DAY}{_JOIN}{_MONTH}{_JOIN}(?P<year>\d{{4}})",
        rf"{_MONTH}{_JOIN}{_DAY}(?:\s*,\s*|\s+|-)(?P<year>\d{{4}})",
        rf"{_MONTH}{_JOIN}(?P<year>\d{{4}})",
        rf"{_DAY}{_JOIN}{_MONTH}",
        rf"{_MONTH}{_JOIN}{_DAY}",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<word>today|tomorrow|yesterday)",
    )
]
EXAMPLE = "Write it like 2026-11-30, 11/30/2026 or 30 Nov 2026; a month like 11/2026"


def find_date(words: str) -> str | None:
    """The front of `words`, in plain text, that looks like a date; None when there is none."""
    found = _match(plain_text(words).casefold(), whole=False)
    return found.group() if found else None


def read_date(words: str, today: date | None = None) -> date:
    """The day that `words` name: `2026-11-30`, `11/30/2026`, `30 Nov 2026`, `11/2026` (its last day).

    Raises Unreadable for what can be read in two ways (`11/26`) and what is no day. `Nov 30` and `tomorrow` need
    `today`, the local date at the site.
    """
    found = _match(plain_text(words).strip().casefold(), whole=True)
    if found is None:
        raise Unreadable(f"That is not a date I can store. {EXAMPLE}")
    parts = {key: part for key, part in found.groupdict().items() if part is not None}
    if "word" in parts:
        return _told(today) + timedelta(days={"yesterday": -1, "today": 0, "tomorrow": 1}[parts["word"]])
    if "first" in parts:
        return _by_figures(int(parts["first"]), int(parts["second"]), parts["year"], parts["sep"])
    month = _NAMES[parts["name"]] if "name" in parts else int(parts["month"])
    if "year" not in parts:
        return _next(month, int(parts["day"]), today, by_figures="name" not in parts)
    year = int(parts["year"])
    return _day(year, month, int(parts["day"])) if "day" in parts else _last_day(year, month)


def _match(text: str, *, whole: bool) -> re.Match[str] | None:
    tried = (form.fullmatch(text) if whole else form.match(text) for form in _FORMS)
    return next((found for found in tried if found), None)


def date_text(day: date) -> str:
    """A date that nobody can read in two ways: `30 Nov 2026`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def _by_figures(first: int, second: int, year: str, separator: str) -> date:
    """Month before day, as the United States write it; the other way round only where it cannot be anything else."""
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if first > 12 and len(year) == 4 and second <= 12:
        return _day(full, second, first)
    if first > 12 or (separator == "." and second <= 12 and first != second):
        raise Unreadable(f"That date can be read in more than one way. {EXAMPLE}")
    return _day(full, first, second)


def _day(year: int, month: int, day: int) -> date:
    if year not in YEARS_POSSIBLE:
        raise Unreadable(f"The year {year} cannot be right. {EXAMPLE}")
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(f"There is no such day. {EXAMPLE}") from None


def _last_day(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise Unreadable(f"There is no month {month}. {EXAMPLE}")
    return _day(year, month, calendar.monthrange(year, month)[1])


def _told(today: date | None) -> date:
    if today is None:
        raise Unreadable(f"Please write the whole date. {EXAMPLE}")
    return today


def _next(month: int, day: int, today: date | None, *, by_figures: bool) -> date:
    """The next such day. Raises Unreadable where last year's, or a month of that year, may be meant."""
    today = _told(today)
    if by_figures and day >= 20:
        raise Unreadable(f"{month}/{day} can be a day or a month. Write it like 30 Nov 2026, or like 11/2026")
    found = _day(today.year, month, day)
    if found < today:
        if today - found < NEXT_DOUBT:
            raise Unreadable(f"Which year? Write it like {date_text(found)}")
        found = _day(today.year + 1, month, day)
    if day >= 20 and _last_day(2000 + day, month) < found:
        raise Unreadable(f"That can be a day or a month of 20{day}. Write it like {date_text(found)}, or like 11/2026")
    return found
