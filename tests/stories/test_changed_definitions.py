"""A pharmacy edits its checklists in the middle of a day: what could not have been answered was not missed."""

from dataclasses import replace
from datetime import date, timedelta

from shiftbot.domain.recurrence import Every
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.services import runs
from tests.cast import CLOSING, COUNT, OPENING, VOICEMAIL, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def _edits(pharmacy: PharmacyHarness, definitions: Pharmacy, clock: str) -> None:
    pharmacy.definitions = replace(definitions, digest="edited")
    pharmacy.down_until(clock)


def _today(pharmacy: PharmacyHarness, checklist: str) -> list[tuple[str, RunState]]:
    day = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", pharmacy.on))
    return [(view.run.slot, view.run.state) for view in day if view.run.checklist == checklist]


def test_a_checklist_added_at_midday_begins_with_its_next_run(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20").answers_all("Amira", "retail-opening")
    pharmacy.at("15:00")
    _edits(pharmacy, hilltop(OPENING, VOICEMAIL, COUNT, units=()), "15:01")
    pharmacy.expect_silence()
    assert pharmacy.alerts() == []
    assert [state for _, state in _today(pharmacy, "voicemail")] == [RunState.PREPARED] * 3
    assert _today(pharmacy, "controlled-count") == []


def test_another_interval_counts_from_now_on(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(CLOSING, VOICEMAIL, units=())).at("08:05")
    hourly = replace(VOICEMAIL, schedule=replace(VOICEMAIL.schedule, opens=Every(timedelta(hours=1))))
    before = len(_today(pharmacy, "voicemail"))
    _edits(pharmacy, hilltop(CLOSING, hourly, units=()), "08:06")
    pharmacy.expect_silence()
    assert len(_today(pharmacy, "voicemail")) > before
    assert RunState.MISSED not in dict(_today(pharmacy, "voicemail")).values()


def test_a_day_that_nothing_prepared_is_still_filled_in(pharmacy: PharmacyHarness) -> None:
    """It was down from Monday to Thursday: Tuesday was prepared on Monday, Wednesday never was."""
    pharmacy.at("07:20").answers_all("Amira", "retail-opening")
    pharmacy.down_until("06:00", on=date(2026, 11, 26))
    pharmacy.inbox.unread.clear()
    for day in (24, 25):
        pharmacy.on = date(2026, 11, day)
        assert [state for _, state in _today(pharmacy, "retail-opening")] == [RunState.MISSED]
