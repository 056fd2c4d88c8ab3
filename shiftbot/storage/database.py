"""The database: one URL, SQLite file or PostgreSQL, with the same promises on both.

SQLite: WAL, `BEGIN IMMEDIATE` for writers (a read that turns into a write would fail at once with "database is
locked", whatever the timeout), `foreign_keys=ON`, `synchronous=FULL`. PostgreSQL: READ COMMITTED; every state change
is a compare-and-set, so the same code holds there.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Dialect, Engine, Table, create_engine, event, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.types import TypeDecorator

from shiftbot.errors import StorageUnavailable

BUSY_TIMEOUT = timedelta(seconds=2)
"""How long a writer waits for another before it says "try again": below Slack's 3 s for an acknowledgement."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as whole microseconds since 1970 in UTC: exact, ordered and the same on both databases.

    Raises ValueError for a naive datetime: SQLite would keep its wall time and lose the offset.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The stored number; refuses a naive value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The instant, aware, in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Database:
    """An engine with two ways in: `transaction` to write, `snapshot` to read."""

    def __init__(self, url: str, *, patience: timedelta = BUSY_TIMEOUT) -> None:
        """`url` is a SQLAlchemy URL; `postgresql://` means psycopg 3. `patience` is how long a lock is waited for."""
        self.url = url
        self.engine = _engine(url, patience)
        self._patience = patience
        self._writing = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction, committed at the end, rolled back by any exception.

        Raises StorageUnavailable when the database is locked or away; nothing was stored then.
        """
        with _translated(), self._turn(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process at a time: SQLite would let the others sleep 1, 2, 5, 10 ms and look again."""
        if not self.is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=self._patience.total_seconds()):
            raise StorageUnavailable("the database is busy: somebody else has been writing for too long")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read-only view of one instant. Raises StorageUnavailable when the database is away."""
        with _translated(), self._reader().connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Return every connection; the database must not be used afterwards."""
        self.engine.dispose()

    def _reader(self) -> Engine:
        return self.engine.execution_options(shiftbot_read_only=True)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StorageUnavailable(f"the database did not answer: {error.orig}") from error


def _engine(url: str, patience: timedelta) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        milliseconds = int(patience.total_seconds() * 1000)
        return create_engine(
            parsed,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            pool_timeout=BUSY_TIMEOUT.total_seconds(),
            connect_args={"connect_timeout": 2, "options": f"-c lock_timeout={milliseconds}"},
        )
    engine = create_engine(
        parsed,
        pool_size=10,
        max_overflow=20,
        connect_args={"timeout": patience.total_seconds(), "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling sends no BEGIN for SELECT and a deferred one for writes; ours is explicit.
    connection.isolation_level = None
    # Without recursive triggers an INSERT OR REPLACE would delete a row of the record past the guard against DELETE.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("shiftbot_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def insert_or_ignore(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert rows whose unique keys are still free and leave the others alone; how many went in."""
    if not rows:
        return 0
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # The drivers do not agree on how to count inserted rows; what comes back is what went in.
    statement = upsert(table).on_conflict_do_nothing().returning(literal(1))
    return len(connection.execute(statement, rows).all())
