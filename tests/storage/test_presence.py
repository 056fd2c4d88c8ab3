"""Which processes are at work on PostgreSQL: what a dead one had in hand is the living ones' to go on with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select

from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.errors import StorageUnavailable
from shiftbot.storage import cards, outbox, processes, tables
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import migrate
from shiftbot.storage.presence import Presence, present
from shiftbot.storage.processes import Process
from tests.mqtt.brokers import wait_until
from tests.postgres import PostgresServer

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
LATER = NOON + timedelta(seconds=45)


@pytest.fixture
def url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    """A fresh database that several processes share."""
    with postgres.database(migrated_postgres) as name:
        yield postgres.url(name)


class Worker:
    """A process as far as this is concerned: connections of its own, and its lock."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.presence = Presence(self.database)
        self.was_alone = False
        self.presence.enter(self._alone)

    def _alone(self) -> None:
        self.was_alone = True

    def die(self) -> None:
        """As kill -9: no word, the connections are cut."""
        self.presence.leave()
        self.database.close()

    def take_in_hand(self) -> None:
        """A notice and a card, until 45 s from noon."""
        notice = Notice("alert:1:1:morgan", Lane.ESCALATION, "hilltop-main", NoticeKind.ALERT, "morgan", "missed")
        with self.database.transaction() as connection:
            outbox.add(connection, [(notice, 0, "U0MORGAN")], NOON)
            cards.add(connection, [(CardKind.RUN, "1", "hilltop-main", "C0HILLTOP")], NOON)
            (parcel,) = outbox.find_due(connection, Lane.ESCALATION, NOON, 1)
            (card,) = cards.find_due(connection, NOON, 1)
            assert outbox.claim(connection, parcel, LATER, may_repeat=False)
            assert cards.claim(connection, card, LATER)

    def due(self) -> tuple[set[datetime], set[int | None]]:
        """When what is in hand is due, and who has it."""
        with self.database.snapshot() as connection:
            rows = [*connection.execute(select(tables.outbox)), *connection.execute(select(tables.cards))]
        return {row.attention_at for row in rows}, {row.held_by for row in rows}


def die_seen_by(dead: Worker, living: Worker) -> None:
    """As kill -9; the server lets the lock go when it has noticed, a moment later."""
    dead.die()
    wait_until(lambda: dead.presence.number not in living.presence._held(), "the server has noticed")


@pytest.fixture
def two(url: str) -> Iterator[tuple[Worker, Worker]]:
    workers = Worker(url), Worker(url)
    yield workers
    for worker in workers:
        worker.die()


def test_only_the_first_to_come_is_alone(two: tuple[Worker, Worker]) -> None:
    assert [worker.was_alone for worker in two] == [True, False]
    assert two[0].presence.number != two[1].presence.number


def test_what_is_in_hand_says_whose_and_is_the_livings_to_keep(two: tuple[Worker, Worker]) -> None:
    first, second = two
    first.take_in_hand()
    for _ in range(3):
        assert second.presence.take_over(NOON) == 0
    assert second.due() == ({LATER}, {first.presence.number})


def test_what_the_dead_had_in_hand_is_due_after_the_second_look(two: tuple[Worker, Worker]) -> None:
    """The first look only notes who is missing: after a restart of the server everybody is, for a moment."""
    first, second = two
    first.take_in_hand()
    die_seen_by(first, second)
    now = NOON + timedelta(seconds=3)
    assert second.presence.take_over(now) == 0
    assert second.due()[0] == {LATER}
    assert second.presence.take_over(now) == 1
    assert second.due()[0] == {now}
    with second.database.snapshot() as connection:
        (parcel,) = outbox.find_due(connection, Lane.ESCALATION, now, 1)
    assert parcel.state == "sending"  # which says that it may have been sent
    assert second.presence.take_over(now) == 0


def test_a_dead_process_is_struck_from_those_at_work(two: tuple[Worker, Worker]) -> None:
    first, second = two
    for worker in two:
        row = Process(worker.presence.number, "bot", "hilltop", 1, NOON, NOON, {})
        with worker.database.transaction() as connection:
            processes.save(connection, row)
    die_seen_by(first, second)
    second.presence.take_over(NOON)
    second.presence.take_over(NOON)
    with second.database.snapshot() as connection:
        assert [each.id for each in processes.at_work(connection)] == [second.presence.number]


def test_a_lock_that_was_lost_with_its_connection_is_had_again_and_nobody_is_taken_for_dead(
    url: str, postgres: PostgresServer, two: tuple[Worker, Worker]
) -> None:
    """As when the server is started again: every connection breaks, every process lives."""
    first, second = two
    first.take_in_hand()
    with psycopg.connect(url, autocommit=True) as admin:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}".encode())
    for worker in (first, second):
        with pytest.raises(StorageUnavailable, match="who is at work"):
            worker.presence.take_over(NOON)
    for _ in range(3):
        assert [worker.presence.take_over(NOON) for worker in (first, second)] == [0, 0]
    assert second.due() == ({LATER}, {first.presence.number})


def test_on_sqlite_who_comes_is_alone_and_takes_nothing_over(tmp_path: object) -> None:
    database, alone = Database(f"sqlite:///{tmp_path}/one.db"), list[int]()
    migrate(database)
    with present(database, lambda: alone.append(1)) as presence:
        assert presence.take_over(NOON) == 0
    assert alone == [1]
    database.close()
