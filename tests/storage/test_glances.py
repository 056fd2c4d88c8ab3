"""Many sites at a glance: the figures say what happened, on both databases, at the sites that are asked about."""

from dataclasses import replace
from datetime import timedelta

from shiftbot.domain.alert import AlertKind
from shiftbot.services import escalation, follow_ups, hand_over
from shiftbot.services.escalation import NewAlert
from shiftbot.storage import glances
from shiftbot.storage.database import Database
from shiftbot.storage.glances import Day, Figures
from tests.cast import AMIRA, BEN, HILLTOP, OPENING, VOICEMAIL, hilltop
from tests.pharmacy import MONDAY, PharmacyHarness


def figures(story: PharmacyHarness) -> Figures:
    """Those of the story's site, now."""
    with story.database.snapshot() as connection:
        return glances.figures(connection, {"hilltop-main": MONDAY}, story.now)["hilltop-main"]


def story(database: Database) -> PharmacyHarness:
    """Opening and voicemail, nobody reminded by name."""
    return PharmacyHarness(database, hilltop(OPENING, VOICEMAIL, units=()))


def test_a_quiet_site_has_nothing_to_show(database: Database) -> None:
    assert figures(story(database).at("06:00")) == Figures()
    assert figures(story(database)).trouble == 0


def test_runs_are_due_then_overdue_then_missed_and_late_when_done(database: Database) -> None:
    told = story(database).at("07:20")
    assert figures(told).day == Day(due=1)
    told.at("08:05")
    assert figures(told).day == Day(overdue=1, due=1)
    told.at("08:20")
    assert figures(told).day == Day(missed=1, due=1)
    assert figures(told).alerts == 1
    told.answers_all("Amira", "retail-opening")
    assert figures(told).day == Day(done=1, late=1, missed=1, due=1)
    told.inbox.unread.clear()


def test_follow_ups_count_when_they_are_overdue_and_the_newest_note_until_it_is_read(database: Database) -> None:
    told = story(database).at("06:00")
    site, pharmacy = told.site, told.definitions
    with database.transaction() as connection:
        soon = told.now + timedelta(minutes=10)
        follow_ups.add_by_hand(connection, pharmacy, site, BEN, "Call the wholesaler", soon, "k", told.now)
        note = hand_over.write(connection, pharmacy, site, BEN, "All is well", "k", told.now)
    assert (figures(told).overdue_follow_ups, figures(told).note_read) == (0, False)
    told.fast_forward(minutes=11)
    with database.transaction() as connection:
        hand_over.read(connection, pharmacy, note, AMIRA, told.now)
    assert (figures(told).overdue_follow_ups, figures(told).note_read) == (1, True)
    with database.snapshot() as connection:
        assert glances.troubled(connection, told.now) == {"hilltop-main": 1}
    told.inbox.unread.clear()


def test_other_sites_are_not_counted_here_and_trouble_is_counted_everywhere(database: Database) -> None:
    pharmacy = hilltop(quiet=True, units=())
    east = replace(HILLTOP, id="hilltop-east", checklists=())
    told = PharmacyHarness(database, replace(pharmacy, sites={**pharmacy.sites, east.id: east}))
    with database.transaction() as connection:
        for number in (1, 2):
            new = NewAlert(east.id, AlertKind.IRREGULARITY, f"flag:{number}", "A bag was left", "")
            escalation.open_alert(connection, told.definitions, new, told.now)
    assert figures(told) == Figures()
    with database.snapshot() as connection:
        assert glances.troubled(connection, told.now) == {east.id: 2}
        both = glances.figures(connection, {"hilltop-main": MONDAY, east.id: MONDAY}, told.now)
    assert both[east.id].alerts == 2
    assert both[east.id].trouble > both["hilltop-main"].trouble
