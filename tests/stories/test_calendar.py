"""Closed days, Saturdays, and the nights on which the clocks change: each run opens exactly once, at its local time."""

from datetime import date, timedelta

import pytest

from shiftbot.services import runs
from tests.cast import VOICEMAIL, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def test_a_sunday_has_no_runs(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(on=date(2026, 11, 22))
    pharmacy.at("23:30").expect_silence()
    assert _slots(pharmacy, date(2026, 11, 22)) == []


def test_saturday_opens_an_hour_later(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(on=date(2026, 11, 21))
    pharmacy.at("08:20")
    assert pharmacy.run("retail-opening").run.due_at == pharmacy.local("09:00")
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")


@pytest.mark.parametrize("monday", [date(2026, 3, 9), date(2026, 11, 2)])
def test_after_the_clocks_change_the_checklist_still_opens_at_its_local_time(
    open_pharmacy: Opens, monday: date
) -> None:
    pharmacy = open_pharmacy(on=monday - timedelta(days=1))
    pharmacy.at("07:15", on=monday)
    assert pharmacy.run("retail-opening").run.due_at == pharmacy.local("08:00", monday)
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")


def test_each_sweep_of_a_day_is_prepared_once_however_often_it_starts(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(VOICEMAIL, units=()))
    for _ in range(3):
        pharmacy.start()
    assert _slots(pharmacy, pharmacy.on) == ["08:00", "10:00", "12:00", "14:00", "16:00", "18:00", "20:00"]


def _slots(pharmacy: PharmacyHarness, on: date) -> list[str]:
    views = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", on))
    return [view.run.slot for view in views]
