"""Something that one process at a time may do on a PostgreSQL database: a lock, which goes when its process dies.

On SQLite there is one process at a time anyway.
"""

from contextlib import suppress
from zlib import crc32

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shiftbot.errors import StorageUnavailable
from shiftbot.storage.database import Database
from shiftbot.storage.presence import DIES_SOON

_OURS = 0x73686968
"""The number is arbitrary, and ours alone; presence.py and migrations/ have others."""


class OnlyOne:
    """The right to do `what`, had by one process at a time."""

    def __init__(self, database: Database, what: str) -> None:
        self._database = database
        self._what = what
        self._key = {"ours": _OURS, "what": crc32(what.encode()) >> 1}
        self._session: Connection | None = None

    def is_ours(self) -> bool:
        """Whether we have it now, or get it just now.

        Raises StorageUnavailable when that is not known: the database is away, or the connection that held it broke.
        """
        if self._database.is_sqlite:
            return True
        return self._is_held() if self._session is not None else self._is_free()

    def give_up(self) -> None:
        """Let another have it."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(DBAPIError):
                session.close()

    def _is_held(self) -> bool:
        assert self._session is not None
        try:
            self._session.execute(text("SELECT 1"))
        except DBAPIError as error:
            self.give_up()
            raise StorageUnavailable(f"the connection that held the right to {self._what} broke") from error
        return True

    def _is_free(self) -> bool:
        session = self._session = self._database.session()
        try:
            session.exec_driver_sql(DIES_SOON)
            taken: bool = session.execute(text("SELECT pg_try_advisory_lock(:ours, :what)"), self._key).scalar_one()
        except DBAPIError as error:
            self.give_up()
            raise StorageUnavailable(f"who has the right to {self._what} is not known") from error
        if not taken:
            self.give_up()
        return taken
