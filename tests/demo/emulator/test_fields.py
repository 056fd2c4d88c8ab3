"""What Slack's client checks in a form before it sends it, and what it makes of a person's entries."""

from typing import Any

import pytest

from shiftbot.demo.emulator.fields import check_form, placed_elements, state_of, typed_value
from shiftbot.demo.emulator.form_checks import what_is_wrong
from tests.demo.emulator.bot import a_button, actions, an_input, options

Json = dict[str, Any]
WHOLE = {"type": "number_input", "is_decimal_allowed": False, "min_value": "0", "max_value": "99"}
SHORT = {"type": "plain_text_input", "min_length": 2, "max_length": 4}


@pytest.mark.parametrize(
    ("element", "value", "says"),
    [
        (SHORT, "abc", None),
        (SHORT, "a", "at least 2"),
        (SHORT, "abcde", "at most 4"),
        (SHORT, None, "required"),
        (WHOLE, "7", None),
        (WHOLE, "100", "at most 99"),
        (WHOLE, "-1", "at least 0"),
        (WHOLE, "7.5", "whole"),
        (WHOLE, "seven", "a number"),
        ({"type": "number_input", "is_decimal_allowed": True}, "7.5", None),
        ({"type": "email_text_input"}, "amira@hilltop.example.com", None),
        ({"type": "email_text_input"}, "amira", "email"),
        ({"type": "url_text_input"}, "hilltop", "URL"),
        ({"type": "checkboxes"}, [], "required"),
        ({"type": "datepicker"}, "2026-11-23", None),
    ],
)
def test_an_entry_is_checked_as_its_element_asks(element: Json, value: Any, says: str | None) -> None:
    found = what_is_wrong(element, value, optional=False)
    assert (found is None) if says is None else (found is not None and says in found)


def test_an_optional_input_may_stay_empty() -> None:
    check_form([an_input("note", SHORT, optional=True)], {})


def test_the_state_holds_every_input_touched_or_not_with_its_first_value() -> None:
    choices = options("low", "high")
    blocks = [
        an_input("note", {"type": "plain_text_input", "initial_value": "as before"}),
        an_input("ticks", {"type": "checkboxes", "options": choices, "initial_options": choices[:1]}),
        actions(a_button("no_value"), {"type": "timepicker", "action_id": "at"}),
    ]
    assert state_of(blocks, {"row": {"at": {"type": "timepicker", "selected_time": "08:00"}}}) == {
        "note": {"value": {"type": "plain_text_input", "value": "as before"}},
        "ticks": {"value": {"type": "checkboxes", "selected_options": choices[:1]}},
        "row": {"at": {"type": "timepicker", "selected_time": "08:00"}},
    }


@pytest.mark.parametrize(
    ("element", "entered", "typed"),
    [
        ({"type": "datetimepicker"}, "1795435200", {"selected_date_time": 1_795_435_200}),
        ({"type": "multi_users_select"}, "U0BEN", {"selected_users": ["U0BEN"]}),
        ({"type": "multi_users_select"}, None, {"selected_users": []}),
        ({"type": "datepicker"}, "", {"selected_date": None}),
        ({"type": "channels_select"}, "C0HILLTOP", {"selected_channel": "C0HILLTOP"}),
    ],
)
def test_an_entry_becomes_the_value_slack_sends(element: Json, entered: Any, typed: Json) -> None:
    (placed,) = placed_elements([an_input("q", element)])
    assert typed_value(placed, entered) == {"type": element["type"], **typed}


def test_an_option_may_be_named_by_its_text_and_must_be_offered() -> None:
    groups = [{"label": {"type": "plain_text", "text": "Cold"}, "options": options("fridge")}]
    (placed,) = placed_elements([an_input("unit", {"type": "static_select", "option_groups": groups})])
    assert typed_value(placed, "Fridge")["selected_option"]["value"] == "fridge"
    with pytest.raises(LookupError, match="offers 'fridge'"):
        typed_value(placed, "cellar")


def test_a_date_that_is_none_is_refused() -> None:
    (placed,) = placed_elements([an_input("day", {"type": "datepicker"})])
    with pytest.raises(ValueError, match="Invalid isoformat"):
        typed_value(placed, "yesterday")
