"""A run is shown, opens, is due, is missed and expires: five instants, each with its own meaning."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from shiftbot import ticker
from shiftbot.domain.checklist import Checklist
from shiftbot.domain.notice import CardKind
from shiftbot.domain.recurrence import Anchor, Moment
from shiftbot.domain.run import Run, RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import Refused
from shiftbot.services import runs
from shiftbot.storage.tables import runs as run_rows
from tests.cast import HILLTOP, OPENING, VOICEMAIL, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def shown_before(checklist: Checklist, span: timedelta) -> Checklist:
    return replace(checklist, schedule=replace(checklist.schedule, shows_before=span))


EARLY = shown_before(OPENING, timedelta(hours=1))


def of_today(pharmacy: PharmacyHarness) -> list[Run]:
    day = pharmacy.look(lambda connection: runs.of_day(connection, pharmacy.definitions, "hilltop-main", pharmacy.on))
    return [view.run for view in day]


def edits(pharmacy: PharmacyHarness, definitions: Pharmacy) -> None:
    """New definitions are in force, as after a reload."""
    runs.take_definitions(pharmacy.database, pharmacy.definitions, definitions, "morgan", pharmacy.now)
    pharmacy.definitions = definitions
    pharmacy.fast_forward(seconds=1)


def test_a_card_is_shown_before_the_run_opens_and_takes_no_answer_yet(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(EARLY, units=())).at("06:14")
    assert pharmacy.inbox.cards == []
    pharmacy.at("06:15")
    (run,) = of_today(pharmacy)
    assert (run.state, pharmacy.inbox.cards) == (RunState.PREPARED, [(CardKind.RUN, str(run.id))])
    pharmacy.at("07:14")
    with pytest.raises(Refused, match="not open yet"):
        pharmacy.answers_all_of(run.id, "Ben")
    pharmacy.at("07:15")
    assert of_today(pharmacy)[0].state is RunState.OPEN
    assert pharmacy.inbox.cards == [(CardKind.RUN, str(run.id))] * 2
    pharmacy.answers_all("Ben", "retail-opening")
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.at("12:00").expect_silence()


def test_a_shown_run_is_neither_forgotten_nor_doubled_when_it_starts_again(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(EARLY, units=())).at("06:20")
    before = of_today(pharmacy)
    pharmacy.start().down_until("06:40")
    assert of_today(pharmacy) == before
    pharmacy.at("07:20").answers_all("Amira", "retail-opening")
    assert [run.state for run in of_today(pharmacy)] == [RunState.COMPLETED]


def test_a_card_is_shown_at_the_start_when_it_was_dead_at_the_time(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(EARLY, units=())).at("05:00").down_until("06:40")
    assert len(pharmacy.inbox.cards) == 1
    pharmacy.at("07:20").answers_all("Amira", "retail-opening")


def test_a_run_may_be_shown_days_before(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(shown_before(OPENING, timedelta(days=3)), units=()))
    shown = pharmacy.look(lambda connection: connection.execute(select(run_rows.c.local_on)).scalars().all())
    assert max(shown) >= date(2026, 11, 26)
    assert len(pharmacy.inbox.cards) == 3


def test_an_edit_takes_effect_on_the_next_occurrence_a_shown_or_running_one_keeps_its_version(
    open_pharmacy: Opens,
) -> None:
    pharmacy = open_pharmacy(hilltop(EARLY, VOICEMAIL, units=())).at("06:20")
    items = EARLY.sections[0].items[:1]
    shorter = replace(EARLY, sections=(replace(EARLY.sections[0], items=items),), version="2")
    edits(pharmacy, replace(hilltop(shorter, VOICEMAIL, units=()), digest="edited"))
    pharmacy.at("07:20")
    assert [line.line.key for line in pharmacy.run("retail-opening").lines] == ["lights", "phones", "notes", "alarm"]
    edits(pharmacy, replace(hilltop(EARLY, VOICEMAIL, units=()), digest="back again"))
    edits(pharmacy, replace(hilltop(shorter, VOICEMAIL, units=()), digest="edited"))
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.on = date(2026, 11, 24)
    pharmacy.at("07:20")
    pharmacy.inbox.unread.clear()
    assert [line.line.key for line in pharmacy.run("retail-opening").lines] == ["lights"]
    pharmacy.answers_all("Ben", "retail-opening")


def opens_at(*times: time) -> Checklist:
    """The opening, shown an hour before each of these times of the clock and due half an hour after."""
    moments = tuple(Moment(Anchor.CLOCK, at=each) for each in times)
    return replace(EARLY, schedule=replace(EARLY.schedule, opens=moments, due=timedelta(minutes=30)))


def slots_of_today(pharmacy: PharmacyHarness) -> list[str]:
    return [run.slot for run in of_today(pharmacy)]


def test_a_shown_run_is_the_days_run_when_its_opening_time_is_edited(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(opens_at(time(7, 15)), units=())).at("06:20")
    later = replace(hilltop(opens_at(time(7, 45)), units=()), digest="half an hour later")
    edits(pharmacy, later)
    assert slots_of_today(pharmacy) == ["07:15"]
    pharmacy.at("07:20").start()
    assert slots_of_today(pharmacy) == ["07:15"], "nor is there another once it is open"
    pharmacy.answers_all("Amira", "retail-opening")
    pharmacy.at("07:40").start().at("12:00")
    assert slots_of_today(pharmacy) == ["07:15"]
    pharmacy.on = date(2026, 11, 24)
    pharmacy.at("07:50").inbox.unread.clear()
    assert slots_of_today(pharmacy) == ["07:45"]
    pharmacy.answers_all("Amira", "retail-opening")


def test_of_two_openings_a_day_the_edit_of_one_leaves_the_other_its_run(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(opens_at(time(9), time(15)), units=())).at("08:10")
    edits(pharmacy, replace(hilltop(opens_at(time(9, 30), time(15)), units=()), digest="the first later"))
    assert slots_of_today(pharmacy) == ["09:00", "15:00"]
    edits(pharmacy, replace(hilltop(opens_at(time(15, 30)), units=()), digest="the first gone, the second later"))
    assert slots_of_today(pharmacy) == ["09:00", "15:30"]


def test_a_missed_run_that_expired_is_no_longer_to_be_done(open_pharmacy: Opens) -> None:
    schedule = replace(VOICEMAIL.schedule, expires_after=timedelta(hours=1))
    pharmacy = open_pharmacy(hilltop(replace(VOICEMAIL, schedule=schedule), units=()))
    missed = pharmacy.at("08:46").run("voicemail").run
    assert unfinished(pharmacy) == [missed.id]
    pharmacy.at("09:45")
    assert unfinished(pharmacy) == []
    with pytest.raises(Refused, match="expired"):
        pharmacy.answers_all_of(missed.id, "Ben")
    assert [body["at"] for _, body in pharmacy.recorded("run-expired")] == ["2026-11-23T14:45:00+00:00"]
    assert pharmacy.inbox.cards[-1] == (CardKind.RUN, str(missed.id))
    pharmacy.closes("Amira", "the messages were heard at ten")
    pharmacy.inbox.unread.clear()
    following = ticker.next_attention(pharmacy.database)
    assert following is not None
    assert following > pharmacy.now


def test_a_run_done_late_does_not_expire_any_more(open_pharmacy: Opens) -> None:
    schedule = replace(VOICEMAIL.schedule, expires_after=timedelta(hours=1))
    pharmacy = open_pharmacy(hilltop(replace(VOICEMAIL, schedule=schedule), units=()))
    pharmacy.at("09:00").does("Ben", "voicemail", sweep="none")
    pharmacy.at("09:59")
    pharmacy.inbox.unread.clear()
    assert pharmacy.recorded("run-expired") == []


def test_a_site_that_was_gone_for_an_hour_goes_on_where_it_stood(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20")
    north = replace(HILLTOP, id="hilltop-north", name="Hilltop Pharmacy, North Street", channel="C0NORTH")
    before = pharmacy.definitions
    edits(pharmacy, replace(before, sites={north.id: north}, roster=(), digest="north only"))
    edits(pharmacy, before)
    pharmacy.at("07:50").expect_reminders("Ben", "Amira")
    pharmacy.answers_all("Amira", "retail-opening")


def unfinished(pharmacy: PharmacyHarness) -> list[int]:
    site, now = pharmacy.site.id, pharmacy.now
    views = pharmacy.look(lambda connection: runs.unfinished(connection, pharmacy.definitions, site, now))
    return [view.run.id for view in views]
