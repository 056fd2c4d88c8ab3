"""Checklists of months, quarters, years and single days: where they fall, where they move to, when they come next."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from shiftbot.domain.local_time import SiteCalendar, is_open_on
from shiftbot.domain.recurrence import (
    LEAST_BY_HAND,
    Anchor,
    Every,
    Moment,
    Schedule,
    Trigger,
    WhenClosed,
    left_out,
    next_on,
    occurrences,
    opened_by_event,
)

NEW_YORK = ZoneInfo("America/New_York")
DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
EIGHT_TO_EIGHT = (time(8), time(20))

WEEKDAYS_ONLY = SiteCalendar(NEW_YORK, dict.fromkeys(range(5), EIGHT_TO_EIGHT), frozenset({date(2026, 11, 26)}))
"""Closed on weekends and on Thanksgiving Day."""


def schedule(
    rule: DateRule | None, when_closed: WhenClosed = WhenClosed.SKIP, weekdays: frozenset[int] = frozenset(range(7))
) -> Schedule:
    opens = (Moment(Anchor.OPEN),)
    return Schedule(opens, HALF_HOUR, HALF_HOUR, weekdays=weekdays, when_closed=when_closed, dates=rule)


def monthly(*days: DayOfMonth, months: tuple[int, ...] = ALL_YEAR) -> DateRule:
    return DateRule(tuple(DayIn(day, months) for day in days), keeps_month=True)


def dates_of(when: Schedule, calendar: SiteCalendar, first: date, last: date) -> list[date]:
    days = (first + number * DAY for number in range((last - first).days + 1))
    return [on for on in days if occurrences(when, calendar, on)]


def year(when: Schedule, calendar: SiteCalendar, number: int = 2026) -> list[str]:
    return [f"{on:%m-%d}" for on in dates_of(when, calendar, date(number, 1, 1), date(number, 12, 31))]


DAILY = SiteCalendar(NEW_YORK, dict.fromkeys(range(7), EIGHT_TO_EIGHT))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (monthly(MonthDay(1), months=(1, 2, 3)), ["01-01", "02-01", "03-01"]),
        (monthly(MonthDay(31), months=(1, 2, 4, 12)), ["01-31", "02-28", "04-30", "12-31"]),
        (monthly(MonthDay(LAST), months=(2, 6)), ["02-28", "06-30"]),
        (monthly(MonthDay(1), MonthDay(15), months=QUARTERS), [f"{m:02}-{d:02}" for m in QUARTERS for d in (1, 15)]),
        (monthly(MonthDay(29), MonthDay(30), months=(2,)), ["02-28"]),
        (monthly(NthWeekday(1, 0), months=(1, 6, 11)), ["01-05", "06-01", "11-02"]),
        (monthly(NthWeekday(4, 3), months=(10, 11)), ["10-22", "11-26"]),
        (monthly(NthWeekday(LAST, 4), months=(5, 7)), ["05-29", "07-31"]),
        (DateRule(on=(date(2026, 12, 5), date(2026, 3, 8))), ["03-08", "12-05"]),
        (DateRule((DayIn(MonthDay(29), (2,)), DayIn(NthWeekday(1, 0), (9,)))), ["02-28", "09-07"]),
    ],
)
def test_the_dates_of_a_year_at_a_site_that_is_open_every_day(rule: DateRule, expected: list[str]) -> None:
    assert year(schedule(rule), DAILY) == expected


def test_a_leap_year_has_its_29th_of_february() -> None:
    assert year(schedule(DateRule((DayIn(MonthDay(29), (2,)),))), DAILY, 2028) == ["02-29"]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (NthWorkingDay(1), ["01-01", "02-02", "08-03", "11-02"]),
        (NthWorkingDay(2), ["01-02", "02-03", "08-04", "11-03"]),
        (NthWorkingDay(18), ["01-26", "02-25", "08-26", "11-25"]),
        (NthWorkingDay(20), ["01-28", "02-27", "08-28", "11-30"]),
        (NthWorkingDay(LAST), ["01-30", "02-27", "08-31", "11-30"]),
    ],
)
def test_working_days_are_the_days_the_site_opens(day: DayOfMonth, expected: list[str]) -> None:
    """Thanksgiving Day, 26 November 2026, is none."""
    assert year(schedule(monthly(day, months=(1, 2, 8, 11))), WEEKDAYS_ONLY) == expected


def test_a_month_with_fewer_working_days_has_it_on_its_last() -> None:
    mondays = SiteCalendar(NEW_YORK, {0: EIGHT_TO_EIGHT})
    assert year(schedule(monthly(NthWorkingDay(5), months=(2, 3))), mondays) == ["02-23", "03-30"]


@pytest.mark.parametrize(
    ("rule", "when_closed", "expected"),
    [
        (monthly(MonthDay(1), months=(2, 3, 11)), WhenClosed.SKIP, []),
        (monthly(MonthDay(15), months=(8, 11)), WhenClosed.BEFORE, ["08-14", "11-13"]),
        (monthly(MonthDay(15), months=(8, 11)), WhenClosed.AFTER, ["08-17", "11-16"]),
        (monthly(MonthDay(1), months=(8, 11)), WhenClosed.BEFORE, ["08-03", "11-02"]),
        (monthly(MonthDay(LAST), months=(1, 5)), WhenClosed.AFTER, ["01-30", "05-29"]),
        (DateRule(on=(date(2026, 11, 1),)), WhenClosed.BEFORE, ["10-30"]),
        (DateRule(on=(date(2026, 10, 31),)), WhenClosed.AFTER, ["11-02"]),
        (monthly(NthWeekday(4, 3), months=(11,)), WhenClosed.AFTER, ["11-27"]),
    ],
)
def test_a_run_of_a_closed_day_is_left_out_or_moves(
    rule: DateRule, when_closed: WhenClosed, expected: list[str]
) -> None:
    """A monthly run stays in its month: where it cannot move the way it should, it moves the other way."""
    assert year(schedule(rule, when_closed), WEEKDAYS_ONLY) == expected


def test_a_moved_run_says_where_it_comes_from() -> None:
    moved = schedule(monthly(MonthDay(15)), WhenClosed.AFTER)
    (run,) = occurrences(moved, WEEKDAYS_ONLY, date(2026, 11, 16))
    assert (run.local_date, run.slot, run.moved_from) == (date(2026, 11, 16), "open", date(2026, 11, 15))
    assert occurrences(moved, WEEKDAYS_ONLY, date(2026, 12, 15))[0].moved_from is None


def test_a_run_that_moves_onto_a_day_with_its_own_is_asked_once() -> None:
    """Thursday's moves to Friday, which has one: one run, Friday's own."""
    daily = schedule(None, WhenClosed.AFTER)
    assert occurrences(daily, WEEKDAYS_ONLY, date(2026, 11, 26)) == ()
    (run,) = occurrences(daily, WEEKDAYS_ONLY, date(2026, 11, 27))
    assert run.moved_from is None
    both = schedule(monthly(MonthDay(15), MonthDay(16), months=(11,)), WhenClosed.AFTER)
    assert year(both, WEEKDAYS_ONLY) == ["11-16"]


def test_a_weekly_run_moves_off_a_holiday() -> None:
    thursdays = frozenset({3})
    week = (date(2026, 11, 23), date(2026, 11, 29))
    assert dates_of(schedule(None, WhenClosed.SKIP, thursdays), WEEKDAYS_ONLY, *week) == []
    assert dates_of(schedule(None, WhenClosed.BEFORE, thursdays), WEEKDAYS_ONLY, *week) == [date(2026, 11, 25)]
    assert dates_of(schedule(None, WhenClosed.AFTER, thursdays), WEEKDAYS_ONLY, *week) == [date(2026, 11, 27)]


def test_a_site_that_never_opens_has_no_runs_and_the_question_comes_to_an_end() -> None:
    shut = SiteCalendar(NEW_YORK, {})
    for when_closed in WhenClosed:
        for rule in (None, monthly(MonthDay(1)), monthly(NthWorkingDay(LAST)), DateRule(on=(date(2026, 11, 23),))):
            when = schedule(rule, when_closed)
            assert dates_of(when, shut, date(2026, 11, 20), date(2026, 12, 5)) == []
            assert next_on(when, shut, date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("rule", "when_closed", "expected"),
    [
        (monthly(MonthDay(1)), WhenClosed.SKIP, date(2026, 12, 1)),
        (monthly(NthWorkingDay(LAST)), WhenClosed.SKIP, date(2026, 11, 30)),
        (monthly(MonthDay(1), months=QUARTERS), WhenClosed.SKIP, date(2027, 1, 1)),
        (DateRule((DayIn(MonthDay(1), (3,)),)), WhenClosed.SKIP, date(2027, 3, 1)),
        (DateRule(on=(date(2026, 11, 22),)), WhenClosed.AFTER, date(2026, 11, 23)),
        (DateRule(on=(date(2026, 11, 22),)), WhenClosed.SKIP, None),
        (DateRule(on=(date(2044, 5, 2), date(2020, 5, 2))), WhenClosed.SKIP, date(2044, 5, 2)),
        (None, WhenClosed.SKIP, date(2026, 11, 23)),
    ],
)
def test_when_a_checklist_comes_next(rule: DateRule | None, when_closed: WhenClosed, expected: date | None) -> None:
    assert next_on(schedule(rule, when_closed), WEEKDAYS_ONLY, date(2026, 11, 23)) == expected


def test_dates_that_are_left_out_can_be_named() -> None:
    first = schedule(monthly(MonthDay(1)))
    since, until = date(2026, 10, 1), date(2027, 2, 1)
    assert left_out(first, WEEKDAYS_ONLY, since, until) == (date(2026, 11, 1),)
    assert left_out(schedule(monthly(MonthDay(1)), WhenClosed.AFTER), WEEKDAYS_ONLY, since, until) == ()


def test_display_and_expiry_are_counted_from_opening_and_from_missed() -> None:
    when = Schedule(
        (Moment(Anchor.OPEN),), HALF_HOUR, HALF_HOUR, shows_before=timedelta(hours=2), expires_after=timedelta(hours=24)
    )
    (run,) = occurrences(when, DAILY, date(2026, 11, 23))
    assert run.shows_at == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert run.opens_at == datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert run.missed_at == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert run.expires_at == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_no_clock_opens_what_an_event_opens() -> None:
    when = Schedule((), HALF_HOUR, timedelta(0), trigger=Trigger.EXCURSION, expires_after=timedelta(hours=1))
    assert dates_of(when, DAILY, date(2026, 11, 1), date(2026, 11, 30)) == []
    assert next_on(when, DAILY, date(2026, 11, 1)) is None
    at = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    run = opened_by_event(when, DAILY, "excursion:12", at)
    assert (run.local_date, run.slot, run.opens_at) == (date(2026, 11, 23), "excursion:12", at)
    assert (run.due_at - at, run.expires_at) == (HALF_HOUR, at + timedelta(minutes=90))


@pytest.mark.parametrize(
    ("due", "at", "expected"),
    [
        (Moment(Anchor.CLOSE), "2026-11-23T15:00", timedelta(hours=10)),
        (Moment(Anchor.OPEN), "2026-11-23T15:00", LEAST_BY_HAND),
        (Moment(Anchor.CLOSE), "2026-11-22T15:00", LEAST_BY_HAND),
        (Moment(Anchor.CLOCK, at=time(12)), "2026-11-22T15:00", timedelta(hours=2)),
        (HALF_HOUR, "2026-11-23T15:00", HALF_HOUR),
    ],
)
def test_what_is_opened_by_hand_is_due_when_it_would_have_been_or_in_an_hour(
    due: Moment | timedelta, at: str, expected: timedelta
) -> None:
    when = Schedule((Moment(Anchor.OPEN),), due, HALF_HOUR)
    opened_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert opened_by_event(when, WEEKDAYS_ONLY, "by-hand:1", opened_at).due_at == opened_at + expected


DAYS_OF_MONTH = (
    st.builds(MonthDay, st.integers(1, 31) | st.just(LAST))
    | st.builds(NthWeekday, st.sampled_from([1, 2, 3, 4, LAST]), st.integers(0, 6))
    | st.builds(NthWorkingDay, st.integers(1, 20) | st.just(LAST))
)
HOLIDAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=25)
OPEN_DAYS = st.sets(st.integers(0, 6), min_size=1)
CALENDARS = st.builds(
    lambda days, closed: SiteCalendar(NEW_YORK, dict.fromkeys(sorted(days), EIGHT_TO_EIGHT), closed),
    OPEN_DAYS,
    HOLIDAYS,
)
MOVES = st.sampled_from([WhenClosed.BEFORE, WhenClosed.AFTER])
MONTHS = st.integers(1, 12)


def days_of(month: int) -> Iterator[date]:
    first = date(2026, month, 1)
    return (first + number * DAY for number in range(31) if (first + number * DAY).month == month)


@given(day=DAYS_OF_MONTH, calendar=CALENDARS, when_closed=MOVES, month=MONTHS)
def test_each_monthly_rule_gives_exactly_one_run_a_month_on_an_open_day(
    day: DayOfMonth, calendar: SiteCalendar, when_closed: WhenClosed, month: int
) -> None:
    days = list(days_of(month))
    found = dates_of(schedule(monthly(day), when_closed), calendar, days[0], days[-1])
    assert len(found) == any(is_open_on(calendar, on) for on in days)
    assert all(is_open_on(calendar, on) for on in found)


@given(calendar=CALENDARS, when_closed=st.sampled_from(WhenClosed), month=MONTHS)
def test_no_open_day_of_the_month_follows_its_last_working_day(
    calendar: SiteCalendar, when_closed: WhenClosed, month: int
) -> None:
    days = list(days_of(month))
    found = dates_of(schedule(monthly(NthWorkingDay(LAST)), when_closed), calendar, days[0], days[-1])
    assert found == [on for on in days if is_open_on(calendar, on)][-1:]


@given(day=DAYS_OF_MONTH, calendar=CALENDARS, month=MONTHS)
def test_without_a_move_a_monthly_rule_gives_at_most_one_run_and_names_what_it_leaves_out(
    day: DayOfMonth, calendar: SiteCalendar, month: int
) -> None:
    days = list(days_of(month))
    when = schedule(monthly(day))
    found = dates_of(when, calendar, days[0], days[-1])
    lost = left_out(when, calendar, days[0], days[-1] + DAY)
    assert len(found) + len(lost) == (not isinstance(day, NthWorkingDay) or bool(found))


RULES = (
    st.builds(
        lambda days, months, keeps: DateRule(tuple(DayIn(day, tuple(sorted(months))) for day in days), (), keeps),
        st.lists(DAYS_OF_MONTH, min_size=1, max_size=3),
        st.sets(MONTHS, min_size=1),
        st.booleans(),
    )
    | st.builds(DateRule, on=st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), min_size=1).map(tuple))
    | st.none()
)


@given(
    rule=RULES,
    calendar=CALENDARS,
    when_closed=st.sampled_from(WhenClosed),
    weekdays=OPEN_DAYS.map(frozenset),
    since=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_the_next_date_is_the_first_that_has_runs(
    rule: DateRule | None, calendar: SiteCalendar, when_closed: WhenClosed, weekdays: frozenset[int], since: date
) -> None:
    when = schedule(rule, when_closed, weekdays)
    expected = dates_of(when, calendar, since, since + 60 * DAY)[:1]
    found = next_on(when, calendar, since)
    assert [found] == expected if expected else found is None or found > since + 60 * DAY


@given(
    rule=RULES,
    calendar=CALENDARS,
    when_closed=st.sampled_from(WhenClosed),
    opens=st.sampled_from([(Moment(Anchor.OPEN), Moment(Anchor.CLOCK, at=time(2, 30))), Every(timedelta(hours=2))]),
)
def test_over_a_year_with_both_changes_of_clocks_every_occurrence_is_unique(
    rule: DateRule | None, calendar: SiteCalendar, when_closed: WhenClosed, opens: tuple[Moment, ...] | Every
) -> None:
    when = Schedule(opens, HALF_HOUR, HALF_HOUR, when_closed=when_closed, dates=rule)
    runs = [run for number in range(365) for run in occurrences(when, calendar, date(2026, 1, 1) + number * DAY)]
    assert len({(run.local_date, run.slot) for run in runs}) == len(runs)
    assert len({run.opens_at for run in runs}) == len(runs)
    assert all(is_open_on(calendar, run.local_date) for run in runs)
