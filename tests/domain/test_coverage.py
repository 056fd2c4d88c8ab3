"""The proof of coverage: a hole where nobody is reached, none where somebody is, at each minute."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shiftbot.domain.alert import Only, Policy, Step
from shiftbot.domain.checklist import Role
from shiftbot.domain.coverage import Hole, holes, span_of
from shiftbot.domain.local_time import instant, is_open_at
from shiftbot.domain.roster import on_duty, roster_of
from shiftbot.domain.site import DutyChange, Pharmacy, RosterRule
from tests.cast import FRIDGE, WEEK, hilltop

MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""Midnight in New York."""

ALL_DAY = RosterRule("hilltop-main", "amira", WEEK, time(0), time(0))
BY_DAY = RosterRule("hilltop-main", "amira", WEEK, time(7), time(21))
LADDER = Policy("standard", (Step(("on-duty-pharmacist",)), Step(("manager",), timedelta(minutes=10))))


def found(pharmacy: Pharmacy, days: float = 1, cut_off: tuple[str, ...] = ()) -> list[Hole]:
    site = pharmacy.sites["hilltop-main"]
    return holes(pharmacy, site, MONDAY, MONDAY + timedelta(days=days), lambda person: person not in cut_off)


def told(pharmacy: Pharmacy, each: list[Hole]) -> list[str]:
    return [f"{span_of(pharmacy.sites[hole.site], hole)} {hole.what}" for hole in each]


def test_a_pharmacist_on_duty_and_a_manager_leave_no_hole() -> None:
    assert found(hilltop(roster=(ALL_DAY,), policy=LADDER), days=14) == []


def test_nobody_on_duty_in_opening_hours_is_a_hole_with_its_exact_hours() -> None:
    pharmacy = hilltop(units=(), roster=(replace(BY_DAY, until=time(12)),), policy=LADDER)
    assert told(pharmacy, found(pharmacy)) == [
        "Mon 23 Nov 12:00–20:00 every step of the policy standard ends with Morgan Lee alone",
        "Mon 23 Nov 12:00–20:00 no pharmacist is on duty while the pharmacy is open",
    ]


def test_closed_is_not_a_hole_for_checklists() -> None:
    assert found(hilltop(units=(), roster=(BY_DAY,), policy=LADDER), days=14) == []


def test_a_fridge_fails_at_night_too() -> None:
    """At night the fallback, Morgan, stands in for the pharmacist; the next step tells Morgan again."""
    pharmacy = hilltop(units=(FRIDGE,), roster=(BY_DAY,), policy=LADDER)
    assert told(pharmacy, found(pharmacy)) == [
        "Mon 23 Nov 00:00–07:00 every step of the policy standard ends with Morgan Lee alone",
        "Mon 23 Nov 21:00–Tue 24 Nov 00:00 every step of the policy standard ends with Morgan Lee alone",
    ]


def test_the_only_person_without_a_means_that_works_is_a_hole_with_a_mend() -> None:
    pharmacy = hilltop(units=(), roster=(ALL_DAY,), policy=LADDER)
    (hole,) = found(pharmacy, cut_off=("amira",))
    assert hole.what == "step 1 of the policy standard reaches nobody: Amira Hassan cannot be reached"
    assert "/shift reach" in hole.mend


def test_who_is_absent_leaves_a_hole_that_ends_where_somebody_takes_over() -> None:
    away = DutyChange(1, "hilltop-main", None, "amira", MONDAY + timedelta(hours=9), MONDAY + timedelta(hours=15))
    taken = DutyChange(2, "hilltop-main", "priya", None, MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=15))
    pharmacy = replace(hilltop(units=(), roster=(ALL_DAY,), policy=LADDER), duty_changes=(away, taken))
    (hole,) = [each for each in found(pharmacy) if "on duty" in each.what]
    assert span_of(pharmacy.sites["hilltop-main"], hole) == "Mon 23 Nov 09:00–12:00"


def test_relief_stands_in_before_the_fallback() -> None:
    whole = hilltop(roster=(BY_DAY, RosterRule("hilltop-north", "priya", WEEK, time(0), time(0))), policy=LADDER)
    main = replace(whole.sites["hilltop-main"], relief=("hilltop-north",))
    north = replace(main, id="hilltop-north", channel="C0NORTH", relief=())
    assert found(replace(whole, sites={main.id: main, north.id: north}), days=14) == []


def test_a_policy_that_tells_channels_only_is_a_hole() -> None:
    pharmacy = hilltop(units=(), roster=(ALL_DAY,), policy=Policy("standard", (Step(("channel",)),)))
    assert {each.what for each in found(pharmacy)} == {"the policy standard tells nobody by name, only channels"}


def test_a_step_that_is_not_taken_then_is_not_asked_for() -> None:
    only_open = Step(("on-duty-pharmacist",), only=frozenset({Only.OPEN_HOURS}))
    policy = Policy("standard", (only_open, Step(("amira",)), Step(("manager",), timedelta(minutes=10))))
    assert found(hilltop(units=(FRIDGE,), roster=(BY_DAY,), policy=policy), days=14) == []


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 11, 1), 25), (date(2027, 3, 14), 23)])
def test_a_day_on_which_the_clock_changes_is_covered_to_the_minute(on: date, hours: int) -> None:
    pharmacy = hilltop(units=(FRIDGE,), roster=(), policy=LADDER)
    site = pharmacy.sites["hilltop-main"]
    start, end = (instant(site.calendar.timezone, day, time()) for day in (on, on + timedelta(days=1)))
    (hole,) = [each for each in holes(pharmacy, site, start, end) if "alone" in each.what]
    assert (hole.starts_at, hole.ends_at) == (start, end)
    assert end - start == timedelta(hours=hours)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["amira", "priya"]), st.integers(0, 23), st.integers(0, 23)), max_size=4),
    st.integers(0, 3 * 24 * 60),
)
def test_a_minute_is_in_a_hole_just_when_nobody_is_on_duty_and_it_is_open(
    rules: list[tuple[str, int, int]], minute: int
) -> None:
    roster = tuple(RosterRule("hilltop-main", who, WEEK, time(begin), time(end)) for who, begin, end in rules)
    pharmacy = hilltop(units=(), roster=roster, policy=LADDER)
    site, at = pharmacy.sites["hilltop-main"], MONDAY + timedelta(minutes=minute)
    inside = any(
        each.starts_at <= at < each.ends_at
        for each in found(pharmacy, days=4)
        if "no pharmacist is on duty" in each.what
    )
    nobody = not on_duty(roster_of(pharmacy, "hilltop-main", Role.PHARMACIST), at)
    assert inside == (nobody and is_open_at(site.calendar, at))
