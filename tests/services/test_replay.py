"""`shiftbot replay` on files: what comes out of a known one, and what becomes of rows nobody can read."""

import json
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shiftbot.domain.alert import Only, Policy, Step
from shiftbot.domain.cold_chain import Limits
from shiftbot.domain.local_time import SiteCalendar
from shiftbot.domain.site import TemperatureUnit
from shiftbot.errors import SettingsError
from shiftbot.services.cold_chain.replay import Outcome, render_json, render_plain, replay_file

CELSIUS, FAHRENHEIT = TemperatureUnit.CELSIUS, TemperatureUnit.FAHRENHEIT
FRIDGE = Limits(CELSIUS, low=2, high=8, critical_low=0, critical_high=12, clear_inside=0.3)
STANDARD = Policy(
    "standard",
    (
        Step(("channel",)),
        Step(("on-duty-pharmacist",), timedelta(minutes=10)),
        Step(("manager",), timedelta(minutes=15), timedelta(minutes=30)),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "readings.csv"


def run(path: Path, *rows: str, limits: Limits = FRIDGE, unit: TemperatureUnit = CELSIUS) -> Outcome:
    path.write_text("\n".join(("taken_at,temperature", *rows)), encoding="utf-8")
    return replay_file(path, limits, STANDARD, unit=unit)


def morning(*pairs: tuple[int, float]) -> list[str]:
    return [f"2026-11-23T{8 + minute // 60:02}:{minute % 60:02}:00Z,{value}" for minute, value in pairs]


def test_an_open_door_gives_one_excursion_and_the_ladder_until_it_ends(path: Path) -> None:
    values = [(minute, 9.5 if 10 <= minute < 50 else 5.0) for minute in range(0, 90, 5)]
    outcome = run(path, *morning(*values)).values
    (excursion,) = outcome["excursions"]
    assert excursion["started_at"] == "2026-11-23T08:10:00Z"
    assert excursion["back_in_range_at"] == "2026-11-23T08:50:00Z"
    assert excursion["ended_at"] == "2026-11-23T09:00:00Z"
    assert (excursion["extreme"], excursion["direction"], excursion["seconds_out"]) == (9.5, "high", 2400.0)
    assert excursion["notices"] == [
        {"at": "2026-11-23T08:25:00Z", "to": "channel", "step": 1},
        {"at": "2026-11-23T08:35:00Z", "to": "on-duty-pharmacist", "step": 2},
        {"at": "2026-11-23T08:50:00Z", "to": "manager", "step": 3},
    ]
    assert outcome["seconds_out_high"] == 2400.0
    assert outcome["seconds_out_low"] == 0.0


def test_an_hour_out_of_range_takes_the_next_step_at_once_and_the_last_repeats_while_it_is_open(path: Path) -> None:
    outcome = run(path, *morning(*((minute, 9.0) for minute in range(0, 125, 5)))).values
    (excursion,) = outcome["excursions"]
    assert excursion["ended_at"] is None
    assert [(notice["at"][11:16], notice["step"]) for notice in excursion["notices"]] == [
        ("08:15", 1), ("08:25", 2), ("08:40", 3), ("09:00", 3), ("09:30", 3), ("10:00", 3),
    ]  # fmt: skip


def test_steps_that_do_not_hold_at_the_time_tell_nobody(path: Path) -> None:
    steps = (
        Step(("priya",), only=frozenset({Only.CLOSED_HOURS})),
        Step(("on-duty-pharmacist",), only=frozenset({Only.OPEN_HOURS})),
        Step(("all-pharmacists",), timedelta(minutes=10), only=frozenset({Only.CRITICAL})),
        Step(("manager",), timedelta(minutes=20), timedelta(hours=1)),
    )
    path.write_text(
        "\n".join(("taken_at,temperature", *morning(*((minute, 9.0) for minute in range(0, 125, 5))))), encoding="utf-8"
    )
    notices = {}
    for zone in ("America/New_York", "Europe/London"):
        hours = dict.fromkeys(range(7), (time(8), time(20)))
        calendar = SiteCalendar(ZoneInfo(zone), hours)
        outcome = replay_file(path, FRIDGE, Policy("night", steps), unit=CELSIUS, calendar=calendar).values
        notices[zone] = [(each["at"][11:16], each["to"]) for each in outcome["excursions"][0]["notices"]]
    assert notices["America/New_York"] == [
        ("08:15", "priya"),
        ("08:35", "manager"),
        ("09:00", "manager"),
        ("10:00", "manager"),
    ]
    assert notices["Europe/London"][0] == ("08:15", "on-duty-pharmacist")


def test_totals_hold_each_reading_until_the_next_at_most_half_an_hour_and_the_last_for_nothing(path: Path) -> None:
    outcome = run(path, *morning((0, 9.0), (120, 1.0), (125, 5.0))).values
    assert outcome["seconds_out_high"] == 1800.0
    assert outcome["seconds_out_low"] == 300.0
    assert outcome["longest_gap_seconds"] == 7200.0
    assert (outcome["min"], outcome["max"]) == (1.0, 9.0)


def test_mean_kinetic_temperature_is_weighted_by_how_long_each_reading_held(path: Path) -> None:
    """20 parts of 5 °C and 4 parts of 12 °C (domain.md §1.4)."""
    outcome = run(path, *morning((0, 5.0), (20, 12.0), (24, 5.0))).values
    assert outcome["mkt_celsius"] == pytest.approx(6.6501, abs=5e-5)


def test_rows_may_come_in_any_order(path: Path) -> None:
    rows = morning(*((minute, 9.0 if minute > 20 else 5.0) for minute in range(0, 60, 5)))
    assert run(path, *rows).values == run(path, *reversed(rows)).values


def test_duplicates_and_unreadable_rows_are_rejected_with_their_places(path: Path) -> None:
    outcome = run(
        path,
        "2026-11-23T08:00:00Z,5.0",
        "2026-11-23T03:00:00-05:00,6.0",
        "yesterday,5.0",
        "2026-11-23T08:05:00Z,warm",
        "2026-11-23T08:10:00Z,nan",
        "2026-11-23T08:15:00Z,85.0",
        "2026-11-23T08:20:00Z,-127",
        "2026-11-23T08:25:00Z",
        '"2026-11-23T08:30:00Z,5.0',
        "",
        '"2026-11-23T08:35:00Z","5.5"',
    )
    places = [f"{path}:{place}" for place in ("3:1", "4:1", "5:22", "6:22", "7:22", "8:22", "9:21", "10:26")]
    assert [line.partition(": ")[0] for line in outcome.rejected] == places
    assert (outcome.values["readings"], outcome.values["rejected"]) == (2, 8)
    assert "second reading" in outcome.rejected[0]


@pytest.mark.parametrize(
    ("row", "place"), [("2026-11-23T08:00:00Z,4_2", "2:22"), ("2026-11-23,5.0", "2:1"), ("20261123,5.0", "2:1")]
)
def test_what_python_would_understand_and_nobody_meant_is_rejected(path: Path, row: str, place: str) -> None:
    outcome = run(path, row)
    assert outcome.values["readings"] == 0
    assert outcome.rejected[0].startswith(f"{path}:{place}: ")


def test_a_column_that_stands_there_twice_is_refused_with_its_place(path: Path) -> None:
    path.write_text("taken_at,temperature,temperature\n2026-11-23T08:00:00Z,5,6\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"readings\.csv:1:22: a second column temperature"):
        replay_file(path, FRIDGE, STANDARD)


def test_a_negative_zero_is_zero(path: Path) -> None:
    assert "lowest 0 °C" in render_plain(run(path, *morning((0, -0.0))).values)


def test_instants_without_an_offset_are_taken_as_utc_and_it_says_so_once(path: Path) -> None:
    outcome = run(path, "2026-11-23T08:00:00,9.0", "2026-11-23 08:20:00,9.0")
    assert outcome.values["excursions"][0]["started_at"] == "2026-11-23T08:00:00Z"
    assert outcome.warnings == [f"{path}:2:1: instants without an offset are taken as UTC"]


def test_other_columns_and_their_order_do_not_matter(path: Path) -> None:
    path.write_text('\ufeffid,temperature,note,taken_at\n1,9.0,"open, door",2026-11-23T08:00:00Z\n', encoding="utf-8")
    assert replay_file(path, FRIDGE, STANDARD).values["readings"] == 1


def test_fahrenheit_in_and_out_is_judged_by_the_fahrenheit_limits(path: Path) -> None:
    strict = Limits(FAHRENHEIT, low=36, high=46, clear_inside=0.5)
    outcome = run(path, *morning((0, 46.0), (5, 46.4), (10, 40.0)), limits=strict, unit=FAHRENHEIT).values
    assert [each["extreme"] for each in outcome["excursions"]] == [46.4]
    assert outcome["seconds_out_high"] == 300.0
    assert outcome["mkt_celsius"] < 10


def test_a_celsius_file_for_a_fahrenheit_site_is_judged_in_fahrenheit_and_shown_in_celsius(path: Path) -> None:
    strict = Limits(FAHRENHEIT, low=36, high=46, clear_inside=0.5)
    outcome = run(path, *morning((0, 8.0), (5, 7.0)), limits=strict).values
    assert outcome["excursions"][0]["extreme"] == 8.0


@pytest.mark.parametrize("text", ["", "time,celsius\n1,2\n"])
def test_a_file_without_the_columns_is_refused_with_what_to_write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="taken_at,temperature"):
        replay_file(path, FRIDGE, STANDARD)


def test_a_file_that_is_not_there_is_refused_by_its_name(path: Path) -> None:
    with pytest.raises(SettingsError, match=r"readings\.csv"):
        replay_file(path, FRIDGE, STANDARD)


def test_a_file_of_no_readings_has_no_totals(path: Path) -> None:
    outcome = run(path).values
    assert (outcome["readings"], outcome["min"], outcome["mkt_celsius"]) == (0, None, None)
    assert "0 readings" in render_plain(outcome)


def test_both_forms_can_be_written(path: Path) -> None:
    values = run(path, *morning(*((minute, 9.0) for minute in range(0, 1000, 20)))).values
    assert json.loads(render_json(values)) == values
    text = render_plain(values)
    assert "step 1: channel" in text
    assert "still open" in text


def test_mean_kinetic_temperature_is_shown_with_its_window_and_its_warning_and_not_for_what_is_frozen(
    path: Path,
) -> None:
    cold = render_plain(run(path, *morning((0, 5.0), (5, 6.0), (10, 5.0))).values)
    assert "mean kinetic temperature of the whole file: 5.52 °C. An aid for a pharmacist's own judgement" in cold
    frozen = render_plain(run(path, *morning((0, -20.0), (5, -19.0), (10, -20.0))).values)
    assert "kinetic" not in frozen


def test_a_file_that_is_not_utf8_loses_only_the_rows_it_spoils(path: Path) -> None:
    path.write_bytes(b"taken_at,temperature\n2026-11-23T08:00:00Z,5\n\xff\xfe,5\n2026-11-23T08:05:00Z,\xff\n")
    outcome = replay_file(path, FRIDGE, STANDARD)
    assert (outcome.values["readings"], outcome.values["rejected"]) == (1, 2)
