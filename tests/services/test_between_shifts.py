"""Follow-ups and hand-over notes when several processes tick at once, and when a row cannot be worked on."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shiftbot import ticker
from shiftbot.domain.checklist import Role
from shiftbot.services import follow_ups, hand_over
from shiftbot.services.follow_ups import NewFollowUp
from shiftbot.storage.database import Database
from shiftbot.storage.setbacks import AGAIN_AFTER
from shiftbot.storage.tables import follow_ups as follow_up_rows
from shiftbot.storage.tables import outbox
from shiftbot.storage.verify import verify
from tests.pharmacy import PharmacyHarness
from tests.stories.shifts import TUESDAY, with_shifts


@pytest.fixture
def evening(database: Database) -> PharmacyHarness:
    """Monday evening: three loops are open, due tomorrow at eight, and Amira has left a note."""
    story = PharmacyHarness(database, with_shifts(), at="20:10")
    due_at = story.local("08:00", TUESDAY)
    with database.transaction() as connection:
        for number in range(3):
            new = NewFollowUp(
                "hilltop-main", f"answer:{number}", f"Loop {number}", "", Role.TECHNICIAN, "ben", due_at=due_at
            )
            follow_ups.open_follow_up(connection, story.definitions, new, story.now)
        hand_over.write(connection, story.definitions, story.site, story.person("Amira"), "All quiet.", "v", story.now)
    return story


def at_once(*does: Callable[[], object]) -> None:
    together = threading.Barrier(len(does))

    def one(each: Callable[[], object]) -> None:
        together.wait()
        each()

    threads = [threading.Thread(target=one, args=(each,)) for each in does]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def queued(story: PharmacyHarness, kind: str) -> list[str]:
    query = select(outbox.c.text).where(outbox.c.kind == kind).order_by(outbox.c.id)
    return list(story.look(lambda connection: connection.execute(query).scalars().all()))


def test_two_processes_remind_once(evening: PharmacyHarness) -> None:
    now = evening.local("08:30", TUESDAY)
    ticker.tick(evening.database, evening.definitions, now)
    tick = lambda: ticker.tick(evening.database, evening.definitions, now)  # noqa: E731
    at_once(tick, tick, tick)
    assert sorted(text.partition(": ")[2] for text in queued(evening, "follow-up")) == ["Loop 0", "Loop 1", "Loop 2"]
    assert len(queued(evening, "hand-over")) == 1


def test_two_processes_open_one_alert_for_each(evening: PharmacyHarness) -> None:
    now = evening.local("11:00", TUESDAY)
    tick = lambda: follow_ups.remind_and_escalate(evening.database, evening.definitions, now)  # noqa: E731
    at_once(tick, tick)
    assert [alert.title for alert in evening.alerts()] == [
        f"Follow-up still open: Loop {number}" for number in range(3)
    ]
    assert len(queued(evening, "follow-up")) == 3


def test_a_row_that_a_newer_program_wrote_hides_no_other_and_is_looked_at_again(
    evening: PharmacyHarness, expected_errors: list[logging.LogRecord]
) -> None:
    with evening.database.transaction() as connection:
        odd = update(follow_up_rows).where(follow_up_rows.c.title == "Loop 1")
        connection.execute(odd.values(role="auditor"))
    now = evening.local("08:05", TUESDAY)
    ticker.tick(evening.database, evening.definitions, now)
    assert sorted(text.partition(": ")[2] for text in queued(evening, "follow-up")) == ["Loop 0", "Loop 2"]
    again = select(follow_up_rows.c.attention_at).where(follow_up_rows.c.role == "auditor")
    assert evening.look(lambda connection: connection.execute(again).scalar_one()) == now + AGAIN_AFTER
    assert {error.__dict__["action"] for error in expected_errors} == {"row_unreadable"}


def test_all_that_became_of_them_fits_the_record(evening: PharmacyHarness) -> None:
    definitions, ben, amira = evening.definitions, evening.person("Ben"), evening.person("Amira")
    now = evening.now + timedelta(minutes=5)
    with evening.database.transaction() as connection:
        first, second, _ = (each.id for each in follow_ups.open_of(connection, "hilltop-main"))
        note = hand_over.unread(connection, definitions, "hilltop-main")[0].id
        follow_ups.take(connection, definitions, first, amira, now)
        follow_ups.move_due(connection, definitions, first, ben, now + timedelta(days=3), "the supplier is shut", now)
        follow_ups.close(connection, definitions, second, ben, "done", now)
        follow_ups.withdraw(connection, definitions, "answer:2", "Ben Ortiz took the answer back.", now, "ben")
        hand_over.read(connection, definitions, note, ben, now)
    assert evening.look(verify).findings == ()
