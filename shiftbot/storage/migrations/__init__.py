"""The database's shape and how it came about: one Alembic revision a file in versions/, applied in one transaction.

A revision says in SQL what changed; what the tables look like now is storage/tables.py, and a test holds both equal.
"""

from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from shiftbot.errors import SettingsError
from shiftbot.storage.database import Database

__all__ = ["current_revision", "is_current", "migrate", "newest_revision", "refuse_unless_current"]

HERE = str(Path(__file__).parent)

PATIENCE = timedelta(minutes=5)
"""How long one process waits while another migrates; a revision may rewrite a large table."""

_LOCK = 0x73686966
"""PostgreSQL's advisory lock for migrating: one process at a time. The number is arbitrary, and ours alone."""


def migrate(database: Database) -> list[str]:
    """Bring the database to the newest revision; the revisions applied, oldest first, empty when it was there already.

    Safe when several processes start at once. Raises SettingsError when the database is newer than this program.
    """
    if is_current(database):
        return []
    patient = Database(database.url, patience=PATIENCE)
    try:
        with patient.transaction() as connection:
            if not patient.is_sqlite:  # SQLite's BEGIN IMMEDIATE lets one in at a time anyway
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            return _upgrade(connection)
    finally:
        patient.close()


def current_revision(database: Database) -> str | None:
    """The revision the database stands at; None when it is empty."""
    with database.snapshot() as connection:
        return _revision_of(connection)


def newest_revision() -> str:
    """The revision this program was written for."""
    head = _scripts().get_current_head()
    if head is None:
        raise SettingsError("This installation lacks its migrations. Install shiftbot again.")
    return head


def is_current(database: Database) -> bool:
    """Whether the database has the shape this program expects. Raises SettingsError when it is newer."""
    revision = current_revision(database)
    _refuse_newer(revision)
    return revision == newest_revision()


def refuse_unless_current(database: Database) -> None:
    """Raise SettingsError, saying what to do, when the database is older or newer than this program."""
    if not is_current(database):
        raise SettingsError("The database is not up to date with this shiftbot. Run `shiftbot migrate`.")


def _upgrade(connection: Connection) -> list[str]:
    before = _revision_of(connection)
    _refuse_newer(before)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", HERE)
    command.upgrade(config, "head")
    applied = [script.revision for script in _scripts().iterate_revisions("head", before or "base")]
    return applied[::-1]


def _revision_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise SettingsError(
            f"The database was written by a newer shiftbot (revision {revision}; this one knows up to"
            f" {newest_revision()}). Install that version, or point SHIFTBOT_DATABASE_URL at another database."
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(HERE)
