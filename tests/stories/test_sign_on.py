"""Shift start: the pharmacist hears what is open and signs on; an opening that nobody signed on for is a miss."""

from dataclasses import replace
from datetime import time

import pytest

from shiftbot.domain.site import Pharmacy, RosterRule
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import rostering
from tests.cast import WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

BY_DAY = RosterRule("hilltop-main", "amira", WEEK, time(7, 30), time(14))
BY_EVENING = RosterRule("hilltop-main", "priya", WEEK, time(14), time(22))


def asking(*, roster: tuple[RosterRule, ...] = (BY_DAY, BY_EVENING)) -> Pharmacy:
    """Hilltop opens at 08:00, without checklists, and asks its pharmacists to sign on."""
    whole = hilltop(units=(), roster=roster, quiet=True)
    site = replace(whole.sites["hilltop-main"], sign_on=True)
    return replace(whole, sites={site.id: site})


def signs_on(pharmacy: PharmacyHarness, name: str) -> None:
    who = pharmacy.person(name)
    pharmacy.act(
        lambda connection: rostering.sign_on(connection, pharmacy.definitions, pharmacy.site, who, pharmacy.now)
    )


def test_at_the_start_of_a_shift_its_pharmacist_is_asked_to_sign_on(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking()).at("07:30")
    letter = pharmacy.expect_message(to="Amira", about="on duty at Hilltop Pharmacy, Main Street until 14:00")
    assert "Nothing is open" in letter.text
    signs_on(pharmacy, "Amira")
    pharmacy.at("13:59").expect_silence()
    pharmacy.at("14:00").expect_message(to="Priya", about="Please sign on")


def test_nobody_signed_on_at_the_opening_is_a_miss_that_ends_with_signing_on(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking()).at("08:09")
    pharmacy.expect_message(to="Amira", about="Please sign on")
    pharmacy.at("08:10").expect_message(to="Amira", about="No pharmacist has signed on")
    pharmacy.at("08:20").expect_message(to="Amira", about="No pharmacist has signed on")
    signs_on(pharmacy, "Amira")
    pharmacy.expect_message(to="Amira", about="Resolved: No pharmacist has signed on. Amira Hassan signed on at 08:20")
    pharmacy.at("13:00").expect_silence()


def test_with_nobody_on_the_roster_the_manager_hears_of_it(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking(roster=())).at("08:10")
    letter = pharmacy.expect_message(to="Morgan", about="No pharmacist has signed on")
    assert "no pharmacist is on duty now" in letter.text


def test_signing_on_early_counts_for_the_shift_that_comes(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking()).at("07:00")
    signs_on(pharmacy, "Amira")
    pharmacy.at("12:00").expect_silence()


def test_signing_on_twice_is_said_and_others_are_refused(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking()).at("07:00")
    signs_on(pharmacy, "Amira")
    with pytest.raises(AlreadyDone, match="signed on for this shift already"):
        signs_on(pharmacy, "Amira")
    with pytest.raises(Refused, match="A pharmacist signs on"):
        signs_on(pharmacy, "Ben")
    with pytest.raises(Refused, match="not on duty at Hilltop"):
        signs_on(pharmacy, "Priya")


def test_a_closed_day_misses_nobody(open_pharmacy: Opens) -> None:
    sunday = replace(BY_DAY, weekdays=frozenset(range(6)))
    whole = asking(roster=(sunday,))
    calendar = replace(whole.sites["hilltop-main"].calendar, hours={})
    closed = replace(whole, sites={"hilltop-main": replace(whole.sites["hilltop-main"], calendar=calendar)})
    pharmacy = open_pharmacy(closed).at("12:00")
    pharmacy.expect_message(to="Amira", about="Please sign on")
    pharmacy.at("20:00").expect_silence()


def test_a_restart_in_the_morning_asks_once(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking()).at("07:30")
    pharmacy.expect_message(to="Amira", about="Please sign on")
    pharmacy.down_until("07:50").expect_silence()
    pharmacy.down_until("08:30").expect_message(to="Amira", about="No pharmacist has signed on")


def test_a_site_that_does_not_ask_is_not_asked(open_pharmacy: Opens) -> None:
    open_pharmacy(hilltop(units=(), quiet=True)).at("12:00").expect_silence()


def test_signing_on_for_a_shift_that_began_in_the_night_counts_for_the_opening(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(asking(roster=(replace(BY_DAY, start=time(4)),))).at("04:00")
    pharmacy.expect_message(to="Amira", about="Please sign on")
    signs_on(pharmacy, "Amira")
    pharmacy.at("13:00").expect_silence()
