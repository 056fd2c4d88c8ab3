"""A site is taken out of the definitions while something is wrong there: the managers hear of it, and are told why."""

from dataclasses import replace

from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness


def test_an_alert_of_a_site_that_was_removed_still_reaches_a_manager(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("08:10").expect_reminders("Ben", "Amira")
    pharmacy.expect_message(to="Amira", about="missed")
    pharmacy.definitions = replace(hilltop(units=()), sites={}, roster=(), digest="without a site")
    message = pharmacy.fast_forward(minutes=10).expect_message(to="Morgan", about="Opening checklist missed")
    assert "its site is no longer defined" in message.text
