"""The command line as a pharmacy meets it: what each command prints, where, and what it exits with; never a traceback.

Most tests call `main` with arguments, as the installed script does; the last ones start a process.
"""

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shiftbot.__main__ import main
from shiftbot.settings import NAMES
from shiftbot.storage.database import Database
from tests.cast import hilltop
from tests.pharmacy import PharmacyHarness

HILLTOP = Path(__file__).parent / "definitions" / "hilltop"
NOBODY_LISTENS = "postgresql://shiftbot:hunter2@127.0.0.1:1/shiftbot"


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def is_one_plain_line(self) -> bool:
        """Whether it is used wrongly or misconfigured, and says so as the design asks."""
        return self.code == 2 and not self.out and self.err.count("\n") == 1 and "Traceback" not in self.err


Command = Callable[..., Said]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES.values():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)
    # Usage errors are drawn in a box as wide as the terminal; wide enough, no word is broken.
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def shiftbot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command: words, and environment variables by name."""

    def run(*words: str, **environment: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["shiftbot", *words])
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patched:
            for name, value in environment.items():
                patched.setenv(name, value)
            code = _exit_code(main)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


def _exit_code(run: Callable[[], None]) -> int:
    try:
        run()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A pharmacy without mistakes."""
    folder = tmp_path / "hilltop"
    shutil.copytree(HILLTOP, folder)
    return folder


@pytest.fixture
def mistaken(home: Path) -> Path:
    """The same with three mistakes in two files, one of which leads to a fourth."""
    pharmacy = home / "pharmacy.yaml"
    written = pharmacy.read_text(encoding="utf-8")
    written = written.replace("America/New_York", "America/New_Yrok").replace("roles: [manager]", "roles: [boss]")
    pharmacy.write_text(written, encoding="utf-8")
    sensors = home / "sensors" / "hilltop.yaml"
    written = sensors.read_text(encoding="utf-8")
    sensors.write_text(written.replace("class: vaccine-freezer", "class: vaccine-frezer"), encoding="utf-8")
    return home


# --- help and usage


def test_help_names_every_command(shiftbot: Command) -> None:
    said = shiftbot("--help")
    assert said.code == 0
    for command in ("run", "bot", "ingest", "web", "tick", "init", "check", "migrate", "doctor", "verify", "replay"):
        assert f" {command} " in said.out


@pytest.mark.parametrize("words", [["bogus"], ["check", "--bogus"], ["replay"], ["run", "now"]])
def test_what_does_not_exist_exits_2_and_says_so(shiftbot: Command, words: list[str]) -> None:
    said = shiftbot(*words)
    assert said.code == 2
    assert "Error" in said.err
    assert "Traceback" not in said.err


# --- init and check


def test_a_start_is_written_once_and_holds(shiftbot: Command, tmp_path: Path) -> None:
    first = shiftbot("init", "ours")
    assert first.code == 0
    assert (tmp_path / "ours" / "pharmacy.yaml").is_file()
    assert shiftbot("check", "ours").code == 0
    assert shiftbot("init", "ours").is_one_plain_line


def test_check_previews_the_coming_week(shiftbot: Command, home: Path) -> None:
    said = shiftbot("check", SHIFTBOT_HOME=str(home))
    assert (said.code, said.err) == (0, "")
    assert said.out.count("\n  Mon ") == 1
    for told in ("Opening checklist: due 08:00", "Controlled count", "Voicemail sweep", "if missed:", "Amira Hassan"):
        assert told in said.out


PLACES = ("pharmacy.yaml:5:15:", "pharmacy.yaml:21:62:", "pharmacy.yaml:31:27:", "sensors/hilltop.yaml:18:12:")
"""The zone, the role, the step that nobody with that role can answer, the class."""


def test_check_names_every_mistake_with_its_place_and_exits_1(shiftbot: Command, mistaken: Path) -> None:
    said = shiftbot("check", str(mistaken))
    assert (said.code, said.out) == (1, "")
    assert [line[: len(place)] for line, place in zip(said.err.splitlines(), PLACES, strict=True)] == list(PLACES)


@pytest.mark.parametrize(
    "words",
    [
        ["run"], ["bot"], ["ingest"], ["web"], ["tick"], ["migrate"], ["verify"],
        ["replay", "readings.csv", "--unit", "vaccine-fridge"],
        ["replay", "readings.csv", "--class", "vaccine-refrigerator"],
    ],
)  # fmt: skip
def test_every_other_command_names_the_same_mistakes_and_exits_2(
    shiftbot: Command, mistaken: Path, words: list[str]
) -> None:
    checked = shiftbot("check", str(mistaken))
    said = shiftbot(
        *words, SHIFTBOT_HOME=str(mistaken), SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", PORT="0"
    )  # fmt: skip
    assert (said.code, said.out, said.err) == (2, "", checked.err)


def test_a_folder_without_a_pharmacy_is_told_how_to_start_one(shiftbot: Command, tmp_path: Path) -> None:
    said = shiftbot("check")
    assert said.code == 1
    assert "shiftbot init" in said.err


# --- settings


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"SHIFTBOT_MQTT_URL": "http://user:hunter2@broker"}, "SHIFTBOT_MQTT_URL"),
        ({"SHIFTBOT_MQTT_URL": "mqtt://broker:port"}, "SHIFTBOT_MQTT_URL"),
        ({"SHIFTBOT_MQTT_URL": "mqtt://broker", "SHIFTBOT_MQTT_CA": "ca.pem"}, "SHIFTBOT_MQTT_CA set, but"),
        ({"SHIFTBOT_MQTT_URL": "mqtts://broker", "SHIFTBOT_MQTT_CA": "/no/ca"}, "SHIFTBOT_MQTT_CA names /no/ca, which"),
        ({"SHIFTBOT_MQTT_KEY": "hunter2"}, "SHIFTBOT_MQTT_KEY set without SHIFTBOT_MQTT_URL"),
        ({"SHIFTBOT_MQTT_URL": "mqtt://broker", "SHIFTBOT_MQTT_DEVICES": "fridge hunter2 a"}, "SHIFTBOT_MQTT_DEVICES"),
        ({"SHIFTBOT_MQTT_DEVICES": "fridge hunter2"}, "SHIFTBOT_MQTT_DEVICES, line 1"),
        ({"SHIFTBOT_MQTT_HOST": "0.0.0.0"}, "SHIFTBOT_MQTT_HOST opens the broker to the network"),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL"),
        ({"SLACK_BOT_TOKEN_FILE": "nowhere"}, "SLACK_BOT_TOKEN_FILE"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_BOT_TOKEN_FILE": "token"}, "both set"),
        ({"SHIFTBOT_DATABASE_URL": "nonsense"}, "address cannot be understood"),
        ({"SHIFTBOT_DATABASE_URL": "sqlite://"}, "in memory"),
        ({"SHIFTBOT_DATABASE_URL": "mysql://root:hunter2@host/x"}, "mysql is no database shiftbot can use"),
        ({"SHIFTBOT_DATABASE_URL": "postgresql://u:hunter2@host:port/x"}, "address cannot be understood"),
        ({"SHIFTBOT_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "/nowhere/at/all.db cannot be opened"),
        ({"SHIFTBOT_DATABASE_URL": NOBODY_LISTENS}, "Connection refused"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_one_plain_line(
    shiftbot: Command, home: Path, environment: dict[str, str], named: str
) -> None:
    tokens = {} if any("SLACK_BOT" in name for name in environment) or not environment else {
        "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"
    }  # fmt: skip
    said = shiftbot("run", SHIFTBOT_HOME=str(home), **({"PORT": "0"} | tokens | environment))
    assert said.is_one_plain_line, said
    assert named in said.err
    assert "hunter2" not in said.err


# --- migrate


def test_migrate_makes_the_database_and_does_nothing_the_second_time(shiftbot: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    said = [shiftbot("migrate", SHIFTBOT_DATABASE_URL=url) for _ in range(2)]
    assert [(each.code, each.err) for each in said] == [(0, "")] * 2
    assert (tmp_path / "fresh.db").is_file()
    assert shiftbot("verify", SHIFTBOT_DATABASE_URL=url).code == 0


def test_migrate_does_not_show_the_password(shiftbot: Command, empty_database_url: str) -> None:
    said = shiftbot("migrate", SHIFTBOT_DATABASE_URL=empty_database_url)
    assert said.code == 0
    password = empty_database_url.partition("@")[0].rpartition(":")[2] if "@" in empty_database_url else "@"
    assert password not in said.out


@pytest.mark.parametrize("words", [["migrate"], ["verify"], ["run"]])
def test_a_database_newer_than_the_program_is_one_plain_line(
    shiftbot: Command, home: Path, database: Database, words: list[str]
) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    environment = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SHIFTBOT_HOME": str(home)}
    said = shiftbot(*words, SHIFTBOT_DATABASE_URL=database.url, **environment)
    assert said.is_one_plain_line, said
    assert "newer shiftbot" in said.err


@pytest.mark.parametrize("command", ["migrate", "verify"])
def test_a_database_that_is_away_is_one_plain_line(shiftbot: Command, command: str) -> None:
    said = shiftbot(command, SHIFTBOT_DATABASE_URL=NOBODY_LISTENS)
    assert said.is_one_plain_line, said


@pytest.mark.parametrize("command", ["migrate", "verify"])
def test_a_file_that_is_no_database_is_one_plain_line(shiftbot: Command, tmp_path: Path, command: str) -> None:
    (tmp_path / "notes.db").write_text("not a database at all, just notes\n" * 100, encoding="utf-8")
    said = shiftbot(command, SHIFTBOT_DATABASE_URL=f"sqlite:///{tmp_path / 'notes.db'}")
    assert said.is_one_plain_line, said


# --- verify


@pytest.fixture
def recorded(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A database with a missed opening checklist in its record."""
    path = tmp_path / "recorded.db"
    shutil.copy(migrated_sqlite, path)
    database = Database(f"sqlite:///{path}")
    PharmacyHarness(database, hilltop()).at("09:00").inbox.unread.clear()
    database.close()
    return path


def test_a_record_that_holds_is_counted_by_site(shiftbot: Command, recorded: Path) -> None:
    said = shiftbot("verify", "--database", str(recorded))
    assert (said.code, said.err) == (0, "")
    assert "hilltop-main: " in said.out
    assert "The record holds" in said.out


def test_verify_says_what_it_cannot_see(shiftbot: Command, recorded: Path) -> None:
    said = shiftbot("verify", "--database", str(recorded))
    assert "Not checked, since no entry stands behind it:" in said.out
    assert "- notices, cards and when a run, a unit or an alert is looked at next" in said.out


def test_a_head_that_was_posted_is_held_against_the_record(shiftbot: Command, recorded: Path) -> None:
    with sqlite3.connect(recorded) as connection:
        (digest,) = connection.execute("SELECT hash FROM record WHERE seq = 1").fetchone()
    connection.close()
    fits, other = f"hilltop-main:1:{digest}", f"hilltop-main:2:{digest}"
    assert shiftbot("verify", "--database", str(recorded), "--posted", fits).code == 0
    said = shiftbot("verify", "--database", str(recorded), "--posted", fits, "--posted", other)
    assert said.code == 1
    assert "hilltop-main, entry 2: is not the entry whose hash was posted outside the database" in said.out


def test_a_posted_head_that_is_none_is_said_in_one_plain_line(shiftbot: Command, recorded: Path) -> None:
    said = shiftbot("verify", "--database", str(recorded), "--posted", "hilltop-main:1")
    assert said.code == 2
    assert "the number of entries and the whole hash" in said.err


def test_one_changed_byte_is_found_and_its_entry_named(shiftbot: Command, recorded: Path) -> None:
    with sqlite3.connect(recorded) as connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        seq, body = connection.execute("SELECT seq, body FROM record WHERE kind = 'run-missed'").fetchone()
        changed = body.replace("retail-opening", "retail-opaning")
        assert changed != body
        connection.execute("UPDATE record SET body = ? WHERE seq = ?", (changed, seq))
    connection.close()
    said = shiftbot("verify", "--database", str(recorded))
    assert said.code == 1
    assert f"entry {seq}" in said.out
    assert "The record holds" not in said.out


def test_verify_makes_no_database_of_one_that_is_not_there(shiftbot: Command, tmp_path: Path) -> None:
    said = shiftbot("verify", "--database", str(tmp_path / "gone.db"))
    assert said.is_one_plain_line
    assert "gone.db" in said.err
    assert not (tmp_path / "gone.db").exists()


def test_verify_of_an_empty_database_says_what_to_do(shiftbot: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    said = shiftbot("verify", "--database", str(tmp_path / "empty.db"))
    assert said.is_one_plain_line
    assert "shiftbot migrate" in said.err


# --- replay

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
DOOR = [(0, 5.0), (10, 9.5), (20, 9.0), (35, 8.5), (50, 5.0), (55, 4.0), (60, 4.5), (150, 1.0), (155, 4.0)]
"""Minutes after START and degrees: a door left open, a gap of 90 minutes, one reading too cold."""


def rows(pairs: list[tuple[int, float]]) -> list[str]:
    return [f"{(START + timedelta(minutes=minute)).isoformat()},{value}" for minute, value in pairs]


def write(path: Path, lines: list[str], ending: str = "\n", header: str = "taken_at,temperature") -> Path:
    path.write_text(ending.join([header, *lines, ""]), encoding="utf-8", newline="")
    return path


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return write(tmp_path / "door.csv", rows(DOOR))


def expected(pairs: list[tuple[int, float]], max_gap_minutes: int = 30) -> dict[str, float]:
    """The totals by the words of the issue, worked out apart from shiftbot."""
    held = [(value, 60 * min(later - minute, max_gap_minutes)) for (minute, value), (later, _) in pairwise(pairs)]
    weight = sum(seconds for _, seconds in held)
    mean = sum(seconds * math.exp(-10_000 / (value + 273.15)) for value, seconds in held) / weight
    return {
        "seconds_out_high": sum(seconds for value, seconds in held if value > 8),
        "seconds_out_low": sum(seconds for value, seconds in held if value < 2),
        "longest_gap_seconds": 60 * max(later - minute for (minute, _), (later, _) in pairwise(pairs)),
        "mkt_celsius": -10_000 / math.log(mean) - 273.15,
        "min": min(value for _, value in pairs),
        "max": max(value for _, value in pairs),
    }  # fmt: skip


def replayed(said: Said) -> dict[str, Any]:
    assert said.code == 0, said.err
    outcome: dict[str, Any] = json.loads(said.out)
    return outcome


CLASS = ("--class", "vaccine-refrigerator", "--json")


def test_replay_of_an_open_door_gives_its_excursions_and_totals(shiftbot: Command, door: Path) -> None:
    outcome = replayed(shiftbot("replay", str(door), *CLASS))
    high, low = outcome["excursions"]
    assert {key: high[key] for key in ("started_at", "ended_at", "extreme", "direction", "seconds_out")} == {
        "started_at": "2026-11-23T08:10:00Z",
        "ended_at": "2026-11-23T09:00:00Z",
        "extreme": 9.5,
        "direction": "high",
        "seconds_out": 40 * 60,
    }
    assert high["notices"][0] == {"at": "2026-11-23T08:25:00Z", "to": "channel", "step": 1}
    assert (low["started_at"], low["ended_at"], low["direction"]) == ("2026-11-23T10:30:00Z", None, "low")
    assert low["notices"] == []
    assert (outcome["readings"], outcome["rejected"]) == (len(DOOR), 0)
    for key, value in expected(DOOR).items():
        assert outcome[key] == pytest.approx(value, abs=1e-5), key


@pytest.mark.parametrize(("option", "minutes"), [("10m", 10), ("2h", 120), ("1h30m", 90), ("45", 45)])
def test_max_gap_says_how_long_a_reading_holds(shiftbot: Command, door: Path, option: str, minutes: int) -> None:
    outcome = replayed(shiftbot("replay", str(door), *CLASS, "--max-gap", option))
    for key, value in expected(DOOR, minutes).items():
        assert outcome[key] == pytest.approx(value, abs=1e-5), key


@pytest.mark.parametrize("option", ["0", "0m", "-5m", "soon"])
def test_a_gap_that_is_none_is_one_plain_line(shiftbot: Command, door: Path, option: str) -> None:
    assert shiftbot("replay", str(door), *CLASS, f"--max-gap={option}").is_one_plain_line


def test_a_unit_is_judged_by_its_own_class_and_policy(shiftbot: Command, home: Path, door: Path) -> None:
    said = shiftbot("replay", str(door), "--unit", "vaccine-fridge", "--json", SHIFTBOT_HOME=str(home))
    notices = replayed(said)["excursions"][0]["notices"]
    assert [(notice["to"], notice["step"]) for notice in notices][:2] == [("channel", 1), ("on-duty-pharmacist", 2)]
    by_class = replayed(shiftbot("replay", str(door), *CLASS))
    # The site reads Fahrenheit: 46 °F is 7.8 °C, so nothing here changes sides, and the totals agree.
    assert replayed(said)["mkt_celsius"] == by_class["mkt_celsius"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--unit"),
        (["--unit", "vacine-fridge"], "vaccine-fridge"),
        (["--class", "vaccine-refrigrator"], "did you mean 'vaccine-refrigerator'?"),
    ],
)
def test_what_the_readings_are_held_against_must_be_named(
    shiftbot: Command, home: Path, door: Path, words: list[str], named: str
) -> None:
    said = shiftbot("replay", str(door), *words, SHIFTBOT_HOME=str(home))
    assert said.is_one_plain_line
    assert named in said.err


@pytest.mark.parametrize("letter", ["F", "f"])
def test_fahrenheit_goes_in_and_comes_out(shiftbot: Command, tmp_path: Path, letter: str) -> None:
    warm = [(minute, round(value * 9 / 5 + 32, 4)) for minute, value in DOOR]
    path = write(tmp_path / "fahrenheit.csv", rows(warm))
    outcome = replayed(shiftbot("replay", str(path), *CLASS, "--temperature-unit", letter))
    assert (outcome["max"], outcome["excursions"][0]["extreme"]) == (49.1, 49.1)
    assert outcome["mkt_celsius"] == pytest.approx(expected(DOOR)["mkt_celsius"], abs=1e-5)


def test_another_degree_exits_2(shiftbot: Command, door: Path) -> None:
    assert shiftbot("replay", str(door), *CLASS, "--temperature-unit", "K").code == 2


def test_the_order_of_rows_does_not_matter(shiftbot: Command, door: Path, tmp_path: Path) -> None:
    shuffled = write(tmp_path / "shuffled.csv", [*rows(DOOR)[::2][::-1], *rows(DOOR)[1::2]])
    assert replayed(shiftbot("replay", str(shuffled), *CLASS)) == replayed(shiftbot("replay", str(door), *CLASS))


@pytest.mark.parametrize(
    ("encoding", "ending", "delimiter"),
    [("utf-8-sig", "\n", ","), ("utf-8", "\r\n", ","), ("utf-8-sig", "\r\n", ";"), ("utf-8", "\n", "\t")],
)
def test_files_as_spreadsheets_write_them_are_read(
    shiftbot: Command, door: Path, tmp_path: Path, encoding: str, ending: str, delimiter: str
) -> None:
    lines = [line.replace(",", delimiter) for line in ["taken_at,temperature", *rows(DOOR)]]
    if delimiter == ";":
        lines[1:] = [line.replace(".", ",") for line in lines[1:]]
    path = tmp_path / "exported.csv"
    path.write_text(ending.join([*lines, ""]), encoding=encoding, newline="")
    assert replayed(shiftbot("replay", str(path), *CLASS)) == replayed(shiftbot("replay", str(door), *CLASS))


def test_what_cannot_be_read_and_what_comes_twice_is_counted_and_named_by_its_place(
    shiftbot: Command, door: Path
) -> None:
    good = door.read_text(encoding="utf-8")
    first = rows(DOOR)[0]
    spoiled = [first, "yesterday,5.0", f"{first.split(',')[0]},6.0", "2026-11-23T11:00:00Z", "0001-01-01T00:00+14:00,5",
               "2026-11-23T11:00:00Z,warm", "2026-11-23T11:05:00Z,nan", "2026-11-23T11:10:00Z,85.0"]  # fmt: skip
    door.write_text(good + "\n".join(spoiled) + "\n", encoding="utf-8")
    said = shiftbot("replay", str(door), *CLASS)
    outcome = replayed(said)
    assert (outcome["readings"], outcome["rejected"]) == (len(DOOR), len(spoiled))
    begins_at = len(DOOR) + 2
    columns = (1, 1, 1, 21, 1, 22, 22, 22)
    assert [line.partition(": ")[0] for line in said.err.splitlines()] == [
        f"{door}:{begins_at + number}:{column}" for number, column in enumerate(columns)
    ]
    assert outcome["mkt_celsius"] == pytest.approx(expected(DOOR)["mkt_celsius"], abs=1e-5)


@pytest.mark.parametrize(
    ("content", "named"),
    [(None, "No such file"), ("", "taken_at,temperature"), ("time,degrees\n1,2\n", "taken_at,temperature")],
)
def test_a_file_that_is_missing_empty_or_of_other_columns_is_one_plain_line(
    shiftbot: Command, tmp_path: Path, content: str | None, named: str
) -> None:
    path = tmp_path / "strange.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    said = shiftbot("replay", str(path), *CLASS)
    assert said.is_one_plain_line, said
    assert "strange.csv" in said.err
    assert named in said.err


def test_a_file_of_no_readings_is_no_mistake(shiftbot: Command, tmp_path: Path) -> None:
    outcome = replayed(shiftbot("replay", str(write(tmp_path / "none.csv", [])), *CLASS))
    assert (outcome["excursions"], outcome["readings"], outcome["mkt_celsius"]) == ([], 0, None)


def test_replay_says_the_same_in_words(shiftbot: Command, door: Path) -> None:
    said = shiftbot("replay", str(door), "--class", "vaccine-refrigerator")
    assert (said.code, said.err) == (0, "")
    for told in ("9 readings, 0 rejected, 2 excursions", "40 minutes out of range", "step 1: channel", "mean kinetic"):
        assert told in said.out


def test_replay_changes_nothing(shiftbot: Command, home: Path, door: Path) -> None:
    before = sorted(path.relative_to(home) for path in home.rglob("*"))
    shiftbot("replay", str(door), "--unit", "vaccine-fridge", SHIFTBOT_HOME=str(home))
    assert sorted(path.relative_to(home) for path in home.rglob("*")) == before


# --- as processes


def start(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in NAMES.values()}
    return subprocess.run(
        [sys.executable, "-m", "shiftbot", *words],
        capture_output=True, text=True, cwd=cwd, env=inherited | environment, check=False, timeout=60,
    )  # fmt: skip


def test_the_module_runs_as_a_process_with_the_same_exit_codes(mistaken: Path, tmp_path: Path) -> None:
    assert start("--help", cwd=tmp_path).returncode == 0
    checked = start("check", cwd=mistaken)
    assert (checked.returncode, checked.stdout) == (1, "")
    refused = start("run", cwd=mistaken, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1")
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", checked.stderr)


def test_a_misconfigured_run_says_one_line_and_nothing_else(home: Path) -> None:
    refused = start(
        "run", cwd=home, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", SHIFTBOT_DATABASE_URL=NOBODY_LISTENS
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
