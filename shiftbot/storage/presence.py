"""Whether other processes work on the same PostgreSQL database: an advisory lock, which goes when its process dies.

On SQLite there is one process at a time; bootstrap sees to that with a lock on the file.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text

from shiftbot.storage.database import Database

_LOCK = {"key": 0x73686967}
"""The number is arbitrary, and ours alone; migrations/ has another."""


@contextmanager
def present(database: Database, when_alone: Callable[[], None]) -> Iterator[None]:
    """Be counted among those at work while the block lasts; who finds nobody else there does `when_alone` first.

    Everybody holds the lock together with the others, so it can be had alone by the first only. Raises
    StorageUnavailable when the database is away.
    """
    if database.is_sqlite:
        when_alone()
        yield
        return
    with database.session() as connection:
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), _LOCK).scalar_one():
            when_alone()
            connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), _LOCK)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), _LOCK)
        else:
            connection.execute(text("SELECT pg_advisory_lock_shared(:key)"), _LOCK)
        yield
