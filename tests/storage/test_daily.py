"""Roll-ups against a recount: whatever order readings come in, hours and local days are what the readings add up to."""

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from shiftbot.domain.site import TemperatureUnit
from shiftbot.domain.temperature import convert
from shiftbot.storage import readings, temperatures
from shiftbot.storage.daily import Day, daily, stretches
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival
from shiftbot.storage.tables import hourly
from shiftbot.storage.tables import readings as readings_table

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
UNITS = ("vaccine-fridge", "spare-fridge")
NEW_YORK, KOLKATA, KATHMANDU = (ZoneInfo(each) for each in ("America/New_York", "Asia/Kolkata", "Asia/Kathmandu"))
AUTUMN = datetime(2026, 10, 30, tzinfo=UTC)
"""Two days before New York's clocks go back: 1 November has 25 hours."""


class RolledBack(Exception):
    """Ends an example's transaction, so that the next one finds nothing."""


@contextmanager
def alone(database: Database) -> Iterator[Connection]:
    """A transaction that leaves nothing behind."""
    with suppress(RolledBack), database.transaction() as connection:
        yield connection
        raise RolledBack


arrivals = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 5 * 24 * 60),
        st.floats(-40, 60, allow_nan=False),
        st.sampled_from([CELSIUS, FAHRENHEIT]),
    ),
    max_size=60,
)
batches = st.lists(arrivals, max_size=4)


def store(connection: Connection, wanted: list[list[tuple[int, int, float, TemperatureUnit]]]) -> None:
    numbers = readings.register(connection, [(unit, f"hilltop/{unit}") for unit in UNITS])
    for batch in wanted:
        found = [
            Arrival(numbers[UNITS[unit], f"hilltop/{UNITS[unit]}"], at, at, value, degrees)
            for unit, minute, value, degrees in batch
            for at in [AUTUMN + timedelta(minutes=minute)]
        ]
        readings.store(connection, found)


@given(batches)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_hours_are_what_a_recount_of_the_readings_says(
    database: Database, wanted: list[list[tuple[int, int, float, TemperatureUnit]]]
) -> None:
    with alone(database) as connection:
        store(connection, wanted)
        counted: dict[tuple[int, datetime, str], list[float]] = {}
        for row in connection.execute(select(readings_table)):
            hour = row.taken_at.replace(minute=0, second=0, microsecond=0)
            counted.setdefault((row.sensor, hour, row.unit), []).append(row.value)
        rolled = {(row.sensor, row.hour, row.unit): row for row in connection.execute(select(hourly))}
        assert rolled.keys() == counted.keys()
        for key, values in counted.items():
            row = rolled[key]
            assert (row.low, row.high, row.readings) == (min(values), max(values), len(values))
            assert math.isclose(row.total, math.fsum(values), rel_tol=1e-12, abs_tol=1e-9)


@given(batches, st.sampled_from([NEW_YORK, KOLKATA, KATHMANDU]), st.sampled_from([CELSIUS, FAHRENHEIT]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_days_are_what_a_recount_of_the_readings_says(
    database: Database,
    wanted: list[list[tuple[int, int, float, TemperatureUnit]]],
    zone: ZoneInfo,
    degrees: TemperatureUnit,
) -> None:
    with alone(database) as connection:
        store(connection, wanted)
        found = daily(connection, UNITS, zone, date(2026, 10, 28), date(2026, 11, 7), degrees)
        for unit in UNITS:
            counted: dict[date, list[float]] = {}
            for each in temperatures.between(connection, unit):
                on = each.taken_at.astimezone(zone).date()
                counted.setdefault(on, []).append(convert(each.value, each.unit, degrees))
            assert found[unit].keys() == counted.keys()
            for on, values in counted.items():
                day = found[unit][on]
                assert (day.low, day.high, day.readings) == (min(values), max(values), len(values))
                assert math.isclose(day.mean, math.fsum(values) / len(values), rel_tol=1e-9, abs_tol=1e-9)


def test_a_day_of_25_hours_keeps_all_of_them_and_its_neighbours_theirs(database: Database) -> None:
    every_hour = [(0, 60 * hour, float(hour), FAHRENHEIT) for hour in range(5 * 24)]
    with alone(database) as connection:
        store(connection, [every_hour])
        days = daily(connection, UNITS, NEW_YORK, date(2026, 10, 29), date(2026, 11, 4), FAHRENHEIT)
    assert [day.readings for day in days["vaccine-fridge"].values()] == [4, 24, 24, 25, 24, 19]
    assert days["vaccine-fridge"][date(2026, 11, 1)] == Day(52.0, 76.0, 64.0, 25)
    assert days["spare-fridge"] == {}


def test_days_are_asked_together_except_where_the_clock_changes() -> None:
    found = list(stretches(NEW_YORK, date(2026, 10, 30), date(2026, 11, 4)))
    assert [(each.first.day, each.days) for each in found] == [(30, 2), (1, 1), (2, 2)]
    assert found[1].ends_at - found[1].starts_at == timedelta(hours=25)
    assert list(stretches(NEW_YORK, date(2026, 11, 4), date(2026, 11, 4))) == []


@pytest.mark.parametrize("width", [timedelta(minutes=7), timedelta(hours=1)])
def test_buckets_are_few_and_lose_no_lowest_or_highest(database: Database, width: timedelta) -> None:
    values = [41.0, 39.5, 47.25, 40.0, 35.5, 41.0]
    with alone(database) as connection:
        store(connection, [[(0, minute, value, FAHRENHEIT) for minute, value in enumerate(values)]])
        found = temperatures.buckets(
            connection, "vaccine-fridge", AUTUMN, AUTUMN + timedelta(days=1), width, FAHRENHEIT
        )
    assert len(found) <= 2
    assert (min(each.low for each in found), max(each.high for each in found)) == (35.5, 47.25)
    assert (found[0].first_at, found[-1].last_at) == (AUTUMN, AUTUMN + timedelta(minutes=5))
