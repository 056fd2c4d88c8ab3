"""A changed rule against the present one on the same readings: excursions of one only, and what changed in both."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.alert import Policy, Step
from shiftbot.domain.cold_chain import Limits, Reading
from shiftbot.domain.replay import replay
from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.what_if import Difference, compare

CELSIUS = TemperatureUnit.CELSIUS
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
PRESENT = Limits(CELSIUS, low=2, high=8, critical_low=0, critical_high=12, clear_inside=0.3)
POLICY = Policy("standard", (Step(("channel",)),))


def readings(*values: float) -> list[Reading]:
    instants = [START + timedelta(minutes=5 * number) for number in range(len(values))]
    return [Reading(at, at, value, CELSIUS) for at, value in zip(instants, values, strict=True)]


def difference(found: list[Reading], after: Limits, before: Limits = PRESENT) -> Difference:
    return compare(replay(found, before, POLICY), replay(found, after, POLICY))


OPEN_DOOR = readings(*[5.0] * 3, *[9.0] * 8, *[5.0] * 6)


def test_the_same_rule_makes_no_difference() -> None:
    found = difference(OPEN_DOOR, PRESENT)
    assert found.is_none
    assert found.same == 1


def test_a_wider_range_has_an_excursion_less() -> None:
    found = difference(OPEN_DOOR, replace(PRESENT, high=10))
    assert [each.excursion.extreme for each in found.gone] == [9.0]
    assert (found.new, found.changed, found.same) == ((), (), 0)


def test_a_narrower_range_has_one_more() -> None:
    found = difference(readings(5.0, 7.5, 7.5, 5.0, 5.0, 5.0, 5.0), replace(PRESENT, high=7))
    assert [each.excursion.extreme for each in found.new] == [7.5]
    assert found.gone == ()


def test_a_longer_delay_tells_the_same_one_later_and_a_still_longer_one_nobody() -> None:
    (later,) = difference(OPEN_DOOR, replace(PRESENT, alarm_delay=timedelta(minutes=30))).changed
    assert later.told_later == timedelta(minutes=15)
    assert later.out_longer == timedelta(0)
    patient = replace(PRESENT, alarm_delay=timedelta(hours=2), critical_after=timedelta(hours=3))
    (never,) = difference(OPEN_DOOR, patient).changed
    assert never.after.excursion.told_at is None
    assert never.told_later is None


def test_too_warm_by_one_rule_is_never_too_cold_by_the_other() -> None:
    found = difference(readings(*[5.0] * 6), replace(PRESENT, low=6, high=9), before=replace(PRESENT, low=1, high=4))
    assert [each.excursion.direction for each in (*found.gone, *found.new)] == ["high", "low"]


@given(st.lists(st.floats(-5, 15), max_size=60), st.floats(0, 4), st.floats(6, 12), st.integers(0, 90))
def test_every_excursion_of_both_rules_is_counted_once(
    values: list[float], low: float, high: float, delay: int
) -> None:
    found, other = readings(*values), replace(PRESENT, low=low, high=high, alarm_delay=timedelta(minutes=delay))
    before, after = replay(found, PRESENT, POLICY), replay(found, other, POLICY)
    seen = compare(before, after)
    assert len(before.excursions) == len(seen.gone) + len(seen.changed) + seen.same
    assert len(after.excursions) == len(seen.new) + len(seen.changed) + seen.same
    back = compare(after, before)
    assert compare(before, before).is_none
    assert seen.is_none == back.is_none
