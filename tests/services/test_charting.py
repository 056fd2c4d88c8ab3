"""What a chart is made of: courses between gaps, excursions, readings by hand, resets; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from shiftbot.domain.chart import Chart
from shiftbot.domain.cold_chain import Direction
from shiftbot.domain.site import TemperatureUnit
from shiftbot.errors import Refused
from shiftbot.services import cold_chain
from shiftbot.services.cold_chain.charting import STEPS, chart
from shiftbot.storage import by_hand, readings
from shiftbot.storage.by_hand import Reset
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival
from tests.cast import FRIDGE, hilltop

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
START = datetime(2026, 11, 23, 5, tzinfo=UTC)
PHARMACY = hilltop(units=(FRIDGE,))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def store(database: Database, *pairs: tuple[float, float], degrees: TemperatureUnit = FAHRENHEIT) -> None:
    assert FRIDGE.sensor is not None
    pair = (FRIDGE.id, FRIDGE.sensor.topic)
    with database.transaction() as connection:
        number = readings.register(connection, [pair])[pair]
        readings.store(connection, [Arrival(number, at(m), at(m), value, degrees) for m, value in pairs])
    for minute, _ in pairs[-1:]:
        cold_chain.judge_units(database, PHARMACY, at(minute))


def drawn(database: Database, minute: float, **span: float) -> Chart:
    with database.snapshot() as connection:
        return chart(connection, PHARMACY, FRIDGE.id, timedelta(**span), at(minute), words="last hours")


def test_readings_make_courses_and_what_lies_between_them_are_gaps(database: Database) -> None:
    store(database, *((m, 41.0) for m in range(0, 60, 5)), *((m, 42.0) for m in range(120, 180, 5)))
    seen = drawn(database, 180, hours=3)
    assert [(each[0].first_at, each[-1].last_at) for each in seen.courses] == [(at(0), at(55)), (at(120), at(175))]
    assert seen.gaps == ((at(55), at(120)),)
    assert (seen.limits, seen.subtitle) == ((36.0, 46.0), "last hours, to Mon 23 Nov 03:00")


def test_before_the_first_reading_and_after_the_last_there_is_a_gap_too(database: Database) -> None:
    store(database, *((m, 41.0) for m in range(60, 100, 5)))
    assert drawn(database, 180, hours=3).gaps == ((at(0), at(60)), (at(95), at(180)))
    assert drawn(database, 2000, hours=3).courses == ()


def test_an_excursion_begins_before_the_chart_or_goes_on_at_its_end(database: Database) -> None:
    store(database, (0, 41.0), *((m, 50.0) for m in range(5, 65, 5)), *((m, 41.0) for m in range(65, 100, 5)))
    store(database, *((m, 35.0) for m in range(100, 125, 5)))
    seen = drawn(database, 120, minutes=90).out_of_range
    assert [(each.since, each.until, each.direction) for each in seen] == [
        (at(5), at(65), Direction.HIGH),
        (at(100), None, Direction.LOW),
    ]


def test_what_people_read_and_reset_is_marked_in_the_sites_own_degrees(database: Database) -> None:
    reading = {
        "site": FRIDGE.site, "unit": FRIDGE.id, "person": "ben", "taken_at": at(30), "entered_at": at(31), "value": 5.0,
        "temperature_unit": "C", "note": "",
    }  # fmt: skip
    with database.transaction() as connection:
        by_hand.add_reading(connection, reading)
        by_hand.add_reset(connection, Reset(FRIDGE.site, FRIDGE.id, "ben", at(40), 39.0, 43.0, FAHRENHEIT))
    seen = drawn(database, 60, hours=1)
    assert [(each.at, each.value) for each in seen.by_hand] == [(at(30), 41.0)]
    assert seen.resets == (at(40),)


def test_however_often_a_sensor_speaks_the_steps_are_bounded_and_keep_the_extremes(database: Database) -> None:
    values = [(second / 60, 41.0 if second != 1801 else 61.25) for second in range(3600)]
    store(database, *values)
    (course,) = drawn(database, 60, minutes=59).courses
    assert len(course) <= STEPS + 1
    assert max(step.high for step in course) == 61.25


def test_a_unit_that_is_not_defined_any_more_is_refused(database: Database) -> None:
    with database.snapshot() as connection, pytest.raises(Refused, match="not defined any more"):
        chart(connection, PHARMACY, "old-fridge", timedelta(hours=1), START, words="last hour")
