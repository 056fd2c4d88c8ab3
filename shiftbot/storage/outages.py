"""Stretches in which a service as a whole was away, one at a time for each service."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from shiftbot.storage.database import insert_new
from shiftbot.storage.tables import outages


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which `what` was away; it lasts while `ended_at` is null. `error` is what was heard last."""

    id: int
    what: str
    began_at: datetime
    ended_at: datetime | None
    told_at: datetime | None
    error: str


def _outage(row: Row[Any]) -> Outage:
    return Outage(**dict(row._mapping))


def begin(connection: Connection, what: str, began_at: datetime, error: str) -> int | None:
    """A service is away; the number of the outage, nothing when that is known already."""
    row = {"what": what, "began_at": began_at, "error": error}
    return next((new.id for new in insert_new(connection, outages, [row], outages.c.id)), None)


def standing(connection: Connection, what: str) -> Outage | None:
    """The outage of a service that lasts, or nothing: it is there."""
    row = connection.execute(_STANDING, {"what": what}).one_or_none()
    return None if row is None else _outage(row)


_STANDING = select(outages).where(outages.c.what == bindparam("what"), outages.c.ended_at.is_(None))


def end(connection: Connection, outage: Outage, now: datetime) -> bool:
    """Compare and set: the service is back; False when somebody noted that before."""
    lasting = (outages.c.id == outage.id, outages.c.ended_at.is_(None))
    return connection.execute(update(outages).where(*lasting).values(ended_at=now, told_at=now)).rowcount == 1


def load(connection: Connection, outage_id: int) -> Outage | None:
    """One outage, or nothing."""
    row = connection.execute(select(outages).where(outages.c.id == outage_id)).one_or_none()
    return None if row is None else _outage(row)
