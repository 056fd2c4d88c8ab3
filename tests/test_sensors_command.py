"""`shiftbot sensors` and what `check` says of pairings: every sensor with its last value, and what nobody has yet."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shiftbot.__main__ import main
from shiftbot.definitions import load
from shiftbot.mqtt.intake import Intake, Message
from shiftbot.services import cold_chain
from shiftbot.settings import NAMES
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from tests.cast import MORGAN

HILLTOP = Path(__file__).parent / "definitions" / "hilltop"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FRIDGE = "zigbee2mqtt/hilltop/vaccine-fridge"
STRANGER = "zigbee2mqtt/back-room"

Says = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hilltop's folder with a database, one sensor of its own that spoke and one that nobody has."""
    folder = tmp_path / "home"
    shutil.copytree(HILLTOP, folder)
    for name in NAMES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHIFTBOT_HOME", str(folder))
    database = Database(f"sqlite:///{folder / 'shiftbot.db'}")
    migrate(database)
    pharmacy = load(folder)
    said = [(FRIDGE, {"temperature": 4.25, "battery": 97, "humidity": 40}), (STRANGER, {"temperature": 5.5})]
    batch = [Message(topic, json.dumps(payload).encode(), NOW) for topic, payload in said]
    Intake(database, lambda: pharmacy).store(batch)
    database.close()
    return folder


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Says:
    """Run a command that ends well; what it said."""

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["shiftbot", *words])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0
        return capsys.readouterr().out

    return run


def pair(home: Path) -> None:
    """Morgan pairs the stranger with the vaccine fridge."""
    database, pharmacy = Database(f"sqlite:///{home / 'shiftbot.db'}"), load(home)
    with database.transaction() as connection:
        (found,) = cold_chain.discovered_sensors(connection, pharmacy)
        now = NOW + timedelta(minutes=5)
        cold_chain.pair(connection, pharmacy, found.id, "vaccine-fridge", MORGAN, now)
    database.close()


def test_sensors_lists_those_of_units_and_those_of_none(home: Path, says: Says) -> None:
    lines = says("sensors").splitlines()
    (fridge,) = [line for line in lines if line.startswith("vaccine-fridge")]
    told = (FRIDGE, "zigbee2mqtt", "4.2 °C", "2026-11-23 15:00", "97 %", "sensors/")
    assert [word for word in told if word not in fridge] == []
    assert any("gives no time of its own" in line for line in lines if line.startswith("Vaccine fridge: "))
    assert any(STRANGER in line and "5.5 °C" in line and "back-room" in line for line in lines)


def test_sensors_for_machines_holds_the_same(home: Path, says: Says) -> None:
    told = json.loads(says("sensors", "--json"))
    fridge = next(each for each in told["units"] if each["unit"] == "vaccine-fridge")
    assert (fridge["value"], fridge["value_unit"], fridge["battery"], fridge["paired_by"]) == (4.25, "C", 97, None)
    assert fridge["taken_at"] == NOW.isoformat()
    (stranger,) = told["discovered"]
    assert (stranger["topic"], stranger["value"], stranger["count"]) == (STRANGER, 5.5, 1)


def test_check_and_sensors_say_what_was_paired_over_the_files(home: Path, says: Says) -> None:
    assert "paired it" not in says("check")
    pair(home)
    words = f"Vaccine fridge: Morgan Lee paired it with {STRANGER} on Mon 23 Nov 10:05."
    assert words in says("check")
    plain = says("sensors")
    assert words in plain
    (fridge,) = [line for line in plain.splitlines() if line.startswith("vaccine-fridge")]
    assert STRANGER in fridge
    assert fridge.endswith("Morgan Lee")
    assert "of no unit" not in plain


def test_sensors_without_a_database_says_so_in_a_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "shiftbot.db").unlink()
    monkeypatch.setattr(sys, "argv", ["shiftbot", "sensors"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, capsys.readouterr().err) == (2, f"there is no database {home / 'shiftbot.db'}\n")
