"""A case is signed by a pharmacist, whole, once, and only when its cause is over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shiftbot.domain.case import FIELDS, Case, CaseKind, CaseState, refuse_unless_signable
from shiftbot.errors import Refused
from tests.cast import AMIRA, BEN, MORGAN

CASE = Case(
    1, "hilltop-main", CaseKind.EXCURSION, "7", "Vaccine fridge above 46 °F", {"open": False}, CaseState.OPEN,
    datetime(2026, 11, 23, 17, 0, tzinfo=UTC), "", "", "", None, None,
)  # fmt: skip
FILLED = dict.fromkeys(FIELDS, "The door was left open.")


def test_a_pharmacist_signs_a_case_that_is_filled_in() -> None:
    refuse_unless_signable(CASE, AMIRA, FILLED)


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
