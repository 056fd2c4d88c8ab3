"""`/metrics` as Prometheus reads it: everything that is worth an alarm, and nobody's name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from starlette.testclient import TestClient

from shiftbot.bootstrap.measuring import Measuring
from shiftbot.bootstrap.own_words import Stored, Timings
from shiftbot.settings import Settings
from shiftbot.storage import processes, record, tables
from shiftbot.storage.database import Database
from shiftbot.storage.processes import Process
from shiftbot.web.app import build_web
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import PharmacyHarness

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]

OWN = {
    "tick": {"ended_at": "2026-11-23T13:19:50+00:00", "trouble": "", "steps": {"open runs": [4, 0.5, 0.125]}},
    "clock": {"steps": 2, "last": -3600.0},
    "slack": {"connected": True, "heard_at": "2026-11-23T13:19:58+00:00"},
    "mqtt": {"connected": False, "heard_at": None, "held": 7, "readings": 120, "trouble": "", "lasts": False},
}
"""What a process says of itself, at 08:20 New York time or a little before."""


def scrape(database: Database, pharmacy: PharmacyHarness, home: Path) -> tuple[str, Samples]:
    """The text, and every sample by its name and labels."""
    settings = Settings(home=home)
    measure = Measuring(database, settings, lambda: pharmacy.definitions, lambda: pharmacy.now, ("me:1", lambda: OWN))
    answer = TestClient(build_web(lambda: {"ok": True}, None, measure)).get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    samples = (sample for family in families for sample in family.samples)
    return answer.text, {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}


@pytest.fixture
def pharmacy(database: Database) -> PharmacyHarness:
    """Twenty past eight: the opening checklist was missed, the fridge was heard twenty minutes ago."""
    pharmacy = PharmacyHarness(database, hilltop(units=(FRIDGE,)), at="08:00")
    pharmacy.reading("vaccine-fridge", 5.0).at("08:20")
    return pharmacy


def test_everything_worth_an_alarm_is_measured(database: Database, pharmacy: PharmacyHarness, tmp_path: Path) -> None:
    _, found = scrape(database, pharmacy, tmp_path)
    site, me = ("site", "hilltop-main"), (("process", "me:1"),)
    step = (("process", "me:1"), ("step", "open runs"))
    expected = {
        ("shiftbot_database_up", ()): 1,
        ("shiftbot_tick_age_seconds", me): 10,
        ("shiftbot_tick_step_seconds_count", step): 4,
        ("shiftbot_tick_step_seconds_sum", step): 0.5,
        ("shiftbot_tick_step_last_seconds", step): 0.125,
        ("shiftbot_clock_steps_total", me): 2,
        ("shiftbot_clock_last_step_seconds", me): -3600,
        ("shiftbot_slack_connected", me): 1,
        ("shiftbot_slack_age_seconds", me): 2,
        ("shiftbot_broker_connected", me): 0,
        ("shiftbot_broker_held_messages", me): 7,
        ("shiftbot_readings_stored_total", me): 120,
        ("shiftbot_alerts_open", (("severity", "normal"),)): len(pharmacy.alerts()),
        ("shiftbot_alerts_open", (("severity", "critical"),)): 0,
        ("shiftbot_outbox_messages", (("lane", "escalation"),)): 0,
        ("shiftbot_last_reading_age_seconds", (("gateway", ""), site)): 1200,
        ("shiftbot_record_entries", (site,)): len(
            pharmacy.look(lambda connection: list(record.entries_of(connection, "hilltop-main")))
        ),
    }
    assert {key: found.get(key) for key in expected} == expected
    assert found["shiftbot_disk_free_bytes", ()] > 0
    assert found["shiftbot_process_resident_memory_bytes", ()] > 0


def test_what_waits_and_what_is_stuck_has_its_age_and_number(
    database: Database, pharmacy: PharmacyHarness, tmp_path: Path
) -> None:
    with database.transaction() as connection:
        late = pharmacy.now - timedelta(minutes=7)
        waits = {"state": "pending", "attention_at": late, "created_at": late, "lane": 0}
        count = connection.execute(update(tables.outbox).values(waits)).rowcount
        connection.execute(update(tables.alerts).values(escalate_at=late))
    _, found = scrape(database, pharmacy, tmp_path)
    assert found["shiftbot_outbox_messages", (("lane", "escalation"),)] == count > 0
    assert found["shiftbot_outbox_oldest_seconds", (("lane", "escalation"),)] == 420
    assert found["shiftbot_oldest_due_seconds", (("what", "alerts"),)] == 420
    assert found["shiftbot_stuck_rows", (("what", "escalation notices"),)] == count
    assert found["shiftbot_stuck_rows", (("what", "escalating"),)] == len(pharmacy.alerts())


def test_processes_that_others_are_are_measured_by_their_own_words(
    database: Database, pharmacy: PharmacyHarness, tmp_path: Path
) -> None:
    state = {"tick": {"ended_at": (pharmacy.now - timedelta(seconds=40)).isoformat(), "trouble": "", "steps": {}}}
    with database.transaction() as connection:
        processes.save(connection, Process(9, "tick", "north", 12, pharmacy.now, pharmacy.now, state))
    _, found = scrape(database, pharmacy, tmp_path)
    assert found["shiftbot_tick_age_seconds", (("process", "north:12"),)] == 40


def test_no_name_text_or_address_of_anybody_is_in_it(
    database: Database, pharmacy: PharmacyHarness, tmp_path: Path
) -> None:
    text, _ = scrape(database, pharmacy, tmp_path)
    for person in pharmacy.definitions.people.values():
        for word in (person.id, person.slack, *person.name.split()):
            assert word.casefold() not in text.casefold()
    assert "C0HILLTOP" not in text


def test_while_the_database_is_away_the_rest_is_still_measured(tmp_path: Path) -> None:
    away = Database("postgresql://shiftbot:hunter2@127.0.0.1:1/shiftbot")
    now = datetime(2026, 11, 23, 13, 20, tzinfo=UTC)
    measure = Measuring(away, Settings(home=tmp_path), hilltop, lambda: now, ("me:1", lambda: OWN))
    text = TestClient(build_web(lambda: {"ok": True}, None, measure)).get("/metrics").text
    assert "shiftbot_database_up 0.0" in text
    assert 'shiftbot_tick_age_seconds{process="me:1"} 10.0' in text
    assert "hunter2" not in text
    away.close()


def test_steps_and_readings_are_counted_as_they_come() -> None:
    timings, stored = Timings(), Stored(len)
    for seconds in (0.5, 0.25):
        timings.note("escalate", seconds)
    assert timings.said() == {"escalate": [2, 0.75, 0.25]}
    assert [stored([]), stored.readings] == [0, 0]
