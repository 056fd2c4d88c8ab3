"""What the calendars of the roster said when they were last read well: dated shifts, replaced a calendar at a time."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from shiftbot.domain.site import DatedShift
from shiftbot.storage.tables import roster_calendars, roster_shifts


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
