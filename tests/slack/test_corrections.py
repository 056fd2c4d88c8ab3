"""A correction is a new answer with a reason, both visible; what was told by phone is shown as such."""

import json

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.answer import Outcome
from tests.slack.kinds import answer, every_kind, line, opened
from tests.slack.workplace import Workplace


@pytest.fixture
def kinds(work: Workplace) -> Workplace:
    """Every kind of item, open since 10:00."""
    work.at("10:00")
    every_kind(work)
    return work


def card(work: Workplace) -> str:
    """What the card shows."""
    return json.dumps(work.card("kinds").blocks, ensure_ascii=False)


def problem_form(work: Workplace, who: Person) -> None:
    """Open `N/A or problem…`."""
    work.press(who, "kinds", "item_problem")
    work.emulator.wait_until(lambda: bool(who.views))


def choose(work: Workplace, who: Person, action_id: str, **entered: str) -> None:
    """Go on from it to another form, and choose there."""
    problem_form(work, who)
    who.click_view(action_id).wait()
    work.emulator.wait_until(lambda: who.views[-1].payload["callback_id"] == "line_choose")
    who.submit(entered).wait()


def test_both_answers_of_a_correction_are_visible(kinds: Workplace, ben: Person) -> None:
    opened(kinds, ben, "item_enter", "Fridge display")
    ben.submit({"value": "14"}).wait()
    ben.dismiss()
    kinds.settle()
    choose(kinds, ben, "line_correct", line=str(line(kinds, "Fridge display").line.number))
    assert "Now: 14 °F" in json.dumps(ben.views[-1].payload, ensure_ascii=False)
    assert ben.submit({"outcome": "done", "value": {"value": "41"}, "reason": "misread"}).wait().response is None
    kinds.until(lambda: "~14 °F~ →  *41 °F*  ·  Ben O. 10:00  ·  corrected: misread" in card(kinds))


def test_a_technician_is_not_offered_the_answers_of_others(kinds: Workplace, ben: Person, amira: Person) -> None:
    kinds.press(amira, "kinds", "item_done", "Lights on")
    kinds.until(lambda: answer(kinds, "Lights on"))
    problem_form(kinds, ben)
    assert "line_correct" not in json.dumps(ben.views[-1].payload)
    told = len(ben.ephemerals)
    kinds.press(ben, "kinds", "item_problem")
    assert len(ben.ephemerals) == told


def test_a_manager_writes_down_what_was_told_by_phone(kinds: Workplace, morgan: Person) -> None:
    morgan_sees = len(morgan.views)
    kinds.press(morgan, "kinds", "item_problem")
    kinds.emulator.wait_until(lambda: len(morgan.views) > morgan_sees)
    number = str(line(kinds, "Drive-through").line.number)
    morgan.submit({"who": "ben", "line": number}).wait()
    assert "Told by Ben Ortiz by phone" in json.dumps(morgan.views[-1].payload)
    assert morgan.submit({"outcome": "failed", "note": "bell is broken"}).wait().response is None
    said = answer(kinds, "Drive-through")
    assert said is not None
    assert (said.outcome, said.answered_by, said.told_by) == (Outcome.FAILED, "morgan", "ben")
    kinds.until(lambda: "told by Ben O. by phone, noted by Morgan L. 10:00" in card(kinds))


def test_what_is_told_needs_its_value(kinds: Workplace, morgan: Person) -> None:
    kinds.press(morgan, "kinds", "item_problem")
    kinds.emulator.wait_until(lambda: bool(morgan.views))
    morgan.submit({"who": "ben", "line": str(line(kinds, "Fridge display").line.number)}).wait()
    response = morgan.submit({"outcome": "done"}).wait().response
    assert response is not None
    assert response["errors"] == {"value": "Enter the value."}


def test_only_a_manager_is_offered_to_write_down_what_was_told(kinds: Workplace, ben: Person) -> None:
    problem_form(kinds, ben)
    assert "line_told" not in json.dumps(ben.views[-1].payload)
