"""Who is on duty: order of rules, overnight shifts, half-open ends, changes of clocks, gaps in opening hours."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.local_time import SiteCalendar, opening_span
from shiftbot.domain.roster import SiteRoster, gaps, on_duty, shifts
from shiftbot.domain.site import DatedShift, DutyChange, RosterRule

SITE = "hilltop-main"
NEW_YORK = ZoneInfo("America/New_York")
MON_FRI, ALL_WEEK = frozenset(range(5)), frozenset(range(7))


def rule(person: str, start: str, until: str, weekdays: frozenset[int] = MON_FRI, site: str = SITE) -> RosterRule:
    return RosterRule(site, person, weekdays, time.fromisoformat(start), time.fromisoformat(until))


def calendar(opens: str = "08:00", closes: str = "20:00", zone: ZoneInfo = NEW_YORK) -> SiteCalendar:
    return SiteCalendar(zone, dict.fromkeys(ALL_WEEK, (time.fromisoformat(opens), time.fromisoformat(closes))))


def local(text: str, *, fold: int = 0, zone: ZoneInfo = NEW_YORK) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


DAY = (rule("amira", "08:00", "14:00"), rule("priya", "14:00", "20:00"))
NIGHT = (rule("amira", "22:00", "06:00", frozenset({4})),)


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2026-11-23T07:59:59", ()),
        ("2026-11-23T08:00", ("amira",)),
        ("2026-11-23T13:59:59", ("amira",)),
        ("2026-11-23T14:00", ("priya",)),
        ("2026-11-23T20:00", ()),
        ("2026-11-22T10:00", ()),
    ],
)
def test_shifts_are_half_open(at: str, who: tuple[str, ...]) -> None:
    assert on_duty(SiteRoster(SITE, calendar(), DAY), local(at)) == who


def test_people_on_duty_together_come_in_the_order_of_the_rules() -> None:
    roster = (rule("priya", "10:00", "12:00"), *DAY, rule("priya", "08:00", "20:00"))
    at = local("2026-11-23T11:00")
    assert on_duty(SiteRoster(SITE, calendar(), roster), at) == ("priya", "amira")


def test_a_rule_of_another_site_does_not_count() -> None:
    roster = (rule("amira", "08:00", "14:00", site="hilltop-north"),)
    assert on_duty(SiteRoster(SITE, calendar(), roster), local("2026-11-23T10:00")) == ()
    assert gaps(SiteRoster(SITE, calendar(), roster), local("2026-11-23T00:00"), local("2026-11-24T00:00"))


@pytest.mark.parametrize(
    ("at", "present"),
    [
        ("2026-11-27T21:59", False),
        ("2026-11-27T22:00", True),
        ("2026-11-28T00:00", True),
        ("2026-11-28T05:59", True),
        ("2026-11-28T06:00", False),
        ("2026-11-28T22:00", False),
    ],
)
def test_an_overnight_shift_belongs_to_the_day_it_begins(at: str, present: bool) -> None:
    assert on_duty(SiteRoster(SITE, calendar(), NIGHT), local(at)) == (("amira",) if present else ())


def test_a_shift_from_midnight_to_midnight_is_the_whole_day() -> None:
    roster = (rule("amira", "00:00", "00:00", frozenset({0})),)
    assert on_duty(SiteRoster(SITE, calendar(), roster), local("2026-11-23T00:00")) == ("amira",)
    assert on_duty(SiteRoster(SITE, calendar(), roster), local("2026-11-23T23:59:59")) == ("amira",)
    assert on_duty(SiteRoster(SITE, calendar(), roster), local("2026-11-24T00:00")) == ()


@pytest.mark.parametrize(("night", "hours"), [("2026-03-07", 7), ("2026-10-31", 9), ("2026-11-21", 8)])
def test_a_night_shift_lasts_as_long_as_the_night(night: str, hours: int) -> None:
    """Clocks go forward or back within it; nobody is off duty for an hour because of that."""
    roster = (rule("amira", "22:00", "06:00", frozenset({5})),)
    start = local(f"{night}T22:00")
    (shift,) = shifts(SiteRoster(SITE, calendar(), roster), start, start + timedelta(hours=1))
    assert shift.ends_at - shift.starts_at == timedelta(hours=hours)
    for quarter in range(hours * 4):
        assert on_duty(SiteRoster(SITE, calendar(), roster), start + timedelta(minutes=15 * quarter)) == ("amira",)
    assert on_duty(SiteRoster(SITE, calendar(), roster), start + timedelta(hours=hours)) == ()


def test_an_hour_that_comes_twice_belongs_to_whoever_has_the_first_until_the_next_takes_over() -> None:
    roster = (rule("amira", "00:00", "01:30", ALL_WEEK), rule("priya", "01:30", "08:00", ALL_WEEK))
    assert on_duty(SiteRoster(SITE, calendar(), roster), local("2026-11-01T01:15")) == ("amira",)
    assert on_duty(SiteRoster(SITE, calendar(), roster), local("2026-11-01T01:15", fold=1)) == ("priya",)


def test_a_shift_within_a_skipped_hour_does_not_happen() -> None:
    roster = (rule("amira", "02:00", "03:00", ALL_WEEK),)
    spring = local("2026-03-08T00:00")
    assert shifts(SiteRoster(SITE, calendar(), roster), spring, spring + timedelta(hours=12)) == ()


def test_half_an_hour_change_keeps_shifts_joined() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    roster = (rule("amira", "00:00", "02:15", ALL_WEEK), rule("priya", "02:15", "08:00", ALL_WEEK))
    site = calendar(zone=zone)
    assert on_duty(SiteRoster(SITE, site, roster), local("2026-10-04T01:59", zone=zone)) == ("amira",)
    assert on_duty(SiteRoster(SITE, site, roster), local("2026-10-04T02:30", zone=zone)) == ("priya",)


def test_shifts_are_whole_and_in_order_of_start() -> None:
    found = shifts(SiteRoster(SITE, calendar(), DAY), local("2026-11-23T13:00"), local("2026-11-24T08:00"))
    assert [(shift.person, shift.starts_at) for shift in found] == [
        ("amira", local("2026-11-23T08:00")),
        ("priya", local("2026-11-23T14:00")),
    ]


def test_gaps_are_looked_for_within_opening_hours_only() -> None:
    roster = (rule("amira", "09:00", "14:00"), rule("priya", "13:00", "18:30"))
    found = gaps(SiteRoster(SITE, calendar(), roster), local("2026-11-23T00:00"), local("2026-11-24T00:00"))
    assert found == [
        (local("2026-11-23T08:00"), local("2026-11-23T09:00")),
        (local("2026-11-23T18:30"), local("2026-11-23T20:00")),
    ]


def test_a_closed_day_has_no_gap_and_an_uncovered_day_is_one() -> None:
    closed = SiteCalendar(NEW_YORK, {0: (time(8), time(20))})
    week = (local("2026-11-23T00:00"), local("2026-11-30T00:00"))
    assert gaps(SiteRoster(SITE, closed, DAY), *week) == []
    assert gaps(SiteRoster(SITE, closed, ()), *week) == [(local("2026-11-23T08:00"), local("2026-11-23T20:00"))]


def test_gaps_are_cut_to_what_was_asked() -> None:
    asked = (local("2026-11-23T10:00"), local("2026-11-23T11:00"))
    assert gaps(SiteRoster(SITE, calendar(), ()), *asked) == [asked]


RULES = st.builds(
    RosterRule,
    st.just(SITE),
    st.sampled_from(["amira", "priya"]),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30)),
    st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30)),
)
STARTS = st.sampled_from(["2026-03-07", "2026-10-31", "2026-11-23", "2026-12-31"]).map(lambda on: local(f"{on}T00:00"))


def inside(spans: Iterable[tuple[datetime, datetime]], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)


@given(roster=st.lists(RULES, max_size=5), start=STARTS, quarter=st.integers(0, 3 * 96))
def test_an_open_instant_is_a_gap_exactly_when_nobody_is_on_duty(
    roster: list[RosterRule], start: datetime, quarter: int
) -> None:
    site, at = calendar("06:00", "23:00"), start + timedelta(minutes=15 * quarter)
    found = gaps(SiteRoster(SITE, site, roster), start, start + timedelta(days=3, minutes=1))
    span = opening_span(site, at.astimezone(NEW_YORK).date())
    is_open = span is not None and inside([span], at)
    assert inside(found, at) == (is_open and on_duty(SiteRoster(SITE, site, roster), at) == ())


@given(roster=st.lists(RULES, max_size=5), start=STARTS, quarter=st.integers(0, 3 * 96))
def test_shifts_and_on_duty_agree(roster: list[RosterRule], start: datetime, quarter: int) -> None:
    at = start + timedelta(minutes=15 * quarter)
    found = shifts(SiteRoster(SITE, calendar(), roster), start, start + timedelta(days=3, minutes=1))
    people = {shift.person for shift in found if shift.starts_at <= at < shift.ends_at}
    assert people == set(on_duty(SiteRoster(SITE, calendar(), roster), at))


def change(person: str | None, instead_of: str | None, starts: str, ends: str, number: int = 1) -> DutyChange:
    return DutyChange(number, SITE, person, instead_of, local(starts), local(ends))


def changed(*changes: DutyChange) -> SiteRoster:
    return SiteRoster(SITE, calendar(), DAY, (), changes)


COVER = change("morgan", "amira", "2026-11-23T10:00", "2026-11-23T12:00")


@pytest.mark.parametrize(
    ("at", "who"), [("09:59", ("amira",)), ("10:00", ("morgan",)), ("11:59", ("morgan",)), ("12:00", ("amira",))]
)
def test_who_stands_in_is_on_duty_for_as_long_and_the_other_is_not(at: str, who: tuple[str, ...]) -> None:
    assert on_duty(changed(COVER), local(f"2026-11-23T{at}")) == who


def test_who_is_absent_is_not_on_duty_and_nobody_comes_instead() -> None:
    away = change(None, "amira", "2026-11-23T00:00", "2026-11-24T00:00")
    assert on_duty(changed(away), local("2026-11-23T10:00")) == ()
    day = (local("2026-11-23T00:00"), local("2026-11-24T00:00"))
    assert gaps(changed(away), *day) == [(local("2026-11-23T08:00"), local("2026-11-23T14:00"))]


def test_who_takes_over_from_nobody_in_particular_comes_first_and_the_newest_before_all() -> None:
    first = change("priya", None, "2026-11-23T10:00", "2026-11-23T12:00", 1)
    later = change("morgan", None, "2026-11-23T11:00", "2026-11-23T12:00", 2)
    assert on_duty(changed(first, later), local("2026-11-23T11:30")) == ("morgan", "priya", "amira")


def test_a_later_change_stands_over_an_earlier_one() -> None:
    back = change("amira", "morgan", "2026-11-23T11:00", "2026-11-23T12:00", 2)
    assert on_duty(changed(COVER, back), local("2026-11-23T10:30")) == ("morgan",)
    assert on_duty(changed(COVER, back), local("2026-11-23T11:30")) == ("amira",)


def test_a_calendar_counts_beside_the_rules_and_after_them() -> None:
    dated = DatedShift(SITE, "morgan", local("2026-11-23T08:00"), local("2026-11-23T09:00"))
    elsewhere = DatedShift("hilltop-north", "priya", local("2026-11-23T08:00"), local("2026-11-23T09:00"))
    roster = SiteRoster(SITE, calendar(), DAY, (dated, elsewhere))
    assert on_duty(roster, local("2026-11-23T08:30")) == ("amira", "morgan")
    assert on_duty(roster, local("2026-11-23T09:00")) == ("amira",)


def test_only_those_who_are_asked_for_count() -> None:
    roster = SiteRoster(SITE, calendar(), DAY, (), (COVER,), frozenset({"amira", "priya"}))
    assert on_duty(roster, local("2026-11-23T11:00")) == ()
