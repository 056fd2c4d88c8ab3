"""Duty as it was agreed is held against the record: whoever changes a row of it is found."""

from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import text

from shiftbot.domain.site import RosterRule
from shiftbot.services import rostering
from shiftbot.storage.database import Database
from shiftbot.storage.verify import verify
from tests.cast import AMIRA, MORGAN, PRIYA, WEEK, hilltop
from tests.pharmacy import PharmacyHarness
from tests.storage.test_verify import Attacker

BY_DAY = RosterRule("hilltop-main", "amira", WEEK, time(6), time(14))
BY_EVENING = RosterRule("hilltop-main", "priya", WEEK, time(14), time(22))


@pytest.fixture
def story(database: Database) -> PharmacyHarness:
    """A morning with a change of each kind and fate."""
    whole = hilltop(units=(), roster=(BY_DAY, BY_EVENING), quiet=True)
    site = replace(whole.sites["hilltop-main"], sign_on=True)
    story = PharmacyHarness(database, replace(whole, sites={site.id: site})).at("07:00")
    here, now, at = story.definitions, story.now, story.local
    with database.transaction() as connection:
        rostering.sign_on(connection, here, site, AMIRA, now)
        rostering.take_over(connection, here, site, PRIYA, at("08:00"), "take", now)
        for number, accepts in ((8, True), (9, False)):
            span = (at(f"0{number}:00"), at(f"0{number}:30"))
            asked = rostering.offer(connection, here, site, AMIRA, PRIYA, *span, "dentist", AMIRA, f"{number}", now)
            rostering.answer(connection, here, asked.id, PRIYA, accepts, now)
        away = rostering.call_in_absent(
            connection, here, site, AMIRA, at("11:00"), at("12:00"), "sick", MORGAN, "away", now
        )
        rostering.withdraw(connection, here, away.id, AMIRA, now)
        rostering.offer(connection, here, site, AMIRA, PRIYA, at("13:00"), at("14:00"), "", AMIRA, "late", now)
    story.at("07:30")
    with database.transaction() as connection:
        rostering.withdraw(connection, here, 1, PRIYA, story.now)
    story.at("13:30").inbox.unread.clear()
    return story


CHANGES = [
    "UPDATE duty_changes SET person = 'amira' WHERE key = 'take'",
    "UPDATE duty_changes SET ends_at = ends_at + 3600000000 WHERE key = 'take'",
    "UPDATE duty_changes SET starts_at = starts_at - 1 WHERE key = '8'",
    "UPDATE duty_changes SET asked_by = 'priya' WHERE key = '8'",
    "UPDATE duty_changes SET answered_by = 'morgan' WHERE key = '8'",
    "UPDATE duty_changes SET state = 'standing' WHERE key = '9'",
    "UPDATE duty_changes SET state = 'standing' WHERE key = 'away'",
    "UPDATE duty_changes SET reason = 'holiday' WHERE key = 'away'",
    "UPDATE duty_changes SET instead_of = 'priya' WHERE key = 'away'",
    "UPDATE duty_changes SET state = 'standing' WHERE key = 'late'",
    "DELETE FROM duty_changes WHERE key = 'take'",
    "DELETE FROM duty_changes WHERE key = '8'",
    "INSERT INTO duty_changes (key, site, kind, person, starts_at, ends_at, state, asked_by, asked_at)"
    " SELECT 'new', site, 'override', person, starts_at, ends_at, 'standing', asked_by, asked_at"
    " FROM duty_changes WHERE key = 'take'",
    "UPDATE sign_ons SET signed_at = signed_at - 1",
    "UPDATE sign_ons SET person = 'priya'",
    "DELETE FROM sign_ons",
]


def holds_after(database: Database, statement: str) -> bool:
    """Whether the check finds nothing after a change, which is taken back."""
    with database.engine.connect() as connection, connection.begin() as transaction:
        assert connection.execute(text(statement)).rowcount >= 1, statement
        holds = verify(connection).holds
        transaction.rollback()
    return holds


def test_a_change_of_duty_that_was_changed_afterwards_is_found(story: PharmacyHarness, database_url: str) -> None:
    Attacker(database_url)  # who drops what refuses changes
    assert story.look(verify).findings == ()
    assert [statement for statement in CHANGES if holds_after(story.database, statement)] == []
