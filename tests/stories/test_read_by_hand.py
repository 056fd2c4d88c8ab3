"""A sensor is dead and people read the display: stored by name, judged and on the record; the sensor stays dead."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.checklist import Checklist, Item, Section
from shiftbot.domain.recurrence import Schedule, Trigger
from shiftbot.errors import PatientInformation, Refused
from shiftbot.services import runs
from shiftbot.services.cold_chain.days import unit_days
from shiftbot.services.cold_chain.looking import Condition
from shiftbot.services.cold_chain.reading_by_hand import read_by_hand
from shiftbot.storage import cases
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import MONDAY, PharmacyHarness
from tests.stories.conftest import Opens

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def dead(open_pharmacy: Opens) -> PharmacyHarness:
    """The fridge's sensor has said nothing since 13:00, and Amira was told."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,), quiet=True), at="12:55")
    pharmacy.reading(FRIDGE.id, 5.0).readings_until("13:00", FRIDGE.id, 5.0)
    pharmacy.at("13:20").expect_message(to="Amira", about="no readings")
    return pharmacy


def reads(pharmacy: PharmacyHarness, fahrenheit: float, note: str = "", unit: str = FRIDGE.id) -> bool:
    ben = pharmacy.person("Ben")
    return pharmacy.act(
        lambda connection: read_by_hand(connection, pharmacy.definitions, unit, ben, fahrenheit, note, pharmacy.now)
    )


def test_what_ben_reads_is_shown_by_name_and_the_sensor_stays_dead(dead: PharmacyHarness) -> None:
    assert reads(dead, 41.5, "spare thermometer")
    (day,) = dead.look(lambda connection: unit_days(connection, dead.definitions, "hilltop-main", dead.now))
    assert day.by_hand is not None
    assert (day.by_hand.person, day.by_hand.value, day.by_hand.taken_at) == ("ben", 41.5, dead.now)
    assert day.view.condition is Condition.SILENT
    assert [alert.kind for alert in dead.alerts()] == [AlertKind.SILENT]
    ((actor, body),) = dead.recorded("manual-reading")
    assert (actor, body["value"], body["temperature_unit"]) == ("ben", 41.5, "F")
    assert dead.look(verify).holds


def test_out_of_range_amira_is_told_at_once_with_what_was_read(dead: PharmacyHarness) -> None:
    assert not reads(dead, 52.0)
    assert "Ben Ortiz read 52.0 °F off the display" in dead.expect_message(to="Amira", about="out of range").text
    (alert,) = [each for each in dead.alerts() if each.kind is AlertKind.FAILED_ITEM]
    assert alert.severity is Severity.NORMAL


def test_what_is_critical_is_told_as_critical(dead: PharmacyHarness) -> None:
    reads(dead, 31.0)
    dead.expect_message(to="Amira", about="out of range")
    assert [each.severity for each in dead.alerts() if each.kind is AlertKind.FAILED_ITEM] == [Severity.CRITICAL]


RESPONSE = Checklist(
    id="excursion-response",
    title="Excursion response",
    schedule=Schedule((), timedelta(minutes=30), timedelta(minutes=15), trigger=Trigger.EXCURSION),
    sections=(Section("At once", (Item("label", "Labelled DO NOT USE, nothing thrown away"),)),),
)


def test_out_of_range_it_is_an_excursion_with_its_checklist_and_one_case_to_sign(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(RESPONSE, units=(FRIDGE,)), at="13:00")
    assert not reads(pharmacy, 52.0)
    (run,) = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", MONDAY))
    assert run.run.checklist == "excursion-response"
    reads(pharmacy.at("13:05"), 53.0)
    assert reads(pharmacy.at("13:10"), 41.0)
    (case,) = pharmacy.look(lambda connection: cases.open_cases(connection, "hilltop-main"))
    assert (case.title, case.facts["extreme"], case.facts["read_by"]) == ("Vaccine fridge is too warm", 53.0, "ben")
    assert not case.facts["open"]
    reads(pharmacy.at("13:00", TUESDAY), 51.0)
    assert len(pharmacy.look(lambda connection: cases.open_cases(connection, "hilltop-main"))) == 2
    pharmacy.inbox.unread.clear()


def test_beside_an_excursion_of_the_sensor_no_second_case_is_opened(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,), quiet=True), at="12:55")
    pharmacy.readings_until("13:25", FRIDGE.id, 9.0)
    reads(pharmacy, 48.0)
    (case,) = pharmacy.look(lambda connection: cases.open_cases(connection, "hilltop-main"))
    assert "read_by" not in case.facts
    pharmacy.inbox.unread.clear()


@pytest.mark.parametrize("value", [float("nan"), 1e308, 185.0, -196.6])
def test_what_no_display_shows_is_refused(dead: PharmacyHarness, value: float) -> None:
    with pytest.raises(Refused, match="cannot be right"):
        reads(dead, value)


def test_a_note_about_a_patient_is_refused_and_so_is_a_unit_nobody_defined(dead: PharmacyHarness) -> None:
    with pytest.raises(PatientInformation):
        reads(dead, 41.0, "for pt Jane Smith DOB 4/5/1960")
    with pytest.raises(Refused, match="not defined any more"):
        reads(dead, 41.0, unit="old-fridge")
    assert dead.recorded("manual-reading") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE manual_readings SET value = 41",
        "UPDATE manual_readings SET person = 'amira'",
        "UPDATE manual_readings SET taken_at = taken_at - 1",
        "DELETE FROM manual_readings",
    ],
)
def test_whoever_changes_it_afterwards_is_found(dead: PharmacyHarness, change: str) -> None:
    reads(dead, 52.0)
    dead.expect_message(to="Amira", about="out of range")
    without_guards(dead, change)
    assert not dead.look(verify).holds


def without_guards(pharmacy: PharmacyHarness, change: str) -> None:
    """Somebody opens the database and takes its triggers away first."""
    with pharmacy.database.transaction() as connection:
        if pharmacy.database.is_sqlite:
            names: Any = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'manual_readings'")
            ).scalars()
            for name in list(names):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE manual_readings DISABLE TRIGGER ALL"))
        connection.execute(text(change))
