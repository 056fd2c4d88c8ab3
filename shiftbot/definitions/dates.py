"""The words of dates in a definition: days of months, of quarters and of years, and single dates.

Parsers raise `Mistaken`; each type carries its JSON Schema for editors. What the words mean is domain/dates.py.
"""

import re
from calendar import monthrange
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from shiftbot.definitions.mistakes import Mistaken, nearest, shown
from shiftbot.definitions.times import DAY_WORDS, parse_date
from shiftbot.domain.dates import (
    ALL_YEAR,
    LAST,
    QUARTERS,
    DateRule,
    DayIn,
    DayOfMonth,
    MonthDay,
    NthWeekday,
    NthWorkingDay,
)

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

_MONTH_WORDS = {name: number for number, name in enumerate(_MONTHS, 1)} | {
    name[:3]: number for number, name in enumerate(_MONTHS, 1)
}

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": LAST}

_NUMBER = re.compile(r"(\d{1,4})(?:st|nd|rd|th)?")

_MONTH_AND_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")

_EXAMPLES = "1, last, first monday, last friday, last working day or 2nd working day"

_A_LEAP_YEAR = 2028

Value = TypeVar("Value")


def parse_day_of_month(value: object) -> DayOfMonth:
    """`1`, `31` (the last day of shorter months), `last`, `2nd tuesday`, `last friday`, `last working day`."""
    words = _words(value)
    match words:
        case [nth] | [nth, "day"] if _nth(nth) is not None:
            return MonthDay(_numbered(nth, "day"))
        case [nth, "working", "day"] | [nth, "workday"] if _nth(nth) is not None:
            return NthWorkingDay(_numbered(nth, "working day"))
        case [nth, day] if _nth(nth) is not None and day in DAY_WORDS:
            return _nth_weekday(nth, DAY_WORDS[day])
        case [day] if day in DAY_WORDS:
            mend = f"write first {day}, or days: {day} for every week"
            raise Mistaken(f"{shown(value)} does not say which one of the month", mend)
    raise Mistaken(f"{shown(value)} is no day of a month", _meant(words))


def parse_day_of_year(value: object) -> DayIn:
    """`03-01`, `first monday of march`, `last working day of december`, `march 1`."""
    words = _words(value)
    if match := _MONTH_AND_DAY.fullmatch(" ".join(words)):
        return _month_and_day(int(match[1]), int(match[2]))
    match words:
        case [*day, "of", month] if month in _MONTH_WORDS:
            return _day_in(_MONTH_WORDS[month], parse_day_of_month(" ".join(day)))
        case [month, day] if month in _MONTH_WORDS:
            return _day_in(_MONTH_WORDS[month], parse_day_of_month(day))
        case [day, month] if month in _MONTH_WORDS:
            return _day_in(_MONTH_WORDS[month], parse_day_of_month(day))
        case [*day, "of", month]:
            near = nearest(month, _MONTHS)
            mend = f"did you mean {' '.join(day)} of {near}?" if near else f"write one of {', '.join(_MONTHS)}"
            raise Mistaken(f'"{month}" is no month', mend)
    raise Mistaken(*_no_day_of_year(value, words))


def parse_single_date(value: object) -> date:
    """`2026-12-05`, for the one time."""
    if isinstance(value, str) and _MONTH_AND_DAY.fullmatch(value.strip()):
        raise Mistaken(f"{shown(value)} has no year", f"write the year too, or yearly: {shown(value)}")
    return parse_date(value)


def day_text(day: DayOfMonth) -> str:
    """A day of the month as it is written: `1`, `last`, `first monday`, `2nd working day`."""
    match day:
        case MonthDay(number):
            return "last" if number == LAST else str(number)
        case NthWeekday(nth, weekday):
            return f"{_ordinal(nth)} {_WEEKDAYS[weekday]}"
        case NthWorkingDay(nth):
            return f"{_ordinal(nth)} working day"


def dates_text(rule: DateRule) -> str:
    """A rule as it is written, with its key: `monthly: 1, 15`, `yearly: first monday of march`, `on: 2026-12-05`."""
    if rule.on:
        return f"on: {', '.join(str(on) for on in sorted(rule.on))}"
    months = rule.days[0].months
    if months in (ALL_YEAR, QUARTERS):
        key = "monthly" if months == ALL_YEAR else "quarterly"
        return f"{key}: {', '.join(day_text(each.day) for each in rule.days)}"
    return f"yearly: {', '.join(_day_of_year_text(each) for each in rule.days)}"


def _day_of_year_text(each: DayIn) -> str:
    (month,) = each.months
    if isinstance(each.day, MonthDay) and each.day.day != LAST:
        return f"{month:02}-{each.day.day:02}"
    return f"{day_text(each.day)} of {_MONTHS[month - 1]}"


def _words(value: object) -> list[str]:
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    words = value.lower().split() if isinstance(value, str) else []
    return words[1:] if words[:1] == ["the"] else words


def _nth(word: str) -> int | None:
    match = _NUMBER.fullmatch(word)
    return int(match[1]) if match else _ORDINALS.get(word)


def _numbered(word: str, what: str) -> int:
    number = _nth(word)
    if number is None or not (number == LAST or 1 <= number <= 31):
        raise Mistaken(f"no month has a {what} {number}", f"write 1 to 31, or last {what}")
    return number


def _nth_weekday(word: str, weekday: int) -> NthWeekday:
    number, name = _nth(word), _WEEKDAYS[weekday]
    if number is None or not (number == LAST or 1 <= number <= 4):
        raise Mistaken(f"not every month has a {word} {name}", f"write last {name}, or first to fourth")
    return NthWeekday(number, weekday)


def _meant(words: list[str]) -> str:
    """What was probably meant by words that are no day of a month, one of them spelt otherwise."""
    if len(words) == 2:
        nth = words[0] if _nth(words[0]) is not None else nearest(words[0], _ORDINALS)
        day = words[1] if words[1] in DAY_WORDS else nearest(words[1], (*_WEEKDAYS, "workday"))
        if nth and day:
            return f"did you mean {nth} {day}?"
    return f"write for example {_EXAMPLES}"


def _month_and_day(month: int, day: int) -> DayIn:
    if not 1 <= month <= 12:
        swapped = f'did you mean "{day:02}-{month:02}"?' if 1 <= day <= 12 else 'write month-day, like "03-01"'
        raise Mistaken(f"there is no month {month}", swapped)
    return _day_in(month, MonthDay(day))


def _day_in(month: int, day: DayOfMonth) -> DayIn:
    if isinstance(day, MonthDay) and day.day != LAST:
        last = monthrange(_A_LEAP_YEAR, month)[1]
        if not 1 <= day.day <= last:
            name = _MONTHS[month - 1].capitalize()
            raise Mistaken(f"{name} has no day {day.day}", f'write "{month:02}-{last}", the last day of {name}')
    return DayIn(day, (month,))


def _no_day_of_year(value: object, words: list[str]) -> tuple[str, str]:
    text = " ".join(words)
    if re.fullmatch(r"\d{4}-\d\d?-\d\d?", text):
        mend = f'write "{text[5:]}", or on: "{text}" for that one time'
        return f"{shown(value)} is the date of one year", mend
    try:
        day = day_text(parse_day_of_month(text))
    except Mistaken:
        return f"{shown(value)} is no day of the year", 'write for example "03-01" or first monday of march'
    mend = f'write "03-{int(day):02}" for {day} March' if day.isdecimal() else f"write {day} of march"
    return f"{shown(value)} does not say of which month", mend


def _ordinal(nth: int) -> str:
    """`first` to `fourth`, then `5th`; `last`."""
    named = {number: word for word, number in _ORDINALS.items()}
    if nth in named:
        return named[nth]
    ending = "th" if nth in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(nth % 10, "th")
    return f"{nth}{ending}"


def _listed(value: object) -> object:
    """One word, or several with commas, stand for a list of them."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",")]
    return value if isinstance(value, list) else [value]


def _each_once(found: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(set(found)) < len(found):
        raise Mistaken("the same day stands here twice", "keep one of the two")
    return found


def _schema(*examples: Any) -> WithJsonSchema:
    one = {"type": ["string", "integer"]} if any(isinstance(each, int) for each in examples) else {"type": "string"}
    listed = {"type": "array", "items": one, "minItems": 1}
    return WithJsonSchema({"anyOf": [one, listed], "examples": list(examples)})


DaysOfMonth = Annotated[
    tuple[Annotated[DayOfMonth, PlainValidator(parse_day_of_month)], ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    AfterValidator(_each_once),
    _schema(1, "last", [1, 15], "first monday", "last friday", "last working day", "2nd working day"),
]

DaysOfYear = Annotated[
    tuple[Annotated[DayIn, PlainValidator(parse_day_of_year)], ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    AfterValidator(_each_once),
    _schema("03-01", "first monday of march", "last working day of december", ["01-15", "07-15"]),
]

SingleDates = Annotated[
    tuple[Annotated[date, PlainValidator(parse_single_date)], ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    AfterValidator(_each_once),
    _schema("2026-12-05", ["2026-12-05", "2027-01-09"]),
]
