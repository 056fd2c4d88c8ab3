"""The database's promises on both engines: instants come back whole, writers take turns, trouble has one name."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from shiftbot.errors import StorageUnavailable
from shiftbot.services import batches
from shiftbot.storage import dialects
from shiftbot.storage.database import Database, insert_or_ignore
from shiftbot.storage.tables import seen_events

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
IMPATIENT = timedelta(milliseconds=200)


def keep(database: Database, name: str, until: datetime) -> datetime:
    """Store an instant and read it back."""
    with database.transaction() as connection:
        connection.execute(insert(seen_events), {"id": name, "seen_at": until})
        found: datetime = connection.execute(select(seen_events.c.seen_at).where(seen_events.c.id == name)).scalar_one()
        return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
        max_value=datetime(9000, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=45))]),
    )
)
def test_an_instant_comes_back_to_the_microsecond_and_in_utc(database: Database, instant: datetime) -> None:
    name = f"{instant.isoformat()} {instant.fold}"
    with database.transaction() as connection:
        connection.execute(seen_events.delete())
    found = keep(database, name, instant)
    assert found == instant.astimezone(UTC)
    assert found.tzinfo is UTC


def test_both_hours_of_an_autumn_night_stay_apart(database: Database) -> None:
    twice = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    first, second = keep(database, "first", twice), keep(database, "second", twice.replace(fold=1))
    assert second - first == timedelta(hours=1)


def test_a_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="a naive datetime cannot be stored"):
        keep(database, "naive", datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001 - the very thing that is refused


def test_instants_are_ordered_by_the_database_as_they_are_in_time(database: Database) -> None:
    instants = [NOON + timedelta(microseconds=offset) for offset in (5, -1, 0, 10**12)]
    for number, instant in enumerate(instants):
        keep(database, str(number), instant)
    with database.snapshot() as connection:
        assert list(
            connection.execute(select(seen_events.c.seen_at).order_by(seen_events.c.seen_at)).scalars()
        ) == sorted(instants)


def test_an_error_of_the_database_tells_no_parameter(database: Database) -> None:
    """A log shows the error with what led to it."""
    said = "seal torn"
    with pytest.raises((DBAPIError, StorageUnavailable)) as failed, database.transaction() as connection:
        connection.execute(text("SELECT a FROM nowhere WHERE words = :words"), {"words": said})
    told = "".join(map(str, (failed.value, failed.value.__cause__)))
    assert "nowhere" in told
    assert said not in told


def test_what_fails_within_a_transaction_leaves_nothing(database: Database) -> None:
    twice = [{"id": "Ev1", "seen_at": NOON}] * 2
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(insert(seen_events), twice)
    with database.snapshot() as connection:
        assert connection.execute(select(seen_events)).all() == []


def test_a_snapshot_does_not_see_what_is_committed_meanwhile_by_a_writer_it_started_before(database: Database) -> None:
    with database.snapshot() as reader:
        assert reader.execute(select(seen_events)).all() == []
        with database.transaction() as writer:
            writer.execute(insert(seen_events), {"id": "Ev1", "seen_at": NOON})
        assert reader.execute(select(seen_events)).all() == []


def test_a_snapshot_cannot_write(database: Database) -> None:
    refusal = pytest.raises((StorageUnavailable, DBAPIError), match=r"read-?only")
    with refusal, database.snapshot() as connection:
        connection.execute(insert(seen_events), {"id": "Ev1", "seen_at": NOON})
    assert keep(database, "the next writer", NOON) == NOON


def test_rows_that_are_there_already_are_left_alone_and_the_new_ones_counted(database: Database) -> None:
    with database.transaction() as connection:
        assert insert_or_ignore(connection, seen_events, [{"id": "Ev2", "seen_at": NOON}]) == 1
        rows = [{"id": f"Ev{number}", "seen_at": NOON + timedelta(days=1)} for number in range(5)]
        assert insert_or_ignore(connection, seen_events, rows) == 4
        assert insert_or_ignore(connection, seen_events, rows) == 0
        assert insert_or_ignore(connection, seen_events, []) == 0
        assert connection.execute(select(seen_events.c.seen_at).where(seen_events.c.id == "Ev2")).scalar_one() == NOON


@pytest.fixture
def impatient(database_url: str) -> Iterator[Database]:
    """The same database, as a process that waits for no lock."""
    opened = Database(database_url, patience=IMPATIENT)
    yield opened
    opened.close()


def test_a_writer_that_finds_another_writing_says_try_again(database: Database, impatient: Database) -> None:
    keep(database, "shared", NOON)
    with database.transaction() as holder:
        holder.execute(seen_events.update().values(seen_at=NOON))
        with pytest.raises(StorageUnavailable), impatient.transaction() as second:
            second.execute(seen_events.update().values(seen_at=NOON))
    with impatient.transaction() as second:
        assert second.execute(seen_events.update().values(seen_at=NOON)).rowcount == 1


def test_a_writer_that_reads_first_waits_for_its_turn(database: Database, database_url: str) -> None:
    """SQLite's deferred transactions would fail at once here, whatever the time-out: BEGIN IMMEDIATE waits."""
    keep(database, "counter", NOON)
    together = threading.Barrier(4)

    def raise_by_one(mine: Database) -> None:
        together.wait()
        for _ in range(5):
            with mine.transaction() as connection:
                seen = connection.execute(select(seen_events.c.seen_at).with_for_update()).scalar_one()
                connection.execute(seen_events.update().values(seen_at=seen + timedelta(seconds=1)))

    others = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=raise_by_one, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.snapshot() as connection:
        assert connection.execute(select(seen_events.c.seen_at)).scalar_one() == NOON + timedelta(seconds=20)
    for each in others:
        each.close()


def test_more_readers_than_connections_are_told_to_try_again(database: Database) -> None:
    with ExitStack() as held:
        for _ in range(30):
            held.enter_context(database.snapshot())
        with pytest.raises(StorageUnavailable, match="every connection is in use"):
            held.enter_context(database.snapshot())


def test_a_database_that_is_away_is_storage_unavailable(engine_name: str) -> None:
    url = "sqlite:////nowhere/at/all.sqlite3" if engine_name == "sqlite" else "postgresql://nobody@127.0.0.1:1/none"
    database = Database(url)
    for way in (database.transaction, database.snapshot):
        with pytest.raises(StorageUnavailable, match="the database did not answer"), way():
            raise AssertionError("nobody is there")
    database.close()


def test_a_connection_cut_in_the_middle_is_storage_unavailable_and_the_next_one_works(database: Database) -> None:
    if database.is_sqlite:
        database.engine.dispose()  # a file has no connection to cut: opening it again is all there is
    else:
        with pytest.raises(StorageUnavailable), database.transaction() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert keep(database, "after", NOON) == NOON


def cut_off(database: Database) -> None:
    """The server ends every connection of a PostgreSQL database that nobody uses at the moment."""
    with psycopg.connect(database.url, autocommit=True) as other:
        mine = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        other.execute(f"{mine} WHERE datname = current_database() AND pid <> pg_backend_pid()".encode())


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_connection_lost_a_moment_after_it_answered_says_so_once(database: Database) -> None:
    keep(database, "before", NOON)
    keep(database, "at once", NOON)
    cut_off(database)
    with pytest.raises(StorageUnavailable):
        keep(database, "lost", NOON)
    assert keep(database, "after", NOON) == NOON


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_connection_that_rested_is_asked_whether_it_is_still_there(database: Database) -> None:
    keep(database, "before", NOON)
    keep(database, "at once", NOON)
    cut_off(database)
    time.sleep(dialects.ANSWERS_FOR + 0.1)
    assert keep(database, "after", NOON) == NOON


@pytest.mark.parametrize("engine_name", ["postgresql"])
def test_a_connection_lost_while_rows_are_taken_is_no_fault_of_the_rows(database: Database) -> None:
    """The step waits for the database; the rows are neither tried alone nor put back."""

    def take(connection: Connection, _: list[str]) -> None:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StorageUnavailable):
        batches.each_alone(database, lambda _: ["a row"], take, name=str)
    assert keep(database, "after", NOON) == NOON


def test_what_one_database_compiled_the_next_of_its_kind_need_not(database: Database, database_url: str) -> None:
    """A process that opens its database anew does not prepare every statement again."""
    keep(database, "first", NOON)
    again = Database(database_url)
    compiled = len(dialects.EXECUTION_OPTIONS["compiled_cache"])
    assert keep(again, "second", NOON) == NOON
    assert len(dialects.EXECUTION_OPTIONS["compiled_cache"]) == compiled
    again.close()


def test_sqlite_keeps_what_it_was_told_to_keep(tmp_path: str) -> None:
    database = Database(f"sqlite:///{tmp_path}/a.sqlite3")
    with database.snapshot() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}
    database.close()
