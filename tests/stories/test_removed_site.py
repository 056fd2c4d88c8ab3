"""A site is taken out of the definitions while something is wrong there: the managers hear of it, and are told why."""

from dataclasses import replace
from datetime import date

import pytest

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.run import RunState
from shiftbot.errors import Refused
from shiftbot.services import runs
from shiftbot.storage import runs as stored_runs
from tests.cast import BEN, HILLTOP, hilltop
from tests.pharmacy import PharmacyHarness


def test_an_alert_of_a_site_that_was_removed_still_reaches_a_manager(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("08:10").expect_reminders("Ben", "Amira")
    pharmacy.expect_message(to="Amira", about="missed")
    pharmacy.definitions = replace(hilltop(units=()), sites={}, roster=(), digest="without a site")
    message = pharmacy.fast_forward(minutes=10).expect_message(to="Morgan", about="Opening checklist missed")
    assert "its site is no longer defined" in message.text


def test_a_checklist_of_a_site_that_was_removed_takes_no_answer(pharmacy: PharmacyHarness) -> None:
    run = pharmacy.at("07:30").run("retail-opening").run.id
    gone = replace(hilltop(units=()), sites={}, roster=(), digest="without a site")
    said = [Reply("lights"), Reply("phones", Outcome.FAILED, note="dead")]
    with pytest.raises(Refused, match="not in the definitions any more"):
        pharmacy.act(lambda connection: runs.respond(connection, gone, run, BEN, said, "story", pharmacy.now))
    pharmacy.at("08:10").expect_reminders("Ben", "Amira")
    pharmacy.expect_message(to="Amira", about="1. Lights and computers on; 2. Phones")


def test_what_was_open_at_a_site_that_comes_back_after_weeks_ends_as_missed(pharmacy: PharmacyHarness) -> None:
    run = pharmacy.at("07:20").run("retail-opening").run.id
    north = replace(HILLTOP, id="hilltop-north", name="Hilltop Pharmacy, North Street", channel="C0NORTH")
    before = pharmacy.definitions
    pharmacy.definitions = replace(before, sites={north.id: north}, roster=(), digest="north only")
    pharmacy.down_until("07:30")
    pharmacy.definitions = before
    pharmacy.down_until("07:00", on=date(2026, 12, 21))
    pharmacy.inbox.unread.clear()
    found = pharmacy.look(lambda connection: stored_runs.look_at_run(connection, run))
    assert found is not None
    assert found.state is RunState.MISSED
