"""The voicemail sweep comes every two hours while the pharmacy is open; one that nobody answers does not go unheard."""

from shiftbot.domain.run import RunState
from tests.cast import VOICEMAIL, hilltop
from tests.stories.conftest import Opens


def test_each_sweep_is_its_own_run_and_a_missed_one_is_told(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(VOICEMAIL, units=()))
    pharmacy.at("08:05").does("Ben", "voicemail", sweep="2 refill, 1 clinical, oldest 40m")
    assert pharmacy.run("voicemail").run.state is RunState.COMPLETED
    pharmacy.at("10:05").does("Ben", "voicemail", sweep="none")
    pharmacy.at("12:20").expect_message(to="Ben", about="Voicemail sweep is due at 12:30")
    pharmacy.at("12:45").expect_reminders("Ben")
    pharmacy.expect_message(to="Amira", about="Voicemail sweep missed")
    pharmacy.at("12:50").does("Ben", "voicemail", sweep="none")
    pharmacy.expect_message(to="Amira", about="Resolved")
    for clock in ("14:05", "16:05", "18:05"):
        pharmacy.at(clock).does("Ben", "voicemail", sweep="none")
    pharmacy.at("20:05").does("Ben", "voicemail", sweep="none")
    text = pharmacy.at("21:00").expect_message(to="Morgan", about="Voicemail sweep").text
    assert "Voicemail sweep (7 times): 6 of 7 on time, 1 missed (1 done after all)" in text
    assert "Ben" not in text
    pharmacy.expect_message(to="channel", about="Record of")
