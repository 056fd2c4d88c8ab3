"""Two people do not collide: whoever claimed a section has it in hand for half an hour after their last answer."""

from dataclasses import replace

import pytest

from shiftbot.domain.answer import Reply
from shiftbot.domain.checklist import Item, Role, Section
from shiftbot.domain.claim import Claim
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import claiming
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import ROUND, is_refused, round_of, stores

FRONT = Section("Front", (Item("lights", "Lights on"), Item("phones", "Phones on"), Item("doors", "Doors open")))
BACK = Section("Back", (Item("bins", "Bins empty"), Item("alarm", "Alarm off", role=Role.PHARMACIST)))
SAFE = Section("Safe", (Item("safe", "Safe locked", role=Role.PHARMACIST),))


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Nine o'clock, three sections."""
    return open_pharmacy(hilltop(round_of(sections=(FRONT, BACK, SAFE)), units=())).at("09:00")


def claims(pharmacy: PharmacyHarness, name: str, section: str = "Front") -> Claim | None:
    run, who = pharmacy.run(ROUND).run.id, pharmacy.person(name)
    return pharmacy.act(
        lambda connection: claiming.claim(connection, pharmacy.definitions, run, section, who, pharmacy.now)
    )


def releases(pharmacy: PharmacyHarness, name: str, section: str = "Front") -> None:
    run, who = pharmacy.run(ROUND).run.id, pharmacy.person(name)
    pharmacy.act(lambda connection: claiming.release(connection, pharmacy.definitions, run, section, who, pharmacy.now))


def test_a_claimed_section_is_left_to_whoever_has_it(pharmacy: PharmacyHarness) -> None:
    assert claims(pharmacy, "Ben") is None
    assert is_refused(pharmacy, "Amira", Reply("lights")) == (
        "Ben Ortiz has “Front” in hand since 09:00, so nothing was stored. "
        "Leave it to them, or take the section over first with its button."
    )
    assert stores(pharmacy, "Amira", Reply("bins")).stored
    assert stores(pharmacy, "Ben", Reply("lights")).stored
    assert pharmacy.run(ROUND).claims["Front"] == Claim("ben", pharmacy.now)


def test_it_holds_half_an_hour_after_the_last_answer_in_the_section(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben")
    pharmacy.at("09:20")
    stores(pharmacy, "Ben", Reply("lights"))
    pharmacy.at("09:49")
    assert "in hand since 09:20" in is_refused(pharmacy, "Amira", Reply("phones"))
    pharmacy.at("09:50")
    assert stores(pharmacy, "Amira", Reply("phones")).stored
    assert not pharmacy.run(ROUND).claims["Front"].holds(pharmacy.now)


def test_an_answer_elsewhere_does_not_make_it_hold_longer(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben")
    pharmacy.at("09:20")
    stores(pharmacy, "Ben", Reply("bins"))
    pharmacy.at("09:30")
    assert stores(pharmacy, "Amira", Reply("phones")).stored


def test_a_colleague_takes_over_and_the_record_says_from_whom(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben")
    assert claims(pharmacy, "Amira") == Claim("ben", pharmacy.now)
    assert "Amira Hassan has “Front” in hand" in is_refused(pharmacy, "Ben", Reply("lights"))
    assert pharmacy.recorded("section-claimed") == [
        ("ben", {"section": "Front"}),
        ("amira", {"section": "Front", "taken_over_from": "ben"}),
    ]
    with pytest.raises(AlreadyDone, match="You do not have “Front”"):
        releases(pharmacy, "Ben")
    assert pharmacy.look(verify).holds


def test_a_claim_that_ran_out_is_not_taken_over_from_anybody(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben")
    pharmacy.at("09:45")
    assert claims(pharmacy, "Amira") is None


def test_it_is_given_back_and_the_same_twice_is_once(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben")
    with pytest.raises(AlreadyDone, match="You have “Front” already"):
        claims(pharmacy, "Ben")
    releases(pharmacy, "Ben")
    assert stores(pharmacy, "Amira", Reply("lights")).stored
    assert pharmacy.run(ROUND).claims == {}
    assert len(pharmacy.recorded("section-claimed")) == len(pharmacy.recorded("section-released")) == 1
    assert pharmacy.look(verify).holds


def test_a_pharmacist_is_never_kept_from_what_only_a_pharmacist_does(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben", "Back")
    assert stores(pharmacy, "Amira", Reply("alarm")).stored
    assert "in hand" in is_refused(pharmacy, "Amira", Reply("bins"))


def test_what_a_manager_was_told_by_phone_is_the_holders_or_waits(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Amira")
    assert "Amira Hassan has “Front”" in is_refused(pharmacy, "Morgan", Reply("lights", told_by="ben"))
    assert stores(pharmacy, "Morgan", Reply("lights", told_by="amira")).stored


def test_nobody_claims_what_is_not_theirs_or_not_there(pharmacy: PharmacyHarness) -> None:
    with pytest.raises(Refused, match="Nothing in “Safe” is yours"):
        claims(pharmacy, "Ben", "Safe")
    with pytest.raises(Refused, match="no section “Attic”"):
        claims(pharmacy, "Ben", "Attic")


def test_a_claim_of_somebody_who_left_the_definitions_keeps_nobody_out(pharmacy: PharmacyHarness) -> None:
    claims(pharmacy, "Ben")
    stay = {key: person for key, person in pharmacy.definitions.people.items() if key != "ben"}
    pharmacy.definitions = replace(pharmacy.definitions, people=stay, roster=(), digest="without Ben")
    assert stores(pharmacy, "Amira", Reply("lights")).stored
    assert pharmacy.run(ROUND).claims == {}
    assert claims(pharmacy, "Amira") is None, "it is not taken over from anybody"
    assert pharmacy.recorded("section-claimed")[-1] == ("amira", {"section": "Front"})
