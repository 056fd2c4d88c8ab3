"""Quiet hours: what is not critical waits until they end, by the clock of the pharmacy; duty and danger do not wait."""

from dataclasses import replace
from datetime import date, time

import pytest

from shiftbot.domain.alert import AlertKind, Policy, Severity, Step
from shiftbot.domain.site import RosterRule
from shiftbot.services import escalation
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import outbox
from tests.cast import AMIRA, BEN, MORGAN, PRIYA, WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

TO_PRIYA = Policy("standard", (Step(("priya",)), Step(("manager",))))
QUIET = (time(22), time(7))


def opens(open_pharmacy: Opens, **more: object) -> PharmacyHarness:
    """Priya is quiet from ten to seven and asked first; Amira is on duty all day."""
    people = (AMIRA, BEN, MORGAN, replace(PRIYA, quiet=QUIET))
    roster = more.pop("roster", (RosterRule("hilltop-main", "amira", WEEK, time(6), time(22)),))
    definitions = hilltop(units=(), quiet=True, people=people, policy=TO_PRIYA, roster=roster)  # type: ignore[arg-type]
    return open_pharmacy(definitions, **more)


def alert(pharmacy: PharmacyHarness, title: str, severity: Severity = Severity.NORMAL) -> None:
    """Something is wrong."""
    new = NewAlert("hilltop-main", AlertKind.SENSOR, title, title, "", severity)
    pharmacy.act(lambda connection: escalation.open_alert(connection, pharmacy.definitions, new, pharmacy.now))


def test_what_is_not_critical_waits_until_the_quiet_hours_end_and_the_ladder_does_not(open_pharmacy: Opens) -> None:
    pharmacy = opens(open_pharmacy)
    alert(pharmacy, "A battery is low")
    pharmacy.expect_message(to="Morgan", about="A battery is low")
    with pharmacy.database.snapshot() as connection:
        held = outbox.of_alert(connection, pharmacy.alerts()[0].id)[0]
    assert held.error == "waits until 07:00: quiet hours of Priya Nair"
    pharmacy.acknowledges("Morgan")
    pharmacy.at("00:45").expect_silence()
    pharmacy.closes("Morgan", "a new battery is in")
    pharmacy.expect_message(to="Morgan", about="Resolved")
    pharmacy.at("07:00").expect_silence()


def test_it_is_told_when_they_end(open_pharmacy: Opens) -> None:
    pharmacy = opens(open_pharmacy, at="06:50")
    alert(pharmacy, "A battery is low")
    pharmacy.expect_message(to="Morgan", about="A battery is low")
    pharmacy.acknowledges("Morgan")
    pharmacy.at("06:59").expect_silence()
    pharmacy.at("07:00").expect_message(to="Priya", about="A battery is low")


def test_what_is_critical_is_told_at_once(open_pharmacy: Opens) -> None:
    pharmacy = opens(open_pharmacy)
    alert(pharmacy, "The freezer thaws", Severity.CRITICAL)
    pharmacy.expect_message(to="Priya", about="The freezer thaws")
    pharmacy.expect_message(to="Morgan", about="The freezer thaws")


def test_who_is_on_duty_is_told_at_once(open_pharmacy: Opens) -> None:
    at_night = (RosterRule("hilltop-main", "priya", WEEK, time(22), time(6)),)
    pharmacy = opens(open_pharmacy, roster=at_night)
    alert(pharmacy, "A battery is low")
    pharmacy.expect_message(to="Priya", about="A battery is low")
    pharmacy.expect_message(to="Morgan", about="A battery is low")


@pytest.mark.parametrize(
    ("on", "began", "hours"), [(date(2026, 11, 1), "00:30", 7.5), (date(2027, 3, 14), "00:30", 5.5)]
)
def test_they_end_by_the_wall_clock_where_it_changes(open_pharmacy: Opens, on: date, began: str, hours: float) -> None:
    """The night of 1 November has an hour more, that of 14 March one less."""
    pharmacy = opens(open_pharmacy, on=on, at=began)
    alert(pharmacy, "A battery is low")
    pharmacy.expect_message(to="Morgan", about="A battery is low")
    pharmacy.acknowledges("Morgan")
    began_at = pharmacy.now
    pharmacy.at("07:00")
    pharmacy.inbox.unread = [each for each in pharmacy.inbox.unread if each.to == PRIYA.slack]
    told = pharmacy.expect_message(to="Priya", about="A battery is low")
    assert (told.at - began_at).total_seconds() == hours * 3600
    pharmacy.inbox.unread.clear()
