"""Signs of ticking without looking reach the manager on Monday morning, with the figures, and nobody else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shiftbot.domain.checklist import Checklist, Item, ItemKind, Section
from shiftbot.domain.local_time import is_open_on
from shiftbot.storage import record
from tests.cast import OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.shifts import goes_on_until

ROOM = Checklist(
    "room", "Room temperature", OPENING.schedule, (Section("Room", (Item("room", "Room", kind=ItemKind.TEMPERATURE),)),)
)
FIRST, DAYS, SATURDAY = date(2026, 11, 23), 15, 5
SECOND_MONDAY = FIRST + timedelta(days=DAYS - 1)


@pytest.fixture
def pharmacy(open_pharmacy: Opens) -> PharmacyHarness:
    quiet = replace(ROOM, schedule=replace(ROOM.schedule, remind_before=None, weekdays=frozenset(range(SATURDAY))))
    return open_pharmacy(hilltop(quiet, units=()))


def goes_by(pharmacy: PharmacyHarness, degrees: list[str]) -> None:
    """A working day for each temperature: Ben types it a little earlier or later; on Saturdays nobody does."""
    for days, typed in enumerate(degrees):
        on = FIRST + timedelta(days=days)
        if on.weekday() < SATURDAY and is_open_on(pharmacy.site.calendar, on):
            goes_on_until(pharmacy, f"07:{20 + 3 * days % 30:02}", on)
            pharmacy.does("Ben", "room", room=typed)


def test_the_same_temperature_for_two_weeks_is_shown_to_the_manager_with_its_figures(
    pharmacy: PharmacyHarness,
) -> None:
    goes_by(pharmacy, ["70"] * DAYS)
    goes_on_until(pharmacy, "08:59", SECOND_MONDAY)
    assert not [each for each in pharmacy.inbox.unread if "worth a question" in each.text]
    pharmacy.fast_forward(minutes=1)
    told = pharmacy.expect_message(to="Morgan", about="the same value every time")
    assert "Room temperature, Room: the same value every time. Ben Ortiz: 70 each of the last" in told.text
    assert "There may be a good reason" in told.text
    assert not [each for each in pharmacy.inbox.unread if "worth a question" in each.text], "nobody else is told"
    pharmacy.inbox.unread.clear()


def test_it_is_on_the_record_once_a_week(pharmacy: PharmacyHarness) -> None:
    goes_by(pharmacy, ["70"] * DAYS)
    goes_on_until(pharmacy, "09:00", SECOND_MONDAY)
    pharmacy.expect_message(to="Morgan", about="the same value")
    pharmacy.start()
    pharmacy.fast_forward(hours=1)
    kinds = pharmacy.look(lambda connection: [each.kind for each in record.entries_of(connection, "hilltop-main")])
    assert kinds.count("patterns") == 1
    pharmacy.inbox.unread.clear()


def test_somebody_who_looks_is_nobodys_pattern(pharmacy: PharmacyHarness) -> None:
    goes_by(pharmacy, [str(68 + days % 5) for days in range(DAYS)])
    goes_on_until(pharmacy, "12:00", SECOND_MONDAY)
    unread = [each.text for each in pharmacy.inbox.unread if "worth a question" in each.text]
    assert unread == []
    pharmacy.inbox.unread.clear()
