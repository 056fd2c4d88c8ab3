"""`shiftbot simulate`: reproduced by its seed, read by people and machines, with the exit code that it deserves."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shiftbot.__main__ import app, main
from shiftbot.definitions import write_starter
from shiftbot.simulation.outcome import Asking, simulate
from shiftbot.simulation.weather import HARD


def test_a_seed_is_the_same_simulation_again_and_another_seed_another_one() -> None:
    asking = Asking(3, 1, 5, datetime(2027, 3, 12, tzinfo=UTC), HARD, answered=0.5)
    first, again = simulate(asking), simulate(asking)
    assert first.digest == again.digest
    assert first.counts == again.counts
    assert first.counts["messages"] > 10
    other = simulate(Asking(3, 1, 6, asking.starts_at, HARD, answered=0.5))
    assert other.digest != first.digest


def test_it_prints_a_table_for_people_and_json_for_machines() -> None:
    words = ["simulate", "--days", "3", "--sites", "1", "--seed", "2"]
    table = CliRunner().invoke(app, words)
    assert table.exit_code == 0, table.output
    assert "Told of alerts, by the hour of the day:" in table.output
    assert "Everybody was told what they were to be told" in table.output
    values = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    assert values["holds"] is True
    assert values["sites"] == ["hilltop-main"]
    assert {each["person"] for each in values["asked"]} == {"amira", "ben", "morgan", "priya"}
    assert all(len(each["alerts_by_hour"]) == 24 for each in values["asked"])


def test_it_looks_at_a_pharmacy_of_ones_own(tmp_path: Path) -> None:
    write_starter(tmp_path)
    words = ["simulate", "--home", str(tmp_path), "--days", "3", "--from", "2027-03-01", "--calm", "--json"]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0, ran.output
    values = json.loads(ran.output)
    assert values["counts"]["runs"] > 0
    assert values["reached"][0]["site"] == values["sites"][0]


@pytest.mark.parametrize("words", [["--days", "1"], ["--sites", "4"], ["--days", "5000"]])
def test_what_cannot_be_simulated_is_one_plain_line_and_exit_code_2(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["shiftbot", "simulate", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "write a number from" in capsys.readouterr().err
