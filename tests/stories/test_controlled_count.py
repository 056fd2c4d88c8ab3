"""The controlled count at midday: blind, witnessed from the pharmacist's own account, then held against the book."""

import pytest

from shiftbot.domain.answer import Outcome, Reply
from shiftbot.domain.run import RunState
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import cases, counts, runs
from shiftbot.services.runs import Responded
from shiftbot.storage import cases as stored_cases
from tests.cast import COUNT, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

LINE = "count:oxycodone-5"


@pytest.fixture
def midday(open_pharmacy: Opens) -> PharmacyHarness:
    """Midday: the count is open."""
    return open_pharmacy(hilltop(COUNT, units=())).at("12:05")


def _stage(pharmacy: PharmacyHarness, does: str, name: str, quantity: int) -> object:
    run = pharmacy.run("controlled-count").run.id
    step = getattr(counts, does)
    return pharmacy.act(
        lambda connection: step(
            connection, pharmacy.definitions, run, LINE, pharmacy.person(name), quantity, pharmacy.now
        )
    )


def test_a_count_that_agrees_with_the_book_completes_the_run(midday: PharmacyHarness) -> None:
    _stage(midday, "enter", "Ben", 120)
    assert midday.run("controlled-count").run.state is RunState.OPEN
    _stage(midday, "witness", "Amira", 120)
    assert midday.run("controlled-count").run.state is RunState.OPEN
    _stage(midday, "book", "Amira", 120)
    assert midday.run("controlled-count").run.state is RunState.COMPLETED


def test_nobody_learns_a_number_before_both_blind_counts_are_in(midday: PharmacyHarness) -> None:
    assert _stage(midday, "enter", "Ben", 120) is None
    run = midday.run("controlled-count").run.id
    assert midday.look(lambda connection: counts.outcome(connection, run, LINE)) is None
    assert "120" not in str(midday.look(lambda connection: counts.stage(connection, run, LINE)))
    with pytest.raises(AlreadyDone) as refusal:
        _stage(midday, "enter", "Ben", 121)
    assert "120" not in str(refusal.value)
    with pytest.raises(Refused, match="witness counts first"):
        _stage(midday, "book", "Amira", 120)


def test_nobody_witnesses_themselves_and_a_technician_is_no_witness(midday: PharmacyHarness) -> None:
    _stage(midday, "enter", "Amira", 120)
    with pytest.raises(Refused, match="nobody witnesses themselves"):
        _stage(midday, "witness", "Amira", 120)
    with pytest.raises(Refused, match="A pharmacist witnesses"):
        _stage(midday, "witness", "Ben", 120)


def test_a_discrepancy_opens_an_alert_without_numbers_and_a_case_that_only_a_pharmacist_signs(
    midday: PharmacyHarness,
) -> None:
    _stage(midday, "enter", "Ben", 120)
    _stage(midday, "witness", "Amira", 118)
    _stage(midday, "book", "Amira", 120)
    message = midday.expect_message(to="Amira", about="Discrepancy: Oxycodone 5 mg tablet")
    assert "118" not in message.text
    assert "120" not in message.text
    case = midday.look(lambda connection: stored_cases.open_cases(connection, "hilltop-main"))[0]
    assert case.facts["variance"] == -2
    texts = {"cause": "two tablets on the floor", "action": "destroyed and logged", "outcome": "book corrected"}
    with pytest.raises(Refused, match="Only a pharmacist"):
        _sign(midday, case.id, "Ben", texts)
    with pytest.raises(Refused, match="Fill in outcome"):
        _sign(midday, case.id, "Amira", texts | {"outcome": " "})
    _sign(midday, case.id, "Amira", texts)
    midday.expect_message(to="Amira", about="Resolved: Discrepancy")
    assert midday.alerts() == []


def _sign(pharmacy: PharmacyHarness, case: int, name: str, texts: dict[str, str]) -> None:
    person = pharmacy.person(name)
    pharmacy.act(
        lambda connection: cases.sign_case(connection, pharmacy.definitions, case, person, texts, pharmacy.now)
    )


def _says(pharmacy: PharmacyHarness, name: str, outcome: Outcome) -> Responded:
    run, who = pharmacy.run("controlled-count").run.id, pharmacy.person(name)
    reply = [Reply(LINE, outcome, note="busy")]
    return pharmacy.act(
        lambda connection: runs.respond(connection, pharmacy.definitions, run, who, reply, "thread", pharmacy.now)
    )


@pytest.mark.parametrize("outcome", [Outcome.NOT_APPLICABLE, Outcome.FAILED])
def test_only_who_may_witness_says_why_a_count_is_not_made(midday: PharmacyHarness, outcome: Outcome) -> None:
    ((_, why),) = _says(midday, "Ben", outcome).refused
    assert "Only a pharmacist says why" in why
    assert midday.run("controlled-count").run.state is RunState.OPEN
    assert _says(midday, "Amira", outcome).complete


@pytest.mark.parametrize("name", ["Ben", "Amira"])
def test_a_count_that_was_begun_is_not_answered_away(midday: PharmacyHarness, name: str) -> None:
    _stage(midday, "enter", "Ben", 97)
    ((_, why),) = _says(midday, name, Outcome.NOT_APPLICABLE).refused
    assert "counted already" in why
    assert "97" not in why
    assert midday.run("controlled-count").run.state is RunState.OPEN


def test_what_was_answered_is_counted_only_when_that_was_taken_back(midday: PharmacyHarness) -> None:
    _says(midday, "Amira", Outcome.NOT_APPLICABLE)
    with pytest.raises(AlreadyDone, match="Take that back first"):
        _stage(midday, "enter", "Ben", 97)
    run, amira = midday.run("controlled-count").run.id, midday.person("Amira")
    midday.act(lambda connection: runs.undo(connection, midday.definitions, run, amira, [LINE], midday.now))
    _stage(midday, "enter", "Ben", 97)
    _stage(midday, "witness", "Amira", 97)
    _stage(midday, "book", "Amira", 97)
    assert midday.run("controlled-count").run.state is RunState.COMPLETED


@pytest.mark.parametrize(("counted", "witnessed", "agrees"), [(97, 99, False), (99, 99, True), (99, 97, False)])
def test_the_answer_says_whether_all_three_numbers_agree(
    midday: PharmacyHarness, counted: int, witnessed: int, agrees: bool
) -> None:
    """The witness and the book may agree while the first count does not: that is a discrepancy as well."""
    _stage(midday, "enter", "Ben", counted)
    _stage(midday, "witness", "Amira", witnessed)
    _stage(midday, "book", "Amira", 99)
    answer = midday.run("controlled-count").lines[0].answer
    assert answer is not None
    assert answer.value is not None
    assert answer.value["agrees"] is agrees
    if not agrees:
        midday.expect_message(to="Amira", about="Discrepancy")
