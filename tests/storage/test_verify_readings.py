"""Readings are in the record by the hour: whoever changes, removes or invents one afterwards is found."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from shiftbot.storage.database import Database
from shiftbot.storage.record import Entry, append
from shiftbot.storage.retention import KIND, Removal, RolledUp, remove, roll_up_hash
from shiftbot.storage.tables import hourly, readings, record
from shiftbot.storage.verify import Report, verify
from tests.cast import hilltop
from tests.lived import LivedOnce
from tests.pharmacy import PharmacyHarness
from tests.storage.test_verify import Attacker

HILLTOP = "hilltop-main"


def three_hours(database: Database) -> PharmacyHarness:
    """A fridge at 5 °C from noon to three o'clock at Hilltop; its last digest is that of the hour before."""
    story = PharmacyHarness(database, hilltop(quiet=True), at="12:00")
    story.reading("vaccine-fridge", 5.0).readings_until("15:00", "vaccine-fridge", 5.0, every=10)
    return story


@pytest.fixture
def story(lived_once: LivedOnce, engine_name: str, tmp_path: Path) -> Iterator[PharmacyHarness]:
    """Those hours, in a database of the test's own."""
    with lived_once.story(engine_name, three_hours, tmp_path) as story:
        yield story


@pytest.fixture
def attacker(story: PharmacyHarness) -> Attacker:
    """Somebody who comes after that."""
    return Attacker(story.database.url)


def check(story: PharmacyHarness) -> Report:
    with story.database.snapshot() as connection:
        return verify(connection)


def digests(story: PharmacyHarness) -> list[tuple[str, int]]:
    """The digests in the record: the hour, by the site's clock, and how many readings of the fridge it had."""
    query = select(record.c.body).where(record.c.kind == "readings").order_by(record.c.seq)
    found = [json.loads(body) for body in story.look(lambda connection: list(connection.execute(query).scalars()))]
    return [(each["hour"][11:16], sensor["readings"]) for each in found for sensor in each["sensors"].values()]


def test_every_hour_that_ended_is_in_the_record_once(story: PharmacyHarness) -> None:
    assert digests(story) == [("17:00", 6), ("18:00", 6)]
    story.at("16:00")
    assert digests(story) == [("17:00", 6), ("18:00", 6), ("19:00", 6)]
    story.at("19:00")
    assert len(digests(story)) == 4  # the one reading at three o'clock, and silence afterwards
    assert check(story).findings == ()


def late(story: PharmacyHarness, minutes: int, celsius: float) -> None:
    taken_at = (story.now - timedelta(minutes=minutes)).isoformat()
    story.reading("vaccine-fridge", json.dumps({"temperature": celsius, "taken_at": taken_at}))


def test_a_late_reading_of_an_hour_already_digested_is_in_the_next_digest_of_that_hour(story: PharmacyHarness) -> None:
    late(story, 145, 5.0)
    assert check(story).holds
    story.at("16:00")
    assert digests(story)[2:] == [("17:00", 7), ("19:00", 6)]
    assert check(story).findings == ()


def test_a_reading_days_late_is_in_a_digest_too(story: PharmacyHarness) -> None:
    story.inbox.unread.clear()
    late(story, 60 * 50, 5.0)
    story.at("16:00")
    assert ("18:00", 1) in digests(story)
    assert check(story).findings == ()


def test_a_long_absence_is_made_up_for_hour_by_hour(story: PharmacyHarness) -> None:
    story.now += timedelta(days=2)
    for minutes in range(0, 60 * 40, 30):
        late(story, minutes, 5.0)
    story.fast_forward(hours=2)
    assert len(digests(story)) >= 40
    assert check(story).findings == ()


CHANGES = [
    "UPDATE readings SET value = value + 0.1 WHERE taken_at = {second}",
    "UPDATE readings SET received_at = received_at + 1 WHERE taken_at = {second}",
    "UPDATE readings SET taken_at = taken_at + 1 WHERE taken_at = {second}",
    "UPDATE readings SET unit = 'F' WHERE taken_at = {second}",
    "UPDATE readings SET device_time = NOT device_time WHERE taken_at = {second}",
    "UPDATE readings SET retained = NOT retained WHERE taken_at = {second}",
    "UPDATE readings SET taken_at = taken_at + 86400000000 WHERE taken_at = {second}",
    "DELETE FROM readings WHERE taken_at = {second}",
    "DELETE FROM readings",
    "INSERT INTO readings SELECT sensor, taken_at + 1, received_at, value, unit, device_time, retained FROM readings"
    " WHERE taken_at = {second}",
    "INSERT INTO readings SELECT sensor, taken_at - 36000000000, received_at, value, unit, device_time, retained"
    " FROM readings WHERE taken_at = {second}",
    "UPDATE sensors SET topic = 'another'",
    "UPDATE sensors SET unit = 'another'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_reading_that_was_changed_afterwards_is_found(
    story: PharmacyHarness, attacker: Attacker, change: str
) -> None:
    statement = change.format(second=second(story))
    with story.database.engine.connect() as connection, connection.begin() as transaction:
        assert connection.execute(text(statement)).rowcount >= 1
        (finding, *_) = verify(connection).findings
        transaction.rollback()
    assert finding.site == HILLTOP
    assert finding.entry is not None
    assert "not what was recorded" in finding.what
    assert check(story).holds


def second(story: PharmacyHarness) -> int:
    query = select(readings.c.taken_at).order_by(readings.c.taken_at)
    instants: list[Any] = story.look(lambda connection: list(connection.execute(query).scalars()))
    return int(instants[1].timestamp()) * 1_000_000


def test_a_change_is_found_although_a_late_reading_led_to_a_new_digest(
    story: PharmacyHarness, attacker: Attacker
) -> None:
    attacker.run("UPDATE readings SET value = 4.0 WHERE taken_at = ?", second(story))
    late(story, 145, 5.0)
    story.at("16:00")
    assert ("17:00", 7) in digests(story)
    (finding,) = check(story).findings
    assert finding.what == (
        "the readings of vaccine-fridge in the hour from 2026-11-23 17:00 UTC are not what was recorded"
    )


def test_an_excursion_that_late_readings_changed_after_its_end_says_so_in_the_record(story: PharmacyHarness) -> None:
    for celsius in (9.0, 5.0, 5.0):
        story.fast_forward(minutes=10).reading("vaccine-fridge", celsius)
    late(story, 15, 10.5)
    story.inbox.unread.clear()
    query = select(record.c.kind, record.c.body).where(record.c.subject == "excursion:1").order_by(record.c.seq)
    kinds = story.look(
        lambda connection: [(row.kind, json.loads(row.body)["extreme"]) for row in connection.execute(query)]
    )
    assert [kind for kind, _ in kinds] == ["excursion-started", "excursion-ended", "excursion-changed"]
    assert [round(extreme, 1) for _, extreme in kinds] == [48.2, 48.2, 50.9]
    assert check(story).holds


def forged(story: PharmacyHarness, readings_gone: int, rolled_up: str | None = None, days: int = 400) -> Report:
    """Somebody deletes the first hour's readings, and writes an entry that they were kept for long enough."""
    hour = datetime(2026, 11, 23, 17, tzinfo=UTC)
    with story.database.snapshot() as connection:
        found = connection.execute(select(hourly).where(hourly.c.hour == hour)).one()
    whole = RolledUp(int(hour.timestamp()) * 1_000_000, found.unit, found.low, found.high, found.total, found.readings)
    removal = Removal(
        found.sensor, "vaccine-fridge", "hilltop/vaccine-fridge", hour, hour + timedelta(hours=1), readings_gone,
        rolled_up or roll_up_hash([whole]),
    )  # fmt: skip
    with story.database.transaction() as connection:
        remove(connection, removal)
        later = story.now + timedelta(days=days)
        append(connection, [Entry(HILLTOP, later, "shiftbot", KIND, "sensor:1", removal.to_json())])
    return check(story)


def test_an_hour_that_was_removed_with_an_entry_is_not_missed(story: PharmacyHarness) -> None:
    assert forged(story, 6).findings == ()


def test_an_entry_excuses_nothing_that_is_younger_than_a_year(story: PharmacyHarness) -> None:
    (finding,) = forged(story, 6, days=1).findings
    assert finding.what == (
        "the readings of vaccine-fridge from 2026-11-23 17:00 to 2026-11-23 18:00 UTC were removed before they were a"
        " year old"
    )


def test_an_entry_that_speaks_of_another_number_of_readings_is_found(story: PharmacyHarness) -> None:
    (finding,) = forged(story, 7).findings
    assert finding.what.endswith("that were removed are not what was recorded: 6, not 7")


def test_an_entry_with_other_roll_ups_is_found(story: PharmacyHarness) -> None:
    (finding,) = forged(story, 6, rolled_up="0" * 64).findings
    assert finding.what.startswith("the hourly roll-ups of vaccine-fridge from 2026-11-23 17:00")


def test_an_entry_excuses_no_other_hour(story: PharmacyHarness, attacker: Attacker) -> None:
    attacker.run(
        "DELETE FROM readings WHERE taken_at >= ?", int(datetime(2026, 11, 23, 18, tzinfo=UTC).timestamp() * 1e6)
    )
    (finding,) = forged(story, 6).findings
    assert "in the hour from 2026-11-23 18:00 UTC" in finding.what
