"""What of an absent person's duty is left to take: what they had, without what is past and what somebody took since."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from shiftbot.domain.duty_change import Agreement, Kind, Standing, coming_shifts, vacated
from shiftbot.domain.site import DutyChange, Pharmacy, RosterRule
from tests.cast import WEEK, hilltop

MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""Midnight in New York."""

ROSTER = (
    RosterRule("hilltop-main", "amira", WEEK, time(8), time(14)),
    RosterRule("hilltop-main", "priya", WEEK, time(14), time(20)),
)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


AWAY = Agreement(
    5, "away", "hilltop-main", Kind.ABSENCE, None, "amira", at(0), at(48), Standing.STANDING, "", "amira", at(0)
)


def pharmacy(*further: DutyChange) -> Pharmacy:
    away = DutyChange(AWAY.id, "hilltop-main", None, "amira", AWAY.starts_at, AWAY.ends_at)
    changes = sorted([away, *further], key=lambda change: change.id)
    return replace(hilltop(roster=ROSTER), duty_changes=tuple(changes))


def change(number: int, person: str | None, since: float, until: float, instead_of: str | None = "amira") -> DutyChange:
    return DutyChange(number, "hilltop-main", person, instead_of, at(since), at(until))


BOTH_DAYS = [(8.0, 14.0), (32.0, 38.0)]


@pytest.mark.parametrize(
    ("changes", "now", "left"),
    [
        ((), 0, BOTH_DAYS),
        ((), 10, [(10.0, 14.0), (32.0, 38.0)]),
        ((), 39, []),
        ((change(6, "priya", 8, 14),), 0, [(32.0, 38.0)]),
        ((change(6, "priya", 10, 12, None),), 0, [(8.0, 10.0), (12.0, 14.0), (32.0, 38.0)]),
        ((change(3, "priya", 8, 14),), 0, [(32.0, 38.0)]),
        ((change(3, "amira", 14, 20, "priya"),), 0, [(8.0, 14.0), (14.0, 20.0), (32.0, 38.0)]),
        ((change(6, None, 14, 20, "priya"),), 0, BOTH_DAYS),
    ],
    ids=[
        "all of it", "what is past is past", "all is past", "one day was taken", "a part was taken over",
        "it was handed over before", "a shift that they had taken counts", "somebody else is away, too",
    ],
)  # fmt: skip
def test_what_is_left_of_an_absent_persons_duty(
    changes: tuple[DutyChange, ...], now: float, left: list[tuple[float, float]]
) -> None:
    found = vacated(pharmacy(*changes), AWAY, at(now))
    assert found == [(at(since), at(until)) for since, until in left]


def test_the_shifts_that_may_be_changed_are_those_of_two_weeks_and_not_what_is_over() -> None:
    coming = coming_shifts(hilltop(roster=ROSTER), "hilltop-main", at(14))
    assert coming[0].person == "priya"
    assert coming[-1].starts_at < at(14) + timedelta(days=14)
    assert len(coming) == 28
