"""Working through due rows: many in one short transaction, each alone when one of them fails, never stopped by it."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert
from shiftbot.domain.follow_up import FollowUp
from shiftbot.domain.hand_over import HandOver
from shiftbot.domain.run import Run
from shiftbot.errors import StorageUnavailable
from shiftbot.storage import alerts, follow_ups, hand_overs, runs, schedules, setbacks
from shiftbot.storage.database import Database, do_put_off, forget_put_off

log = logging.getLogger(__name__)

Row = TypeVar("Row")

BATCHES_AT_ONCE = 100
"""A tick works off this many batches of one step at most; what is left is due in the next tick, at once."""


def each_alone(
    database: Database,
    find: Callable[[Connection], list[Row]],
    take: Callable[[Connection, list[Row]], None],
    *,
    name: Callable[[Row], str],
    batches: int = BATCHES_AT_ONCE,
) -> int:
    """Take what `find` gives until it gives nothing more, or so many times; how many rows were taken.

    A batch that fails is taken row by row; a row that fails alone is logged by `name` and noted (see `put_back`).
    Raises StorageUnavailable when the database is away: then nothing can be done for any row.
    """
    taken = 0
    for _ in range(batches):
        with database.transaction() as connection:
            rows = find(connection)
            if not rows:
                return taken
            savepoint = connection.begin_nested()
            try:
                take(connection, rows)
                do_put_off(connection)
                savepoint.commit()
                taken += len(rows)
                continue
            except StorageUnavailable:
                raise
            except Exception:
                if connection.invalidated:
                    raise  # it was lost, whatever the rows are like: the transaction says so
                savepoint.rollback()
                forget_put_off(connection)
                log.warning("a batch failed; its rows are taken one by one", extra={"action": "batch_failed"})
        alone = sum(_alone(database, row, take, name) for row in rows)
        taken += alone
        if alone < len(rows):
            return taken
    return taken


def _alone(
    database: Database, row: Row, take: Callable[[Connection, list[Row]], None], name: Callable[[Row], str]
) -> bool:
    try:
        with database.transaction() as connection:
            take(connection, [row])
    except StorageUnavailable:
        raise
    except Exception:
        log.exception("%s could not be worked on", name(row), extra={"action": "row_failed"})
        setbacks.note(row)
        return False
    return True


def put_back(database: Database, rows: Sequence[object], now: datetime) -> None:
    """Rows that failed alone are due again a little later, so that they are neither given up nor tried without end."""
    with database.transaction() as connection:
        alerts.put_back(connection, [row.id for row in rows if isinstance(row, Alert)], now)
        runs.put_back(connection, [row.id for row in rows if isinstance(row, Run)], now)
        follow_ups.put_back(connection, [row.id for row in rows if isinstance(row, FollowUp)], now)
        hand_overs.put_back(connection, [row.id for row in rows if isinstance(row, HandOver)], now)
        for row in rows:
            if isinstance(row, schedules.Turn):
                schedules.put_back(connection, row, now)
