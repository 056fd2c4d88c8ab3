"""Sensors that fall silent together, run out of battery, stand still, or are due for calibration; and maintenance."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.maintenance import Kind
from shiftbot.domain.site import Pharmacy, Sensor
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import cold_chain
from shiftbot.services.cold_chain import Condition
from tests.cast import FRIDGE, VACCINE_REFRIGERATOR, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

TUESDAY = date(2026, 11, 24)
FREEZER = replace(
    FRIDGE, id="drug-fridge", name="Drug fridge", sensor=Sensor("hilltop/drug-fridge", every=timedelta(minutes=5))
)


def behind(gateway: str) -> Pharmacy:
    """The two fridges, both behind one gateway."""
    fridges = (FRIDGE, FREEZER)
    units = tuple(
        replace(each, sensor=replace(each.sensor, gateway=gateway)) for each in fridges if each.sensor is not None
    )
    return hilltop(units=units, quiet=True)


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """One fridge at 5 °C, seen from 13:00 on."""
    pharmacy = open_pharmacy(hilltop(units=(FRIDGE,), quiet=True), at="12:55")
    return pharmacy.readings_until("13:00", "vaccine-fridge", 5.0).expect_silence()


# --- silence


def test_all_sensors_of_a_gateway_that_is_gone_are_one_alert_with_their_names(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(behind("back-room"), at="13:00")
    pharmacy.reading("vaccine-fridge", 5.0).at("13:02").reading("drug-fridge", 5.0)
    pharmacy.at("13:20")
    pharmacy.expect_message(to="Amira", about="Vaccine fridge: no readings")
    pharmacy.at("13:25").expect_silence()
    (alert,) = pharmacy.alerts()
    assert alert.title == "Gateway back-room: no readings from 2 units"
    assert "Vaccine fridge since 13:00, Drug fridge since 13:02" in alert.detail
    pharmacy.at("13:59").inbox.unread.clear()
    assert pharmacy.alerts()[0].severity is Severity.NORMAL
    pharmacy.at("14:00")
    assert pharmacy.alerts()[0].severity is Severity.CRITICAL
    pharmacy.inbox.unread.clear()
    pharmacy.at("14:05").reading("vaccine-fridge", 5.0)
    (alert,) = pharmacy.alerts()
    assert alert.title == "Drug fridge: no readings"
    pharmacy.reading("drug-fridge", 5.0)
    assert pharmacy.alerts() == []
    assert [actor for actor, _ in pharmacy.recorded("sensor-heard")] == ["sensor:vaccine-fridge", "sensor:drug-fridge"]
    pharmacy.inbox.unread.clear()


def test_a_gateway_that_is_gone_twice_is_told_twice(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(behind("back-room"), at="13:00")
    for clock in ("13:00", "14:00"):
        pharmacy.at(clock).reading("vaccine-fridge", 5.0).reading("drug-fridge", 5.0)
        pharmacy.fast_forward(minutes=20)
        assert [alert.title for alert in pharmacy.alerts()] == ["Gateway back-room: no readings from 2 units"]
    pharmacy.inbox.unread.clear()


def test_a_sensor_that_moves_to_another_gateway_leaves_no_alert_behind(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(behind("back-room"), at="13:00")
    pharmacy.at("13:20")
    assert [alert.title for alert in pharmacy.alerts()] == ["Gateway back-room: no readings from 2 units"]
    pharmacy.definitions = replace(behind("front"), digest="moved")
    pharmacy.start().reading("vaccine-fridge", 5.0).reading("drug-fridge", 5.0)
    assert pharmacy.alerts() == []
    pharmacy.inbox.unread.clear()


def test_a_gap_is_on_the_record_by_the_devices_time_unless_the_readings_come_after_all(fridge: PharmacyHarness) -> None:
    fridge.at("13:40").reading("vaccine-fridge", 5.0)
    ((_, body),) = fridge.recorded("sensor-heard")
    assert [[each[:16] for each in gap] for gap in body["gaps"]] == [["2026-11-23T18:00", "2026-11-23T18:40"]]
    fridge.at("14:20")
    fridge.reading("vaccine-fridge", '{"temperature": 5.0, "taken_at": "2026-11-23T14:00:00-05:00"}')
    fridge.inbox.unread.clear()
    assert fridge.recorded("sensor-heard")[1][1]["gaps"] == []


# --- batteries


def with_battery(pharmacy: PharmacyHarness, per_cent: int) -> PharmacyHarness:
    return pharmacy.reading("vaccine-fridge", f'{{"temperature": 5.0, "battery": {per_cent}}}')


def test_a_battery_is_told_at_twenty_and_at_ten_per_cent_and_again_only_after_it_was_changed(
    fridge: PharmacyHarness,
) -> None:
    def hours_at(per_cent: int, until: str) -> None:
        while fridge.now + timedelta(minutes=15) <= fridge.local(until):
            with_battery(fridge.fast_forward(minutes=15), per_cent)

    hours_at(21, "15:00")
    fridge.expect_silence()
    hours_at(20, "17:00")
    fridge.expect_message(to="channel", about="Vaccine fridge: the battery of its sensor is at 20 %")
    hours_at(12, "18:00")
    fridge.expect_silence()
    hours_at(9, "20:00")
    fridge.expect_message(to="channel", about="at 9 %. Change it today")
    hours_at(100, "21:15")
    fridge.inbox.unread.clear()
    hours_at(18, "23:00")
    fridge.expect_message(to="channel", about="at 18 %. Change it soon")
    assert len(fridge.recorded("battery-low")) == 3


# --- a value that stands still


def standing(open_pharmacy: Opens) -> PharmacyHarness:
    held = replace(VACCINE_REFRIGERATOR, stuck_after=timedelta(hours=6))
    pharmacy = open_pharmacy(hilltop(units=(replace(FRIDGE, storage_class=held),), quiet=True), at="08:05")
    return pharmacy.reading("vaccine-fridge", 4.9)


def test_a_value_that_is_the_same_for_six_hours_is_no_temperature_until_it_moves(open_pharmacy: Opens) -> None:
    pharmacy = standing(open_pharmacy).readings_until("14:05", "vaccine-fridge", 5.0, every=10).expect_silence()
    pharmacy.readings_until("15:30", "vaccine-fridge", 5.0, every=10)
    told = pharmacy.expect_message(to="Amira", about="Vaccine fridge: its sensor stands still")
    assert "41.0 °F to the last digit since 08:15; the temperature is unknown" in told.text
    (alert,) = pharmacy.alerts()
    assert alert.kind is AlertKind.SENSOR
    pharmacy.inbox.unread.clear()
    pharmacy.readings_until("15:50", "vaccine-fridge", 5.1, every=10)
    assert pharmacy.alerts() == []
    pharmacy.expect_message(to="Amira", about="Its value moves again")
    pharmacy.inbox.unread.clear()


def test_a_value_that_moves_now_and_then_is_a_temperature(open_pharmacy: Opens) -> None:
    pharmacy = standing(open_pharmacy)
    for clock in ("12:00", "16:00", "20:00"):
        pharmacy.readings_until(clock, "vaccine-fridge", 5.0, every=10)
        pharmacy.fast_forward(minutes=1).reading("vaccine-fridge", 5.1)
    assert pharmacy.alerts() == []
    pharmacy.expect_silence()


# --- calibration


def test_calibration_is_told_to_the_manager_ahead_and_every_day_once_it_is_overdue(open_pharmacy: Opens) -> None:
    due = replace(FRIDGE, calibration_certificate="NIST-4711", calibration_due=TUESDAY)
    pharmacy = open_pharmacy(hilltop(units=(due,), quiet=True), at="08:30")
    pharmacy.reading("vaccine-fridge", 5.0).readings_until("11:00", "vaccine-fridge", 5.0, every=15)
    told = pharmacy.expect_message(to="Morgan", about="Vaccine fridge: its logger's calibration (NIST-4711) is due")
    assert "tomorrow, on 24 Nov 2026" in told.text
    for day in (2, 3):
        pharmacy.on = date(2026, 11, 23) + timedelta(days=day)
        pharmacy.at("11:00")
        pharmacy.expect_message(to="Morgan", about="calibration is overdue: Vaccine fridge (NIST-4711) since 24 Nov")
    pharmacy.inbox.unread.clear()


# --- maintenance


def defrosts(pharmacy: PharmacyHarness, until: str, by: str = "Amira", reason: str = "ice on the back wall") -> None:
    pharmacy.act(
        lambda connection: cold_chain.begin_maintenance(
            connection, pharmacy.definitions, "vaccine-fridge", Kind.DEFROST, reason, pharmacy.person(by),
            pharmacy.local(until), pharmacy.now,
        )
    )  # fmt: skip


def is_done(pharmacy: PharmacyHarness, by: str = "Amira") -> None:
    pharmacy.act(
        lambda connection: cold_chain.end_maintenance(
            connection, pharmacy.definitions, "vaccine-fridge", pharmacy.person(by), pharmacy.now
        )
    )


def test_while_it_is_defrosted_nobody_is_called_and_everything_is_recorded(fridge: PharmacyHarness) -> None:
    defrosts(fridge, until="15:00")
    fridge.readings_until("13:40", "vaccine-fridge", 9.0).readings_until("14:55", "vaccine-fridge", 5.0)
    fridge.expect_silence()
    assert len(fridge.recorded("excursion-started")) == 1
    fridge.readings_until("15:00", "vaccine-fridge", 5.0)
    told = fridge.expect_message(to="channel", about="Defrost of Vaccine fridge has ended (Amira")
    assert "ice on the back wall). 1 excursion meanwhile: 48.2 °F at worst, 40 minutes" in told.text
    assert fridge.alerts() == []
    fridge.readings_until("16:00", "vaccine-fridge", 5.0)


def test_what_is_critical_goes_through_and_what_still_is_so_is_told_at_the_end(fridge: PharmacyHarness) -> None:
    defrosts(fridge, until="13:45")
    fridge.readings_until("13:40", "vaccine-fridge", 9.0).expect_silence()
    fridge.readings_until("13:45", "vaccine-fridge", 9.0)
    fridge.expect_message(to="channel", about="Defrost of Vaccine fridge has ended")
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    fridge.readings_until("14:30", "vaccine-fridge", 5.0).inbox.unread.clear()
    defrosts(fridge, until="16:00")
    fridge.readings_until("14:35", "vaccine-fridge", 13.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    assert fridge.alerts()[0].severity is Severity.CRITICAL
    fridge.readings_until("16:00", "vaccine-fridge", 5.0).inbox.unread.clear()


def test_a_ladder_that_is_climbing_rests_until_the_end_and_goes_on_when_it_comes_early(fridge: PharmacyHarness) -> None:
    fridge.readings_until("13:20", "vaccine-fridge", 9.0)
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    defrosts(fridge, until="14:00")
    fridge.readings_until("13:40", "vaccine-fridge", 9.0).expect_silence()
    is_done(fridge, by="Morgan")
    fridge.expect_message(to="channel", about="Defrost of Vaccine fridge has ended")
    fridge.expect_message(to="Amira", about="Vaccine fridge is too warm")
    fridge.inbox.unread.clear()
    fridge.readings_until("14:20", "vaccine-fridge", 5.0).inbox.unread.clear()


def test_a_silent_sensor_is_told_after_maintenance_and_at_once_when_it_is_critical(fridge: PharmacyHarness) -> None:
    defrosts(fridge, until="13:30")
    fridge.at("13:29").expect_silence()
    fridge.at("13:30").expect_message(to="channel", about="has ended")
    fridge.expect_message(to="Amira", about="Vaccine fridge: no readings")
    fridge.at("13:35").reading("vaccine-fridge", 5.0).inbox.unread.clear()
    defrosts(fridge, until="20:00")
    fridge.at("14:34").expect_silence()
    fridge.at("14:35").expect_message(to="Amira", about="Vaccine fridge: no readings")
    assert fridge.alerts()[0].severity is Severity.CRITICAL
    fridge.reading("vaccine-fridge", 5.0).inbox.unread.clear()
    is_done(fridge)
    fridge.inbox.unread.clear()


def test_maintenance_has_an_author_who_may_a_reason_and_an_end_and_is_one_at_a_time(fridge: PharmacyHarness) -> None:
    with pytest.raises(Refused, match="A pharmacist or manager"):
        defrosts(fridge, until="14:00", by="Ben")
    with pytest.raises(Refused, match="why"):
        defrosts(fridge, until="14:00", reason="  ")
    with pytest.raises(Refused, match="later than now"):
        defrosts(fridge, until="12:00")
    defrosts(fridge, until="14:00")
    with pytest.raises(AlreadyDone, match="in maintenance already, until 14:00"):
        defrosts(fridge, until="14:30")
    ((actor, body),) = fridge.recorded("maintenance-began")
    assert (actor, body["kind"], body["reason"]) == ("amira", "defrost", "ice on the back wall")
    is_done(fridge)
    fridge.expect_message(to="channel", about="It stayed in range")
    with pytest.raises(AlreadyDone, match="in no maintenance"):
        is_done(fridge)


def test_what_is_known_of_a_silent_or_stuck_sensor_is_not_called_in_range(open_pharmacy: Opens) -> None:
    pharmacy = standing(open_pharmacy).readings_until("16:00", "vaccine-fridge", 5.0, every=10)
    (view,) = pharmacy.look(
        lambda connection: cold_chain.unit_overview(connection, pharmacy.definitions, "hilltop-main", pharmacy.now)
    )
    assert view.condition is Condition.UNKNOWN
    pharmacy.inbox.unread.clear()
