"""A case is signed by a pharmacist, whole, once, and only when its cause is over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shiftbot.domain.case import (
    FIELDS,
    Case,
    CaseKind,
    CaseState,
    Details,
    Disposition,
    refuse_disposition,
    refuse_unless_signable,
)
from shiftbot.domain.site import Person
from shiftbot.errors import Refused
from tests.cast import AMIRA, BEN, MORGAN

CASE = Case(
    1, "hilltop-main", CaseKind.EXCURSION, "7", "Vaccine fridge above 46 °F", {"open": False}, CaseState.OPEN,
    datetime(2026, 11, 23, 17, 0, tzinfo=UTC), "", "", "", None, None,
)  # fmt: skip
FILLED = dict.fromkeys(FIELDS, "The door was left open.")
SAID = Details(
    contents="Lot 4KX21, VFC, 40 doses", room=71.5, manufacturer="said usable", programme="told", reference="A-17",
    contacted_at=datetime(2026, 11, 23, 18, 0, tzinfo=UTC), disposition=Disposition.USABLE,
)  # fmt: skip


def test_a_pharmacist_signs_a_case_that_is_filled_in() -> None:
    refuse_unless_signable(CASE, AMIRA, FILLED, SAID)


@pytest.mark.parametrize("person", [BEN, MORGAN], ids=lambda person: person.id)
def test_nobody_else_signs(person: object) -> None:
    with pytest.raises(Refused, match="Only a pharmacist"):
        refuse_unless_signable(CASE, person, FILLED)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("blank", ["", " \n"])
def test_what_is_blank_is_named(field: str, blank: str) -> None:
    with pytest.raises(Refused, match=f"Fill in {field} before you sign"):
        refuse_unless_signable(CASE, AMIRA, FILLED | {field: blank})


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Refused, match="cause, action, outcome"):
        refuse_unless_signable(CASE, AMIRA, {})


def test_a_case_whose_cause_goes_on_is_not_signed_yet() -> None:
    with pytest.raises(Refused, match="not back in range"):
        refuse_unless_signable(replace(CASE, facts={"open": True}), AMIRA, FILLED)


def test_a_signed_case_is_not_signed_again() -> None:
    with pytest.raises(Refused, match="already signed"):
        refuse_unless_signable(replace(CASE, state=CaseState.SIGNED), AMIRA, FILLED)


def test_the_case_of_an_excursion_says_what_was_in_the_unit_and_what_becomes_of_it() -> None:
    with pytest.raises(Refused, match="what was in the unit"):
        refuse_unless_signable(CASE, AMIRA, FILLED)
    with pytest.raises(Refused, match="what becomes of"):
        refuse_unless_signable(CASE, AMIRA, FILLED, replace(SAID, disposition=None))
    with pytest.raises(Refused, match="keep the case open"):
        refuse_unless_signable(CASE, AMIRA, FILLED, replace(SAID, disposition=Disposition.AWAITING))


def test_another_case_needs_none_of_that() -> None:
    refuse_unless_signable(replace(CASE, kind=CaseKind.DISCREPANCY), AMIRA, FILLED)


@pytest.mark.parametrize("person", [BEN, MORGAN], ids=lambda person: person.id)
def test_only_a_pharmacist_says_or_changes_what_becomes_of_it(person: Person) -> None:
    refuse_disposition(SAID, replace(SAID, contents="one more lot"), person)
    refuse_disposition(Details(), SAID, AMIRA)
    for before, after in ((Details(), SAID), (SAID, replace(SAID, disposition=None))):
        with pytest.raises(Refused, match="Only a pharmacist"):
            refuse_disposition(before, after, person)


def test_details_are_read_back_as_they_were_written_and_say_nothing_of_what_was_not_said() -> None:
    assert Details.from_json(SAID.to_json()) == SAID
    assert Details().to_json() == {}
    assert Details.from_json({}) == Details()
    assert Details(room=0.0).to_json() == {"room": 0.0}
