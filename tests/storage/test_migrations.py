"""Migrations: the shape they lead to is the one of storage/tables.py, whoever runs them and however often."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

from shiftbot.errors import SettingsError
from shiftbot.storage.database import Database
from shiftbot.storage.migrations import (
    current_revision,
    is_current,
    migrate,
    newest_revision,
    refuse_unless_current,
)
from shiftbot.storage.tables import metadata


def test_a_migrated_database_is_what_the_tables_say(database: Database) -> None:
    """Whoever changes storage/tables.py writes a revision too. CHECK constraints are not compared by Alembic."""
    with database.snapshot() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_every_check_that_the_tables_name_is_in_the_database(database: Database) -> None:
    named = {
        (table.name, constraint["name"])
        for table in metadata.sorted_tables
        for constraint in inspect(database.engine).get_check_constraints(table.name)
    }
    expected = {
        (table.name, constraint.name)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert ("alerts", "ck_alerts_next_instant") in named
    assert named == expected


def test_migrating_tells_what_it_applied_and_does_it_once(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert current_revision(database) is None
    assert not is_current(database)
    assert migrate(database)[0] == "0001"
    assert migrate(database) == []
    assert current_revision(database) == newest_revision()
    assert is_current(database)
    database.close()


def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    starters = 4
    together = Barrier(starters)

    def start() -> list[str]:
        database = Database(empty_database_url)
        together.wait()
        try:
            return migrate(database)
        finally:
            database.close()

    with ThreadPoolExecutor(starters) as pool:
        applied = [future.result() for future in [pool.submit(start) for _ in range(starters)]]
    assert sorted(map(bool, applied)) == [False, False, False, True]


def test_a_migration_that_breaks_leaves_nothing_behind(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE leases (name TEXT)"))
        connection.execute(text("CREATE INDEX ix_outbox_alert ON leases (name)"))
    with pytest.raises(Exception, match="ix_outbox_alert"):
        migrate(database)
    assert current_revision(database) is None
    assert inspect(database.engine).get_table_names() == ["leases"]
    database.close()


def test_an_empty_database_is_refused_with_the_command_that_mends_it(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(SettingsError, match="Run `shiftbot migrate`"):
        refuse_unless_current(database)
    database.close()


def test_a_database_newer_than_the_program_is_refused_in_one_plain_line(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for question in (refuse_unless_current, is_current, migrate):
        with pytest.raises(
            SettingsError, match=r"newer shiftbot \(revision 9999; this one knows up to \d+\)"
        ) as caught:
            question(database)
        assert "\n" not in str(caught.value)
