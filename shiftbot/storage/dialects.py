"""The two databases as SQLAlchemy speaks to them: compiled statements are shared, and SQLite is told how to begin.

SQLAlchemy keeps compiled statements by engine and by dialect object. A simulation opens its database anew after each
death of its machine, and each test has one of its own: compiling everything again was a fifth of the time of a story.
Two of these dialects are equal when they would write the same SQL: same class, same server.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.util import LRUCache

STATEMENTS = 1_000
"""How many compiled statements a process keeps; SQLAlchemy's own default is 500 an engine."""

_compiled: LRUCache[Any, Any] = LRUCache(STATEMENTS)

EXECUTION_OPTIONS = {"compiled_cache": _compiled}
"""What an engine is created with to share them."""

_ONLY_LOOKS, _CANNOT_WRITE = "shiftbot.only_looks", "shiftbot.cannot_write"
"""What whoever has a connection wants of it, and what the connection was last told."""


@contextmanager
def only_looking(connection: Connection) -> Iterator[None]:
    """A transaction that is begun on a SQLite connection meanwhile cannot write, and waits for no writer."""
    connection.info[_ONLY_LOOKS] = True
    try:
        yield
    finally:
        # What was lost meanwhile (its process forked, its file gone) has nothing left to be told.
        if not connection.invalidated and not connection.closed:
            connection.info[_ONLY_LOOKS] = False


class SqliteDialect(SQLiteDialect_pysqlite):
    """SQLite by Python's own driver, which begins nothing by itself."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: DBAPIConnection) -> None:
        """BEGIN by the driver itself: a tick begins dozens of transactions, and most of them find nothing to do.

        A listener to the engine's `begin` would have every event of every statement looked for.
        """
        connection: Any = dbapi_connection
        only_looks: bool = connection.info.get(_ONLY_LOOKS, False)
        if connection.info.get(_CANNOT_WRITE) is not only_looks:
            connection.execute(f"PRAGMA query_only={'ON' if only_looks else 'OFF'}")
            connection.info[_CANNOT_WRITE] = only_looks
        connection.execute("BEGIN" if only_looks else "BEGIN IMMEDIATE")

    def __eq__(self, other: object) -> bool:
        """Whether the other writes the same SQL."""
        return isinstance(other, SqliteDialect) and self.server_version_info == other.server_version_info

    def __hash__(self) -> int:
        return hash(SqliteDialect)


ANSWERS_FOR = 1.0
"""Seconds for which a connection to PostgreSQL that answered is taken to be there."""

_answered_at: WeakKeyDictionary[object, float] = WeakKeyDictionary()


class PostgresDialect(PGDialect_psycopg):
    """PostgreSQL by psycopg 3; a connection that answered a moment ago is not asked whether it is still there."""

    supports_statement_cache = True

    def do_ping(self, dbapi_connection: DBAPIConnection) -> bool:
        """Whether the connection is there. One that is lost within the moment says so at its first statement."""
        now = time.monotonic()
        if now - _answered_at.get(dbapi_connection, -ANSWERS_FOR) < ANSWERS_FOR:
            return True
        # SQLAlchemy's own method has no types; its documentation says what it gives.
        answered: bool = super().do_ping(dbapi_connection)  # type: ignore[no-untyped-call]
        _answered_at[dbapi_connection] = now
        return answered

    def __eq__(self, other: object) -> bool:
        """Whether the other writes the same SQL."""
        return isinstance(other, PostgresDialect) and self.server_version_info == other.server_version_info

    def __hash__(self) -> int:
        return hash(PostgresDialect)


registry.register("sqlite.shiftbot", __name__, SqliteDialect.__name__)
registry.register("postgresql.shiftbot", __name__, PostgresDialect.__name__)
SQLITE, POSTGRESQL = "sqlite+shiftbot", "postgresql+shiftbot"
"""The names by which a URL asks for them."""
