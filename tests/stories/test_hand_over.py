"""Handing over: what is open and a note, read by the next shift, asked after when nobody does."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Role
from shiftbot.domain.hand_over import HandOver
from shiftbot.domain.notice import CardKind
from shiftbot.domain.recurrence import Anchor, Moment
from shiftbot.domain.site import RosterRule
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import escalation, follow_ups, hand_over
from shiftbot.services.escalation import NewAlert
from shiftbot.services.follow_ups import NewFollowUp
from shiftbot.services.hand_over import HandOverView
from shiftbot.storage import hand_overs, record
from shiftbot.storage.database import Database
from tests.cast import FRIDGE, OPENING, VOICEMAIL, WEEK, hilltop
from tests.lived import LivedOnce
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens
from tests.stories.shifts import (
    ENDS,
    MONDAY,
    STARTS,
    TUESDAY,
    WEDNESDAY,
    goes_on_until,
    shown,
    summary_of,
    with_shifts,
)

NOTE = "Tote 3 is short by two; the wholesaler calls back in the morning."

PRIYA_NEXT = (
    RosterRule("hilltop-main", "amira", frozenset({0}), time(6), time(22)),
    RosterRule("hilltop-main", "priya", frozenset({1, 2, 3, 4, 5}), time(6), time(22)),
)
"""Amira on Monday, Priya from Tuesday."""


def in_the_evening(database: Database) -> PharmacyHarness:
    """Hilltop on Monday evening, ten minutes past eight."""
    return PharmacyHarness(database, with_shifts(roster=PRIYA_NEXT)).at("20:10")


@pytest.fixture
def pharmacy(lived_once: LivedOnce, engine_name: str, tmp_path: Path) -> Iterator[PharmacyHarness]:
    """The same, in a database of the test's own."""
    with lived_once.story(engine_name, in_the_evening, tmp_path) as story:
        yield story
        story.expect_silence()


def writes(pharmacy: PharmacyHarness, name: str, note: str = NOTE, key: str = "view1") -> int:
    who = pharmacy.person(name)
    return pharmacy.act(
        lambda connection: hand_over.write(
            connection, pharmacy.definitions, pharmacy.site, who, note, key, pharmacy.now
        )
    )


def reads(pharmacy: PharmacyHarness, name: str, note_id: int) -> None:
    who = pharmacy.person(name)
    pharmacy.act(lambda connection: hand_over.read(connection, pharmacy.definitions, note_id, who, pharmacy.now))


def unread(pharmacy: PharmacyHarness) -> list[int]:
    notes: list[HandOver] = pharmacy.look(
        lambda connection: hand_over.unread(connection, pharmacy.definitions, "hilltop-main")
    )
    return [each.id for each in notes]


def sees(pharmacy: PharmacyHarness, note_id: int) -> HandOverView:
    found = pharmacy.look(lambda connection: hand_over.view(connection, pharmacy.definitions, note_id))
    assert found is not None
    return found


def facts(pharmacy: PharmacyHarness) -> dict[str, Any]:
    return pharmacy.look(
        lambda connection: hand_over.facts(connection, pharmacy.definitions, pharmacy.site, pharmacy.now)
    )


def on_the_record(pharmacy: PharmacyHarness) -> list[tuple[str, str]]:
    entries = pharmacy.look(lambda connection: list(record.entries_of(connection, "hilltop-main")))
    return [(each.kind, each.actor) for each in entries if each.kind.startswith("hand-over")]


def test_a_note_stands_in_the_channel_and_the_next_shift_reads_it(pharmacy: PharmacyHarness) -> None:
    note = writes(pharmacy, "Amira")
    assert shown(pharmacy, CardKind.HAND_OVER, note) == 1
    goes_on_until(pharmacy, "07:20", TUESDAY)
    opening = pharmacy.run("retail-opening").run.id
    edits = shown(pharmacy, CardKind.RUN, opening)
    reads(pharmacy, "Ben", note)
    assert sees(pharmacy, note).readers == (("Ben Ortiz", "07:20"),)
    assert (shown(pharmacy, CardKind.HAND_OVER, note), shown(pharmacy, CardKind.RUN, opening)) == (2, edits + 1)
    assert unread(pharmacy) == []
    assert on_the_record(pharmacy) == [("hand-over-written", "amira"), ("hand-over-read", "ben")]
    goes_on_until(pharmacy, "20:00", TUESDAY).expect_silence()


def test_each_reader_reads_once_and_the_writer_not_at_all(pharmacy: PharmacyHarness) -> None:
    note = writes(pharmacy, "Amira")
    with pytest.raises(Refused, match="You wrote this note"):
        reads(pharmacy, "Amira", note)
    reads(pharmacy, "Ben", note)
    with pytest.raises(AlreadyDone, match="already"):
        reads(pharmacy, "Ben", note)
    reads(pharmacy, "Morgan", note)
    assert [name for name, _ in sees(pharmacy, note).readers] == ["Ben Ortiz", "Morgan Lee"]


BOTH_WRITE = (
    *PRIYA_NEXT,
    RosterRule("hilltop-main", "ben", frozenset({0}), time(12), time(22)),
)
"""Ben is on shift with Amira on Monday evening."""


def test_a_colleague_of_the_same_shift_does_not_read_it_for_the_next(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(with_shifts(roster=BOTH_WRITE)).at("20:10")
    note = writes(pharmacy, "Amira")
    reads(pharmacy, "Ben", note)
    assert (unread(pharmacy), len(sees(pharmacy, note).readers)) == ([note], 1)
    goes_on_until(pharmacy, "08:15", TUESDAY)
    pharmacy.expect_message(to="Priya", about="Nobody of the new shift has read the hand-over note")
    reads(pharmacy, "Priya", note)
    assert unread(pharmacy) == []
    goes_on_until(pharmacy, "20:00", TUESDAY).expect_silence()


def test_the_summary_counts_no_reading_of_the_writers_own_shift(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(with_shifts(roster=BOTH_WRITE)).at("20:10")
    reads(pharmacy, "Ben", writes(pharmacy, "Amira"))
    goes_on_until(pharmacy, "20:00", TUESDAY)
    pharmacy.inbox.unread.clear()
    assert ":warning: Hand-over: 1 note that nobody read" in summary_of(pharmacy, TUESDAY)


def test_the_same_colleague_reads_it_when_the_next_shift_has_begun(open_pharmacy: Opens) -> None:
    at_three = replace(VOICEMAIL.schedule, opens=(Moment(Anchor.CLOCK, at=time(15)),))
    afternoon = replace(STARTS, id="afternoon", title="Afternoon start", schedule=at_three)
    roster = (RosterRule("hilltop-main", "ben", frozenset({0}), time(7), time(15, 20)),)
    pharmacy = open_pharmacy(with_shifts(afternoon, roster=roster)).at("14:50")
    note = writes(pharmacy, "Amira")
    pharmacy.at("15:05")
    reads(pharmacy, "Ben", note)
    assert unread(pharmacy) == []
    pharmacy.at("18:00").expect_silence()


def test_whoever_is_on_shift_when_the_next_begins_has_read_it_for_that_shift_too(open_pharmacy: Opens) -> None:
    """Priya and Amira are there in the evening; Amira opens in the morning, and knows what Priya wrote."""
    roster = (
        RosterRule("hilltop-main", "amira", WEEK, time(6), time(22)),
        RosterRule("hilltop-main", "priya", frozenset({0}), time(6), time(22)),
    )
    pharmacy = open_pharmacy(with_shifts(roster=roster)).at("20:10")
    note = writes(pharmacy, "Priya")
    reads(pharmacy, "Amira", note)
    assert unread(pharmacy) == []
    goes_on_until(pharmacy, "12:00", TUESDAY).expect_silence()


def test_an_hour_into_the_next_shift_its_pharmacist_hears_that_nobody_has_read_it(pharmacy: PharmacyHarness) -> None:
    """Opening starts at a quarter past seven; once more two hours later, then it is for the summary."""
    note = writes(pharmacy, "Amira")
    goes_on_until(pharmacy, "08:14", TUESDAY).expect_silence()
    told = pharmacy.at("08:15").expect_message(to="Priya", about="Nobody has read the hand-over note")
    assert "of Mon 23 Nov 20:10 by Amira Hassan" in told.text
    pharmacy.at("10:14").expect_silence()
    pharmacy.at("10:15").expect_message(to="Priya", about="Still nobody has read")
    assert ":warning: Hand-over: 1 note that nobody read" in summary_of(pharmacy, TUESDAY)
    assert unread(pharmacy) == [note]
    assert "Hand-over:" not in summary_of(pharmacy, WEDNESDAY)


def test_a_starting_checklist_that_is_due_later_leaves_its_shift_the_time(open_pharmacy: Opens) -> None:
    later = replace(STARTS, schedule=replace(STARTS.schedule, due=timedelta(hours=3)))
    definitions = with_shifts(roster=PRIYA_NEXT)
    pharmacy = open_pharmacy(replace(definitions, checklists={later.id: later, ENDS.id: ENDS})).at("20:10")
    writes(pharmacy, "Amira")
    goes_on_until(pharmacy, "10:14", TUESDAY).expect_silence()
    pharmacy.at("10:15").expect_message(to="Priya", about="Nobody has read")


def test_when_the_pharmacist_on_duty_wrote_it_the_fallback_is_told_why(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(with_shifts()).at("20:10")
    writes(pharmacy, "Amira")
    goes_on_until(pharmacy, "08:15", TUESDAY)
    told = pharmacy.expect_message(to="Morgan", about="Nobody has read")
    assert told.text.endswith("You are told because the pharmacist on duty wrote it.")


def test_when_nobody_is_on_duty_the_fallback_is_told_and_when_it_is_theirs_the_channel(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(with_shifts(roster=())).at("20:10")
    writes(pharmacy, "Ben")
    writes(pharmacy, "Morgan", "The landlord comes at nine.", "view2")
    goes_on_until(pharmacy, "08:15", TUESDAY)
    told = pharmacy.expect_message(to="Morgan", about="by Ben Ortiz")
    assert told.text.endswith("You are told because no pharmacist is on duty now.")
    pharmacy.expect_message(to="channel", about="by Morgan Lee")


def test_over_a_weekend_a_note_waits_for_monday(open_pharmacy: Opens) -> None:
    """On Saturday Monday's opening is not prepared yet; Sunday is closed."""
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    pharmacy = open_pharmacy(with_shifts(roster=()), on=saturday).at("17:20")
    writes(pharmacy, "Ben")
    goes_on_until(pharmacy, "08:14", monday).expect_silence()
    pharmacy.at("08:15").expect_message(to="Morgan", about="Nobody has read the hand-over note of Sat 28 Nov 17:20")


def test_the_night_when_clocks_go_back_moves_no_reading_time(open_pharmacy: Opens) -> None:
    """The clocks go back on Sunday 1 November; Monday's shift starts by the wall clock."""
    saturday, monday = date(2026, 10, 31), date(2026, 11, 2)
    pharmacy = open_pharmacy(with_shifts(roster=()), on=saturday).at("17:20")
    writes(pharmacy, "Ben")
    goes_on_until(pharmacy, "08:14", monday).expect_silence()
    pharmacy.at("08:15").expect_message(to="Morgan", about="Nobody has read")


def test_where_no_checklist_begins_a_shift_nobody_is_asked_for_ever(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(quiet=True, units=())).at("20:10")
    note = writes(pharmacy, "Amira")
    goes_on_until(pharmacy, "23:30", date(2026, 11, 30)).expect_silence()
    found = pharmacy.look(lambda connection: hand_overs.look_at(connection, note))
    assert found is not None
    assert found.attention_at is None
    assert unread(pharmacy) == [note]


def test_a_second_note_takes_the_place_of_the_first_and_both_stay(pharmacy: PharmacyHarness) -> None:
    first, second = writes(pharmacy, "Amira"), writes(pharmacy, "Amira", "Also: tote 4.", "view2")
    assert unread(pharmacy) == [second]
    assert (sees(pharmacy, first).replaced, sees(pharmacy, second).replaced) == (True, False)
    assert (sees(pharmacy, first).hand_over.note, shown(pharmacy, CardKind.HAND_OVER, first)) == (NOTE, 2)
    goes_on_until(pharmacy, "08:15", TUESDAY).expect_message(to="Priya", about="Nobody has read")
    reads(pharmacy, "Priya", second)
    assert "Hand-over: 1 note read" in summary_of(pharmacy, TUESDAY)


def test_notes_of_two_people_both_stand(pharmacy: PharmacyHarness) -> None:
    first, second = writes(pharmacy, "Amira"), writes(pharmacy, "Ben", "Register 2 was short.", "view2")
    assert unread(pharmacy) == [second, first]
    reads(pharmacy, "Priya", second)
    assert unread(pharmacy) == [first]
    goes_on_until(pharmacy, "08:15", TUESDAY).expect_message(to="Priya", about="by Amira Hassan")


def test_a_form_sent_twice_is_one_note(pharmacy: PharmacyHarness) -> None:
    assert writes(pharmacy, "Amira") == writes(pharmacy, "Amira")
    assert on_the_record(pharmacy) == [("hand-over-written", "amira")]


@pytest.mark.parametrize(
    ("note", "says"),
    [(" \n ", "nothing to hand over"), ("x" * 2001, "holds 2000"), ("Pt Jones calls at 304-555-0142", "phone number")],
)
def test_a_note_that_may_not_be_kept_is_refused(pharmacy: PharmacyHarness, note: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        writes(pharmacy, "Amira", note)
    assert unread(pharmacy) == []


def test_a_restart_loses_no_reminder_and_repeats_none(pharmacy: PharmacyHarness) -> None:
    writes(pharmacy, "Amira")
    pharmacy.down_until("08:20", TUESDAY)
    goes_on_until(pharmacy, "08:20", TUESDAY)
    pharmacy.expect_message(to="Priya", about="Nobody has read")
    pharmacy.start().expect_silence()
    pharmacy.down_until("10:30", TUESDAY).expect_message(to="Priya", about="Still nobody")
    pharmacy.start().expect_silence()


def test_of_one_person_reading_twice_at_once_one_reading_is_kept(pharmacy: PharmacyHarness) -> None:
    note, together, said = writes(pharmacy, "Amira"), threading.Barrier(2), []

    def press() -> None:
        together.wait()
        try:
            with pharmacy.database.transaction() as connection:
                hand_over.read(connection, pharmacy.definitions, note, pharmacy.person("Ben"), pharmacy.now)
        except AlreadyDone as first:
            said.append(str(first))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["You have read this note already; it is on the record."]
    assert on_the_record(pharmacy)[1:] == [("hand-over-read", "ben")]


def test_a_shift_that_ends_without_a_note_is_in_the_days_summary(pharmacy: PharmacyHarness) -> None:
    assert ":warning: No hand-over note was written: Closing checklist" in summary_of(pharmacy, MONDAY)
    goes_on_until(pharmacy, "19:20", TUESDAY)
    note = writes(pharmacy, "Priya", "All quiet.")
    assert "No hand-over note" not in summary_of(pharmacy, TUESDAY)
    assert unread(pharmacy) == [note]


def test_a_note_from_before_the_end_of_the_shift_does_not_stand_for_its_end(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(with_shifts(roster=PRIYA_NEXT)).at("12:00")
    writes(pharmacy, "Amira", "Lunch cover until one.")
    assert ":warning: No hand-over note was written: Closing checklist" in summary_of(pharmacy, MONDAY)


def test_what_is_open_is_filled_in_before_anybody_writes(open_pharmacy: Opens) -> None:
    """Monday's opening was missed, the fridge is warm, a loop is open, and the mailbox has waited."""
    opening = replace(OPENING, schedule=replace(OPENING.schedule, remind_before=None))
    pharmacy = open_pharmacy(hilltop(opening, VOICEMAIL, units=(FRIDGE,)), at="07:10")
    pharmacy.readings_until("08:05", "vaccine-fridge", 4.5).does("Ben", "voicemail", sweep="2 refill, oldest 40m")
    pharmacy.does("Ben", "retail-opening", lights=None)
    pharmacy.readings_until("08:20", "vaccine-fridge", 11.0)
    _open_loops(pharmacy)
    found = facts(pharmacy)
    pharmacy.inbox.unread.clear()
    assert {kind: each["count"] for kind, each in found.items()} == {
        "missed": 3, "excursions": 1, "silent": 0, "follow_ups": 1, "voicemail": 2, "alerts": 1, "cases": 0,
    }  # fmt: skip
    assert found["missed"]["texts"] == [
        "Opening checklist: 2. Phones and fax checked; 4. Vaccine fridge: Confirm the temperature; "
        "5. Alarm disarmed and cabinet intact"
    ]
    assert found["excursions"]["texts"] == ["Vaccine fridge: out of range since Mon 23 Nov 08:10, furthest 51.8 °F"]
    assert found["follow_ups"]["texts"] == ["Order a new seal (due Tue 24 Nov 08:20, open since Mon 23 Nov)"]
    assert found["voicemail"]["texts"] == [
        "Sweep the mailbox: 2 messages on Mon 23 Nov 08:05, the oldest 40 min old then"
    ]
    assert found["alerts"]["texts"] == ["Irregularity flagged by Ben Ortiz"]


def _open_loops(pharmacy: PharmacyHarness) -> None:
    loop = NewFollowUp("hilltop-main", "answer:1:seal:1", "Order a new seal", "", Role.TECHNICIAN)
    flag = NewAlert("hilltop-main", AlertKind.IRREGULARITY, "flag:1", "Irregularity flagged by Ben Ortiz", "seal torn")
    with pharmacy.database.transaction() as connection:
        follow_ups.open_follow_up(connection, pharmacy.definitions, loop, pharmacy.now)
        escalation.open_alert(connection, pharmacy.definitions, flag, pharmacy.now)


def test_a_quiet_day_has_nothing_to_hand_over_and_the_note_keeps_what_was_open_then(
    pharmacy: PharmacyHarness,
) -> None:
    note = writes(pharmacy, "Amira")
    _open_loops(pharmacy)
    pharmacy.inbox.unread.clear()
    kept = sees(pharmacy, note).hand_over.facts
    assert {each["count"] for each in kept.values()} == {0}
    assert facts(pharmacy)["follow_ups"]["count"] == 1


def test_a_shift_in_the_middle_of_the_day_reads_what_the_morning_left(open_pharmacy: Opens) -> None:
    """A hospital changes shift at three: the note of ten to three is for those who start then."""
    at_three = replace(VOICEMAIL.schedule, opens=(Moment(Anchor.CLOCK, at=time(15)),))
    afternoon = replace(STARTS, id="afternoon", title="Afternoon start", schedule=at_three)
    roster = (RosterRule("hilltop-main", "priya", WEEK, time(15), time(23)),)
    pharmacy = open_pharmacy(with_shifts(afternoon, roster=roster)).at("14:50")
    writes(pharmacy, "Amira")
    pharmacy.at("15:59").expect_silence()
    pharmacy.at("16:00").expect_message(to="Priya", about="Nobody has read")
