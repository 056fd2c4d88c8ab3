"""What a failure leads to, and what is looked at again later; all of it once, and over when it is taken back."""

from datetime import timedelta

import pytest

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import Item, ItemKind, LookAgain, OnFail, Role
from shiftbot.domain.follow_up import FollowUp, FollowUpState
from shiftbot.services import follow_ups
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import ROUND, fails, is_refused, line, reads, round_of, stores, undoes

SEAL = Item("seal", "Tamper seal intact", on_fail=OnFail.FOLLOW_UP)
DOOR = Item("door", "Fridge door shut", on_fail=OnFail.ALERT)
BINS = Item("bins", "Bins empty")
VAULT = Item(
    "vault", "Humidity of the vault", ItemKind.NUMBER, role=Role.PHARMACIST, low=30.0, high=60.0, unit="%",
    look_again=LookAgain(timedelta(hours=2), only_failed=True),
)  # fmt: skip
LEAK = Item("leak", "Ceiling dry", look_again=LookAgain(timedelta(minutes=90)))
EXPIRY = Item("kit", "First expiry of the kit", ItemKind.DATE, valid_for=timedelta(days=30))
SPAN = Item("span", "Lowest and highest", ItemKind.MIN_MAX, low=36.0, high=46.0, unit="F")


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Nine o'clock: nothing is answered yet."""
    return open_pharmacy(hilltop(round_of(SEAL, DOOR, BINS, VAULT, LEAK, EXPIRY, SPAN), units=())).at("09:00")


def open_ones(pharmacy: PharmacyHarness) -> list[FollowUp]:
    return pharmacy.look(lambda connection: follow_ups.open_of(connection, pharmacy.site.id))


def test_a_failure_opens_a_follow_up_and_wakes_nobody(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("seal"))
    (opened,) = open_ones(pharmacy)
    run = pharmacy.run(ROUND).run.id
    assert (opened.title, opened.detail, opened.role) == ("Tamper seal intact", "seal torn", Role.TECHNICIAN)
    assert (opened.run, opened.line, opened.opened_by) == (run, "seal", "ben")
    assert opened.due_at == pharmacy.now + timedelta(days=1)
    assert line(pharmacy, "seal").follow_ups == (opened.id,)
    assert pharmacy.alerts() == []


def test_a_failure_that_cannot_wait_is_an_alert_at_once(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("door", note="hinge broken"))
    pharmacy.expect_message(to="Amira", about="Fridge door shut: failed: hinge broken")
    assert open_ones(pharmacy) == []


def test_a_failure_that_asks_for_nothing_leads_to_nothing(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("bins", note="truck was late"))
    assert (pharmacy.alerts(), open_ones(pharmacy)) == ([], [])


def test_what_was_taken_back_closes_its_follow_up_and_a_second_failure_opens_another(
    pharmacy: PharmacyHarness,
) -> None:
    stores(pharmacy, "Ben", fails("seal"))
    undoes(pharmacy, "Ben", "seal")
    assert open_ones(pharmacy) == []
    stores(pharmacy, "Ben", fails("seal"))
    assert [each.state for each in open_ones(pharmacy)] == [FollowUpState.OPEN]
    assert pharmacy.look(verify).holds


def test_not_applicable_is_no_failure(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", Reply("seal", Outcome.NOT_APPLICABLE, note="no tote today"))
    stores(pharmacy, "Ben", Reply("leak", Outcome.NOT_APPLICABLE, note="no access"))
    assert open_ones(pharmacy) == []


def test_what_is_to_be_looked_at_again_is_due_so_long_after_the_answer(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", Reply("leak"))
    (again,) = open_ones(pharmacy)
    assert (again.title, again.due_at) == ("Look again: Ceiling dry", pharmacy.now + timedelta(minutes=90))


@pytest.mark.parametrize(("humidity", "again"), [(45, 0), (64, 1)])
def test_only_a_bad_value_is_looked_at_again_where_it_says_so(
    pharmacy: PharmacyHarness, humidity: float, again: int
) -> None:
    stores(pharmacy, "Amira", reads("vault", humidity))
    assert [each.role for each in open_ones(pharmacy)] == [Role.PHARMACIST] * again
    assert len(pharmacy.alerts()) == again
    pharmacy.inbox.unread.clear()


def test_a_corrected_value_is_not_looked_at_again(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Amira", reads("vault", 64))
    stores(pharmacy, "Amira", reads("vault", 46, reason="digits swapped"))
    assert (open_ones(pharmacy), pharmacy.alerts()) == ([], [])
    pharmacy.inbox.unread.clear()


@pytest.mark.parametrize(("day", "is_near"), [("2026-12-22", True), ("2026-12-23", False), ("2027-06-30", False)])
def test_a_date_that_is_too_near_is_out_of_range(pharmacy: PharmacyHarness, day: str, is_near: bool) -> None:
    """On 23 November, 30 days ahead is 23 December."""
    responded = stores(pharmacy, "Ben", Reply("kit", value={"date": day}))
    assert [each.key for each in responded.needs_reason] == (["kit"] if is_near else [])
    assert len(pharmacy.alerts()) == is_near
    if is_near:
        pharmacy.expect_message(to="Amira", about="read 22 Dec 2026, limits: at least 30 days ahead")


@pytest.mark.parametrize(("low", "high", "is_out"), [(37, 45, False), (35, 45, True), (37, 47, True)])
def test_either_end_of_a_pair_may_be_out_of_range(
    pharmacy: PharmacyHarness, low: float, high: float, is_out: bool
) -> None:
    stores(pharmacy, "Ben", Reply("span", value={"low": low, "high": high, "unit": "F"}))
    assert len(pharmacy.alerts()) == is_out
    if is_out:
        pharmacy.expect_message(to="Amira", about=f"read {low} to {high} °F, limits: 36 to 46 °F")


@pytest.mark.parametrize(
    "reply",
    [
        Reply("kit"),
        Reply("span", value={"low": 37}),
        Reply("span", value={"low": float("nan"), "high": 40.0}),
        Reply("vault", value={}),
        reads("vault", float("inf")),
    ],
)
def test_what_asks_for_a_value_is_not_ticked(pharmacy: PharmacyHarness, reply: Reply) -> None:
    assert "asks for more than a tick" in is_refused(pharmacy, "Amira", reply)


def test_a_text_that_names_a_patient_is_not_kept_in_any_field(pharmacy: PharmacyHarness) -> None:
    with pytest.raises(Exception, match="looks like"):
        is_refused(pharmacy, "Ben", fails("seal", note="Mrs Jones tore it"))
    assert open_ones(pharmacy) == []


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.NOT_APPLICABLE])
def test_what_failed_or_does_not_apply_is_said_with_a_word_why(pharmacy: PharmacyHarness, outcome: Outcome) -> None:
    assert "in a few words why" in is_refused(pharmacy, "Ben", Reply("bins", outcome, note="  "))
    assert line(pharmacy, "bins").answer is None
