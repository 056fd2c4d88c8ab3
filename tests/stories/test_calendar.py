"""Closed days, Saturdays, months, and the nights on which the clocks change: each run opens once, at its local time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from shiftbot.domain.checklist import Checklist, Item, Section
from shiftbot.domain.dates import LAST, DateRule, DayIn, MonthDay, NthWorkingDay
from shiftbot.domain.recurrence import Anchor, Moment, Schedule, Trigger, WhenClosed
from shiftbot.services import runs
from shiftbot.storage.tables import plans
from tests.cast import HILLTOP, VOICEMAIL, hilltop
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


def outdates(rule: DateRule, when_closed: WhenClosed = WhenClosed.SKIP) -> Checklist:
    """Opens with the site on some dates, due by noon."""
    due = timedelta(hours=4)
    schedule = Schedule((Moment(Anchor.OPEN),), due, timedelta(minutes=30), when_closed=when_closed, dates=rule)
    sections = (Section("Shelves", (Item("outdates", "Outdates pulled", required=False),)),)
    return Checklist("outdates", "Outdates", schedule, sections)


def monthly(day: MonthDay | NthWorkingDay) -> DateRule:
    return DateRule((DayIn(day),), keeps_month=True)


def test_a_monthly_run_moves_from_a_sunday_to_monday_and_comes_once(open_pharmacy: Opens) -> None:
    moved = outdates(monthly(MonthDay(1)), WhenClosed.AFTER)
    pharmacy = open_pharmacy(hilltop(moved, units=()), on=date(2026, 11, 1))
    pharmacy.at("08:30", on=date(2026, 11, 1)).start().at("08:30", on=date(2026, 11, 2)).start()
    assert [_slots(pharmacy, date(2026, 11, day)) for day in (1, 2, 3)] == [[], ["open"], []]


def test_the_last_working_day_before_a_closed_new_years_eve_is_the_day_before(open_pharmacy: Opens) -> None:
    pharmacy = hilltop(outdates(monthly(NthWorkingDay(LAST))), units=())
    calendar = replace(HILLTOP.calendar, closed_on=frozenset({date(2026, 12, 31)}))
    pharmacy = replace(pharmacy, sites={"hilltop-main": replace(pharmacy.sites["hilltop-main"], calendar=calendar)})
    story = open_pharmacy(pharmacy, on=date(2026, 12, 29), at="22:00").at("08:30", on=date(2026, 12, 30))
    assert [_slots(story, date(2026, 12, day)) for day in (29, 30, 31)] == [[], ["open"], []]


def test_a_single_date_has_its_run_and_the_days_beside_it_have_none(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(outdates(DateRule(on=(date(2026, 11, 24),))), units=()), at="22:00")
    pharmacy.at("08:30", on=date(2026, 11, 24))
    assert [_slots(pharmacy, date(2026, 11, day)) for day in (23, 24, 25)] == [[], ["open"], []]


def test_what_an_event_opens_is_opened_by_no_clock(open_pharmacy: Opens) -> None:
    schedule = Schedule((), timedelta(hours=1), timedelta(0), trigger=Trigger.BY_HAND)
    event = replace(outdates(DateRule()), schedule=schedule)
    pharmacy = open_pharmacy(hilltop(event, units=())).at("20:30")
    assert _slots(pharmacy, pharmacy.on) == []


def test_what_does_not_occur_is_not_laid_out(open_pharmacy: Opens) -> None:
    """Most packs of a whole pharmacy do not on most days: a plan is written for what somebody will be asked."""
    single = outdates(DateRule(on=(date(2026, 11, 26),)))
    pharmacy = open_pharmacy(hilltop(single, units=()), on=date(2026, 11, 24), at="22:00")
    count = select(func.count()).select_from(plans)
    assert pharmacy.look(lambda connection: connection.execute(count).scalar_one()) == 0
    pharmacy.at("12:00", on=date(2026, 11, 25))
    assert pharmacy.look(lambda connection: connection.execute(count).scalar_one()) == 1


def _slots(pharmacy: PharmacyHarness, on: date) -> list[str]:
    views = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", on))
    return [view.run.slot for view in views]
