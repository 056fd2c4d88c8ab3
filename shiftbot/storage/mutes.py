"""Mutes: what is not told for a while, who said so, why and until when. Kept; a mute only ever ends."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from shiftbot.domain.mute import Mute
from shiftbot.storage.tables import mutes


def _mute(row: Row[Any]) -> Mute:
    return Mute(**dict(row._mapping))


def add(connection: Connection, fresh: Mute) -> Mute:
    """Store a new mute (its `id` is ignored)."""
    values = {
        "site": fresh.site, "unit": fresh.unit, "reason": fresh.reason, "author": fresh.author,
        "starts_at": fresh.starts_at, "ends_at": fresh.ends_at,
    }  # fmt: skip
    return _mute(connection.execute(insert(mutes).values(**values).returning(*mutes.c)).one())


def load(connection: Connection, mute_id: int) -> Mute | None:
    """One mute, locked for the rest of the transaction where the database can."""
    row = connection.execute(select(mutes).where(mutes.c.id == mute_id).with_for_update()).one_or_none()
    return None if row is None else _mute(row)


def on_at(connection: Connection, sites: Collection[str], now: datetime) -> list[Mute]:
    """The mutes of these sites that are on at an instant, oldest first."""
    on = (mutes.c.site.in_(sites), mutes.c.starts_at <= now, mutes.c.ends_at > now)
    return _found(connection, *on) if sites else []


def run_out(connection: Connection, now: datetime, limit: int) -> list[Mute]:
    """Mutes whose end has come and was not told yet, oldest first."""
    query = select(mutes).where(mutes.c.ended_at.is_(None), mutes.c.ends_at <= now).order_by(mutes.c.id).limit(limit)
    return [_mute(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def _found(connection: Connection, *where: ColumnElement[bool]) -> list[Mute]:
    query = select(mutes).where(mutes.c.ended_at.is_(None), *where).order_by(mutes.c.id)
    return [_mute(row) for row in connection.execute(query)]


def end(connection: Connection, mute_id: int, by: str, at: datetime) -> bool:
    """Compare and set: whether the mute had not been ended, and is now."""
    unended = (mutes.c.id == mute_id, mutes.c.ended_at.is_(None))
    return connection.execute(update(mutes).where(*unended).values(ended_by=by, ended_at=at)).rowcount == 1
