"""The database: one URL, SQLite file or PostgreSQL, with the same promises on both.

SQLite: WAL, `BEGIN IMMEDIATE` for writers (a read that turns into a write would fail at once with "database is
locked", whatever the timeout), `foreign_keys=ON`, `synchronous=FULL`. PostgreSQL: READ COMMITTED; every state change
is a compare-and-set, so the same code holds there. Who only looks has a view of one instant on both.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Row,
    Table,
    create_engine,
    event,
    func,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.types import TypeDecorator

from shiftbot.boundaries import is_watched, reached
from shiftbot.errors import SettingsError, StorageUnavailable
from shiftbot.storage import dialects

BUSY_TIMEOUT = timedelta(seconds=2)
"""How long a writer waits for another before it says "try again": below Slack's 3 s for an acknowledgement."""

NO_SQLITE_FILE = ("file is not a database", "disk image is malformed")
"""What SQLite says of a file that is none, or whose pages somebody changed."""

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
        """`url` is a SQLAlchemy URL; `postgresql://` means psycopg 3. `patience` is how long a lock is waited for.

        Raises SettingsError for a URL that names neither a SQLite file nor a PostgreSQL database.
        """
        self.url = url
        self.engine = _engine(url, patience)
        event.listen(self.engine, "reset", _forget_the_rolled_back)
        self._reading = _reading(self.engine)
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
        with _translated(), self._turn():
            with self.engine.begin() as connection:
                before = _written(connection)
                yield connection
                do_put_off(connection)
                # A transaction that wrote nothing commits nothing, and is no boundary.
                if is_boundary := _written(connection) != before:
                    reached("before commit")
            if is_boundary:
                reached("after commit")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process at a time: SQLite would let the others sleep 1, 2, 5, 10 ms and look again.

        Half of the patience is for this turn, half for a writer of another process.
        """
        if not self.is_sqlite:
            yield
            return
        if not self._writing.acquire(timeout=self._patience.total_seconds() / 2):
            raise StorageUnavailable("the database is busy: somebody else has been writing for too long")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read-only view of one instant. Raises StorageUnavailable when the database is away."""
        with _translated(), self._reading.connect() as connection:
            only_looking = dialects.only_looking(connection) if self.is_sqlite else nullcontext()
            with only_looking, connection.begin():
                yield connection

    def session(self) -> Connection:
        """A connection of the caller's own to PostgreSQL, each statement committed; the caller closes it.

        Raises StorageUnavailable when the database is away.
        """
        with _translated():
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            return connection

    def close(self) -> None:
        """Return every connection; the database must not be used afterwards."""
        self.engine.dispose()


class PutOff(Protocol):
    """Work for the end of a transaction; one a kind and transaction, made when it is first asked for."""

    def __call__(self, connection: Connection) -> None:
        """Do it."""
        ...


Work = TypeVar("Work", bound=PutOff)

_PUT_OFF = "shiftbot.put_off"


def put_off(connection: Connection, kind: Callable[[], Work]) -> Work:
    """The work of this kind that this transaction does last, whatever else it still does before.

    A row that everybody writes is taken last: then nobody waits for another row while holding it, and no two
    transactions wait for each other crosswise.
    """
    waiting: dict[object, Any] = connection.info.setdefault(_PUT_OFF, {})
    if kind not in waiting:
        waiting[kind] = kind()
    work: Work = waiting[kind]
    return work


def do_put_off(connection: Connection) -> None:
    """Do now what was put off, and nothing that waits for another row afterwards."""
    for work in connection.info.pop(_PUT_OFF, {}).values():
        work(connection)


def forget_put_off(connection: Connection) -> None:
    """What led to it was rolled back."""
    connection.info.pop(_PUT_OFF, None)


def _forget_the_rolled_back(_connection: object, record: Any, _state: object) -> None:
    if record is not None:  # a detached connection has left the pool
        record.info.pop(_PUT_OFF, None)


def _written(connection: Connection) -> int | None:
    """Another number once this transaction has written something; nothing when nobody watches."""
    if not is_watched():
        return None
    if connection.dialect.name == "sqlite":
        changes: int = connection.connection.total_changes
        return changes
    number: int | None = connection.execute(func.pg_current_xact_id_if_assigned()).scalar_one()
    return number


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StorageUnavailable(f"the database did not answer: {_one_line(error)}") from error
    except PoolExhausted as error:
        raise StorageUnavailable("the database is busy: every connection is in use") from error
    except DatabaseError as error:
        if not any(words in str(error.orig) for words in NO_SQLITE_FILE):
            raise
        raise StorageUnavailable(f"the database cannot be read: {_one_line(error)}") from error


def _one_line(error: DatabaseError | InterfaceError) -> str:
    return " ".join(str(error.orig).split())


def parse_url(url: str) -> URL:
    """A database's address, understood. Raises SettingsError, without the password, saying what to write."""
    write = "write sqlite:////path/to/shiftbot.db or postgresql://user:password@host/name"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(f"the database's address cannot be understood; {write}") from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"{parsed.get_backend_name()} is no database shiftbot can use; {write}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SettingsError(f"a database in memory forgets everything; {write}")
    return parsed


def _engine(url: str, patience: timedelta) -> Engine:
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername=dialects.POSTGRESQL)
        milliseconds = int(patience.total_seconds() * 1000)
        return create_engine(
            parsed,
            execution_options=dialects.EXECUTION_OPTIONS,
            hide_parameters=True,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            pool_timeout=BUSY_TIMEOUT.total_seconds(),
            connect_args={
                "connect_timeout": 2,
                # A server that hangs while connected is away: without this nobody would ever say so.
                "tcp_user_timeout": int(BUSY_TIMEOUT.total_seconds() * 1000),
                "options": f"-c lock_timeout={milliseconds}",
            },
        )
    engine = create_engine(
        parsed.set(drivername=dialects.SQLITE),
        execution_options=dialects.EXECUTION_OPTIONS,
        # An error is logged with its statement; the words that somebody typed have no place in a log.
        hide_parameters=True,
        pool_size=10,
        max_overflow=20,
        pool_timeout=BUSY_TIMEOUT.total_seconds(),
        connect_args={"timeout": patience.total_seconds() / 2, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _reading(engine: Engine) -> Engine:
    """The same engine for those who only look: what they see is of one instant, and they cannot write."""
    if engine.dialect.name == "sqlite":
        return engine  # `dialects.only_looking` says it to the connection
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling sends no BEGIN for SELECT and a deferred one for writes; ours is explicit.
    connection.isolation_level = None
    # Without recursive triggers an INSERT OR REPLACE would delete a row of the record past the guard against DELETE.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def insert_or_ignore(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert rows whose unique keys are still free and leave the others alone; how many went in."""
    # The drivers do not agree on how to count inserted rows; what comes back is what went in.
    return len(insert_new(connection, table, rows, literal(1)))


def insert_new(
    connection: Connection, table: Table, rows: list[dict[str, Any]], *told: ColumnElement[Any]
) -> Sequence[Row[Any]]:
    """Insert rows whose unique keys are still free; `told` of each that went in, in no particular order."""
    if not rows:
        return []
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return connection.execute(upsert(table).on_conflict_do_nothing().returning(*told), rows).all()
