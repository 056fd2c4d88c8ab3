"""From the second version to the third: sensors are told apart by more, and no reading loses its sensor."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shiftbot.storage.database import Database
from shiftbot.storage.migrations import HERE, migrate

SECOND = "0002"
READING = "INSERT INTO readings VALUES ({sensor}, {taken_at}, 2, 4.5, 'C', TRUE, FALSE)"


@pytest.fixture
def second(empty_database_url: str) -> Iterator[Database]:
    """A database of the second version with two sensors, numbered 3 and 7, and a thousand readings of each."""
    database = Database(empty_database_url)
    with database.transaction() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", HERE)
        command.upgrade(config, SECOND)
        for number, unit in ((3, "vaccine-fridge"), (7, "vaccine-freezer")):
            named = {"id": number, "unit": unit, "topic": f"sensors/{unit}"}
            connection.execute(text("INSERT INTO sensors (id, unit, topic) VALUES (:id, :unit, :topic)"), named)
            connection.execute(text("INSERT INTO latest (sensor, taken_at) VALUES (:id, 999)"), named)
            for taken_at in range(1000):
                connection.execute(text(READING.format(sensor=number, taken_at=taken_at)))
    yield database
    database.close()


def test_sensors_keep_their_numbers_and_readings_their_sensors(second: Database) -> None:
    assert migrate(second)[0] == "0003"
    with second.snapshot() as connection:
        rows = connection.execute(text("SELECT id, unit, topic, metric, probe FROM sensors ORDER BY id")).all()
        kept = connection.execute(text("SELECT sensor, count(*) FROM readings GROUP BY sensor ORDER BY sensor")).all()
    assert [tuple(row) for row in rows] == [
        (3, "vaccine-fridge", "sensors/vaccine-fridge", "temperature", ""),
        (7, "vaccine-freezer", "sensors/vaccine-freezer", "temperature", ""),
    ]
    assert [tuple(row) for row in kept] == [(3, 1000), (7, 1000)]


def test_afterwards_a_reading_still_needs_its_sensor_and_a_device_may_measure_twice(second: Database) -> None:
    migrate(second)
    with pytest.raises(IntegrityError), second.transaction() as connection:
        connection.execute(text(READING.format(sensor=99, taken_at=1)))
    with second.transaction() as connection:
        again = "INSERT INTO sensors (id, unit, topic, metric) VALUES (20, 'vaccine-fridge', :topic, 'humidity')"
        connection.execute(text(again), {"topic": "sensors/vaccine-fridge"})
    once_more = "INSERT INTO sensors (id, unit, topic) VALUES (21, 'vaccine-fridge', :topic)"
    with pytest.raises(IntegrityError), second.transaction() as connection:
        connection.execute(text(once_more), {"topic": "sensors/vaccine-fridge"})
