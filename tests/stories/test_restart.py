"""shiftbot was dead for a while: what should have happened is told, once, and nothing is skipped or doubled."""

from dataclasses import replace
from datetime import date
from functools import partial

from sqlalchemy import Connection, select

from shiftbot import ticker
from shiftbot.domain.answer import Reply
from shiftbot.domain.run import Run, RunState
from shiftbot.services import runs
from shiftbot.storage import runs as stored_runs
from shiftbot.storage.tables import missed_lines
from tests.cast import CLOSING, HILLTOP, OPENING, hilltop
from tests.pharmacy import PharmacyHarness
from tests.stories.conftest import Opens


def test_a_checklist_that_was_due_while_it_was_dead_is_missed_and_told_at_the_start(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20").down_until("09:00")
    pharmacy.expect_message(to="Amira", about="Opening checklist missed")
    assert pharmacy.run("retail-opening").run.state is RunState.MISSED
    pharmacy.at("09:05").down_until("09:06").expect_silence()


def test_days_that_it_was_dead_are_one_alert_and_every_line_of_them_is_missed(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(OPENING, CLOSING, units=()))
    pharmacy.at("06:00").down_until("07:30", on=date(2026, 11, 25))
    (alert,) = pharmacy.alerts()
    assert alert.title == "4 checklists were missed while shiftbot was not running"
    assert alert.detail == "from Mon 23 Nov to Tue 24 Nov: Opening checklist (2), Closing checklist (2)"
    lines = pharmacy.look(lambda connection: connection.execute(select(missed_lines)).all())
    assert len(lines) == 2 * (3 + 2)
    assert {row.alert for row in lines} == {alert.id}
    pharmacy.expect_message(to="Amira", about="4 checklists were missed")
    pharmacy.expect_message(to="Morgan", about="Opening checklist")
    pharmacy.expect_message(to="channel", about="Record of")


def test_what_was_missed_while_it_was_dead_is_listed_until_all_of_it_is_done(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(CLOSING, units=()))
    pharmacy.at("06:00").down_until("19:20", on=date(2026, 11, 27))
    pharmacy.inbox.unread.clear()
    listed = _unfinished(pharmacy)
    assert [run.local_on.day for run in listed] == [27, 26, 25, 24, 23]
    assert [run.state for run in listed] == [RunState.OPEN] + [RunState.MISSED] * 4
    for left, run in enumerate(listed[1:], start=-3):
        assert len(pharmacy.alerts()) == 1
        replies = [Reply("bins"), Reply("workstations")]
        pharmacy.act(partial(_respond, pharmacy, run.id, replies))
        assert len(_unfinished(pharmacy)) == 1 - left
    assert pharmacy.alerts() == []
    pharmacy.expect_message(to="Amira", about="Resolved: 4 checklists")


def _respond(pharmacy: PharmacyHarness, run: int, replies: list[Reply], connection: Connection) -> None:
    runs.respond(connection, pharmacy.definitions, run, pharmacy.person("Ben"), replies, "story", pharmacy.now)


def _unfinished(pharmacy: PharmacyHarness) -> list[Run]:
    site, now = pharmacy.site.id, pharmacy.now
    views = pharmacy.look(lambda connection: runs.unfinished(connection, pharmacy.definitions, site, now))
    return [view.run for view in views]


def test_one_checklist_that_it_missed_long_ago_is_named_as_ever(pharmacy: PharmacyHarness) -> None:
    pharmacy.at("07:20").down_until("12:00")
    pharmacy.expect_message(to="Amira", about="Opening checklist missed: due")


def test_before_its_first_day_nothing_was_missed(open_pharmacy: Opens) -> None:
    pharmacy = open_pharmacy(hilltop(units=()))
    assert pharmacy.alerts() == []


def test_a_site_that_is_gone_from_the_definitions_is_left_alone(pharmacy: PharmacyHarness) -> None:
    """Its runs stand as they stood; nothing of it stays due, or the engine would never sleep again."""
    pharmacy.at("07:20")
    gone = pharmacy.run("retail-opening").run
    north = replace(HILLTOP, id="hilltop-north", name="Hilltop Pharmacy, North Street", channel="C0NORTH")
    pharmacy.definitions = replace(pharmacy.definitions, sites={north.id: north}, roster=(), digest="north only")
    pharmacy.down_until("09:00").expect_silence()
    left = pharmacy.look(lambda connection: stored_runs.look_at_run(connection, gone.id))
    assert left is not None
    assert left.state is RunState.OPEN
    following = ticker.next_attention(pharmacy.database)
    assert following is not None
    assert following > pharmacy.now
