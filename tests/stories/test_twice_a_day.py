"""Some states want the current temperature twice each workday: asked at its start and its end, missed stays blank."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shiftbot.domain.checklist import ForEach, Item, ItemKind, Section, ShiftPart
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Sensor
from shiftbot.services import runs
from shiftbot.services.runs import LineView
from tests.cast import CLOSING, FRIDGE, OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

TUESDAY = date(2026, 11, 24)
NOW = Item("temp", "Temperature now", kind=ItemKind.TEMPERATURE, for_each=ForEach.UNIT, from_sensor=True)
TWICE = (
    replace(OPENING, sections=(Section("Cold chain", (NOW,)),), shift=ShiftPart.START),
    replace(CLOSING, sections=(Section("Cold chain", (NOW,)),), shift=ShiftPart.END),
)


@pytest.fixture
def fridge(open_pharmacy: Opens) -> PharmacyHarness:
    """A pharmacy whose state wants it twice; its sensor speaks all day long."""
    hourly = replace(FRIDGE, sensor=Sensor("hilltop/vaccine-fridge", every=timedelta(hours=1)))
    return open_pharmacy(hilltop(*TWICE, units=(hourly,)), at="06:30").reading(FRIDGE.id, 5.0)


def line(pharmacy: PharmacyHarness, checklist: str) -> LineView:
    (only,) = pharmacy.run(checklist).lines
    return only


def day(pharmacy: PharmacyHarness, until: str) -> PharmacyHarness:
    """The sensor goes on; what is said of other things on the way is told by other stories."""
    pharmacy.readings_until(until, FRIDGE.id, 5.0, every=60)
    pharmacy.inbox.unread.clear()
    return pharmacy


def test_it_is_asked_in_the_morning_and_in_the_evening_and_each_has_a_name(fridge: PharmacyHarness) -> None:
    day(fridge, "07:30").does("Ben", "retail-opening", temp__vaccine_fridge="41")
    day(fridge, "19:30").does("Amira", "retail-closing", temp__vaccine_fridge="42")
    for checklist, name, value in (("retail-opening", "ben", 41.0), ("retail-closing", "amira", 42.0)):
        answer = line(fridge, checklist).answer
        assert answer is not None
        assert answer.value is not None
        assert (answer.answered_by, answer.value["temperature"]) == (name, value)
        assert fridge.run(checklist).run.state is RunState.COMPLETED


def test_an_evening_that_nobody_looked_stays_blank_though_the_sensor_knows_it(fridge: PharmacyHarness) -> None:
    day(fridge, "07:30").does("Ben", "retail-opening", temp__vaccine_fridge="41")
    day(fridge, "21:30")
    missed = line(fridge, "retail-closing")
    assert (missed.missed, missed.answer) == (True, None)
    assert fridge.run("retail-closing").run.state is RunState.MISSED
    run = fridge.run("retail-closing").run.id
    fridge.at("07:30", TUESDAY).inbox.unread.clear()
    view = fridge.look(lambda connection: runs.view_run(connection, fridge.definitions, run))
    assert view is not None
    assert [each.line.key for each in view.blank] == ["temp:vaccine-fridge"]
    assert [actor for actor, _ in fridge.recorded("answer")] == ["ben"]
