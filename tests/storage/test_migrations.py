"""Migrations: the shape they lead to is the one of storage/tables.py, whoever runs them and however often."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

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
    with database.snapshot() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_tells_what_it_applied_and_does_it_once(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert current_revision(database) is None
    assert migrate(database) == ["0001"]
    assert migrate(database) == []
    assert current_revision(database) == newest_revision()
    database.close()
