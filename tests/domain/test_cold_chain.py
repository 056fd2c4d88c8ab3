"""Judging a storage unit: one batch or many, delays, recovery, silence. Times are minutes after a fixed instant."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftbot.domain.cold_chain import (
    Direction,
    Excursion,
    Judgement,
    Limits,
    Reading,
    UnitState,
    judge,
    limits_of,
)
from shiftbot.domain.site import StorageClass, TemperatureUnit
from shiftbot.domain.temperature import convert, mean_kinetic_temperature, sensor_fault

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FRIDGE = Limits(CELSIUS, low=2, high=8, critical_low=0, critical_high=12, clear_inside=0.3)
NEW = UnitState(watched_since=START)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def readings(*pairs: tuple[float, float], unit: TemperatureUnit = CELSIUS) -> list[Reading]:
    return [Reading(at(minute), at(minute), value, unit) for minute, value in pairs]


def judged(*pairs: tuple[float, float], now: float | None = None, limits: Limits = FRIDGE) -> Judgement:
    return judge(NEW, readings(*pairs), limits, at(pairs[-1][0] if now is None else now))


@pytest.mark.parametrize("value", [2.0, 8.0, 5.0])
def test_a_reading_on_a_limit_is_in_range(value: float) -> None:
    assert judged((0, value)).excursions == ()


@pytest.mark.parametrize(("value", "direction"), [(8.01, Direction.HIGH), (1.99, Direction.LOW)])
def test_any_reading_out_of_range_is_an_excursion_from_that_reading(value: float, direction: Direction) -> None:
    (excursion,) = judged((0, 5), (5, value)).excursions
    assert (excursion.started_at, excursion.direction, excursion.extreme) == (at(5), direction, value)
    assert excursion.told_at is None


def test_a_celsius_probe_is_judged_by_the_fahrenheit_limits_of_its_site_without_rounding() -> None:
    """8.0 °C is in range of 2..8 °C, and 46.4 °F is above 46 °F (domain.md §1.1)."""
    strict = Limits(FAHRENHEIT, low=36, high=46)
    (excursion,) = judge(NEW, readings((0, 8.0)), strict, START).excursions
    assert excursion.extreme == pytest.approx(46.4)
    assert judge(NEW, readings((0, 46), unit=FAHRENHEIT), FRIDGE, START).excursions == ()


@pytest.mark.parametrize(("celsius", "fahrenheit"), [(-50, -58), (-25, -13), (-15, 5), (20, 68), (25, 77)])
def test_limits_printed_in_both_units_convert_exactly(celsius: float, fahrenheit: float) -> None:
    assert convert(celsius, CELSIUS, FAHRENHEIT) == fahrenheit
    assert convert(fahrenheit, FAHRENHEIT, CELSIUS) == celsius


def test_it_is_told_when_the_alarm_delay_is_over_though_no_further_reading_came() -> None:
    before = judged((0, 9), now=14.9)
    assert before.state.excursion is not None
    assert before.state.excursion.told_at is None
    assert before.attention_at == at(15)
    after = judge(before.state, [], FRIDGE, at(15))
    assert after.state.excursion is not None
    assert after.state.excursion.told_at == at(15)


def test_back_in_range_at_the_very_end_of_the_delay_is_not_told() -> None:
    (excursion,) = judged((0, 9), (5, 9), (10, 9), (15, 7)).excursions
    assert excursion.told_at is None
    assert excursion.out == timedelta(minutes=15)


def test_the_delay_counts_consecutive_time_out_of_range() -> None:
    """Two stretches of ten minutes do not make fifteen; the excursion is the same one until it has recovered."""
    (excursion,) = judged((0, 9), (10, 7.9), (15, 9), (25, 7.9)).excursions
    assert excursion.told_at is None
    assert excursion.out == timedelta(minutes=20)


def test_dipping_in_and_out_for_an_hour_in_all_is_told_and_critical() -> None:
    dips = [(minute * 10.0, 8.5 if minute % 2 == 0 else 7.9) for minute in range(13)]
    (excursion,) = judged(*dips, now=120).excursions
    assert excursion.critical_at == at(120) == excursion.told_at


@pytest.mark.parametrize("value", [12.0, 15.0, 0.0, -3.0])
def test_a_critical_temperature_is_told_at_once(value: float) -> None:
    (excursion,) = judged((0, 5), (5, value)).excursions
    assert excursion.told_at == excursion.critical_at == at(5)


def test_an_hour_out_of_range_is_critical() -> None:
    result = judged(*[(minute, 9.0) for minute in range(0, 65, 5)])
    assert result.state.excursion is not None
    assert (result.state.excursion.told_at, result.state.excursion.critical_at) == (at(15), at(60))


def test_it_ends_only_after_ten_minutes_well_inside_the_range() -> None:
    """7.9 is in range but not 0.3 inside: the ten minutes start with 7.7."""
    result = judged((0, 9), (5, 7.9), (10, 7.7), (15, 7.9), (20, 7.0), (25, 6.0))
    assert result.ended == ()
    (ended,) = judge(result.state, readings((30, 5.0)), FRIDGE, at(30)).ended
    assert (ended.back_at, ended.ended_at) == (at(5), at(30))


def test_time_alone_never_ends_an_excursion() -> None:
    """A dead sensor's last good value is not a recovery."""
    result = judge(judged((0, 9), (5, 5)).state, [], FRIDGE, at(300))
    assert result.ended == ()
    assert result.state.silent_since == at(5)


def test_from_too_warm_to_too_cold_is_a_second_excursion_told_by_the_first_ones_clock() -> None:
    result = judged((0, 9), (10, 1), (16, 1))
    assert [each.direction for each in result.excursions] == [Direction.HIGH, Direction.LOW]
    assert result.excursions[0].ended_at == at(10)
    assert result.excursions[1].told_at == at(15)


def test_a_gap_is_never_counted_as_more_than_half_an_hour_out() -> None:
    (excursion,) = judged((0, 9), (180, 7)).excursions
    assert excursion.out == timedelta(minutes=30)


def test_a_sensor_is_silent_after_twenty_minutes_and_critical_after_sixty() -> None:
    heard = judged((0, 5))
    assert heard.attention_at == at(20)
    silent = judge(heard.state, [], FRIDGE, at(20))
    assert (silent.state.silent_since, silent.state.silence_is_critical) == (at(0), False)
    assert silent.attention_at == at(60)
    critical = judge(silent.state, [], FRIDGE, at(60))
    assert critical.state.silence_is_critical
    assert critical.attention_at is None
    heard_again = judge(critical.state, readings((61, 5)), FRIDGE, at(61))
    assert heard_again.state.silent_since is None


def test_a_sensor_that_never_spoke_is_silent_too() -> None:
    assert judge(NEW, [], FRIDGE, at(20)).state.silent_since == START


def test_a_retained_replay_does_not_show_that_the_sensor_lives() -> None:
    replayed = Reading(at(0), at(30), 5.0, CELSIUS, retained=True)
    assert judge(NEW, [replayed], FRIDGE, at(30)).state.silent_since == START


def test_silence_goes_by_receive_time_and_durations_by_the_devices_time() -> None:
    buffered = [Reading(at(minute), at(90), 9.0, CELSIUS) for minute in (0, 5, 10, 15, 20)]
    result = judge(NEW, buffered, FRIDGE, at(90))
    assert result.state.silent_since is None
    assert result.state.excursion is not None
    assert result.state.excursion.told_at == at(15)


def test_the_limits_of_a_class_are_those_printed_in_the_sites_unit() -> None:
    storage_class = StorageClass(
        "vaccine-refrigerator", "Vaccine refrigerator",
        low={CELSIUS: 2, FAHRENHEIT: 36}, high={CELSIUS: 8, FAHRENHEIT: 46}, critical_high={FAHRENHEIT: 53},
    )  # fmt: skip
    limits = limits_of(storage_class, FAHRENHEIT, every=timedelta(minutes=15))
    assert (limits.low, limits.high, limits.critical_high) == (36, 46, 53)
    assert limits.silent_after == timedelta(minutes=30)
    assert not limits.is_critical(-459)


@pytest.mark.parametrize("value", [85.0, -127.0, float("nan"), float("inf"), 1e308, -273.15])
def test_fault_codes_and_impossible_values_are_not_temperatures(value: float) -> None:
    assert sensor_fault(value, CELSIUS)


def test_fault_codes_are_known_in_fahrenheit_as_well() -> None:
    assert sensor_fault(185.0, FAHRENHEIT) == sensor_fault(85.0, CELSIUS)
    assert sensor_fault(-196.6, FAHRENHEIT) == sensor_fault(-127.0, CELSIUS)
    assert sensor_fault(85.0, FAHRENHEIT) is None


VECTORS = [
    ([5.0], 5.0),
    ([20, 25, 30], 25.8582),
    ([5] * 23 + [12], 5.4445),
    ([5] * 20 + [12] * 4, 6.6501),
    ([5] * 16 + [13] * 8, 8.5716),
    ([5] * 12 + [15] * 12, 11.3867),
    ([22] * 27 + [30] * 3, 23.1806),
    ([-18, -25], -20.6237),
]


@pytest.mark.parametrize(("celsius", "expected"), VECTORS)
def test_mean_kinetic_temperature_agrees_with_the_known_vectors(celsius: list[float], expected: float) -> None:
    assert mean_kinetic_temperature((value, 1.0) for value in celsius) == pytest.approx(expected, abs=5e-5)


def test_mean_kinetic_temperature_is_weighted_by_time_and_unknown_without_any() -> None:
    assert mean_kinetic_temperature([(5.0, 20.0), (12.0, 4.0)]) == pytest.approx(6.6501, abs=5e-5)
    assert mean_kinetic_temperature([(5.0, 0.0)]) is None


VALUES = st.sampled_from([-1.0, 0.0, 1.9, 2.0, 2.1, 2.3, 5.0, 7.7, 7.9, 8.0, 8.1, 9.0, 12.0, 13.0])
SERIES = st.lists(st.tuples(st.integers(1, 40), VALUES), min_size=1, max_size=40)


def series_of(steps: list[tuple[int, float]]) -> list[Reading]:
    minute, result = 0, []
    for wait, value in steps:
        minute += wait
        result.append(Reading(at(minute), at(minute), value, CELSIUS))
    return result


@given(SERIES, st.data())
def test_judging_in_one_batch_equals_judging_one_by_one_with_ticks_in_between(
    steps: list[tuple[int, float]], data: st.DataObject
) -> None:
    series = series_of(steps)
    state = NEW
    ended: list[Excursion] = []
    for reading in series:
        tick = reading.taken_at - timedelta(seconds=data.draw(st.integers(1, 59)))
        for received, now in (([], tick), ([reading], reading.taken_at)):
            result = judge(state, received, FRIDGE, now)
            ended += result.ended
            state = UnitState.from_json(json.loads(json.dumps(result.state.to_json())))
    whole = judge(NEW, series, FRIDGE, series[-1].taken_at)
    assert (replace(state), tuple(ended)) == (whole.state, whole.ended)


@given(SERIES)
def test_every_reading_out_of_range_lies_in_one_excursion_and_its_extreme_is_the_worst(
    steps: list[tuple[int, float]],
) -> None:
    series = series_of(steps)
    excursions = judge(NEW, series, FRIDGE, series[-1].taken_at).excursions
    for reading in series:
        side = FRIDGE.side(reading.value)
        holding = [
            each
            for each in excursions
            if each.direction is side and each.started_at <= reading.taken_at <= each.last_at
        ]
        if side is not None:
            assert len(holding) == 1
            worst = max if side is Direction.HIGH else min
            assert worst(holding[0].extreme, reading.value) == holding[0].extreme


@given(SERIES)
def test_looking_again_without_news_changes_nothing(steps: list[tuple[int, float]]) -> None:
    series = series_of(steps)
    once = judge(NEW, series, FRIDGE, series[-1].taken_at)
    assert judge(once.state, [], FRIDGE, series[-1].taken_at).state == once.state
