"""Nobody on duty is a value: the fallback is told at once, and told why. Priya, off duty, hears nothing."""

from datetime import time

from shiftbot.domain.site import RosterRule
from tests.cast import WEEK, hilltop
from tests.stories.conftest import Opens


def test_with_nobody_on_duty_the_fallback_is_told_and_told_why(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(units=(), roster=()))
    pharmacy.at("08:10").expect_reminders("channel")
    message = pharmacy.expect_message(to="Morgan", about="Opening checklist missed")
    assert "no pharmacist is on duty now" in message.text


def test_who_is_on_duty_is_asked_at_each_step(open_pharmacy: Opens) -> None:
    """A technician on shift is nobody's pharmacist on duty."""
    roster = (
        RosterRule("hilltop-main", "ben", WEEK, time(6), time(7)),
        RosterRule("hilltop-main", "amira", WEEK, time(6), time(8, 15)),
        RosterRule("hilltop-main", "priya", WEEK, time(8, 15), time(22)),
    )
    pharmacy = open_pharmacy(hilltop(units=(), roster=roster))
    pharmacy.at("08:10").expect_reminders("Amira")
    pharmacy.expect_message(to="Amira", about="missed")
    pharmacy.at("08:20").expect_message(to="Priya", about="missed")
