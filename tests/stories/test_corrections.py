"""A correction is a new answer with a reason: both are shown, and what the first one led to is judged anew."""

import pytest

from shiftbot.domain.alert import AlertState
from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import Item, ItemKind, OnFail, Role
from shiftbot.domain.follow_up import FollowUp
from shiftbot.domain.run import RunState
from shiftbot.errors import AlreadyDone, PatientInformation, Refused
from shiftbot.services import follow_ups, runs
from shiftbot.storage import follow_ups as stored_follow_ups
from shiftbot.storage.verify import verify
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import ROUND, fails, is_refused, line, reads, round_of, says, stores, undoes

VAULT = Item("vault", "Humidity of the vault", ItemKind.NUMBER, low=30.0, high=60.0, unit="%")
SEAL = Item("seal", "Tamper seal intact", on_fail=OnFail.FOLLOW_UP)
ALARM = Item("alarm", "Alarm armed", role=Role.PHARMACIST)


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Nine o'clock: nothing is answered yet."""
    return open_pharmacy(hilltop(round_of(VAULT, SEAL, ALARM), units=())).at("09:00")


def all_follow_ups(pharmacy: PharmacyHarness) -> list[FollowUp]:
    run = pharmacy.run(ROUND).run.id
    return pharmacy.look(lambda connection: stored_follow_ups.of_runs(connection, [run]))


def test_both_answers_and_the_reason_are_shown(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 45))
    stores(pharmacy, "Ben", reads("vault", 54, reason="digits swapped"))
    view = line(pharmacy, "vault")
    assert view.answer is not None
    assert (view.answer.value, view.answer.reason, view.answer.revision) == ({"number": 54}, "digits swapped", 2)
    assert [each.value for each in view.history] == [{"number": 45}]
    assert view.corrects == view.history[0]
    ((_, first), (_, second)) = pharmacy.recorded("answer")
    assert (first.get("reason"), second["reason"]) == (None, "digits swapped")


def test_a_value_corrected_into_its_range_takes_its_alert_back(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 540))
    pharmacy.expect_message(to="Amira", about="read 540 %, limits: 30 to 60 %")
    stores(pharmacy, "Ben", reads("vault", 54, reason="a slip of the finger"))
    pharmacy.expect_message(to="Amira", about="Ben Ortiz corrected it to 54 %: a slip of the finger")
    assert pharmacy.alerts() == []


def test_a_value_corrected_out_of_its_range_is_an_alert(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 54))
    stores(pharmacy, "Ben", reads("vault", 64, reason="read it again"))
    pharmacy.expect_message(to="Amira", about="read 64 %")
    stores(pharmacy, "Ben", reads("vault", 66, reason="and again"))
    pharmacy.expect_message(to="Amira", about="corrected it to 66 %")
    pharmacy.expect_message(to="Amira", about="read 66 %")
    assert [alert.state for alert in pharmacy.alerts()] == [AlertState.TRIGGERED]


def test_a_failure_that_was_none_takes_its_follow_up_back(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("seal"))
    assert line(pharmacy, "seal").follow_ups == (all_follow_ups(pharmacy)[0].id,)
    stores(pharmacy, "Ben", Reply("seal", reason="looked at the wrong tote"))
    (closed,) = all_follow_ups(pharmacy)
    assert closed.closing == "Ben Ortiz corrected it to done: looked at the wrong tote"
    assert line(pharmacy, "seal").follow_ups == ()
    stores(pharmacy, "Ben", fails("seal", reason="the other one is torn, too"))
    assert len(all_follow_ups(pharmacy)) == 2
    assert len(pharmacy.look(lambda connection: follow_ups.open_of(connection, pharmacy.site.id))) == 1


def test_only_another_note_leaves_what_it_led_to_as_it_is(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("seal"))
    stores(pharmacy, "Ben", fails("seal", note="seal missing", reason="said it wrong"))
    assert [each.closing for each in all_follow_ups(pharmacy)] == [""]
    assert says(pharmacy, "Ben", Reply("seal", reason="looked again")).stored
    assert [each.closed_by for each in all_follow_ups(pharmacy)] == ["ben"]


def test_undo_of_a_correction_lets_the_first_answer_stand_again(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 64))
    pharmacy.expect_message(to="Amira", about="read 64 %")
    stores(pharmacy, "Amira", reads("vault", 54, reason="read it myself"))
    pharmacy.expect_message(to="Amira", about="Amira Hassan corrected it")
    undoes(pharmacy, "Amira", "vault")
    pharmacy.expect_message(to="Amira", about="read 64 %")
    view = line(pharmacy, "vault")
    assert view.answer is not None
    assert (view.answer.answered_by, view.answer.value) == ("ben", {"number": 64})
    assert [each.answered_by for each in view.history] == ["amira"]
    undoes(pharmacy, "Ben", "vault")
    pharmacy.expect_message(to="Amira", about="took the answer back")
    assert line(pharmacy, "vault").answer is None


@pytest.mark.parametrize(
    ("who", "key", "why"),
    [
        ("Ben", "alarm", "is for a pharmacist to do"),
        ("Morgan", "alarm", "is for a pharmacist to do"),
        ("Priya", "alarm", None),
        ("Amira", "vault", None),
        ("Morgan", "vault", None),
    ],
)
def test_a_pharmacist_or_manager_corrects_and_only_a_pharmacist_what_is_hers(
    pharmacy: PharmacyHarness, who: str, key: str, why: str | None
) -> None:
    stores(pharmacy, "Ben", reads("vault", 45))
    stores(pharmacy, "Amira", Reply("alarm"))
    reply = reads("vault", 46, reason="read again") if key == "vault" else fails("alarm", reason="it was off")
    if why is None:
        assert stores(pharmacy, who, reply).stored
    else:
        assert why in is_refused(pharmacy, who, reply)


def test_a_colleague_does_not_correct_what_somebody_else_said(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(round_of(VAULT), units=())).at("09:00")
    stores(pharmacy, "Amira", reads("vault", 45))
    why = is_refused(pharmacy, "Ben", reads("vault", 46, reason="I read something else"))
    assert why == "Amira Hassan answered “Humidity of the vault”; they correct it, or a pharmacist or manager does."


def test_a_correction_after_the_deadline_is_late_and_what_was_missed_stays_missed(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 45))
    pharmacy.at("13:00")
    pharmacy.inbox.unread.clear()
    ((_, corrected),) = stores(pharmacy, "Ben", reads("vault", 46, reason="digits swapped")).stored
    assert corrected.late
    assert pharmacy.run(ROUND).run.state is RunState.MISSED
    view = line(pharmacy, "seal")
    assert (view.missed, view.answer) == (True, None)
    why = is_refused(pharmacy, "Ben", Reply("seal", reason="I had done it"))
    assert why.startswith("“Tamper seal intact” has no answer to correct.")


def test_without_a_reason_nothing_is_corrected_and_the_same_again_is_nothing_new(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 45))
    assert "undo 1, then answer again" in is_refused(pharmacy, "Ben", reads("vault", 46, reason="  "))
    stores(pharmacy, "Ben", reads("vault", 46, reason="digits swapped"))
    assert is_refused(pharmacy, "Ben", reads("vault", 46, reason="digits swapped")) == (
        "That is what stands already; nothing was changed."
    )


def test_a_reason_that_names_a_patient_is_not_kept(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 45))
    with pytest.raises(PatientInformation):
        says(pharmacy, "Ben", reads("vault", 46, reason="Mrs Jones called me away"))
    assert line(pharmacy, "vault").history == ()


# --- words added to an answer


def explains(pharmacy: PharmacyHarness, name: str, note: str) -> None:
    run, who = pharmacy.run(ROUND).run.id, pharmacy.person(name)
    pharmacy.act(
        lambda connection: runs.add_reason(connection, pharmacy.definitions, run, "vault", who, note, pharmacy.now)
    )


def test_a_value_out_of_range_asks_for_a_reason_until_there_is_one(pharmacy: PharmacyHarness) -> None:
    responded = stores(pharmacy, "Ben", reads("vault", 64))
    pharmacy.expect_message(to="Amira", about="read 64 %")
    assert [each.key for each in responded.needs_reason] == ["vault"]
    pharmacy.at("12:10").inbox.unread.clear()
    explains(pharmacy, "Ben", "door stood open")
    view = line(pharmacy, "vault")
    assert view.answer is not None
    assert (view.answer.note, view.answer.answered_by, view.answer.late) == ("door stood open", "ben", False)
    assert (view.history, view.corrects, view.earlier) == ((), None, 0)
    assert [alert.detail for alert in pharmacy.alerts()] == ["read 64 %, limits: 30 to 60 %"]


def test_a_value_with_a_note_needs_no_further_reason(pharmacy: PharmacyHarness) -> None:
    assert stores(pharmacy, "Ben", reads("vault", 64, note="door stood open")).needs_reason == ()
    pharmacy.expect_message(to="Amira", about="limits: 30 to 60 %. door stood open")


def test_words_of_a_colleague_have_their_name_and_the_same_twice_is_once(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 64, note="door stood open"))
    pharmacy.expect_message(to="Amira", about="read 64 %")
    explains(pharmacy, "Amira", "closed it at nine")
    with pytest.raises(AlreadyDone, match="noted already"):
        explains(pharmacy, "Amira", "closed it at nine")
    answer = line(pharmacy, "vault").answer
    assert answer is not None
    assert answer.note == "door stood open; Amira Hassan: closed it at nine"
    with pytest.raises(PatientInformation):
        explains(pharmacy, "Ben", "Mrs Jones leant on it")


def test_words_are_added_only_to_an_answer_and_by_whom_it_concerns(pharmacy: PharmacyHarness) -> None:
    with pytest.raises(Refused, match="has no answer to say more about"):
        explains(pharmacy, "Ben", "door stood open")
    stores(pharmacy, "Amira", reads("vault", 64))
    pharmacy.expect_message(to="Amira", about="read 64 %")
    with pytest.raises(Refused, match="Whoever answered"):
        explains(pharmacy, "Ben", "door stood open")
    with pytest.raises(Refused, match="in a few words"):
        explains(pharmacy, "Amira", "  ")


def test_the_record_holds_after_all_of_it(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", reads("vault", 64), fails("seal"))
    explains(pharmacy, "Ben", "door stood open")
    stores(pharmacy, "Morgan", reads("vault", 54, reason="the display was misread"))
    undoes(pharmacy, "Morgan", "vault")
    stores(pharmacy, "Ben", Reply("seal", Outcome.NOT_APPLICABLE, note="no tote today", reason="wrong tote"))
    pharmacy.inbox.unread.clear()
    assert pharmacy.look(verify).holds


def test_a_pharmacist_puts_no_answer_over_a_managers(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(round_of(Item("safe", "Safe counted", role=Role.MANAGER)), units=())).at("09:00")
    stores(pharmacy, "Morgan", Reply("safe"))
    assert "is for a manager to do" in is_refused(pharmacy, "Amira", fails("safe", reason="I saw it open"))
