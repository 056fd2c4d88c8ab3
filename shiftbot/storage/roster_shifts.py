"""What the calendars of the roster said when they were last read well: dated shifts, replaced a calendar at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from shiftbot.domain.site import DatedShift
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import roster_calendars, roster_shifts


@dataclass(frozen=True, slots=True)
class CalendarState:
    """How a calendar was when it was last looked at; `good_at` is when it was last read well."""

    digest: str
    read_at: datetime
    good_at: datetime | None
    error: str
    remarks: Sequence[str]


def version(connection: Connection) -> tuple[int, datetime | None]:
    """Changes whenever a calendar was read well: how many there are, and when the last of them was."""
    query = select(func.count(), func.max(roster_calendars.c.good_at))
    row = connection.execute(query).one()
    return int(row[0]), row[1]


def known(connection: Connection, since: datetime) -> list[DatedShift]:
    """Every shift that ends after an instant, by site, source and start."""
    columns = (
        roster_shifts.c.site,
        roster_shifts.c.person,
        roster_shifts.c.starts_at,
        roster_shifts.c.ends_at,
        roster_shifts.c.source,
    )
    order = (roster_shifts.c.site, roster_shifts.c.source, roster_shifts.c.starts_at, roster_shifts.c.person)
    query = select(*columns).where(roster_shifts.c.ends_at > since).order_by(*order)
    return [DatedShift(*row) for row in connection.execute(query)]


def read_at(connection: Connection) -> dict[tuple[str, str], datetime]:
    """By site and source, when each calendar was last looked at, whatever came of it."""
    query = select(roster_calendars.c.site, roster_calendars.c.source, roster_calendars.c.read_at)
    return {(row.site, row.source): row.read_at for row in connection.execute(query)}


def load(connection: Connection, site: str, source: str) -> CalendarState | None:
    """How one calendar was, or nothing when it was never looked at."""
    query = select(roster_calendars).where(roster_calendars.c.site == site, roster_calendars.c.source == source)
    row = connection.execute(query).one_or_none()
    return None if row is None else CalendarState(row.digest, row.read_at, row.good_at, row.error, row.unknown)


def put(
    connection: Connection,
    site: str,
    source: str,
    shifts: Sequence[DatedShift],
    digest: str,
    remarks: Sequence[str],
    now: datetime,
) -> None:
    """What a calendar says from now on, in the place of all it said."""
    of_calendar = (roster_shifts.c.site == site, roster_shifts.c.source == source)
    connection.execute(delete(roster_shifts).where(*of_calendar))
    rows = [
        {"site": site, "source": source, "person": each.person, "starts_at": each.starts_at, "ends_at": each.ends_at}
        for each in shifts
    ]
    if rows:
        connection.execute(insert(roster_shifts), rows)
    _note(connection, site, source, now)
    _change(connection, site, source, digest=digest, read_at=now, good_at=now, error="", unknown=list(remarks))


def note_read(connection: Connection, site: str, source: str, now: datetime) -> None:
    """It was read and says what it said: that is as good as new."""
    _change(connection, site, source, read_at=now, good_at=now)


def note_failure(connection: Connection, site: str, source: str, error: str, now: datetime) -> None:
    """It could not be read; what it said before stays."""
    _note(connection, site, source, now)
    _change(connection, site, source, read_at=now, error=error)


def _note(connection: Connection, site: str, source: str, now: datetime) -> None:
    insert_or_ignore(connection, roster_calendars, [{"site": site, "source": source, "read_at": now, "unknown": []}])


def _change(connection: Connection, site: str, source: str, **values: object) -> None:
    of_calendar = (roster_calendars.c.site == site, roster_calendars.c.source == source)
    connection.execute(update(roster_calendars).where(*of_calendar).values(**values))
