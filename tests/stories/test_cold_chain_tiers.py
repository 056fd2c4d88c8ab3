"""The vaccine fridge's quieter troubles: near a limit, short openings that add up, a wild value, in and out."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shiftbot.domain.alert import Severity
from shiftbot.domain.site import Override, Probe, StorageUnit, TemperatureUnit
from shiftbot.storage import cases as stored_cases
from shiftbot.storage import tables
from tests.cast import FRIDGE, VACCINE_REFRIGERATOR, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

C, F = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
HELD = replace(
    VACCINE_REFRIGERATOR,
    warn_low={C: 2.5, F: 36.5},
    warn_high={C: 7.5, F: 45.5},
    cumulative_hot=timedelta(minutes=60),
    cumulative_cold=timedelta(minutes=40),
    rate={C: 20.0, F: 36.0},
    flaps=4,
)
WATCHED = replace(FRIDGE, storage_class=HELD)


def opened(open_pharmacy: Opens, unit: StorageUnit = WATCHED) -> PharmacyHarness:
    pharmacy = open_pharmacy(hilltop(units=(unit,), quiet=True), at="12:00")
    return pharmacy.reading("vaccine-fridge", 5.0).readings_until("13:00", "vaccine-fridge", 5.0).expect_silence()


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """A pharmacy without checklists, its fridge at 5 °C every five minutes; its class has every tier."""
    return opened(open_pharmacy)


def excursions(pharmacy: PharmacyHarness) -> list[dict[str, Any]]:
    query = select(tables.excursions).order_by(tables.excursions.c.started_at)
    return pharmacy.look(lambda connection: [dict(row._mapping) for row in connection.execute(query)])


def open_the_door(pharmacy: PharmacyHarness, until: str, calm: str, every: int = 5) -> None:
    pharmacy.readings_until(until, "vaccine-fridge", 9.0, every)
    pharmacy.readings_until(calm, "vaccine-fridge", 5.0, every)


def test_near_a_limit_the_channel_is_warned_once_and_nobody_is_called(fridge: PharmacyHarness) -> None:
    fridge.readings_until("13:10", "vaccine-fridge", 7.7).at("13:14").expect_silence()
    fridge.at("13:15").reading("vaccine-fridge", 7.6)
    warned = fridge.expect_message(to="channel", about="Vaccine fridge is near its upper limit since 13:05: 45.9 °F")
    assert "still within 36 to 46 °F" in warned.text
    fridge.readings_until("14:00", "vaccine-fridge", 7.6).readings_until("15:00", "vaccine-fridge", 5.0)
    fridge.expect_silence()
    assert excursions(fridge) == []
    assert fridge.alerts() == []
    assert len(fridge.recorded("unit-warned")) == 1


def test_a_warning_that_becomes_an_excursion_is_told_as_one(fridge: PharmacyHarness) -> None:
    fridge.at("13:05").reading("vaccine-fridge", 7.7).readings_until("13:25", "vaccine-fridge", 9.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")


def test_short_openings_that_make_an_hour_within_three_days_are_told(fridge: PharmacyHarness) -> None:
    for hour in range(13, 18):
        open_the_door(fridge, f"{hour}:10", f"{hour + 1}:00")
    assert [row["told_at"] for row in excursions(fridge)] == [None] * 5
    fridge.readings_until("18:10", "vaccine-fridge", 9.0).at("18:14").expect_silence()
    fridge.at("18:15")
    told = fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    assert "It was short, but makes 60 minutes within 72 hours" in told.text


def test_a_wild_value_calls_nobody_and_stays_on_the_record(fridge: PharmacyHarness) -> None:
    fridge.at("13:01").reading("vaccine-fridge", 60.0)
    fridge.at("13:02").reading("vaccine-fridge", 5.0)
    fridge.readings_until("14:02", "vaccine-fridge", 5.0).expect_silence()
    assert excursions(fridge) == []
    ((actor, body),) = fridge.recorded("readings-doubted")
    assert actor == "sensor:vaccine-fridge"
    assert [round(value, 6) for _, value in body["readings"]] == [140.0]
    assert fridge.look(lambda c: c.execute(select(tables.readings.c.value).where(tables.readings.c.value > 50)).all())


def test_a_wild_value_that_stays_is_told_from_its_first_reading(fridge: PharmacyHarness) -> None:
    fridge.at("13:01").reading("vaccine-fridge", 60.0).readings_until("13:15", "vaccine-fridge", 60.0, every=2)
    fridge.expect_silence()
    fridge.at("13:17").reading("vaccine-fridge", 60.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    assert excursions(fridge)[0]["started_at"] == fridge.local("13:01")
    assert fridge.alerts()[0].severity is Severity.CRITICAL


def test_a_door_that_is_opened_again_and_again_is_one_alert_until_an_hour_of_peace(fridge: PharmacyHarness) -> None:
    for start in (0, 15, 30):
        open_the_door(fridge, f"13:{start + 2:02}", f"13:{start + 15:02}", every=1)
    fridge.expect_silence()
    fridge.readings_until("13:46", "vaccine-fridge", 9.0, every=1)
    told = fridge.expect_message(to="Amira", about="Vaccine fridge goes in and out of range")
    assert "4 excursions since 13:01" in told.text
    (alert,) = fridge.alerts()
    fridge.readings_until("14:00", "vaccine-fridge", 5.0, every=1).acknowledges("Amira")
    fridge.inbox.unread.clear()
    fridge.readings_until("14:01", "vaccine-fridge", 13.0, every=1)
    fridge.expect_message(to="Morgan", about="goes in and out of range")
    assert [each.id for each in fridge.alerts()] == [alert.id], "a critical opening is the same alert, more urgent"
    assert len(fridge.look(lambda c: stored_cases.open_cases(c, "hilltop-main"))) == 1
    fridge.readings_until("15:20", "vaccine-fridge", 5.0)
    assert fridge.alerts() == []
    fridge.inbox.unread.clear()


def test_a_probe_in_air_is_given_half_an_hour(open_pharmacy: Opens) -> None:
    fridge = opened(open_pharmacy, replace(WATCHED, probe=Probe.AIR))
    fridge.readings_until("13:25", "vaccine-fridge", 9.0).readings_until("14:00", "vaccine-fridge", 5.0)
    fridge.expect_silence()
    fridge.readings_until("14:40", "vaccine-fridge", 9.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")


def test_kept_readings_that_arrive_hours_later_are_one_notice(open_pharmacy: Opens) -> None:
    fridge = opened(open_pharmacy)
    fridge.at("16:00").inbox.unread.clear()
    for minute in range(5, 180, 5):
        taken_at = (fridge.local("13:00") + timedelta(minutes=minute)).isoformat()
        degrees = 9.0 if minute % 60 < 25 else 5.0
        fridge.reading("vaccine-fridge", f'{{"temperature": {degrees}, "taken_at": "{taken_at}"}}')
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    fridge.expect_message(to="Amira", about="Resolved: Vaccine fridge: no readings")
    fridge.expect_message(to="Morgan", about="Resolved: Vaccine fridge: no readings")
    (alert,) = fridge.expect_silence().alerts()
    assert "found late, already over: 3 excursions from 13:05 to 15:35" in alert.detail
    fridge.at("16:05").expect_message(to="Amira", about="It was over when it was found")
    assert len([row for row in excursions(fridge) if row["told_at"]]) == 3
    assert len(fridge.look(lambda c: stored_cases.open_cases(c, "hilltop-main"))) == 1


def test_a_fridge_that_is_out_of_range_over_a_restart_is_told_on_time(fridge: PharmacyHarness) -> None:
    fridge.readings_until("13:10", "vaccine-fridge", 9.0).start()
    fridge.readings_until("13:15", "vaccine-fridge", 9.0).start().expect_silence()
    fridge.at("13:20").expect_message(to="Amira", about="Vaccine fridge is too warm")


def test_limits_looser_than_the_rules_go_on_the_record_with_who_answers_for_them(open_pharmacy: Opens) -> None:
    why = Override("morgan", "Letter of the programme of 3 May", date(2026, 11, 20))
    loose = replace(HELD, critical_after=timedelta(hours=2), override=why)
    pharmacy = open_pharmacy(hilltop(units=(replace(WATCHED, storage_class=loose),), quiet=True), at="12:00")
    ((actor, body),) = pharmacy.recorded("limits-overridden")
    assert (actor, body["reason"], body["on"]) == ("morgan", why.reason, "2026-11-20")
    assert body["critical_after_seconds"] == 7200
    pharmacy.definitions = replace(pharmacy.definitions, digest="the same again")
    pharmacy.start()
    assert len(pharmacy.recorded("limits-overridden")) == 1
    looser = replace(loose, critical_after=timedelta(hours=3))
    units = {"vaccine-fridge": replace(WATCHED, storage_class=looser)}
    pharmacy.definitions = replace(pharmacy.definitions, units=units, digest="looser still")
    pharmacy.start()
    assert len(pharmacy.recorded("limits-overridden")) == 2
    pharmacy.inbox.unread.clear()
