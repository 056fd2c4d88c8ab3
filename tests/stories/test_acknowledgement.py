"""Acknowledged is not solved: it stops the ladder for 30 minutes, or until the item is answered."""

import pytest

from shiftbot.errors import AlreadyDone, Refused
from tests.pharmacy import PharmacyHarness


@pytest.fixture
def missed(pharmacy: PharmacyHarness) -> PharmacyHarness:
    """The opening checklist was missed at 08:10 and Amira was told."""
    pharmacy.at("08:10").expect_reminders("Ben", "Amira")
    pharmacy.expect_message(to="Amira", about="Opening checklist missed")
    return pharmacy


def test_an_acknowledgement_stops_the_ladder_until_it_runs_out(missed: PharmacyHarness) -> None:
    missed.at("08:12").acknowledges("Amira")
    missed.at("08:41").expect_silence()
    message = missed.at("08:42").expect_message(to="Amira", about="Opening checklist missed")
    assert "acknowledgement ran out" in message.text
    missed.at("08:57").expect_message(to="Morgan", about="Opening checklist missed")


def test_an_acknowledged_miss_that_is_done_late_is_resolved_and_stays_silent(missed: PharmacyHarness) -> None:
    missed.at("08:12").acknowledges("Amira")
    missed.at("08:20").answers_all("Ben", "retail-opening")
    missed.answers_all("Amira", "retail-opening")
    missed.expect_message(to="Amira", about="Resolved")
    assert missed.alerts() == []
    missed.at("20:30").expect_silence()


def test_i_cannot_takes_the_next_step_at_once(missed: PharmacyHarness) -> None:
    missed.at("08:12").cannot("Amira")
    missed.expect_message(to="Amira", about="Opening checklist missed")
    missed.cannot("Amira")
    missed.expect_message(to="Morgan", about="Opening checklist missed")


def test_a_second_acknowledgement_learns_who_was_first(missed: PharmacyHarness) -> None:
    missed.at("08:12").acknowledges("Amira")
    with pytest.raises(AlreadyDone, match="Amira Hassan already has this one"):
        missed.acknowledges("Morgan")


def test_the_manager_is_repeated_to_until_somebody_answers(missed: PharmacyHarness) -> None:
    missed.at("08:20").expect_message(to="Amira", about="missed")
    for clock in ("08:35", "09:05", "09:35", "10:05"):
        missed.at(clock).expect_message(to="Morgan", about="missed")
    missed.at("10:06").acknowledges("Morgan")
    missed.at("10:35").expect_silence()
    missed.at("10:36").expect_message(to="Morgan", about="ran out")


def test_a_technician_cannot_silence_the_ladder(missed: PharmacyHarness) -> None:
    with pytest.raises(Refused, match="pharmacist or manager"):
        missed.acknowledges("Ben")
    missed.at("08:20").expect_message(to="Amira", about="missed")
