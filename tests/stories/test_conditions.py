"""A line that hangs on another is asked when that one was answered so, and never missed when it was not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.checklist import Condition, Item, ItemKind
from shiftbot.domain.run import RunState
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.rounds import ROUND, SCHEDULE, fails, is_refused, line, reads, round_of, says, stores, undoes

SEAL = Item("seal", "Tamper seal intact")
NEW_SEAL = Item("new-seal", "Number of the new seal", ItemKind.TEXT, when=Condition("seal", ("failed",)))
PICTURE = Item("told", "Old seal kept", when=Condition("new-seal", ("done",)))


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    """Nine o'clock: the seal is to be looked at; its number, and what hangs on that, only when it is torn."""
    return open_pharmacy(hilltop(round_of(SEAL, NEW_SEAL, PICTURE), units=())).at("09:00")


def number_is(number: str) -> Reply:
    return Reply("new-seal", value={"text": number})


def test_what_hangs_on_a_blank_line_is_not_asked_yet(pharmacy: PharmacyHarness) -> None:
    assert [each.asked for each in pharmacy.run(ROUND).lines] == [True, None, None]
    assert pharmacy.run(ROUND).required == 1
    assert is_refused(pharmacy, "Ben", number_is("4711")) == (
        "“Number of the new seal” is asked only when 1. “Tamper seal intact” is failed. Answer that first."
    )


def test_a_run_is_complete_without_what_is_not_asked(pharmacy: PharmacyHarness) -> None:
    assert stores(pharmacy, "Ben", Reply("seal")).complete
    assert pharmacy.run(ROUND).run.state is RunState.COMPLETED
    assert [each.asked for each in pharmacy.run(ROUND).lines] == [True, False, False]
    assert is_refused(pharmacy, "Ben", number_is("4711")).endswith("is failed, so it is not asked now.")


def test_what_is_asked_by_an_answer_is_required_until_it_is_answered(pharmacy: PharmacyHarness) -> None:
    assert not stores(pharmacy, "Ben", fails("seal")).complete
    assert not stores(pharmacy, "Ben", number_is("4711")).complete
    assert stores(pharmacy, "Ben", Reply("told")).complete


def test_one_message_may_answer_both_in_whatever_order(pharmacy: PharmacyHarness) -> None:
    assert stores(pharmacy, "Ben", Reply("told"), number_is("4711"), fails("seal")).complete


def test_only_what_is_asked_at_the_deadline_is_missed(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("seal"))
    pharmacy.at("12:31").expect_reminders("Ben")
    pharmacy.expect_message(to="Amira", about="not answered: 2. Number of the new seal")
    assert [each.missed for each in pharmacy.run(ROUND).lines] == [False, True, False]
    assert stores(pharmacy, "Ben", number_is("4711"), Reply("told")).complete
    pharmacy.expect_message(to="Amira", about="It was done late")
    assert pharmacy.run(ROUND).run.state is RunState.MISSED


def test_an_answer_that_is_no_longer_asked_stays_on_record_and_does_not_count(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("seal"), number_is("4711"))
    assert stores(pharmacy, "Ben", Reply("seal", reason="looked at the wrong tote")).complete
    gone = line(pharmacy, "new-seal")
    assert gone.asked is False
    assert gone.answer is not None
    assert pharmacy.run(ROUND).answered == pharmacy.run(ROUND).required == 1


def test_taking_back_what_a_line_hangs_on_makes_it_wait_again(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", Reply("seal"))
    undoes(pharmacy, "Ben", "seal")
    assert pharmacy.run(ROUND).run.state is RunState.OPEN
    assert line(pharmacy, "new-seal").asked is None


def test_a_run_that_was_complete_at_its_deadline_is_not_missed_by_a_later_correction(
    pharmacy: PharmacyHarness,
) -> None:
    stores(pharmacy, "Ben", Reply("seal"))
    pharmacy.at("13:00")
    assert not stores(pharmacy, "Ben", fails("seal", reason="it was torn after all")).complete
    pharmacy.at("14:00")
    view = pharmacy.run(ROUND)
    assert (view.run.state, view.required, view.answered) == (RunState.COMPLETED, 2, 1)
    assert not any(each.missed for each in view.lines)
    assert stores(pharmacy, "Ben", number_is("4711"), Reply("told")).stored[0][1].late


@pytest.mark.parametrize(
    ("kind", "words", "reply", "asks"),
    [
        (Item("first", "First", ItemKind.CHOICE, options=("Clean", "Needs Wipe")), ("needs wipe",), "Needs Wipe", True),
        (Item("first", "First", ItemKind.CHOICE, options=("Clean", "Needs Wipe")), ("needs wipe",), "Clean", False),
        (Item("first", "First", ItemKind.NUMBER, low=30.0, high=60.0), ("out-of-range",), 70.0, True),
        (Item("first", "First", ItemKind.NUMBER, low=30.0, high=60.0), ("out-of-range",), 50.0, False),
        (Item("first", "First"), ("failed", "n/a"), Outcome.NOT_APPLICABLE, True),
        (Item("first", "First"), ("not-applicable",), Outcome.NOT_APPLICABLE, True),
        (Item("first", "First"), ("done",), Outcome.NOT_APPLICABLE, False),
        (Item("first", "First"), ("done",), Outcome.DONE, True),
    ],
)
def test_every_word_of_a_condition_means_what_it_says(
    open_pharmacy: Opens, kind: Item, words: tuple[str, ...], reply: object, asks: bool
) -> None:
    second = Item("second", "Second", when=Condition("first", words))
    pharmacy = open_pharmacy(hilltop(round_of(kind, second), units=())).at("09:00")
    if isinstance(reply, Outcome):
        said = Reply("first", reply, note="" if reply is Outcome.DONE else "drive-through closed")
    elif isinstance(reply, float):
        said = reads("first", reply)
    else:
        said = Reply("first", value={"choice": reply})
    stores(pharmacy, "Ben", said)
    assert line(pharmacy, "second").asked is asks
    pharmacy.inbox.unread.clear()


def test_an_expired_run_takes_no_answer_and_says_so(open_pharmacy: Opens) -> None:
    schedule = replace(SCHEDULE, expires_after=timedelta(hours=1))
    pharmacy = open_pharmacy(hilltop(round_of(SEAL, schedule=schedule), units=())).at("13:30")
    pharmacy.inbox.unread.clear()
    with pytest.raises(Exception, match="has expired: it can no longer be answered") as refusal:
        says(pharmacy, "Ben", Reply("seal"))
    assert "flag" in str(refusal.value)


def test_a_missed_line_that_a_correction_takes_off_the_list_is_not_called_done(pharmacy: PharmacyHarness) -> None:
    stores(pharmacy, "Ben", fails("seal"))
    pharmacy.at("12:30").expect_message(to="Amira", about="Round missed")
    pharmacy.expect_reminders("Ben")
    stores(pharmacy, "Ben", Reply("seal", reason="it was the cover, not the seal"))
    told = pharmacy.expect_message(to="Amira", about="Resolved: Round missed").text
    assert told.endswith("it is not asked any more, and stays missed and blank: 2. Number of the new seal.")
    assert line(pharmacy, "new-seal").missed
