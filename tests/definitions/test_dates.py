"""The words of months, quarters and years: each as it may be written, and what it means."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.definitions.building import schedule
from shiftbot.definitions.dates import dates_text, day_text, parse_day_of_month, parse_day_of_year, parse_single_date
from shiftbot.definitions.mistakes import Mistaken
from shiftbot.definitions.reading import read_yaml
from shiftbot.definitions.shapes import ScheduleShape
from shiftbot.domain.checklist import ShiftPart
from shiftbot.domain.dates import ALL_YEAR, LAST, QUARTERS, DateRule, DayIn, DayOfMonth
from shiftbot.domain.dates import MonthDay as Day
from shiftbot.domain.dates import NthWeekday as Weekday
from shiftbot.domain.dates import NthWorkingDay as WorkingDay
from shiftbot.domain.recurrence import Schedule, Trigger, WhenClosed


@pytest.mark.parametrize(
    ("written", "means"),
    [
        (1, Day(1)),
        ("15", Day(15)),
        ("1st", Day(1)),
        ("the 22nd", Day(22)),
        (31, Day(31)),
        ("last", Day(LAST)),
        ("last day", Day(LAST)),
        ("first day", Day(1)),
        ("first monday", Weekday(1, 0)),
        ("2nd Tuesday", Weekday(2, 1)),
        ("third  wed", Weekday(3, 2)),
        ("4th sun", Weekday(4, 6)),
        ("the last Friday", Weekday(LAST, 4)),
        ("last working day", WorkingDay(LAST)),
        ("first working day", WorkingDay(1)),
        ("2nd working day", WorkingDay(2)),
        ("10th workday", WorkingDay(10)),
    ],
)
def test_a_day_of_the_month_may_be_written_so(written: object, means: DayOfMonth) -> None:
    assert parse_day_of_month(written) == means


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("03-01", DayIn(Day(1), (3,))),
        ("2-29", DayIn(Day(29), (2,))),
        ("first monday of march", DayIn(Weekday(1, 0), (3,))),
        ("the last Thursday of Nov", DayIn(Weekday(LAST, 3), (11,))),
        ("last working day of december", DayIn(WorkingDay(LAST), (12,))),
        ("last day of february", DayIn(Day(LAST), (2,))),
        ("15th of may", DayIn(Day(15), (5,))),
        ("March 1", DayIn(Day(1), (3,))),
        ("1 march", DayIn(Day(1), (3,))),
    ],
)
def test_a_day_of_the_year_may_be_written_so(written: str, means: DayIn) -> None:
    assert parse_day_of_year(written) == means


def read_schedule(folder: Path, text: str) -> Schedule:
    (folder / "x.yaml").write_text(text + "\ndue: 30m\n", encoding="utf-8")
    document, mistakes = read_yaml(folder / "x.yaml", "x.yaml")
    assert mistakes == []
    assert document is not None
    return schedule(ScheduleShape.model_validate(document.content))


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("monthly: 1", DateRule((DayIn(Day(1)),), keeps_month=True)),
        ("monthly: [1, 15]", DateRule((DayIn(Day(1)), DayIn(Day(15))), keeps_month=True)),
        ("monthly: 1, 15", DateRule((DayIn(Day(1)), DayIn(Day(15))), keeps_month=True)),
        ("monthly: last friday", DateRule((DayIn(Weekday(LAST, 4)),), keeps_month=True)),
        ("quarterly: last working day", DateRule((DayIn(WorkingDay(LAST), QUARTERS),), keeps_month=True)),
        ("yearly: 03-01", DateRule((DayIn(Day(1), (3,)),))),
        ("yearly: [03-01, first monday of july]", DateRule((DayIn(Day(1), (3,)), DayIn(Weekday(1, 0), (7,))))),
        ("on: 2026-12-05", DateRule(on=(date(2026, 12, 5),))),
        ('on: ["2026-12-05", 2027-01-09]', DateRule(on=(date(2026, 12, 5), date(2027, 1, 9)))),
        ("days: mon-fri", None),
    ],
)
def test_a_rule_of_dates_is_read(tmp_path: Path, written: str, rule: DateRule | None) -> None:
    assert read_schedule(tmp_path, f"opens: open\n{written}").dates == rule


def test_every_other_key_of_a_schedule_is_read(tmp_path: Path) -> None:
    read = read_schedule(tmp_path, "opens: open\nmonthly: 1\nwhen_closed: after\nshows: 2h\nexpires: 24h")
    assert (read.when_closed, read.shows_before) == (WhenClosed.AFTER, timedelta(hours=2))
    assert read.expires_after == timedelta(hours=24)
    plain = read_schedule(tmp_path, "opens: open")
    assert (plain.when_closed, plain.shows_before, plain.expires_after) == (WhenClosed.SKIP, timedelta(0), None)
    event = read_schedule(tmp_path, "trigger: excursion")
    assert (event.trigger, event.opens, event.due) == (Trigger.EXCURSION, (), timedelta(minutes=30))
    shape = ScheduleShape.model_validate({"trigger": "by-hand", "due": "30m", "shift": "end"})
    assert shape.shift is ShiftPart.END


NTH = st.integers(1, 31) | st.just(LAST)
DAYS = (
    st.builds(Day, NTH)
    | st.builds(Weekday, st.sampled_from([1, 2, 3, 4, LAST]), st.integers(0, 6))
    | st.builds(WorkingDay, NTH)
)


@given(DAYS)
def test_a_day_reads_back_as_it_is_written(day: DayOfMonth) -> None:
    assert parse_day_of_month(day_text(day)) == day


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (DateRule((DayIn(Day(1)), DayIn(Day(15))), keeps_month=True), "monthly: 1, 15"),
        (DateRule((DayIn(WorkingDay(2), ALL_YEAR),), keeps_month=True), "monthly: second working day"),
        (DateRule((DayIn(WorkingDay(22), QUARTERS),), keeps_month=True), "quarterly: 22nd working day"),
        (DateRule((DayIn(Day(1), (3,)), DayIn(Weekday(1, 0), (7,)))), "yearly: 03-01, first monday of july"),
        (DateRule((DayIn(Day(LAST), (2,)),)), "yearly: last of february"),
        (DateRule(on=(date(2027, 1, 9), date(2026, 12, 5))), "on: 2026-12-05, 2027-01-09"),
    ],
)
def test_a_rule_is_told_as_it_is_written(rule: DateRule, text: str) -> None:
    assert dates_text(rule) == text


def outcome(parse: Callable[[object], object], text: str) -> str:
    try:
        return str(parse(text))
    except Mistaken as error:
        return f"{error.wrong}; {error.mend}"


PIECES = ["first", "2nd", "last", "5th", "monday", "working", "day", "of", "march", "02-30", "31", "the", "-", "0"]


@given(st.text(max_size=12) | st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join))
def test_whatever_is_written_for_a_date_is_read_or_mistaken(text: str) -> None:
    for parse in (parse_day_of_month, parse_day_of_year, parse_single_date):
        assert outcome(parse, text)
