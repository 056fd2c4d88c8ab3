"""shiftbot was dead for a while: what should have happened is told, once, and nothing is skipped or doubled."""

from dataclasses import replace
from datetime import date

from shiftbot import ticker
from shiftbot.domain.run import RunState
from shiftbot.storage import runs as stored_runs
from tests.cast import CLOSING, HILLTOP, OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def test_a_checklist_that_was_due_while_it_was_dead_is_missed_and_told_at_the_start(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20").down_until("09:00")
    pharmacy.expect_message(to="Amira", about="Opening checklist missed")
    assert pharmacy.run("retail-opening").run.state is RunState.MISSED
    pharmacy.at("09:05").down_until("09:06").expect_silence()


def test_a_whole_day_that_it_was_dead_is_shown_as_missed(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(OPENING, CLOSING, units=()))
    pharmacy.at("06:00").down_until("07:30", on=date(2026, 11, 25))
    missed = [alert.title for alert in pharmacy.alerts()]
    assert missed.count("Opening checklist missed") == 2
    assert missed.count("Closing checklist missed") == 2
    for _ in range(4):
        pharmacy.expect_message(to="Amira", about="missed")
    pharmacy.expect_message(to="Morgan", about="Opening checklist: 0 of 3 on time, 3 missed")
    pharmacy.expect_message(to="channel", about="Record of")


def test_before_its_first_day_nothing_was_missed(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(units=()))
    assert pharmacy.alerts() == []


def test_a_site_that_is_gone_from_the_definitions_is_left_alone(pharmacy: PharmacyHarness) -> None:
    """Its runs stand as they stood; nothing of it stays due, or the engine would never sleep again."""
    pharmacy.at("07:20")
    gone = pharmacy.run("retail-opening").run
    north = replace(HILLTOP, id="hilltop-north", name="Hilltop Pharmacy, North Street", channel="C0NORTH")
    pharmacy.definitions = replace(pharmacy.definitions, sites={north.id: north}, roster=(), digest="north only")
    pharmacy.down_until("09:00").expect_silence()
    left = pharmacy.look(lambda connection: stored_runs.look_at_run(connection, gone.id))
    assert left is not None
    assert left.state is RunState.OPEN
    following = ticker.next_attention(pharmacy.database)
    assert following is not None
    assert following > pharmacy.now
