"""One form for every kind of item: what people type is understood or refused beside its field, never stored wrong."""

import json

import pytest

from shiftbot.demo.emulator import Person
from shiftbot.domain.answer import Outcome
from shiftbot.services import signing
from tests.cast import AMIRA
from tests.slack.kinds import answer, every_kind, line, opened
from tests.slack.workplace import CHANNEL, Workplace


@pytest.fixture
def kinds(work: Workplace) -> Workplace:
    """Every kind of item, open since 10:00."""
    work.at("10:00")
    every_kind(work)
    return work


@pytest.mark.parametrize(
    ("title", "entered", "value"),
    [
        ("Room humidity", {"value": "４４,5"}, {"number": 44.5}),
        ("Fridge display", {"value": " 41,2 °F"}, {"temperature": 41.2, "unit": "F"}),
        ("min and max", {"low": "39,1", "high": "43"}, {"low": 39.1, "high": 43.0, "unit": "F"}),
        ("Seal", {"value": "Intact"}, {"choice": "Intact"}),
        ("Kit expires", {"value": "2027-03-01"}, {"date": "2027-03-01"}),
        ("Bottles", {"value": "1,200"}, {"count": 1200}),
    ],
)
def test_each_kind_is_answered_by_its_button_and_form(
    kinds: Workplace, ben: Person, title: str, entered: dict[str, str], value: dict[str, object]
) -> None:
    opened(kinds, ben, "item_enter", title)
    assert ben.submit(entered).wait().response is None
    said = answer(kinds, title)
    assert said is not None
    assert said.value is not None
    assert {**said.value, **value} == said.value


@pytest.mark.parametrize(
    ("title", "entered", "field", "words"),
    [
        ("Fridge display", {"value": "5 C"}, "value", "logs in °F"),
        ("Fridge display", {"value": " - "}, "value", "not a number"),
        ("Fridge display", {"value": "1e9"}, "value", "not a number"),
        ("Fridge display", {"value": "411"}, "value", "cannot be right"),
        ("min and max", {"low": "43", "high": "39"}, "high", "lower than the lowest"),
        ("min and max", {"low": "39", "high": "about 43"}, "high", "not a number"),
        ("Bottles", {"value": "a few"}, "value", "whole number"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field(
    kinds: Workplace, ben: Person, title: str, entered: dict[str, str], field: str, words: str
) -> None:
    opened(kinds, ben, "item_enter", title)
    response = ben.submit(entered).wait().response
    assert response is not None
    assert response["response_action"] == "errors"
    assert words in response["errors"][field]
    assert answer(kinds, title) is None


def test_a_value_out_of_range_is_stored_before_its_reason_is_asked(kinds: Workplace, ben: Person) -> None:
    opened(kinds, ben, "item_enter", "Fridge display")
    ben.submit({"value": "50"}).wait()
    assert ben.views[-1].title == "Out of range"
    ben.dismiss()
    kinds.settle()
    said = answer(kinds, "Fridge display")
    assert said is not None
    assert said.value == {"temperature": 50.0, "unit": "F"}
    assert "out of range" in json.dumps([m.blocks for m in kinds.emulator.messages(CHANNEL)])


def test_the_reason_of_a_value_out_of_range_is_added_to_the_answer(kinds: Workplace, ben: Person) -> None:
    opened(kinds, ben, "item_enter", "Fridge display")
    ben.submit({"value": "50"}).wait()
    assert ben.submit({"reason": "door stood open; closed it"}).wait().response is None
    said = answer(kinds, "Fridge display")
    assert said is not None
    assert said.note == "door stood open; closed it"
    assert said.answered_by == "ben"
    kinds.until(
        lambda: "50 °F (door stood open; closed it)" in json.dumps(kinds.card("kinds").blocks, ensure_ascii=False)
    )


def test_a_photo_is_stored_by_its_slack_id_and_the_form_warns(kinds: Workplace, ben: Person) -> None:
    form = opened(kinds, ben, "item_enter", "Photo of the shelf")
    assert "Never anything with a patient's name on it" in json.dumps(form.payload)
    ben.submit({"value": "shelf.jpg"}).wait()
    said = answer(kinds, "Photo")
    assert said is not None
    assert said.value is not None
    assert str(said.value["file"]).startswith("F")


def test_a_signature_shows_its_meaning_and_bears_name_and_role(kinds: Workplace, amira: Person, ben: Person) -> None:
    form = opened(kinds, amira, "line_sign", "Pharmacist log")
    assert "I, Amira Hassan, pharmacist, have REVIEWED this." in json.dumps(form.payload)
    amira.submit().wait()
    said = answer(kinds, "Pharmacist log")
    assert said is not None
    assert said.value == {"name": "Amira Hassan", "role": "pharmacist", "meaning": "reviewed", "pin": False}


def test_a_technician_opens_no_signature_of_a_pharmacist(kinds: Workplace, ben: Person) -> None:
    told = len(ben.ephemerals)
    kinds.press(ben, "kinds", "line_sign", "Pharmacist log")
    assert "is for a pharmacist to do" in kinds.told_privately(ben, told)
    assert not ben.views


def test_a_condition_is_asked_when_it_holds_and_not_before(kinds: Workplace, ben: Person) -> None:
    def card() -> str:
        return json.dumps(kinds.card("kinds").blocks, ensure_ascii=False)

    number = line(kinds, "What happened").line.number
    assert "asked when 8 is torn or missing" in card()
    assert kinds.view("kinds").required == 13
    opened(kinds, ben, "item_enter", "Seal")
    ben.submit({"value": "Torn"}).wait()
    kinds.until(lambda: f"*{number}.* What happened" in card())
    assert kinds.view("kinds").required == 14
    opened(kinds, ben, "item_enter", "What happened")
    ben.submit({"value": "caught in the door"}).wait()
    kinds.until(lambda: "caught in the door" in card())


def test_na_and_failed_keep_their_reason(kinds: Workplace, ben: Person) -> None:
    kinds.press(ben, "kinds", "item_problem")
    kinds.emulator.wait_until(lambda: bool(ben.views))
    number = str(line(kinds, "Drive-through").line.number)
    ben.submit({"line": number, "outcome": "not-applicable", "reason": "closed on Mondays"}).wait()
    said = answer(kinds, "Drive-through")
    assert said is not None
    assert (said.outcome, said.note) == (Outcome.NOT_APPLICABLE, "closed on Mondays")


def test_a_signature_with_a_pin_counts_misses_and_signs_with_the_right_one(work: Workplace, amira: Person) -> None:
    work.at("10:00")
    every_kind(work, pin=True)
    told = len(amira.ephemerals)
    work.press(amira, "kinds", "line_sign", "Pharmacist log")
    assert "You have no PIN yet" in work.told_privately(amira, told)
    with work.database.transaction() as connection:
        signing.set_pin(connection, AMIRA, "4827", work.now, site="hilltop-main")
    opened(work, amira, "line_sign", "Pharmacist log")
    for left in ("4 more tries", "3 more tries"):
        refused = amira.submit({"pin": "1111"}).wait().response
        assert refused is not None
        assert left in refused["errors"]["pin"]
    assert answer(work, "Pharmacist log") is None
    amira.submit({"pin": "4827"}).wait()
    said = answer(work, "Pharmacist log")
    assert said is not None
    assert said.value is not None
    assert said.value["pin"] is True
