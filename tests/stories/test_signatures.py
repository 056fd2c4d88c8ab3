"""A signature is printed name, role, time and meaning, given with the signer's own PIN where the site asks for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import Item, ItemKind, Meaning, Role, Section
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import runs, signing
from shiftbot.services.signing import Proof
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import ROUND, fails, is_refused, line, round_of, stores, undoes

DONE = Item("done", "Round done", ItemKind.SIGNATURE)
REVIEWED = Item("reviewed", "Round reviewed", ItemKind.SIGNATURE, role=Role.PHARMACIST, meaning=Meaning.REVIEWED)
WASTE = Section(
    "Waste",
    (
        Item("wasted", "Waste put into the bin"),
        Item("waste-seen", "Waste witnessed", ItemKind.SIGNATURE, meaning=Meaning.WITNESSED),
    ),
)
AMIRAS, BENS = "2580", "71946"


def definitions(*, pin: bool) -> Pharmacy:
    """Hilltop with a round to sign; `pin` says whether the site asks for one."""
    pharmacy = hilltop(round_of(sections=(Section("Sign", (DONE, REVIEWED)), WASTE)), units=())
    return replace(pharmacy, sites={site.id: replace(site, pin=pin) for site in pharmacy.sites.values()})


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Nine o'clock at a site that asks for PINs; Amira and Ben have set theirs."""
    pharmacy = open_pharmacy(definitions(pin=True)).at("09:00")
    for name, pin in (("Amira", AMIRAS), ("Ben", BENS)):
        sets(pharmacy, name, pin)
    return pharmacy


def sets(pharmacy: PharmacyHarness, name: str, pin: str) -> None:
    who = pharmacy.person(name)
    pharmacy.act(lambda connection: signing.set_pin(connection, who, pin, pharmacy.now, site=pharmacy.site.id))


def proves(pharmacy: PharmacyHarness, name: str, pin: str) -> Proof:
    who = pharmacy.person(name)
    return signing.check_pin(pharmacy.database, pharmacy.definitions, who, pin, pharmacy.site.id, pharmacy.now)


def signs(pharmacy: PharmacyHarness, name: str, key: str, proof: Proof | None) -> runs.Responded:
    run, who = pharmacy.run(ROUND).run.id, pharmacy.person(name)
    return pharmacy.act(
        lambda connection: runs.sign(connection, pharmacy.definitions, run, key, who, proof, pharmacy.now)
    )


def test_a_signature_says_who_in_which_role_and_what_it_means(pharmacy: PharmacyHarness) -> None:
    assert signs(pharmacy, "Amira", "reviewed", proves(pharmacy, "Amira", AMIRAS)).stored
    answer = line(pharmacy, "reviewed").answer
    assert answer is not None
    assert answer.value == {"name": "Amira Hassan", "role": "pharmacist", "meaning": "reviewed", "pin": True}
    assert (answer.answered_by, answer.answered_at) == ("amira", pharmacy.now)
    assert pharmacy.look(verify).holds


@pytest.mark.parametrize("key", ["done", "reviewed"])
def test_without_a_pin_nothing_is_signed_by_button_or_by_reply(pharmacy: PharmacyHarness, key: str) -> None:
    assert is_refused(pharmacy, "Amira", Reply(key)).endswith("is signed with your PIN. Press Sign on the card.")
    forged = Reply(key, value={"name": "Amira Hassan", "pin": True})
    assert "is signed with your PIN" in is_refused(pharmacy, "Amira", forged)
    assert stores(pharmacy, "Amira", fails(key, note="round not finished")).stored


def test_a_proof_is_its_owners_and_good_for_a_moment(pharmacy: PharmacyHarness) -> None:
    bens = proves(pharmacy, "Ben", BENS)
    assert signs(pharmacy, "Amira", "reviewed", bens).refused
    pharmacy.fast_forward(minutes=6)
    assert signs(pharmacy, "Ben", "done", bens).refused
    assert signs(pharmacy, "Ben", "done", proves(pharmacy, "Ben", BENS)).stored


def test_a_role_is_not_given_by_a_pin(pharmacy: PharmacyHarness) -> None:
    ((_, why),) = signs(pharmacy, "Ben", "reviewed", proves(pharmacy, "Ben", BENS)).refused
    assert "is for a pharmacist to do" in why


def test_where_no_pin_is_asked_for_the_name_alone_signs_whatever_value_is_sent(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(definitions(pin=False)).at("09:00")
    stores(pharmacy, "Amira", Reply("done", value={"name": "Priya Nair", "pin": True}))
    answer = line(pharmacy, "done").answer
    assert answer is not None
    assert answer.value == {"name": "Amira Hassan", "role": "pharmacist", "meaning": "done", "pin": False}


def test_a_signature_is_not_corrected_but_taken_back_by_its_signer_in_time(pharmacy: PharmacyHarness) -> None:
    signs(pharmacy, "Ben", "done", proves(pharmacy, "Ben", BENS))
    assert "A signature is not corrected" in is_refused(pharmacy, "Amira", fails("done", reason="not done"))
    assert undoes(pharmacy, "Amira", "done").refused
    assert undoes(pharmacy, "Ben", "done").stored
    assert signs(pharmacy, "Ben", "done", proves(pharmacy, "Ben", BENS)).stored


def test_nobody_witnesses_themselves(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", Reply("wasted"))
    ((_, why),) = signs(pharmacy, "Ben", "waste-seen", proves(pharmacy, "Ben", BENS)).refused
    assert "nobody witnesses themselves" in why
    assert signs(pharmacy, "Amira", "waste-seen", proves(pharmacy, "Amira", AMIRAS)).stored


def test_whoever_witnessed_does_not_do_it_afterwards(pharmacy: PharmacyHarness) -> None:
    signs(pharmacy, "Amira", "waste-seen", proves(pharmacy, "Amira", AMIRAS))
    assert "You signed as the witness of “Waste”" in is_refused(pharmacy, "Amira", Reply("wasted"))
    assert stores(pharmacy, "Ben", Reply("wasted")).stored
    corrects = Reply("wasted", Outcome.NOT_APPLICABLE, note="nothing to waste", reason="no waste")
    assert "You signed as the witness" in is_refused(pharmacy, "Amira", corrects)


# --- the PIN


@pytest.mark.parametrize(
    "pin", ["", "123", "123456789", "12a4", "0000", "1111", "1234", "87654321", "0123", "7890", "1212", "123123"]
)
def test_a_pin_that_everybody_tries_first_is_refused(pharmacy: PharmacyHarness, pin: str) -> None:
    with pytest.raises(Refused, match="PIN"):
        sets(pharmacy, "Priya", pin)
    assert not pharmacy.look(lambda connection: signing.has_pin(connection, pharmacy.person("Priya")))


def test_a_pin_typed_in_full_width_digits_with_a_space_is_the_same_pin(pharmacy: PharmacyHarness) -> None:
    assert proves(pharmacy, "Amira", " ２５８０ ").person == "amira"


def test_five_misses_lock_even_the_right_pin_and_a_manager_takes_the_lock_off(pharmacy: PharmacyHarness) -> None:
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try"):
        with pytest.raises(Refused, match=left):
            proves(pharmacy, "Ben", "0815")
    with pytest.raises(Refused, match="locked after five misses"):
        proves(pharmacy, "Ben", "0815")
    with pytest.raises(Refused, match="locked"):
        proves(pharmacy, "Ben", BENS)
    with pytest.raises(Refused, match="You have a PIN"):
        sets(pharmacy, "Ben", "90210")
    resets(pharmacy, "Morgan", "Ben")
    with pytest.raises(Refused, match="You have no PIN yet"):
        proves(pharmacy, "Ben", BENS)
    sets(pharmacy, "Ben", "90210")
    assert proves(pharmacy, "Ben", "90210").person == "ben"


def resets(pharmacy: PharmacyHarness, manager: str, name: str) -> None:
    by, who = pharmacy.person(manager), pharmacy.person(name)
    pharmacy.act(
        lambda connection: signing.reset_pin(connection, pharmacy.definitions, by, who, pharmacy.site.id, pharmacy.now)
    )


def test_a_pin_that_fits_forgets_the_misses_before(pharmacy: PharmacyHarness) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Refused, match="more tr"):
                proves(pharmacy, "Ben", "0815")
        assert proves(pharmacy, "Ben", BENS).person == "ben"


def test_only_a_manager_resets_and_never_their_own(pharmacy: PharmacyHarness) -> None:
    sets(pharmacy, "Morgan", "90210")
    with pytest.raises(Refused, match="A manager resets a PIN"):
        resets(pharmacy, "Amira", "Ben")
    with pytest.raises(Refused, match="Nobody resets their own"):
        resets(pharmacy, "Morgan", "Morgan")
    with pytest.raises(AlreadyDone, match="Priya Nair has no PIN"):
        resets(pharmacy, "Morgan", "Priya")


def test_another_pin_needs_the_old_one_whose_misses_count(pharmacy: PharmacyHarness) -> None:
    def changes(old: str, new: str) -> None:
        site, ben = pharmacy.site.id, pharmacy.person("Ben")
        signing.change_pin(pharmacy.database, pharmacy.definitions, ben, old, new, site, pharmacy.now)

    with pytest.raises(Refused, match="4 more tries"):
        changes("0815", "90210")
    with pytest.raises(Refused, match="among the first"):
        changes(BENS, "1111")
    changes(BENS, "90210")
    assert proves(pharmacy, "Ben", "90210").person == "ben"
    with pytest.raises(Refused, match="not your PIN"):
        proves(pharmacy, "Ben", BENS)


def test_the_record_says_who_set_missed_locked_and_reset_and_holds_no_pin(pharmacy: PharmacyHarness) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            proves(pharmacy, "Ben", "0815")
    resets(pharmacy, "Morgan", "Ben")
    assert [actor for actor, _ in pharmacy.recorded("pin-set")] == ["amira", "ben"]
    assert [body["misses"] for _, body in pharmacy.recorded("pin-missed")] == [1, 2, 3, 4, 5]
    assert [actor for actor, _ in pharmacy.recorded("pin-locked")] == ["shiftbot"]
    assert pharmacy.recorded("pin-reset") == [("morgan", {})]
    kept = repr([pharmacy.recorded(kind) for kind in ("pin-set", "pin-missed", "pin-locked", "pin-reset")])
    assert not any(secret in kept for secret in (BENS, AMIRAS, "0815", "argon2"))
    assert pharmacy.look(verify).holds


def test_a_miss_that_is_delivered_twice_is_one_miss(pharmacy: PharmacyHarness) -> None:
    who, seen = pharmacy.person("Ben"), iter([True, False, False])
    for _ in range(3):
        with pytest.raises(Refused, match="not your PIN"):
            signing.check_pin(
                pharmacy.database, pharmacy.definitions, who, "0815", pharmacy.site.id, pharmacy.now,
                first_time=lambda _: next(seen),
            )  # fmt: skip
    assert len(pharmacy.recorded("pin-missed")) == 1


def test_a_miss_is_counted_at_every_site_where_the_person_works(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(definitions(pin=True)).at("09:00")
    sets(pharmacy, "Ben", BENS)
    other = replace(pharmacy.site, id="elsewhere", channel="C0ELSEWHERE", checklists=())
    with_two = replace(pharmacy.definitions, sites={**pharmacy.definitions.sites, other.id: other})
    with pytest.raises(Refused):
        signing.check_pin(pharmacy.database, with_two, pharmacy.person("Ben"), "0815", other.id, pharmacy.now)
    assert [body["misses"] for _, body in pharmacy.recorded("pin-missed")] == [1]


def test_a_run_that_is_signed_late_says_so(pharmacy: PharmacyHarness) -> None:
    pharmacy.fast_forward(minutes=int(timedelta(hours=4).total_seconds() // 60))
    pharmacy.inbox.unread.clear()
    assert signs(pharmacy, "Ben", "done", proves(pharmacy, "Ben", BENS)).stored[0][1].late
