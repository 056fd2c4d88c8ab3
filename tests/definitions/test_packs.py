"""The shipped packs: each loads, lays out for a pharmacy and fits where Slack and people are tightest."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from shiftbot.definitions import load, shipped_packs
from shiftbot.domain.checklist import ItemKind, Line, Plan, Role
from shiftbot.domain.recurrence import local_clock, occurrences
from shiftbot.domain.site import Pharmacy, TemperatureUnit
from shiftbot.services.planning import plan_for

HILLTOP = Path(__file__).parent / "hilltop"
PACKS = ["retail-opening", "retail-midday", "retail-closing", "voicemail", "controlled-count"]
MONDAY = date(2026, 11, 23)
C, F = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT


@pytest.fixture(scope="module")
def hilltop() -> Pharmacy:
    return load(HILLTOP)


def laid_out(pharmacy: Pharmacy, pack: str) -> Plan:
    return plan_for(pharmacy, pharmacy.sites["hilltop-main"], pack)


def test_every_shipped_checklist_is_one_of_the_packs() -> None:
    assert sorted(path.stem for path in (shipped_packs() / "checklists").glob("*.yaml")) == sorted(PACKS)


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_is_named_for_its_id_and_lays_out(hilltop: Pharmacy, pack: str) -> None:
    plan = laid_out(hilltop, pack)
    assert plan.checklist == pack
    assert plan.lines
    assert [line.number for line in plan.lines] == list(range(1, len(plan.lines) + 1))
    assert len({line.key for line in plan.lines}) == len(plan.lines)
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_fits_one_slack_card_and_one_phone_line(hilltop: Pharmacy, pack: str) -> None:
    """Two blocks a line and a few for sections stay below Slack's 50; a phone shows about 40 letters."""
    plan = laid_out(hilltop, pack)
    assert len(plan.lines) <= 20
    assert all(len(line.title) <= 44 for line in plan.lines)


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_has_something_required(hilltop: Pharmacy, pack: str) -> None:
    assert laid_out(hilltop, pack).required


def test_the_opening_checklist_begins_with_four_ticks_and_asks_each_unit() -> None:
    lines = laid_out(load(HILLTOP), "retail-opening").lines
    assert {line.kind for line in lines[:4]} == {ItemKind.TICK}
    temperatures = [line for line in lines if line.kind is ItemKind.TEMPERATURE]
    assert [line.subject for line in temperatures] == [
        "vaccine-fridge",
        "pharmacy-fridge",
        "vaccine-freezer",
        "insulin-fridge",
    ]
    assert [(line.low, line.high, line.unit) for line in temperatures[:3:2]] == [(36, 46, "F"), (-58, 5, "F")]
    assert all(line.from_sensor and "fridge" in line.words and "temp" in line.words for line in temperatures)


@pytest.mark.parametrize("pack", ["retail-opening", "retail-midday", "retail-closing"])
def test_retail_packs_have_lines_only_a_pharmacist_may_answer(hilltop: Pharmacy, pack: str) -> None:
    roles = {line.role for line in laid_out(hilltop, pack).lines}
    assert roles == {Role.TECHNICIAN, Role.PHARMACIST}


def test_the_count_is_witnessed_by_a_pharmacist_drug_by_drug(hilltop: Pharmacy) -> None:
    lines = laid_out(hilltop, "controlled-count").lines
    assert [line.subject for line in lines] == ["oxycodone-5", "hydromorphone-2", "methylphenidate-10"]
    assert all(line.kind is ItemKind.COUNT and line.witness is Role.PHARMACIST for line in lines)


def slots(pharmacy: Pharmacy, pack: str) -> list[tuple[str, str, str]]:
    calendar = pharmacy.sites["hilltop-main"].calendar
    runs = occurrences(pharmacy.checklists[pack].schedule, calendar, MONDAY)
    texts = [(run.opens_at, run.due_at, run.missed_at) for run in runs]
    return [(local_clock(calendar, a), local_clock(calendar, b), local_clock(calendar, c)) for a, b, c in texts]


def test_when_the_packs_open_are_due_and_are_missed(hilltop: Pharmacy) -> None:
    assert slots(hilltop, "retail-opening") == [("07:15", "08:00", "08:10")]
    assert slots(hilltop, "retail-midday") == [("12:00", "13:30", "13:45")]
    assert slots(hilltop, "controlled-count") == [("12:00", "14:00", "14:15")]
    assert slots(hilltop, "retail-closing") == [("19:30", "20:15", "20:25")]
    assert slots(hilltop, "voicemail") == [
        (f"{hour:02}:00", f"{hour:02}:30", f"{hour:02}:45") for hour in range(8, 19, 2)
    ]


def line_kinds(lines: tuple[Line, ...]) -> set[ItemKind]:
    return {line.kind for line in lines}


def test_the_voicemail_sweep_is_one_item(hilltop: Pharmacy) -> None:
    lines = laid_out(hilltop, "voicemail").lines
    assert len(lines) == 1
    assert line_kinds(lines) == {ItemKind.VOICEMAIL}


PRINTED = {
    "vaccine-refrigerator": ((2, 8), (36, 46)),
    "vaccine-freezer": ((-50, -15), (-58, 5)),
    "ultra-cold": ((-90, -60), (-130, -76)),
    "usp-refrigerator": ((2, 8), (36, 46)),
    "usp-freezer": ((-25, -10), (-13, 14)),
    "controlled-room": ((20, 25), (68, 77)),
    "cleanroom": ((None, 20), (None, 68)),
}


@pytest.mark.parametrize("kind", PRINTED)
def test_limits_are_as_printed_in_each_unit(tmp_path: Path, kind: str) -> None:
    """domain.md §1.1, from CDC's forms and USP: 46 °F stays 46, though 8 °C would be 46.4."""
    for name in ("pharmacy.yaml", "sensors/hilltop.yaml"):
        text = (HILLTOP / name).read_text(encoding="utf-8")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("class: vaccine-refrigerator", f"class: {kind}"), encoding="utf-8")
    found = load(tmp_path).units["vaccine-fridge"].storage_class
    assert ((found.low[C], found.high[C]), (found.low[F], found.high[F])) == PRINTED[kind]


def test_delays_are_within_what_a_vaccine_unit_may_have() -> None:
    classes = yaml.safe_load((shipped_packs() / "sensors" / "storage-classes.yaml").read_text(encoding="utf-8"))
    assert {each["id"] for each in classes["classes"]} == set(PRINTED)
    fridge = load(HILLTOP).units["vaccine-fridge"].storage_class
    assert fridge.alarm_delay == timedelta(minutes=15)
    assert fridge.critical_after == timedelta(minutes=60)
    assert (fridge.critical_low[C], fridge.critical_high[C]) == (0, 12)
    assert (fridge.clear_inside[C], fridge.clear_after) == (0.3, timedelta(minutes=10))
