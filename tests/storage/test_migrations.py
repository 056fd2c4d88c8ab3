"""Migrations: the shape they lead to is the one of storage/tables.py, whoever runs them and however often."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, Table, inspect, text

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


def differences(database: Database) -> list[Any]:
    """What Alembic would have to do to make the database what the tables say."""
    with database.snapshot() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, metadata)
        return found


def test_a_migrated_database_is_what_the_tables_say(database: Database) -> None:
    """Whoever changes storage/tables.py writes a revision too."""
    assert differences(database) == []


@pytest.fixture
def another_table() -> Iterator[Table]:
    """A table that somebody added to storage/tables.py and to no revision."""
    added = Table("added_without_a_revision", metadata, Column("id", Integer, primary_key=True))
    yield added
    metadata.remove(added)


def test_a_table_without_a_revision_is_found(empty_database_url: str, another_table: Table) -> None:
    """What a revision makes was settled when it was written, whatever the tables say today."""
    database = Database(empty_database_url)
    migrate(database)
    assert [(what, table.name) for what, table in differences(database)] == [("add_table", another_table.name)]
    database.close()


def test_checks_partial_indexes_and_row_order_are_what_the_tables_say_too(database: Database) -> None:
    """Alembic does not compare these: the same tables made anew have the same ones."""
    migrated = fine_print(database)
    assert migrated["alerts"]["checks"]
    with database.transaction() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert migrated == fine_print(database)


def fine_print(database: Database) -> dict[str, dict[str, Any]]:
    """By table: its CHECK constraints, its keys, its indexes with what they leave out, whether SQLite numbers rows."""
    seen = inspect(database.engine)
    with database.snapshot() as connection:
        rowless = connection.execute(text(ROWLESS)).scalars().all() if database.is_sqlite else []
    return {
        table: {
            "checks": sorted((each["name"], each["sqltext"]) for each in seen.get_check_constraints(table)),
            "keys": sorted(map(repr, [seen.get_pk_constraint(table), *seen.get_foreign_keys(table)])),
            "unique": sorted(map(repr, seen.get_unique_constraints(table))),
            "indexes": sorted(
                f"{each['name']} {each['column_names']} {_only(each)}" for each in seen.get_indexes(table)
            ),
            "rowless": table in rowless,
        }
        for table in metadata.tables
    }


def _only(index: Any) -> list[str]:
    """Which rows an index holds, where it leaves some out."""
    return [str(words) for option, words in index.get("dialect_options", {}).items() if option.endswith("_where")]


ROWLESS = "SELECT name FROM pragma_table_list WHERE wr = 1"


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
        connection.execute(text("CREATE TABLE somebody_elses (name TEXT)"))
        connection.execute(text("CREATE INDEX ix_outbox_alert ON somebody_elses (name)"))
    with pytest.raises(Exception, match="ix_outbox_alert"):
        migrate(database)
    assert current_revision(database) is None
    assert inspect(database.engine).get_table_names() == ["somebody_elses"]
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
