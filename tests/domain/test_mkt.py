"""Mean kinetic temperature of readings: the known vectors, weights by time, windows, and never for freezers."""

from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.cold_chain import Reading
from shiftbot.domain.mkt import COLD_WINDOW, ROOM_WINDOW, mkt, window_of
from shiftbot.domain.site import StorageClass, TemperatureUnit

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def series(values: list[float], step: timedelta, unit: TemperatureUnit = CELSIUS) -> list[Reading]:
    return [Reading(START + index * step, START + index * step, value, unit) for index, value in enumerate(values)]


@pytest.mark.parametrize(
    ("celsius", "expected"),
    [
        ([5.0], 5.0),
        ([20, 25, 30], 25.8582),
        ([5] * 23 + [12], 5.4445),
        ([5] * 20 + [12] * 4, 6.6501),
        ([5] * 16 + [13] * 8, 8.5716),
        ([5] * 12 + [15] * 12, 11.3867),
        ([22] * 27 + [30] * 3, 23.1806),
        ([-18, -25], -20.6237),
    ],
)
def test_readings_at_equal_intervals_agree_with_the_known_vectors(celsius: list[float], expected: float) -> None:
    found = mkt(series(celsius, timedelta(minutes=15)), ROOM_WINDOW)
    assert found is not None
    assert found.celsius == pytest.approx(expected, abs=5e-5)


def test_each_reading_counts_for_the_time_until_the_next() -> None:
    """Five hours at 5 °C and one at 12 °C weigh as 20 to 4, however many readings each took."""
    cold = series([5.0] * 10, timedelta(minutes=30))
    warm = [Reading(START + timedelta(hours=5, minutes=minute), START, 12.0, CELSIUS) for minute in range(0, 60, 5)]
    found = mkt([*cold, *warm], COLD_WINDOW)
    assert found is not None
    assert found.celsius == pytest.approx(6.6501, abs=5e-5)
    assert found.covered == pytest.approx(6 / 24)


def test_what_lies_in_a_gap_is_not_made_up() -> None:
    before, after = series([5.0, 5.0], timedelta(minutes=30)), Reading(START + DAY / 2, START, 5.0, CELSIUS)
    found = mkt([*before, after], COLD_WINDOW)
    assert found is not None
    assert found.covered == pytest.approx(1.5 / 24)


def test_only_the_window_up_to_the_last_reading_counts() -> None:
    found = mkt([Reading(START, START, 40.0, CELSIUS), *series([5.0] * 49, timedelta(minutes=30))[1:]], COLD_WINDOW)
    assert found is not None
    assert found.celsius == pytest.approx(5.0)
    assert (found.readings, found.until) == (48, START + DAY)


def test_fahrenheit_is_reckoned_in_kelvin_all_the_same() -> None:
    found = mkt(series([68, 77, 86], timedelta(minutes=15), FAHRENHEIT), ROOM_WINDOW)
    assert found is not None
    assert found.celsius == pytest.approx(25.8582, abs=5e-5)


def test_without_readings_there_is_none() -> None:
    assert mkt([], COLD_WINDOW) is None


def test_a_freezer_has_no_window_whatever_its_class_says() -> None:
    freezer = StorageClass("f", "Freezer", low={CELSIUS: -50}, high={CELSIUS: -15}, mkt_window=COLD_WINDOW)
    fridge = StorageClass("r", "Fridge", low={FAHRENHEIT: 36}, high={FAHRENHEIT: 46}, mkt_window=COLD_WINDOW)
    printed_in_fahrenheit = StorageClass("f", "Freezer", low={}, high={FAHRENHEIT: 5}, mkt_window=COLD_WINDOW)
    assert window_of(freezer) is None
    assert window_of(printed_in_fahrenheit) is None
    assert window_of(fridge) == COLD_WINDOW
