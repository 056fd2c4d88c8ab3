"""Readings in and out, the same on SQLite and PostgreSQL: each once, newest and roll-ups true, rejections bounded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from shiftbot.domain.site import TemperatureUnit
from shiftbot.storage import readings, rejections, temperatures
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival
from shiftbot.storage.rejections import Rejection
from shiftbot.storage.tables import hourly, latest

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FRIDGE, FREEZER = "vaccine-fridge", "vaccine-freezer"
PAIRS = [(FRIDGE, "hilltop/fridge"), (FREEZER, "hilltop/freezer")]


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def sensor(database: Database) -> int:
    """The number of the vaccine fridge's sensor."""
    with database.transaction() as connection:
        return readings.register(connection, PAIRS)[PAIRS[0]]


def store(database: Database, *arrivals: Arrival) -> int:
    with database.transaction() as connection:
        return readings.store(connection, arrivals)


def arrival(sensor: int, minute: float, value: float, **other: Any) -> Arrival:
    return Arrival(sensor, at(minute), at(minute), value, CELSIUS)._replace(**other)


def test_a_sensor_keeps_its_number(database: Database, sensor: int) -> None:
    with database.transaction() as connection:
        assert readings.register(connection, PAIRS)[PAIRS[0]] == sensor


def test_a_topic_that_moves_to_another_unit_leaves_the_history_where_it_was(database: Database, sensor: int) -> None:
    store(database, arrival(sensor, 0, 5.0))
    with database.transaction() as connection:
        moved = readings.register(connection, [("spare-fridge", "hilltop/fridge")])
        assert moved["spare-fridge", "hilltop/fridge"] != sensor
        assert len(temperatures.between(connection, FRIDGE)) == 1
        assert temperatures.between(connection, "spare-fridge") == []


def test_what_was_stored_comes_back_as_it_was(database: Database, sensor: int) -> None:
    taken = datetime(2026, 11, 23, 12, 0, 0, 123457, tzinfo=UTC)
    store(database, Arrival(sensor, taken, at(1), 39.60000000000001, FAHRENHEIT, retained=True))
    with database.snapshot() as connection:
        (reading,) = temperatures.between(connection, FRIDGE)
    assert reading == (taken, at(1), 39.60000000000001, FAHRENHEIT, True)


def test_the_same_reading_again_is_not_stored_and_changes_no_sum(database: Database, sensor: int) -> None:
    batch = [arrival(sensor, 0, 5.0), arrival(sensor, 5, 6.0), arrival(sensor, 0, 7.0)]
    assert store(database, *batch) == 2
    assert store(database, *batch, arrival(sensor, 10, 4.0)) == 1
    with database.snapshot() as connection:
        assert [each.value for each in temperatures.between(connection, FRIDGE)] == [5.0, 6.0, 4.0]
        (hour,) = connection.execute(select(hourly)).all()
    assert (hour.low, hour.high, hour.total, hour.readings) == (4.0, 6.0, 15.0, 3)


def test_the_newest_reading_is_the_one_taken_last_not_the_one_that_came_last(database: Database, sensor: int) -> None:
    store(database, arrival(sensor, 10, 5.0, battery=97.0))
    store(database, arrival(sensor, 5, 9.0, received_at=at(11)))
    with database.snapshot() as connection:
        newest = temperatures.newest(connection, [FRIDGE, FREEZER])
    assert set(newest) == {FRIDGE}
    assert (newest[FRIDGE].value, newest[FRIDGE].taken_at) == (5.0, at(10))
    assert (newest[FRIDGE].heard_at, newest[FRIDGE].battery) == (at(11), 97.0)


def test_a_retained_replay_is_history_and_not_a_sign_of_life(database: Database, sensor: int) -> None:
    store(database, arrival(sensor, 0, 5.0))
    store(database, arrival(sensor, 5, 5.5, received_at=at(60), retained=True))
    store(database, arrival(sensor, 0, 5.0, received_at=at(61)))
    with database.snapshot() as connection:
        assert temperatures.newest(connection, [FRIDGE])[FRIDGE].heard_at == at(0)


def test_what_was_not_judged_yet_is_marked_from_its_oldest_with_lowest_and_highest(
    database: Database, sensor: int
) -> None:
    store(database, arrival(sensor, 10, 5.0))
    store(database, arrival(sensor, 15, 9.0), arrival(sensor, 5, 1.0))
    with database.transaction() as connection:
        row = connection.execute(select(latest).where(latest.c.sensor == sensor)).one()
        assert (row.unjudged_since, row.unjudged_low, row.unjudged_high, row.unjudged_unit) == (at(5), 1.0, 9.0, "C")
        connection.execute(update(latest).values(unjudged_since=None))
    store(database, arrival(sensor, 20, 6.0))
    store(database, arrival(sensor, 25, 43.0, unit=FAHRENHEIT))
    with database.snapshot() as connection:
        row = connection.execute(select(latest).where(latest.c.sensor == sensor)).one()
    assert (row.unjudged_since, row.unjudged_low, row.unjudged_unit) == (at(20), None, None)


def test_lowest_and_highest_are_given_in_the_unit_asked_for(database: Database, sensor: int) -> None:
    store(database, arrival(sensor, 0, 5.0), arrival(sensor, 5, 50.0, unit=FAHRENHEIT), arrival(sensor, 10, 3.0))
    with database.snapshot() as connection:
        span = temperatures.span(connection, FRIDGE, at(0), CELSIUS)
        assert temperatures.span(connection, FRIDGE, at(11), CELSIUS) is None
    assert span == temperatures.Span(3.0, 10.0, 3)


def test_the_readings_of_a_stretch_come_in_order(database: Database, sensor: int) -> None:
    store(database, *(arrival(sensor, minute, float(minute)) for minute in range(10)))
    with database.snapshot() as connection:
        assert [each.value for each in temperatures.between(connection, FRIDGE, at(2), at(4))] == [2.0, 3.0]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 200), st.floats(-50, 50), st.sampled_from([CELSIUS, FAHRENHEIT])), max_size=8
        ),
        max_size=6,
    )
)
def test_roll_ups_equal_a_recount_whatever_came_twice_or_late(
    database: Database, batches: list[list[tuple[int, float, TemperatureUnit]]]
) -> None:
    with database.transaction() as connection:
        for table in ("hourly", "readings", "latest"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        sensor = readings.register(connection, PAIRS)[PAIRS[0]]
        stored = sum(
            readings.store(connection, [arrival(sensor, minute, value, unit=unit) for minute, value, unit in batch])
            for batch in batches
        )
        recount: dict[tuple[datetime, str], list[float]] = {}
        for reading in temperatures.between(connection, FRIDGE):
            hour = reading.taken_at.replace(minute=0)
            recount.setdefault((hour, reading.unit.value), []).append(reading.value)
        rows = connection.execute(select(hourly)).all()
    assert stored == sum(map(len, recount.values()))
    assert {(row.hour, row.unit): (row.low, row.high, row.readings) for row in rows} == {
        key: (min(values), max(values), len(values)) for key, values in recount.items()
    }
    for row in rows:
        assert row.total == pytest.approx(sum(recount[row.hour, row.unit]), abs=1e-9)


def test_hours_come_out_of_the_roll_up(database: Database, sensor: int) -> None:
    store(database, arrival(sensor, 0, 5.0), arrival(sensor, 59, 7.0), arrival(sensor, 60, 3.0))
    with database.snapshot() as connection:
        hours = temperatures.rolled_up(connection, FRIDGE, at(0), at(120), CELSIUS)
    assert hours == {at(0): temperatures.Span(5.0, 7.0, 2), at(60): temperatures.Span(3.0, 3.0, 1)}


def refuse(database: Database, *refused: Rejection) -> None:
    with database.transaction() as connection:
        rejections.store(connection, refused)


def test_a_refused_message_is_kept_with_its_reason_and_counted(database: Database) -> None:
    refuse(database, Rejection(at(0), "hilltop/fridge", "not UTF-8", b"\xff\x00 4.2"))
    refuse(database, *[Rejection(at(1), "hilltop/fridge", "not UTF-8", b"x" * 5000)] * 2)
    with database.snapshot() as connection:
        kept = rejections.newest(connection)
        (counted,) = rejections.counts(connection, ["hilltop/fridge"])
        assert rejections.counts(connection, ["hilltop/freezer"]) == []
    assert kept[-1] == (at(0), "hilltop/fridge", "not UTF-8", "\\xff\\x00 4.2")
    assert len(kept[0][3]) == rejections.PAYLOAD_BYTES
    assert (counted.count, counted.last_at) == (3, at(1))


def test_a_flood_of_refused_messages_is_kept_within_bounds_and_counted_whole(database: Database) -> None:
    flood = [Rejection(at(0), f"nobody/{number}", "no unit has this topic", b"1") for number in range(1_500)]
    refuse(database, *flood[:700])
    refuse(database, *flood[700:])
    with database.snapshot() as connection:
        assert len(rejections.newest(connection, 5_000)) == rejections.KEPT
        counted = rejections.counts(connection)
    assert len(counted) == rejections.COUNTERS + 1
    assert sum(each.count for each in counted) == 1_500
    assert (counted[0].topic, counted[0].count) == (rejections.OTHER_TOPICS, 500)
