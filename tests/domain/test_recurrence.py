"""When runs open, are due and are missed: ordinary days, changes of clocks, midnight, days of 23 and 25 hours."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.local_time import (
    SiteCalendar,
    instant,
    is_open_on,
    local_clock,
    local_date,
    local_text,
    next_open,
    opening_span,
)
from shiftbot.domain.recurrence import Anchor, Every, Moment, Schedule, occurrences, resolve, span_text

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
CAIRO = ZoneInfo("Africa/Cairo")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
APIA = ZoneInfo("Pacific/Apia")

SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
"""America/New_York: 02:00 → 03:00, a day of 23 hours; 02:00 → 01:00, a day of 25."""

ORDINARY = date(2026, 11, 23)
"""A Monday."""

ZONES = st.sampled_from([NEW_YORK, LORD_HOWE, CAIRO, SAO_PAULO, APIA, ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata")])
DATES = st.dates(date(2005, 1, 1), date(2037, 12, 31))
CHANGES = st.sampled_from([SPRING, AUTUMN, date(2026, 4, 5), date(2026, 10, 4), date(2026, 4, 24), date(2018, 11, 4)])
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))

OPEN, CLOSE = Moment(Anchor.OPEN), Moment(Anchor.CLOSE)
ALL_WEEK = range(7)


def clock(text: str) -> Moment:
    return Moment(Anchor.CLOCK, at=time.fromisoformat(text))


def calendar(opens: str = "08:00", closes: str = "20:00", zone: ZoneInfo = NEW_YORK) -> SiteCalendar:
    return SiteCalendar(zone, dict.fromkeys(ALL_WEEK, (time.fromisoformat(opens), time.fromisoformat(closes))))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


OPENING = Schedule(opens=(Moment(Anchor.OPEN, -minutes(45)),), due=OPEN, grace=minutes(10))
HOURLY = Schedule(opens=Every(minutes(60)), due=minutes(30), grace=minutes(15))


@pytest.mark.parametrize(
    ("zone", "on", "at", "expected"),
    [
        (NEW_YORK, ORDINARY, "07:15", "2026-11-23T12:15"),
        (NEW_YORK, SPRING, "01:59", "2026-03-08T06:59"),
        (NEW_YORK, SPRING, "02:00", "2026-03-08T07:00"),
        (NEW_YORK, SPRING, "02:30", "2026-03-08T07:00"),
        (NEW_YORK, SPRING, "03:00", "2026-03-08T07:00"),
        (NEW_YORK, AUTUMN, "01:30", "2026-11-01T05:30"),
        (NEW_YORK, AUTUMN, "02:00", "2026-11-01T07:00"),
        (LORD_HOWE, date(2026, 10, 4), "02:15", "2026-10-03T15:30"),
        (LORD_HOWE, date(2026, 10, 4), "02:30", "2026-10-03T15:30"),
        (LORD_HOWE, date(2026, 4, 5), "01:45", "2026-04-04T14:45"),
        (CAIRO, date(2026, 4, 24), "00:00", "2026-04-23T22:00"),
        (CAIRO, date(2026, 4, 24), "00:59", "2026-04-23T22:00"),
        (SAO_PAULO, date(2018, 11, 4), "00:00", "2018-11-04T03:00"),
        (SAO_PAULO, date(2018, 2, 17), "23:30", "2018-02-18T01:30"),
        (APIA, date(2011, 12, 30), "12:00", "2011-12-30T10:00"),
    ],
)
def test_a_local_time_means_one_instant(zone: ZoneInfo, on: date, at: str, expected: str) -> None:
    """A skipped time is the first instant after the gap, a doubled time the first of the two."""
    assert instant(zone, on, time.fromisoformat(at)) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(zone=ZONES, on=DATES | CHANGES, at=TIMES)
def test_an_instant_reads_back_as_its_local_time_or_as_the_end_of_a_gap(zone: ZoneInfo, on: date, at: time) -> None:
    local = instant(zone, on, at).astimezone(zone).replace(tzinfo=None)
    wanted = datetime.combine(on, at)
    second_before = (instant(zone, on, at) - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    assert local == wanted or (local > wanted and second_before < wanted)


@given(zone=ZONES, on=DATES | CHANGES, first=TIMES, second=TIMES)
def test_a_later_local_time_never_means_an_earlier_instant(zone: ZoneInfo, on: date, first: time, second: time) -> None:
    early, late = sorted((first, second))
    assert instant(zone, on, early) <= instant(zone, on, late)


def test_a_site_is_open_on_the_days_it_names_except_closed_ones() -> None:
    site = SiteCalendar(NEW_YORK, {0: (time(8), time(20))}, closed_on=frozenset({date(2026, 11, 30)}))
    assert is_open_on(site, ORDINARY)
    assert not is_open_on(site, date(2026, 11, 24))
    assert not is_open_on(site, date(2026, 11, 30))
    assert opening_span(site, date(2026, 11, 30)) is None


def test_closing_at_midnight_is_the_end_of_the_day() -> None:
    span = opening_span(calendar("08:00", "00:00"), ORDINARY)
    assert span == (datetime(2026, 11, 23, 13, tzinfo=UTC), datetime(2026, 11, 24, 5, tzinfo=UTC))


@pytest.mark.parametrize(("on", "hours"), [(SPRING, 23), (AUTUMN, 25), (ORDINARY, 24)])
def test_a_site_that_never_closes_is_open_for_the_length_of_the_day(on: date, hours: int) -> None:
    span = opening_span(calendar("00:00", "00:00"), on)
    assert span is not None
    assert span[1] - span[0] == timedelta(hours=hours)


def test_hours_that_a_change_of_clocks_skips_leave_the_site_closed() -> None:
    assert not is_open_on(calendar("02:00", "02:45"), SPRING)
    assert not is_open_on(calendar(zone=APIA), date(2011, 12, 30))


def test_an_offset_is_elapsed_time() -> None:
    """Half an hour before an opening at 03:00 is half an hour, though the clock then showed 01:30."""
    assert resolve(Moment(Anchor.OPEN, -minutes(30)), calendar("03:00"), SPRING) == datetime(
        2026, 3, 8, 6, 30, tzinfo=UTC
    )


def test_open_has_no_meaning_on_a_closed_day() -> None:
    site = SiteCalendar(NEW_YORK, {})
    with pytest.raises(ValueError, match="stays closed"):
        resolve(OPEN, site, ORDINARY)


def test_the_opening_checklist_of_an_ordinary_day() -> None:
    (run,) = occurrences(OPENING, calendar(), ORDINARY)
    assert (run.local_date, run.slot) == (ORDINARY, "open")
    assert run.opens_at == datetime(2026, 11, 23, 12, 15, tzinfo=UTC)
    assert run.remind_at == datetime(2026, 11, 23, 12, 50, tzinfo=UTC)
    assert run.due_at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert run.missed_at == datetime(2026, 11, 23, 13, 10, tzinfo=UTC)


def test_slots_are_named_for_when_they_open() -> None:
    opens = (OPEN, Moment(Anchor.OPEN, minutes(150)), clock("12:00"), CLOSE, Moment(Anchor.CLOSE, -minutes(45)))
    runs = occurrences(Schedule(opens, minutes(30), minutes(5)), calendar(), ORDINARY)
    assert [run.slot for run in runs] == ["open", "open+2h30m", "12:00", "close-45m", "close"]


def test_every_two_hours_stops_at_the_last_moment() -> None:
    every = Every(minutes(120), last=Moment(Anchor.CLOSE, -minutes(30)))
    runs = occurrences(Schedule(every, minutes(30), minutes(15)), calendar(), ORDINARY)
    assert [run.slot for run in runs] == ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00"]
    assert all(run.due_at - run.opens_at == minutes(30) for run in runs)


def test_no_run_on_closed_days_or_on_other_weekdays() -> None:
    site = SiteCalendar(NEW_YORK, calendar().hours, closed_on={ORDINARY})
    weekdays = Schedule((OPEN,), CLOSE, minutes(5), weekdays=frozenset({1}))
    assert occurrences(HOURLY, site, ORDINARY) == ()
    assert occurrences(weekdays, calendar(), ORDINARY) == ()
    assert len(occurrences(weekdays, calendar(), date(2026, 11, 24))) == 1


def test_no_reminder_before_the_run_opened_and_none_at_all_when_none_is_wanted() -> None:
    short = Schedule((OPEN,), minutes(10), minutes(5))
    never = Schedule((OPEN,), CLOSE, minutes(5), remind_before=None)
    (run,) = occurrences(short, calendar(), ORDINARY)
    assert run.remind_at == run.due_at
    assert occurrences(never, calendar(), ORDINARY)[0].remind_at is None


@pytest.mark.parametrize("on", [SPRING, AUTUMN, ORDINARY])
def test_a_day_of_any_length_has_each_hourly_run_exactly_once(on: date) -> None:
    runs = occurrences(HOURLY, calendar("00:00", "00:00"), on)
    assert sorted(run.slot for run in runs) == [f"{hour:02}:00" for hour in range(24)]


@pytest.mark.parametrize(("on", "opens_at"), [(SPRING, 7), (AUTUMN, 5)])
def test_a_fixed_time_within_a_change_of_clocks_opens_once(on: date, opens_at: int) -> None:
    at = {SPRING: "02:00", AUTUMN: "01:00"}[on]
    (run,) = occurrences(Schedule((clock(at),), minutes(30), minutes(5)), calendar(), on)
    assert run.opens_at == datetime(on.year, on.month, on.day, opens_at, tzinfo=UTC)


MOMENTS = st.builds(
    Moment, st.sampled_from([Anchor.OPEN, Anchor.CLOSE]), st.integers(-90, 90).map(minutes)
) | TIMES.map(lambda at: Moment(Anchor.CLOCK, at=at))
EVERIES = st.builds(Every, st.integers(15, 300).map(minutes), MOMENTS, MOMENTS)
SCHEDULES = st.builds(
    Schedule,
    opens=st.lists(MOMENTS, min_size=1, max_size=4).map(tuple) | EVERIES,
    due=MOMENTS | st.integers(1, 300).map(minutes),
    grace=st.integers(0, 60).map(minutes),
    remind_before=st.none() | st.integers(1, 60).map(minutes),
)
HOURS = st.sampled_from([(time(8), time(20)), (time(0), time(0)), (time(2), time(3)), (time(16), time(0))])
CALENDARS = st.builds(SiteCalendar, ZONES, HOURS.map(lambda hours: dict.fromkeys(ALL_WEEK, hours)))


@given(schedule=SCHEDULES, site=CALENDARS, on=DATES | CHANGES)
def test_whatever_the_schedule_slots_are_unique_and_instants_in_order(
    schedule: Schedule, site: SiteCalendar, on: date
) -> None:
    runs = occurrences(schedule, site, on)
    assert len({run.slot for run in runs}) == len(runs)
    assert [run.opens_at for run in runs] == sorted(run.opens_at for run in runs)
    for run in runs:
        assert run.local_date == on
        assert run.opens_at <= run.due_at <= run.missed_at
        assert run.remind_at is None or run.opens_at < run.remind_at <= run.due_at
        assert run.opens_at.tzinfo is UTC
        assert run.due_at.tzinfo is UTC


def test_midnight_belongs_to_the_new_date() -> None:
    midnight = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert local_date(calendar(), midnight) == ORDINARY
    assert local_date(calendar(), midnight - timedelta(seconds=1)) == date(2026, 11, 22)


def test_local_clock_and_text_are_for_people() -> None:
    at = datetime(2026, 11, 23, 12, 15, tzinfo=UTC)
    assert local_clock(calendar(), at) == "07:15"
    assert local_text(calendar(), at) == "Mon 23 Nov 07:15"


@pytest.mark.parametrize(
    ("span", "text"),
    [(minutes(45), "45m"), (minutes(90), "1h30m"), (timedelta(days=1), "1d"), (timedelta(seconds=10), "10s")],
)
def test_a_span_is_written_as_a_pharmacy_writes_it(span: timedelta, text: str) -> None:
    assert span_text(span) == text
    assert span_text(-span, sign=True) == f"-{text}"
    assert span_text(timedelta(0)) == "0m"


@pytest.mark.parametrize(
    ("local", "opens"),
    [
        ("2026-11-23 08:00", "2026-11-23 08:00"),
        ("2026-11-23 19:59", "2026-11-23 19:59"),
        ("2026-11-23 20:00", "2026-11-24 08:00"),
        ("2026-11-28 23:30", "2026-11-30 08:00"),
        ("2026-10-31 21:00", "2026-11-02 08:00"),
        ("2026-03-07 21:00", "2026-03-09 08:00"),
    ],
)
def test_a_site_is_open_now_or_when_it_opens_next(local: str, opens: str) -> None:
    """Closed on Saturdays and Sundays, and over the nights in which clocks change."""
    site = SiteCalendar(NEW_YORK, {day: (time(8), time(20)) for day in range(5)})
    at, expected = (datetime.fromisoformat(each).replace(tzinfo=NEW_YORK).astimezone(UTC) for each in (local, opens))
    assert next_open(site, at) == expected


def test_within_an_evening_that_goes_past_midnight_a_site_is_open() -> None:
    late = SiteCalendar(NEW_YORK, {0: (time(18), time(0))})
    at = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)
    assert next_open(late, at) == at
    assert next_open(late, at + timedelta(minutes=1)) == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_a_site_that_stays_closed_is_waited_for_in_vain() -> None:
    assert next_open(SiteCalendar(NEW_YORK, {}), datetime(2026, 11, 23, tzinfo=UTC)) == datetime(
        2026, 11, 23, tzinfo=UTC
    )
