"""The vaccine fridge's door is left open: recorded at once, told after its delay, closed after time back in range."""

from typing import Any

import pytest
from sqlalchemy import select

from shiftbot.domain.case import Case, Details, Disposition
from shiftbot.errors import Refused
from shiftbot.services import cases
from shiftbot.storage import cases as stored_cases
from shiftbot.storage import tables
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

SAID = Details(contents="Lot 4KX21, VFC, 40 doses", disposition=Disposition.USABLE)
TEXTS = {"cause": "door ajar", "action": "stock quarantined, manufacturer called", "outcome": "usable per manufacturer"}


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """A pharmacy without checklists, its vaccine fridge at 5 °C every five minutes (the sensor speaks Celsius)."""
    pharmacy = open_pharmacy(hilltop(units=hilltop().units_of("hilltop-main"), quiet=True), at="12:00")
    pharmacy.reading("vaccine-fridge", 5.0).readings_until("13:00", "vaccine-fridge", 5.0)
    return pharmacy.expect_silence()


def _excursions(pharmacy: PharmacyHarness) -> list[dict[str, Any]]:
    query = select(tables.excursions).order_by(tables.excursions.c.started_at)
    return pharmacy.look(lambda connection: [dict(row._mapping) for row in connection.execute(query)])


def test_an_excursion_is_recorded_at_the_first_reading_out_and_told_after_its_delay(fridge: PharmacyHarness) -> None:
    fridge.at("13:05").reading("vaccine-fridge", 9.0)
    (excursion,) = _excursions(fridge)
    assert excursion["started_at"] == fridge.local("13:05")
    assert excursion["direction"] == "high"
    fridge.readings_until("13:15", "vaccine-fridge", 9.5).expect_silence()
    fridge.at("13:20").reading("vaccine-fridge", 10.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge")


def test_a_short_opening_of_the_door_is_recorded_and_tells_nobody(fridge: PharmacyHarness) -> None:
    fridge.at("13:05").reading("vaccine-fridge", 9.0)
    fridge.readings_until("13:40", "vaccine-fridge", 5.0)
    (excursion,) = _excursions(fridge)
    assert excursion["ended_at"] is not None
    fridge.expect_silence()


def test_it_escalates_closes_after_time_back_in_range_and_leaves_a_case_to_sign(fridge: PharmacyHarness) -> None:
    fridge.readings_until("13:20", "vaccine-fridge", 9.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge")
    fridge.readings_until("13:30", "vaccine-fridge", 9.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge")
    (case,) = _cases(fridge)
    with pytest.raises(Refused, match="not back in range"):
        _sign(fridge, case.id, "Amira")
    fridge.readings_until("13:35", "vaccine-fridge", 5.0)
    assert _excursions(fridge)[0]["ended_at"] is None
    fridge.readings_until("13:45", "vaccine-fridge", 5.0)
    assert _excursions(fridge)[0]["ended_at"] == fridge.local("13:45")
    fridge.expect_message(to="Morgan", about="Vaccine fridge is too warm")
    fridge.expect_message(to="Morgan", about="Resolved")
    fridge.expect_message(to="Amira", about="Resolved")
    with pytest.raises(Refused, match="Only a pharmacist"):
        _sign(fridge, case.id, "Ben")
    _sign(fridge, case.id, "Amira")
    assert _cases(fridge) == []


def test_a_silent_sensor_is_told_although_a_retained_message_is_replayed(fridge: PharmacyHarness) -> None:
    fridge.at("13:10").reading("vaccine-fridge", 5.0, retained=True)
    fridge.at("13:19").expect_silence()
    fridge.at("13:20").expect_message(to="Amira", about="Vaccine fridge")
    fridge.at("13:25").reading("vaccine-fridge", 5.0)
    fridge.expect_message(to="Amira", about="Resolved")


@pytest.mark.parametrize(
    "payload", ["nan", "null", "unavailable", "85.0", "-127.0", "{", "[" * 1000, "\x00\xff", '{"temperature": null}']
)
def test_a_payload_that_is_no_temperature_is_kept_as_rejected_and_never_stored(
    fridge: PharmacyHarness, payload: str
) -> None:
    before = _count(fridge, tables.readings)
    fridge.reading("vaccine-fridge", payload)
    assert _count(fridge, tables.readings) == before
    assert _count(fridge, tables.rejections) == 1


def _count(pharmacy: PharmacyHarness, table: Any) -> int:
    return pharmacy.look(lambda connection: len(connection.execute(select(table)).all()))


def _cases(pharmacy: PharmacyHarness) -> list[Case]:
    return pharmacy.look(lambda connection: stored_cases.open_cases(connection, "hilltop-main"))


def _sign(pharmacy: PharmacyHarness, case: int, name: str) -> None:
    person = pharmacy.person(name)
    pharmacy.act(
        lambda connection: cases.sign_case(connection, pharmacy.definitions, case, person, TEXTS, pharmacy.now, SAID)
    )
