"""Which processes work on a PostgreSQL database: each holds an advisory lock of its own, which goes when it dies.

The number of that lock is stored with every parcel and card that the process takes in hand, and with its row among the
processes. On SQLite there is one process at a time; bootstrap sees to that with a lock on the file.
"""

import logging
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shiftbot.errors import StorageUnavailable
from shiftbot.storage import cards, outbox, processes
from shiftbot.storage.database import Database
from shiftbot.storage.holders import claim_as

log = logging.getLogger(__name__)

_OURS = 0x73686967
"""The number is arbitrary, and ours alone; migrations/ has another."""

_HELD = text(
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted "
    "AND classid = :ours AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

DIES_SOON = "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3"
"""A machine that lost its power says nothing: the server asks, and lets its locks go within five seconds."""


class Presence:
    """This process among those at work. `number` is its own for as long as it lives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._session: Connection | None = None
        self._missing: frozenset[int] = frozenset()
        self.number = 1 if database.is_sqlite else secrets.randbelow(2**31 - 2) + 2

    def enter(self, when_alone: Callable[[], None]) -> None:
        """Be at work from now on; who finds nobody else there does `when_alone` first.

        Everybody holds one lock together with the others, so it can be had alone by the first only. Raises
        StorageUnavailable when the database is away.
        """
        if self._database.is_sqlite:
            when_alone()
            return
        session = self._come()
        if session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _OURS}).scalar_one():
            when_alone()
            session.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": _OURS})
            session.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _OURS})
        else:
            session.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": _OURS})

    def leave(self) -> None:
        """Be at work no longer; what is still in hand is anybody's."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(DBAPIError):
                session.close()

    def take_over(self, now: datetime) -> int:
        """Let go of what the dead had in hand; how many there were. To be called every few seconds.

        Who is missing is dead the second time only: after a restart of the server everybody is missing for a moment.
        Raises StorageUnavailable when the database is away.
        """
        if self._database.is_sqlite:
            return 0
        held = self._held()
        with self._database.snapshot() as connection:
            known = {*outbox.holders(connection, now), *cards.holders(connection, now)}
            known |= {process.id for process in processes.at_work(connection)}
        missing = frozenset(known - held)
        dead, self._missing = missing & self._missing, missing
        if dead:
            self._let_go(dead, now)
        return len(dead)

    def _let_go(self, dead: Collection[int], now: datetime) -> None:
        with self._database.transaction() as connection:
            outbox.let_go_of_the_dead(connection, dead, now)
            cards.let_go_of_the_dead(connection, dead, now)
            gone = [str(process) for process in processes.at_work(connection) if process.id in dead]
            processes.forget(connection, dead)
        log.warning("taken over from the dead: %s", ", ".join(gone) or dead, extra={"action": "taken_over"})

    def _held(self) -> set[int]:
        """The numbers of all who are at work, our own included; our lock is had anew if the connection broke."""
        if self._session is None:
            self._come()
            self._rejoin()
        try:
            return self._ask()
        except DBAPIError as error:
            self.leave()
            self._missing = frozenset()
            raise StorageUnavailable("the connection that says who is at work broke; it is made anew") from error

    def _ask(self) -> set[int]:
        assert self._session is not None
        return set(self._session.execute(_HELD, {"ours": _OURS}).scalars())

    def _come(self) -> Connection:
        session = self._database.session()
        session.exec_driver_sql(DIES_SOON)
        session.execute(text("SELECT pg_advisory_lock(:ours, :number)"), {"ours": _OURS, "number": self.number})
        claim_as(self._database.engine, self.number)
        self._session = session
        return session

    def _rejoin(self) -> None:
        assert self._session is not None
        self._session.execute(text("SELECT pg_advisory_lock_shared(:key)"), {"key": _OURS})


@contextmanager
def present(database: Database, when_alone: Callable[[], None]) -> Iterator[Presence]:
    """Be counted among those at work while the block lasts; as `Presence.enter`."""
    presence = Presence(database)
    presence.enter(when_alone)
    try:
        yield presence
    finally:
        presence.leave()
