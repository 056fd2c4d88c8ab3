"""When each site next needs its regular work: preparing tomorrow's runs, the day's summary, the head of the record."""

from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import schedules


def find_due(connection: Connection, kind: str, now: datetime) -> list[tuple[str, date | None, datetime]]:
    """Sites whose work of this kind is due: (site, for which local date, since when)."""
    query = (
        select(schedules)
        .where(schedules.c.kind == kind, schedules.c.attention_at <= now)
        .order_by(schedules.c.attention_at, schedules.c.site)
    )
    return [(row.site, row.for_on, row.attention_at) for row in connection.execute(query)]


def load(connection: Connection, site: str, kind: str) -> tuple[datetime, date | None] | None:
    """When a site's work of this kind is due and for which date, or nothing."""
    query = select(schedules).where(schedules.c.site == site, schedules.c.kind == kind)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.attention_at, row.for_on)


def add(connection: Connection, site: str, kind: str, at: datetime, for_on: date | None) -> bool:
    """Note work that is not noted yet; whether it was new."""
    row = {"site": site, "kind": kind, "attention_at": at, "for_on": for_on}
    return insert_or_ignore(connection, schedules, [row]) == 1


def move(connection: Connection, site: str, kind: str, since: datetime, at: datetime, for_on: date | None) -> bool:
    """Compare and set: move work from the instant it was read with to its next; False when somebody was first."""
    moved = connection.execute(
        update(schedules)
        .where(schedules.c.site == site, schedules.c.kind == kind, schedules.c.attention_at == since)
        .values(attention_at=at, for_on=for_on)
    )
    return moved.rowcount == 1


def next_attention(connection: Connection) -> datetime | None:
    """The earliest instant at which any of it is due."""
    earliest: datetime | None = connection.execute(select(func.min(schedules.c.attention_at))).scalar_one()
    return earliest
