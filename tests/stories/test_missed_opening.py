"""Nobody answers the opening checklist: reminders, missed at due + grace, the pharmacist, then the manager."""

from shiftbot.domain.run import RunState
from tests.pharmacy import PharmacyHarness


def test_a_missed_opening_checklist_reaches_the_pharmacist_then_the_manager(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:49").expect_silence()
    pharmacy.at("07:50").expect_reminders("Ben", "Amira")
    pharmacy.at("08:09").expect_reminders("Ben", "Amira")
    pharmacy.at("08:10").expect_message(to="Amira", about="Opening checklist missed")
    pharmacy.at("08:19").expect_silence()
    pharmacy.at("08:20").expect_message(to="Amira", about="Opening checklist missed")
    pharmacy.at("08:35").expect_message(to="Morgan", about="Opening checklist missed")
    pharmacy.at("09:04").expect_silence()
    pharmacy.at("09:05").expect_message(to="Morgan", about="Opening checklist missed")


def test_an_opening_checklist_done_in_time_stays_silent(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20").answers_all("Ben", "retail-opening")
    assert pharmacy.run("retail-opening").run.state is RunState.OPEN
    pharmacy.at("07:25").answers_all("Amira", "retail-opening")
    assert pharmacy.run("retail-opening").run.state is RunState.COMPLETED
    pharmacy.at("20:59").expect_silence()
    pharmacy.at("21:00").expect_message(to="Morgan", about="Opening checklist: 3 of 3 on time")
    pharmacy.expect_message(to="channel", about="Record of Hilltop")


def test_what_was_missed_stays_missed_when_it_is_done_late(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:30").answers_all("Ben", "retail-opening")
    assert all("Still open: 4. Alarm" in each.text for each in pharmacy.at("08:10").expect_reminders("Amira"))
    pharmacy.expect_message(to="Amira", about="not answered: 4. Alarm")
    pharmacy.at("08:15").answers_all("Amira", "retail-opening")
    pharmacy.expect_message(to="Amira", about="Resolved: Opening checklist missed. It was done late")
    view = pharmacy.run("retail-opening")
    assert view.run.state is RunState.MISSED
    assert view.run.completed_at == pharmacy.now
    assert [each.missed for each in view.lines] == [False, False, False, True]
    assert view.lines[-1].answer is not None
    assert view.lines[-1].answer.late
