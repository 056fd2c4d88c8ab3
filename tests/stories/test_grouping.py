"""One power cut is one alert: what begins at a site within half an hour is several causes of it, not several alerts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from shiftbot.domain.alert import AlertState, Policy, Severity, Step
from shiftbot.domain.cause import Cause
from shiftbot.domain.site import StorageUnit
from shiftbot.storage import cases as stored_cases
from shiftbot.storage import causes as stored_causes
from shiftbot.storage import tables
from shiftbot.storage.verify import verify
from tests.cast import FRIDGE, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

POLICY = Policy(
    "standard",
    (
        Step(("on-duty-pharmacist",)),
        Step(("manager",), timedelta(minutes=30), timedelta(minutes=30)),
    ),
)


def unit(number: int, gateway: str = "") -> StorageUnit:
    sensor = replace(FRIDGE.sensor, topic=f"hilltop/{number}", gateway=gateway) if FRIDGE.sensor else None
    return replace(FRIDGE, id=f"fridge-{number}", name=f"Fridge {number}", sensor=sensor)


FRIDGES = tuple(unit(number) for number in range(1, 6))
LOGGER = unit(9, "attic")
EVERY_ONE = tuple(each.id for each in FRIDGES)


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Five fridges and a gateway with a logger of its own, all well at noon."""
    harness = open_pharmacy(hilltop(units=(*FRIDGES, LOGGER), policy=POLICY, quiet=True), at="12:00")
    return read(harness, "12:30", dict.fromkeys((*EVERY_ONE, LOGGER.id), 5.0))


def read(pharmacy: PharmacyHarness, until: str, degrees: dict[str, float]) -> PharmacyHarness:
    """A reading every five minutes of each of these."""
    while pharmacy.now + timedelta(minutes=5) <= pharmacy.local(until):
        pharmacy.fast_forward(minutes=5)
        for unit_id, value in degrees.items():
            pharmacy.reading(unit_id, value)
    return pharmacy


def causes(pharmacy: PharmacyHarness) -> list[Cause]:
    (alert,) = pharmacy.look(lambda connection: connection.execute(select(tables.alerts.c.id)).scalars().all())
    return pharmacy.look(lambda connection: stored_causes.of_alert(connection, alert))


def power_cut(pharmacy: PharmacyHarness) -> None:
    """At 12:30 the power goes: the logger falls silent, the fridges warm up and are told at 12:50."""
    read(pharmacy, "12:50", dict.fromkeys(EVERY_ONE, 9.0))


def test_five_fridges_and_the_gateway_are_one_alert_with_six_causes(pharmacy: PharmacyHarness) -> None:
    power_cut(pharmacy)
    (alert,) = pharmacy.alerts()
    assert {cause.title for cause in causes(pharmacy)} == {
        "Fridge 9: no readings", *(f"Fridge {number} is too warm" for number in range(1, 6))
    }  # fmt: skip
    assert alert.title == "Fridge 1 is too warm, and 5 more"
    assert len(pharmacy.look(lambda c: stored_cases.open_cases(c, "hilltop-main"))) == 5, "each excursion has its case"
    call = pharmacy.expect_message(to="Amira", about="Fridge 1 is too warm, and 5 more")
    assert len([line for line in call.text.splitlines() if line.startswith("• ")]) == 6
    assert pharmacy.look(verify).findings == ()


def test_what_joins_is_told_in_a_line_to_everybody_who_was_told_so_far(pharmacy: PharmacyHarness) -> None:
    others = dict.fromkeys(EVERY_ONE[2:], 5.0) | {LOGGER.id: 5.0}
    read(pharmacy, "12:45", {EVERY_ONE[0]: 9.0, EVERY_ONE[1]: 5.0} | others)
    read(pharmacy, "12:50", {EVERY_ONE[0]: 9.0, EVERY_ONE[1]: 9.0} | others)
    pharmacy.expect_message(to="Amira", about="Fridge 1 is too warm")
    read(pharmacy, "13:05", {EVERY_ONE[0]: 9.0, EVERY_ONE[1]: 9.0} | others)
    line = pharmacy.expect_message(to="Amira", about="Now also: Fridge 2 is too warm")
    assert "\n" not in line.text
    pharmacy.expect_silence()
    read(pharmacy, "13:20", {EVERY_ONE[0]: 9.0, EVERY_ONE[1]: 9.0} | others)
    both = pharmacy.expect_message(to="Morgan", about="Fridge 1 is too warm, and 1 more")
    assert "• Fridge 1 is too warm" in both.text
    assert "• Fridge 2 is too warm" in both.text
    read(pharmacy, "13:45", dict.fromkeys(EVERY_ONE[:2], 5.0) | others)
    pharmacy.expect_message(to="Amira", about="Resolved: Fridge 1 is too warm, and 1 more")
    pharmacy.expect_message(to="Morgan", about="Resolved")
    assert pharmacy.look(verify).findings == ()


def test_the_alert_ends_with_the_last_of_its_causes(pharmacy: PharmacyHarness) -> None:
    power_cut(pharmacy)
    pharmacy.expect_message(to="Amira", about="and 5 more")
    back = {EVERY_ONE[0]: 5.0} | dict.fromkeys(EVERY_ONE[1:], 9.0)
    read(pharmacy, "13:10", back)
    (alert,) = pharmacy.alerts()
    assert alert.title == "Fridge 2 is too warm, and 4 more"
    assert [cause.subject for cause in causes(pharmacy) if cause.ended_at], "the first fridge is well"
    read(pharmacy, "13:30", dict.fromkeys((*EVERY_ONE, LOGGER.id), 5.0))
    assert pharmacy.alerts() == []
    assert pharmacy.look(verify).findings == ()
    for name in ("Amira", "Morgan"):
        pharmacy.expect_message(to=name, about="Resolved: Fridge 1 is too warm, and 5 more")
    pharmacy.inbox.unread.clear()


def test_who_has_it_keeps_it_and_is_told_what_joined(pharmacy: PharmacyHarness) -> None:
    well = dict.fromkeys(EVERY_ONE[1:], 5.0) | {LOGGER.id: 5.0}
    read(pharmacy, "12:50", {EVERY_ONE[0]: 9.0} | well)
    pharmacy.expect_message(to="Amira", about="Fridge 1 is too warm")
    pharmacy.acknowledges("Priya")
    read(pharmacy, "13:10", {EVERY_ONE[0]: 9.0} | well | {EVERY_ONE[1]: 9.0})
    for name in ("Amira", "Priya"):
        pharmacy.expect_message(to=name, about="Now also: Fridge 2 is too warm")
    (alert,) = pharmacy.expect_silence().alerts()
    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "priya")
    assert alert.escalate_at == pharmacy.local("13:20")
    assert pharmacy.look(verify).findings == ()


def test_a_critical_cause_makes_the_whole_critical_and_takes_the_next_step_at_once(pharmacy: PharmacyHarness) -> None:
    well = dict.fromkeys(EVERY_ONE[1:], 5.0) | {LOGGER.id: 5.0}
    read(pharmacy, "12:50", {EVERY_ONE[0]: 9.0} | well)
    pharmacy.expect_message(to="Amira", about="Fridge 1 is too warm")
    pharmacy.acknowledges("Amira")
    read(pharmacy, "12:55", {EVERY_ONE[0]: 9.0} | well | {EVERY_ONE[1]: 13.0})
    pharmacy.expect_message(to="Morgan", about="Fridge 1 is too warm, and 1 more")
    pharmacy.expect_message(to="Amira", about="Now also: Fridge 2 is too warm")
    (alert,) = pharmacy.alerts()
    assert (alert.severity, alert.state) == (Severity.CRITICAL, AlertState.TRIGGERED)
    assert pharmacy.look(verify).findings == ()


def test_what_begins_after_half_an_hour_has_its_own_ladder(pharmacy: PharmacyHarness) -> None:
    well = dict.fromkeys(EVERY_ONE[1:], 5.0) | {LOGGER.id: 5.0}
    read(pharmacy, "13:10", {EVERY_ONE[0]: 9.0} | well)
    read(pharmacy, "13:30", {EVERY_ONE[0]: 9.0} | well | {EVERY_ONE[1]: 9.0})
    assert [alert.title for alert in pharmacy.alerts()] == ["Fridge 1 is too warm", "Fridge 2 is too warm"]
    pharmacy.inbox.unread.clear()


def test_a_unit_with_a_policy_of_its_own_keeps_its_own_ladder(open_pharmacy: Opens) -> None:
    units = (FRIDGES[0], replace(FRIDGES[1], escalation="quick"))
    cast = hilltop(units=units, policy=POLICY, quiet=True)
    quick = Policy("quick", (Step(("priya",), repeat=timedelta(hours=1)),))
    pharmacy = open_pharmacy(replace(cast, policies=dict(cast.policies) | {"quick": quick}), at="12:00")
    read(pharmacy, "12:30", dict.fromkeys(EVERY_ONE[:2], 5.0))
    read(pharmacy, "12:50", dict.fromkeys(EVERY_ONE[:2], 9.0))
    pharmacy.expect_message(to="Amira", about="Fridge 1 is too warm")
    pharmacy.expect_message(to="Priya", about="Fridge 2 is too warm")
