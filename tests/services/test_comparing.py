"""`shiftbot replay --against` on files, and the same of a unit's last days in the database."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shiftbot.__main__ import app
from shiftbot.domain.alert import STANDARD
from shiftbot.domain.cold_chain import Limits
from shiftbot.domain.site import TemperatureUnit
from shiftbot.errors import DefinitionError, SettingsError
from shiftbot.services.cold_chain.comparing import compare_unit
from shiftbot.storage import readings
from shiftbot.storage.database import Database
from shiftbot.storage.readings import Arrival

CELSIUS = TemperatureUnit.CELSIUS
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FRIDGE = Limits(CELSIUS, low=2, high=8, critical_low=0, critical_high=12, clear_inside=0.3)

TIGHTER = """
classes:
  - id: vaccine-refrigerator
    name: Vaccine refrigerator, tighter
    low: { C: 3, F: 37 }
    high: { C: 7, F: 45 }
    alarm_delay: 30m
"""


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Readings of a morning with an open door, and one that nearly was; no pharmacy far and wide."""
    monkeypatch.setenv("SHIFTBOT_HOME", str(tmp_path))
    values = [
        (minute, 9.5 if 10 <= minute < 60 else 7.5 if 120 <= minute < 130 else 5.0) for minute in range(0, 180, 5)
    ]
    rows = [f"{(NOON + timedelta(minutes=minute)).isoformat()},{value}" for minute, value in values]
    path = tmp_path / "readings.csv"
    path.write_text("\n".join(["taken_at,temperature", *rows]), encoding="utf-8")
    return path


def other(path: Path, text: str = TIGHTER) -> str:
    file = path.parent / "other.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def replay(door: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["replay", str(door), "--class", "vaccine-refrigerator", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_a_changed_class_says_what_it_would_have_done_otherwise(door: Path) -> None:
    values = json.loads(replay(door, "--against", other(door), "--json"))
    difference = values["difference"]
    assert [each["extreme"] for each in difference["new"]] == [7.5]
    (changed,) = difference["changed"]
    assert changed["told_later_seconds"] == 900.0
    assert (difference["gone"], difference["same"]) == ([], 0)
    assert len(values["before"]["excursions"]) == 1
    assert len(values["after"]["excursions"]) == 2


def test_people_read_it_in_words(door: Path) -> None:
    said = replay(door, "--against", other(door))
    assert "by the present rule: 1 excursions, 1 told, 50 minutes out of range" in said
    assert "only by the changed rule:\n  2026-11-23T14:00:00Z  too warm, at worst 7.5 °C" in said
    assert "→ told 15 minutes later" in said


def test_another_class_can_be_named_with_or_without_a_file(door: Path) -> None:
    shipped = json.loads(replay(door, "--class-against", "usp-refrigerator", "--json"))
    assert shipped["before"]["excursions"]
    renamed = other(door, TIGHTER.replace("id: vaccine-refrigerator", "id: tighter"))
    named = json.loads(replay(door, "--against", renamed, "--class-against", "tighter", "--json"))
    assert len(named["difference"]["new"]) == 1


def test_the_same_rule_says_that_both_do_the_same(door: Path) -> None:
    assert "Both do the same with these readings." in replay(door, "--class-against", "vaccine-refrigerator")


def test_a_file_without_that_class_says_what_it_has(door: Path) -> None:
    renamed = other(door, TIGHTER.replace("id: vaccine-refrigerator", "id: tighter"))
    with pytest.raises(SettingsError, match="no class 'vaccine-refrigerator' in it; it has tighter"):
        replay(door, "--against", renamed)


def test_a_mistake_in_the_file_is_named_with_its_place(door: Path) -> None:
    wrong = other(door, TIGHTER.replace("alarm_delay", "alarm_dealy"))
    with pytest.raises(DefinitionError, match=r"other\.yaml:7:5"):
        replay(door, "--against", wrong)


def test_a_units_last_days_are_judged_by_both_out_of_the_database(database: Database) -> None:
    pair = ("vaccine-fridge", "hilltop/vaccine-fridge")
    spare = ("vaccine-fridge", "hilltop/spare")
    with database.transaction() as connection:
        numbers = readings.register(connection, [pair, spare])
        found = [
            Arrival(numbers[of], at, at, 9.0 if minute < 60 else 5.0, CELSIUS)
            for of in (pair, spare)
            for minute in range(0, 120, 5)
            for at in [NOON + timedelta(minutes=minute)]
        ]
        readings.store(connection, found)
    now = NOON + timedelta(hours=2)
    wider = Limits(CELSIUS, low=2, high=10)
    with database.snapshot() as connection:
        seen = compare_unit(connection, "vaccine-fridge", FRIDGE, wider, STANDARD, timedelta(days=30), now)
        recent = compare_unit(connection, "vaccine-fridge", FRIDGE, wider, STANDARD, timedelta(minutes=30), now)
    assert len(seen.difference.gone) == 1
    assert recent.difference.is_none
    assert seen.before.totals.readings == 24
