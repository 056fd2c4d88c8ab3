"""Holes in who can be reached, as they were found by looking ahead: told once, once more a day before, then gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from shiftbot.domain.coverage import Hole
from shiftbot.storage.tables import holes


@dataclass(frozen=True, slots=True)
class KnownHole:
    """One that was found before and is not gone, as it was last seen."""

    key: str
    what: str
    starts_at: datetime
    ends_at: datetime
    told_at: datetime | None
    told_again_at: datetime | None


def of_site(connection: Connection, site: str) -> list[KnownHole]:
    """Those of a site that are not gone, by when they begin."""
    columns = (holes.c.key, holes.c.what, holes.c.starts_at, holes.c.ends_at, holes.c.told_at, holes.c.told_again_at)
    query = select(*columns).where(holes.c.site == site, holes.c.gone_at.is_(None))
    return [KnownHole(*row) for row in connection.execute(query.order_by(holes.c.starts_at, holes.c.key))]


def put(connection: Connection, key: str, hole: Hole, now: datetime, *, told: bool) -> None:
    """Note one as found now; one of that key that was gone is there again."""
    found = {
        "site": hole.site, "what": hole.what, "mend": hole.mend, "starts_at": hole.starts_at, "ends_at": hole.ends_at,
        "found_at": now, "told_at": now if told else None, "told_again_at": None, "gone_at": None,
    }  # fmt: skip
    changed = connection.execute(update(holes).where(holes.c.key == key).values(**found))
    if not changed.rowcount:
        connection.execute(insert(holes).values(key=key, **found))


def move(connection: Connection, key: str, starts_at: datetime, ends_at: datetime) -> None:
    """What is left of one, or what it has grown to."""
    connection.execute(update(holes).where(holes.c.key == key).values(starts_at=starts_at, ends_at=ends_at))


def note_told_again(connection: Connection, keys: Collection[str], now: datetime) -> None:
    """These were told a second time."""
    connection.execute(update(holes).where(holes.c.key.in_(keys)).values(told_again_at=now))


def note_gone(connection: Connection, keys: Collection[str], now: datetime) -> None:
    """These are no more."""
    connection.execute(update(holes).where(holes.c.key.in_(keys)).values(gone_at=now))
