"""Holes in who can be reached, as they were found by looking ahead: told once, once more a day before, then gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from shiftbot.storage.tables import holes


@dataclass(frozen=True, slots=True)
class KnownHole:
    """One that was found before and is not gone. `starts_at` is when it begins next."""

    key: str
    starts_at: datetime
    told_at: datetime | None
    told_again_at: datetime | None


def of_site(connection: Connection, site: str) -> dict[str, KnownHole]:
    """Those of a site that are not gone, by key."""
    query = select(holes.c.key, holes.c.starts_at, holes.c.told_at, holes.c.told_again_at)
    rows = connection.execute(query.where(holes.c.site == site, holes.c.gone_at.is_(None)))
    return {row.key: KnownHole(*row) for row in rows}


def put(
    connection: Connection,
    key: str,
    site: str,
    what: str,
    mend: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Note one as found and told now; one of that key that was gone is there again."""
    found = {
        "site": site, "what": what, "mend": mend, "starts_at": starts_at, "ends_at": ends_at,
        "found_at": now, "told_at": now, "told_again_at": None, "gone_at": None,
    }  # fmt: skip
    changed = connection.execute(update(holes).where(holes.c.key == key).values(**found))
    if not changed.rowcount:
        connection.execute(insert(holes).values(key=key, **found))


def move(connection: Connection, key: str, starts_at: datetime, ends_at: datetime) -> None:
    """When it begins next, of one that comes again every week."""
    connection.execute(update(holes).where(holes.c.key == key).values(starts_at=starts_at, ends_at=ends_at))


def note_told_again(connection: Connection, keys: Collection[str], now: datetime) -> None:
    """These were told a second time."""
    connection.execute(update(holes).where(holes.c.key.in_(keys)).values(told_again_at=now))


def note_gone(connection: Connection, keys: Collection[str], now: datetime) -> None:
    """These are no more."""
    connection.execute(update(holes).where(holes.c.key.in_(keys)).values(gone_at=now))
