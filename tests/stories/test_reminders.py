"""Reminders go to those on shift who still have something to answer: before it is due, when it is due, in grace."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from shiftbot.domain.checklist import Checklist, Item, Role, Section
from shiftbot.domain.recurrence import Moment
from shiftbot.domain.site import RosterRule
from shiftbot.errors import Refused
from tests.cast import MORGAN, OPENING, PRIYA, VOICEMAIL, WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens

AMIRA_ONLY = (RosterRule("hilltop-main", "amira", WEEK, time(6), time(22)),)


def clocks(pharmacy: PharmacyHarness, *names: str) -> list[str]:
    """When somebody was reminded, by the wall clock, of all those reminders that are unread."""
    zone = pharmacy.site.calendar.timezone
    return [f"{each.at.astimezone(zone):%H:%M}" for each in pharmacy.expect_reminders(*names)]


def test_the_technician_on_shift_hears_before_due_at_due_and_in_the_middle_of_grace(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:30").does("Amira", "retail-opening", alarm=None)
    told = pharmacy.at("08:09").expect_reminders("Ben")
    assert [each.text for each in told] == [
        "Opening checklist is due at 08:00. Still open: 1. Lights and computers on; 2. Phones and fax checked.",
        "Opening checklist is due now and counts as missed at 08:10. Still open: 1. Lights and computers on; "
        "2. Phones and fax checked.",
        "Opening checklist was due at 08:00 and counts as missed at 08:10. Still open: 1. Lights and computers on; "
        "2. Phones and fax checked.",
    ]
    pharmacy.answers_all("Ben", "retail-opening")


def test_each_is_reminded_only_of_their_own_lines(pharmacy: PharmacyHarness) -> None:
    ben, amira = pharmacy.at("07:50").expect_reminders("Ben", "Amira")
    assert "Alarm" not in ben.text
    assert "Still open: 4. Alarm disarmed and cabinet intact." in amira.text
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")


def test_whoever_has_nothing_left_hears_nothing(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:55").expect_reminders("Ben", "Amira")
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.at("08:01").expect_reminders("Amira")
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.at("12:00").expect_silence()


def test_a_short_grace_has_no_reminder_of_its_own(open_pharmacy: Opens) -> None:
    short = replace(OPENING, schedule=replace(OPENING.schedule, grace=timedelta(minutes=9)))
    pharmacy = open_pharmacy(hilltop(short, units=()))
    pharmacy.at("07:30").answers_all("Ben", "retail-opening")
    pharmacy.at("08:08")
    assert clocks(pharmacy, "Amira") == ["07:50", "08:00"]
    pharmacy.answers_all("Amira", "retail-opening")


def test_where_a_checklist_wants_no_reminder_there_is_none(open_pharmacy: Opens) -> None:
    quiet = replace(OPENING, schedule=replace(OPENING.schedule, remind_before=None))
    pharmacy = open_pharmacy(hilltop(quiet, units=()))
    pharmacy.at("08:09").expect_silence()
    pharmacy.at("08:10").expect_message(to="Amira", about="missed")


def test_with_no_technician_on_shift_the_pharmacist_is_reminded_of_everything(open_pharmacy: Opens) -> None:
    roster = (*AMIRA_ONLY, RosterRule("hilltop-main", "ben", WEEK, time(12), time(20)))
    pharmacy = open_pharmacy(hilltop(units=(), roster=roster))
    (told,) = pharmacy.at("07:50").expect_reminders("Amira")
    assert "1. Lights and computers on; 2. Phones and fax checked; 4. Alarm" in told.text
    pharmacy.answers_all("Amira", "retail-opening")


def test_where_the_roster_names_no_technician_who_is_at_it_counts_as_on_shift(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(units=(), roster=AMIRA_ONLY))
    pharmacy.at("07:20").does("Ben", "retail-opening", lights=None)
    told = {each.to: each.text for each in pharmacy.at("07:50").expect_reminders("Ben", "Amira")}
    assert "Still open: 2. Phones and fax checked." in told["U0BEN"]
    assert "Still open: 4. Alarm" in told["U0AMIRA"]
    pharmacy.answers_all("Amira", "retail-opening")


def test_what_nobody_on_shift_may_answer_is_said_in_the_channel(open_pharmacy: Opens) -> None:
    roster = (RosterRule("hilltop-main", "ben", WEEK, time(6), time(22)),)
    pharmacy = open_pharmacy(hilltop(units=(), roster=roster))
    told = {each.to: each.text for each in pharmacy.at("07:50").expect_reminders("Ben", "channel")}
    assert "4. Alarm" in told["C0HILLTOP"]
    assert "4. Alarm" not in told["U0BEN"]
    pharmacy.answers_all("Amira", "retail-opening")


def test_a_line_of_the_managers_reminds_the_manager_wherever_they_are(open_pharmacy: Opens) -> None:
    review = Checklist(
        id="review",
        title="Weekly review",
        schedule=replace(OPENING.schedule, opens=(Moment(OPENING.schedule.due.anchor),), due=timedelta(hours=1)),  # type: ignore[union-attr]
        sections=(Section("Review", (Item("figures", "Figures read", role=Role.MANAGER),)),),
    )
    pharmacy = open_pharmacy(hilltop(review, units=()))
    pharmacy.at("08:50").expect_message(to="Morgan", about="Weekly review is due at 09:00")
    pharmacy.does("Morgan", "review", figures=None)


def test_a_restart_repeats_no_reminder_and_loses_none(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:50").down_until("07:52").expect_reminders("Ben", "Amira")
    pharmacy.down_until("08:02")
    assert clocks(pharmacy, "Ben", "Amira") == ["08:02", "08:02"]
    pharmacy.answers_all("Amira", "retail-opening")


def test_reminders_may_be_put_off_twice_by_ten_minutes(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(VOICEMAIL, units=()))
    (first,) = pharmacy.at("08:20").expect_reminders("Ben")
    assert (first.about["stage"], first.about["snooze"]) == ("before", True)
    assert pharmacy.at("08:21").snoozes("Ben", "voicemail") == pharmacy.local("08:31")
    (second,) = pharmacy.at("08:31").expect_reminders("Ben")
    assert (second.about["stage"], second.about["snooze"]) == ("snoozed", True)
    assert pharmacy.snoozes("Ben", "voicemail") == pharmacy.local("08:41")
    (third,) = pharmacy.at("08:41").expect_reminders("Ben")
    assert not third.about["snooze"]
    with pytest.raises(Refused, match="put off 2 times already"):
        pharmacy.snoozes("Ben", "voicemail")
    pharmacy.does("Ben", "voicemail", sweep="none")


def test_a_second_press_in_the_same_minute_is_not_counted(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(VOICEMAIL, units=())).at("08:20")
    pharmacy.expect_reminders("Ben")
    assert pharmacy.snoozes("Ben", "voicemail") == pharmacy.local("08:30")
    with pytest.raises(Refused, match="put off already"):
        pharmacy.snoozes("Ben", "voicemail")
    assert len(pharmacy.recorded("run-snoozed")) == 1
    pharmacy.at("08:30").expect_reminders("Ben")
    assert pharmacy.snoozes("Ben", "voicemail") == pharmacy.local("08:40")
    pharmacy.at("08:40").expect_reminders("Ben")
    pharmacy.does("Ben", "voicemail", sweep="none")


def test_a_snooze_ends_a_minute_before_it_is_missed(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("08:05").expect_reminders("Ben", "Amira")
    assert pharmacy.snoozes("Amira", "retail-opening") == pharmacy.local("08:09")
    pharmacy.at("08:09").expect_reminders("Ben", "Amira")
    with pytest.raises(Refused, match="missed in a moment"):
        pharmacy.snoozes("Ben", "retail-opening")
    pharmacy.at("08:10").expect_message(to="Amira", about="missed")
    with pytest.raises(Refused, match="was missed"):
        pharmacy.snoozes("Ben", "retail-opening")


def test_only_who_has_something_left_to_answer_puts_reminders_off(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:50").expect_reminders("Ben", "Amira")
    with pytest.raises(Refused, match="not yours to put off"):
        pharmacy.snoozes(MORGAN.id, "retail-opening")
    pharmacy.answers_all("Ben", "retail-opening")
    with pytest.raises(Refused, match="not yours to put off"):
        pharmacy.snoozes("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")
    with pytest.raises(Refused, match="is done"):
        pharmacy.snoozes(PRIYA.id, "retail-opening")


def test_a_snooze_is_on_the_record(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:50").expect_reminders("Ben", "Amira")
    pharmacy.snoozes("Ben", "retail-opening")
    assert pharmacy.recorded("run-snoozed") == [("ben", {"times": 1, "until": "2026-11-23T13:00:00+00:00"})]
    pharmacy.answers_all("Amira", "retail-opening")


def test_before_the_first_reminder_there_is_nothing_to_put_off(pharmacy: PharmacyHarness) -> None:
    """Put off from before it, a reminder would come sooner than without."""
    pharmacy.at("07:20")
    with pytest.raises(Refused, match="was reminded of this checklist yet"):
        pharmacy.snoozes("Ben", "retail-opening")
    pharmacy.at("07:49").expect_silence()
    pharmacy.at("07:50").expect_reminders("Ben", "Amira")


def test_where_no_reminder_is_wanted_none_is_made_by_putting_it_off(open_pharmacy: Opens) -> None:
    quiet = replace(OPENING, schedule=replace(OPENING.schedule, remind_before=None))
    pharmacy = open_pharmacy(hilltop(quiet, units=())).at("07:58")
    with pytest.raises(Refused, match="Nobody is reminded of this checklist"):
        pharmacy.snoozes("Ben", "retail-opening")
    pharmacy.at("08:09").expect_silence()
