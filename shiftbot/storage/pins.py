"""PINs: argon2's text, how often it was missed since it last fitted, and the lock."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import pins


class Pin(NamedTuple):
    """What is kept of one person's PIN."""

    hash: str
    misses: int
    locked_at: datetime | None


def look_at(connection: Connection, person: str) -> Pin | None:
    """A person's PIN as it is kept, or none."""
    query = select(pins.c.hash, pins.c.misses, pins.c.locked_at).where(pins.c.person == person)
    row = connection.execute(query).one_or_none()
    return None if row is None else Pin(*row)


def add(connection: Connection, person: str, digest: str, now: datetime) -> bool:
    """Keep the PIN of somebody who has none; False when they have one."""
    row = {"person": person, "hash": digest, "set_at": now, "misses": 0, "locked_at": None}
    return insert_or_ignore(connection, pins, [row]) == 1


def change(connection: Connection, person: str, before: str, after: str, now: datetime) -> bool:
    """Compare and set: another PIN in place of the one that is not locked; False when it is, or was changed."""
    theirs = (pins.c.person == person, pins.c.hash == before, pins.c.locked_at.is_(None))
    changed = connection.execute(update(pins).where(*theirs).values(hash=after, set_at=now, misses=0))
    return changed.rowcount == 1


def heed_fit(connection: Connection, person: str, digest: str) -> bool:
    """A PIN fitted: misses are forgotten. False when it was locked, changed or reset meanwhile."""
    theirs = (pins.c.person == person, pins.c.hash == digest, pins.c.locked_at.is_(None))
    return connection.execute(update(pins).where(*theirs).values(misses=0)).rowcount == 1


def count_miss(connection: Connection, person: str) -> int | None:
    """One more miss; how many there are now. None when there is no PIN, or it is locked already."""
    theirs = (pins.c.person == person, pins.c.locked_at.is_(None))
    counted = connection.execute(update(pins).where(*theirs).values(misses=pins.c.misses + 1).returning(pins.c.misses))
    misses: int | None = counted.scalar_one_or_none()
    return misses


def lock(connection: Connection, person: str, now: datetime) -> None:
    """No PIN fits until it is reset."""
    connection.execute(update(pins).where(pins.c.person == person).values(locked_at=now))


def forget(connection: Connection, person: str) -> bool:
    """Take a PIN away, so that its owner sets another; False when there is none."""
    return connection.execute(delete(pins).where(pins.c.person == person)).rowcount == 1
