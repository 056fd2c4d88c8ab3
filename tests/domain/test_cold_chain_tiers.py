"""Warnings, time that adds up over days, gaps, doubt and flapping. Times are minutes after a fixed instant."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.cold_chain import (
    Direction,
    Excursion,
    Gap,
    Judgement,
    Limits,
    Reading,
    Stretch,
    UnitState,
    exposed,
    find_gaps,
    judge,
    limits_of,
)
from shiftbot.domain.cold_chain.exposure import KEPT, add, adds_up_at, cut
from shiftbot.domain.site import Probe, StorageClass, TemperatureUnit

CELSIUS = TemperatureUnit.CELSIUS
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = 60.0
FRIDGE = Limits(
    CELSIUS, low=2, high=8, critical_low=0, critical_high=12, clear_inside=0.3, warn_low=2.5, warn_high=7.5,
    cumulative_hot=timedelta(minutes=60), cumulative_cold=timedelta(minutes=40), rate_per_minute=20, flaps=4,
)  # fmt: skip
NEW = UnitState(watched_since=START)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def readings(*pairs: tuple[float, float]) -> list[Reading]:
    return [Reading(at(minute), at(minute), value, CELSIUS) for minute, value in pairs]


def judged(*pairs: tuple[float, float], now: float | None = None, limits: Limits = FRIDGE) -> Judgement:
    return judge(NEW, readings(*pairs), limits, at(pairs[-1][0] if now is None else now))


def every(start: float, stop: float, value: float, step: float = 5) -> list[tuple[float, float]]:
    count = int((stop - start) / step)
    return [(start + index * step, value) for index in range(count)]


# --- warnings


def test_near_a_limit_for_ten_minutes_is_warned_of_and_is_no_excursion() -> None:
    before = judged(*every(0, 15, 7.7), now=9.9)
    assert (before.warned, before.attention_at) == ((), at(10))
    (warned,) = judge(before.state, [], FRIDGE, at(10)).warned
    assert (warned.started_at, warned.direction, warned.told_at) == (at(0), Direction.HIGH, at(10))
    assert before.excursions == ()


def test_an_excursion_speaks_for_itself_and_no_warning_comes_before_it() -> None:
    assert judged((0, 7.8), (5, 9), (10, 9), now=14).warned == ()


def test_a_warning_ends_well_away_from_the_limit_and_comes_again_after_an_hour_at_the_earliest() -> None:
    hovering = [(minute * 1.0, 7.6 if minute % 30 < 20 else 6.0) for minute in range(0, 121, 5)]
    assert [each.told_at for each in judged(*hovering).warned] == [at(10), at(70)]
    assert judged((0, 7.6), (5, 7.3), (9, 7.6), (11, 7.6)).warned[0].started_at == at(0)


# --- time out of range that adds up


def test_an_hour_too_warm_within_three_days_is_told_however_short_each_stretch_was() -> None:
    doors = [pair for hour in range(7) for pair in ((hour * 5 * HOUR, 9.0), (hour * 5 * HOUR + 10, 5.0),
             (hour * 5 * HOUR + 20, 5.0))]  # fmt: skip
    excursions = judged(*doors).excursions
    assert [each.told_at for each in excursions[:5]] == [None] * 5
    assert excursions[5].told_at is None, "at the end of its tenth minute it came back in range"
    assert excursions[6].told_at == at(6 * 5 * HOUR)


def test_forty_minutes_too_cold_are_told_and_warm_ones_do_not_count_among_them() -> None:
    warm = [(0.0, 9.0), (14.0, 5.0), (30.0, 5.0)]
    cold = [pair for hour in (1, 2, 3) for pair in ((hour * HOUR, 1.0), (hour * HOUR + 14, 5.0), (hour * HOUR + 30, 5))]
    assert [each.told_at for each in judged(*warm, *cold).excursions] == [None, None, None, at(3 * HOUR + 12)]


def test_what_is_older_than_three_days_no_longer_adds_up() -> None:
    dips = [pair for day in range(6) for pair in ((day * 24 * HOUR, 9.0), (day * 24 * HOUR + 14, 5.0),
            (day * 24 * HOUR + 30, 5.0))]  # fmt: skip
    assert [each.told_at for each in judged(*dips).excursions] == [None] * 6


def test_a_growing_stretch_does_not_gain_while_an_older_one_slides_out_as_fast() -> None:
    past = (Stretch(at(0), at(30), Direction.HIGH), Stretch(at(40), at(50), Direction.HIGH))
    within, limit = timedelta(minutes=100), timedelta(minutes=50)
    # At 100 the window begins with the older stretch: 40 minutes of before, none gained until 130, ten more at 140.
    assert adds_up_at(past, Direction.HIGH, at(100), limit, within) == at(140)
    assert adds_up_at(past, Direction.HIGH, at(60), limit, within) == at(70)
    assert adds_up_at(past, Direction.LOW, at(60), limit, within) == at(110)


STRETCHES = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), max_size=8)


@given(STRETCHES, st.integers(0, 90), st.integers(1, 120), st.integers(30, 200))
def test_it_adds_up_at_the_first_minute_at_which_the_window_holds_enough(
    spans: list[tuple[int, int]], wait: int, limit: int, within: int
) -> None:
    past, minute = [], 0
    for apart, length in spans:
        past.append(Stretch(at(minute + apart), at(minute + apart + length), Direction.HIGH))
        minute += apart + length
    since = minute + wait
    found = adds_up_at(past, Direction.HIGH, at(since), timedelta(minutes=limit), timedelta(minutes=within))
    if limit > within:
        return

    def held(now: int) -> timedelta:
        lasting = Stretch(at(since), at(now), Direction.HIGH)
        return exposed((*past, lasting), Direction.HIGH, at(now), timedelta(minutes=within))

    first = next(now for now in range(since, since + limit + 1) if held(now) >= timedelta(minutes=limit))
    assert found == at(first)


def test_stretches_are_bounded_and_their_sum_stays() -> None:
    past: tuple[Stretch, ...] = ()
    for index in range(3 * KEPT):
        past = add(past, Stretch(at(2 * index), at(2 * index + 1), Direction.LOW), timedelta(hours=72))
    assert len(past) == KEPT
    assert exposed(past, Direction.LOW, at(6 * KEPT), timedelta(hours=72)) == timedelta(minutes=3 * KEPT)
    assert exposed(cut(past, at(6 * KEPT - 2)), Direction.LOW, at(6 * KEPT), timedelta(hours=72)) == timedelta(
        minutes=3 * KEPT - 1
    )


# --- gaps


def test_a_gap_longer_than_half_an_hour_between_two_readings_out_of_range_does_not_add_up() -> None:
    apart = judged((0, 9), (40, 9), (80, 9), (90, 9), now=91)
    (excursion,) = apart.excursions
    assert excursion.out == timedelta(minutes=70)
    assert (excursion.told_at, excursion.critical_at) == (at(15), at(70)), "half an hour of each gap is known"
    close = judged((0, 9), (30, 9), (60, 9), (90, 9), now=91)
    assert close.excursions[0].critical_at == at(60)


def test_a_silent_sensor_last_out_of_range_is_told_of_but_its_hours_are_not_known() -> None:
    (excursion,) = judged((0, 9), now=300).excursions
    assert (excursion.told_at, excursion.critical_at, excursion.ended_at) == (at(15), None, None)


def test_gaps_are_found_between_the_ends_that_were_to_be_covered() -> None:
    taken = [at(minute) for minute in (5, 10, 45, 50)]
    longest = timedelta(minutes=20)
    assert find_gaps(taken, longest) == [Gap(at(10), at(45))]
    assert find_gaps(taken, longest, since=at(-60), until=at(70)) == [Gap(at(-60), at(5)), Gap(at(10), at(45))]
    assert find_gaps([], longest, since=at(0), until=at(30)) == [Gap(at(0), at(30))]


# --- doubt


def test_one_wild_value_between_two_good_ones_is_refused_and_no_excursion() -> None:
    result = judged((0, 5), (1, 60), (2, 5.1), (3, 5.0))
    assert result.excursions == ()
    assert [(each.at, each.value) for each in result.refused] == [(at(1), 60)]
    assert result.state.is_calm


def test_a_wild_value_that_holds_for_the_delay_is_an_excursion_from_its_first_reading() -> None:
    values = [(0.0, 5.0), *every(1, 17, 60.0, step=1)]
    waiting = judged(*values[:10])
    assert waiting.excursions == ()
    assert waiting.state.doubt is not None
    assert waiting.attention_at == at(16)
    (excursion,) = judged(*values).excursions
    assert (excursion.started_at, excursion.extreme, excursion.critical_at) == (at(1), 60, at(1))


def test_a_wild_value_after_which_nothing_comes_is_told_when_the_delay_is_over() -> None:
    waiting = judged((0, 5), (1, 60))
    (excursion,) = judge(waiting.state, [], FRIDGE, at(17)).excursions
    assert (excursion.started_at, excursion.told_at) == (at(1), at(1))


@pytest.mark.parametrize("value", [13.0, 20.0, -10.0])
def test_what_a_probe_can_do_in_a_minute_is_believed_at_once(value: float) -> None:
    (excursion,) = judged((0, 5), (1, value)).excursions
    assert excursion.told_at == at(1)


def test_after_a_long_gap_any_temperature_is_possible() -> None:
    assert judged((0, 5), (45, 80)).excursions[0].told_at == at(45)


def test_a_jump_is_believed_as_soon_as_the_next_readings_show_that_a_probe_could_have_made_it() -> None:
    (excursion,) = judged((0, 5), (1, 30), (2, 31)).excursions
    assert (excursion.started_at, excursion.critical_at) == (at(1), at(1))


def test_in_an_excursion_every_reading_is_believed_as_it_comes() -> None:
    (excursion,) = judged((0, 9), (1, 60), (2, 9)).excursions
    assert (excursion.extreme, excursion.critical_at) == (60, at(1))


# --- flapping


def door(start: float) -> list[tuple[float, float]]:
    return [(start, 9.0), (start + 4, 5.0), (start + 14, 5.0)]


def test_four_excursions_that_begin_within_an_hour_are_flapping_until_an_hour_of_peace() -> None:
    three = judged(*door(0), *door(15), *door(30))
    assert three.state.flapping_since is None
    four = judged(*door(0), *door(15), *door(30), *door(45))
    assert four.state.flapping_since == at(0)
    assert len(four.excursions) == 4
    assert four.attention_at == at(79), "silence comes first"
    assert judge(four.state, [], FRIDGE, at(119)).state.flapping_since is None


def test_four_excursions_over_more_than_an_hour_are_not_flapping() -> None:
    assert judged(*door(0), *door(25), *door(50), *door(75)).state.flapping_since is None


# --- what a probe is in


def test_a_probe_in_air_has_longer_delays_and_must_be_critical_for_five_minutes() -> None:
    held = StorageClass("fridge", "Fridge", low={CELSIUS: 2}, high={CELSIUS: 8}, critical_high={CELSIUS: 12})
    air, buffered = limits_of(held, CELSIUS, probe=Probe.AIR), limits_of(held, CELSIUS, probe=Probe.BUFFERED)
    assert (air.alarm_delay, buffered.alarm_delay) == (timedelta(minutes=30), timedelta(minutes=15))
    assert judged((0, 5), (1, 13), (4, 5), limits=air).excursions[0].critical_at is None
    assert judged((0, 5), (1, 13), (5, 13), (7, 13), limits=air).excursions[0].critical_at == at(6)
    assert judged((0, 5), (1, 13), now=7, limits=air).excursions[0].critical_at == at(6)


def test_air_never_makes_a_delay_longer_than_an_hour_nor_a_longer_one_shorter() -> None:
    for minutes, expected in ((40, 60), (60, 60), (90, 90)):
        held = StorageClass("room", "Room", low={}, high={}, alarm_delay=timedelta(minutes=minutes))
        assert limits_of(held, CELSIUS, probe=Probe.AIR).alarm_delay == timedelta(minutes=expected)


# --- one batch or many

VALUES = st.sampled_from([-30.0, -1.0, 1.9, 2.1, 2.4, 2.9, 5.0, 7.1, 7.6, 7.9, 8.1, 9.0, 12.0, 30.0, 60.0])
SERIES = st.lists(st.tuples(st.integers(1, 40), VALUES), min_size=1, max_size=40)
QUICK = st.lists(st.tuples(st.integers(1, 3), VALUES), min_size=1, max_size=60)
KINDS = st.sampled_from([FRIDGE, replace(FRIDGE, critical_delay=timedelta(minutes=5), flaps=2, rate_per_minute=5)])


@given(st.one_of(SERIES, QUICK), KINDS, st.data())
def test_judging_in_one_batch_equals_judging_one_by_one_with_ticks_and_restarts_in_between(
    steps: list[tuple[int, float]], limits: Limits, data: st.DataObject
) -> None:
    minute, series = 0, []
    for wait, value in steps:
        minute += wait
        series.append(Reading(at(minute), at(minute), value, CELSIUS))
    state, ended, warned, refused = NEW, list[Excursion](), list[object](), list[object]()
    for reading in series:
        tick = reading.taken_at - timedelta(seconds=data.draw(st.integers(1, 59)))
        for received, now in (([], tick), ([reading], reading.taken_at)):
            result = judge(state, received, limits, now)
            ended += result.ended
            warned += result.warned
            refused += result.refused
            state = UnitState.from_json(json.loads(json.dumps(result.state.to_json())))
    whole = judge(NEW, series, limits, series[-1].taken_at)
    assert (state, tuple(ended)) == (whole.state, whole.ended)
    assert (tuple(warned), tuple(refused)) == (whole.warned, whole.refused)


def test_a_warning_that_was_due_before_a_reading_in_doubt_came_is_told_whoever_looked_when() -> None:
    rated = replace(FRIDGE, rate_per_minute=5)
    series = readings((1, 2.1), (12, -30.0))
    looked = judge(judge(NEW, series[:1], rated, at(1)).state, [], rated, at(12) - timedelta(seconds=1))
    whole = judge(NEW, series, rated, at(12))
    assert [each.told_at for each in whole.warned] == [each.told_at for each in looked.warned] == [at(11)]


@given(st.one_of(SERIES, QUICK), KINDS)
def test_looking_again_without_news_changes_nothing(steps: list[tuple[int, float]], limits: Limits) -> None:
    minute, series = 0, []
    for wait, value in steps:
        minute += wait
        series.append(Reading(at(minute), at(minute), value, CELSIUS))
    once = judge(NEW, series, limits, series[-1].taken_at)
    again = judge(once.state, [], limits, series[-1].taken_at)
    assert (again.state, again.ended, again.warned) == (once.state, (), ())


def test_a_state_of_the_first_version_is_still_understood() -> None:
    old = judged((0, 5), (5, 9)).state.to_json()
    for name in ("nearing", "warned_at", "doubt", "last", "exposure", "begun", "settled_at", "flapping_since"):
        del old[name]
    for name in ("side_since", "adds_up_at", "critical_since"):
        del old["excursion"][name]
    (excursion,) = judge(UnitState.from_json(old), readings((10, 9), (25, 9)), FRIDGE, at(25)).excursions
    assert excursion.told_at == at(20)
