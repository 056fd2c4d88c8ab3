"""Laying a checklist out for a site: one line a unit or drug, numbered through, frozen under its digest."""

from dataclasses import replace

import pytest

from shiftbot.domain.checklist import Checklist, ForEach, Item, ItemKind, Plan, Role, Section
from shiftbot.domain.laying_out import Ground, lay_out
from tests.cast import COUNT, OPENING

UNITS = {"vaccine-fridge": "Vaccine fridge", "freezer": "Vaccine freezer"}
DRUGS = {"oxycodone-5": "Oxycodone 5 mg tablet"}
LIMITS: dict[str, tuple[float | None, float | None]] = {"vaccine-fridge": (36.0, 46.0), "freezer": (None, 5.0)}


def plan(checklist: Checklist = OPENING, unit: str = "F") -> Plan:
    return lay_out(checklist, Ground(unit, units=UNITS, controlled=DRUGS, limits=LIMITS))


def test_an_item_for_each_unit_becomes_a_line_a_unit_in_their_order() -> None:
    fridges = [line for line in plan().lines if line.key.startswith("fridge-temps")]
    assert [(line.key, line.title) for line in fridges] == [
        ("fridge-temps:vaccine-fridge", "Vaccine fridge: Confirm the temperature"),
        ("fridge-temps:freezer", "Vaccine freezer: Confirm the temperature"),
    ]
    assert [(line.low, line.high, line.unit) for line in fridges] == [(36.0, 46.0, "F"), (None, 5.0, "F")]
    assert fridges[0].words == ("fridge", "vaccine-fridge", "vaccine fridge")


def test_lines_are_numbered_through_without_a_gap() -> None:
    assert [line.number for line in plan().lines] == list(range(1, len(plan().lines) + 1))


def test_an_item_for_each_drug_is_laid_out_for_the_drugs() -> None:
    (line,) = plan(COUNT).lines
    assert (line.key, line.subject, line.witness) == ("count:oxycodone-5", "oxycodone-5", Role.PHARMACIST)
    assert line.unit == ""


def test_a_site_without_units_has_no_lines_for_them() -> None:
    laid = lay_out(OPENING, Ground("F"))
    assert not [line for line in laid.lines if line.subject]


def test_an_item_keeps_limits_of_its_own_where_it_is_for_no_unit() -> None:
    item = Item("humidity", "Humidity", ItemKind.NUMBER, low=20.0, high=60.0, unit="%")
    (line,) = plan(replace(OPENING, sections=(Section("Room", (item,)),))).lines
    assert (line.low, line.high, line.unit) == (20.0, 60.0, "%")


def test_a_temperature_is_asked_for_in_the_sites_unit() -> None:
    item = Item("room", "Room", ItemKind.TEMPERATURE, for_each=ForEach.UNIT)
    assert {line.unit for line in plan(replace(OPENING, sections=(Section("Room", (item,)),)), "C").lines} == {"C"}


@pytest.mark.parametrize("checklist", [OPENING, COUNT], ids=lambda checklist: checklist.id)
def test_a_plan_comes_back_from_its_stored_form_under_the_same_digest(checklist: Checklist) -> None:
    laid = plan(checklist)
    again = Plan.from_json(laid.to_json())
    assert again == laid
    assert again.digest == laid.digest


def test_any_change_of_what_is_asked_changes_the_digest() -> None:
    assert len({plan().digest, plan(unit="C").digest, plan(replace(OPENING, title="Opening")).digest}) == 3


def test_a_line_is_found_by_its_key_and_an_unknown_one_is_an_error() -> None:
    assert plan().line("alarm").role is Role.PHARMACIST
    with pytest.raises(KeyError):
        plan().line("nothing")


def test_required_lines_are_those_without_which_a_run_is_not_complete() -> None:
    assert "notes" in [line.key for line in plan().lines]
    assert "notes" not in [line.key for line in plan().required]
