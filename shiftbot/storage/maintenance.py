"""Maintenance windows of storage units: who works on what, why, and until when. Kept; a window only ever ends."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from shiftbot.domain.maintenance import Kind, Window
from shiftbot.storage.tables import maintenance


def _window(row: Row[Any]) -> Window:
    return Window(**dict(row._mapping) | {"kind": Kind(row.kind)})


def add(connection: Connection, values: Mapping[str, Any]) -> Window:
    """Store a new window."""
    row = connection.execute(insert(maintenance).values(**values).returning(*maintenance.c)).one()
    return _window(row)


def open_of(connection: Connection, units: Collection[str]) -> dict[str, Window]:
    """The window of each of these units that has not been ended; a unit has one at a time."""
    query = select(maintenance).where(maintenance.c.unit.in_(units), maintenance.c.ended_at.is_(None))
    return {row.unit: _window(row) for row in connection.execute(query.order_by(maintenance.c.id))}


def load(connection: Connection, window_id: int) -> Window | None:
    """One window, locked for the rest of the transaction where the database can."""
    row = connection.execute(select(maintenance).where(maintenance.c.id == window_id).with_for_update()).one_or_none()
    return None if row is None else _window(row)


def between(connection: Connection, unit: str, since: datetime, until: datetime) -> list[Window]:
    """A unit's windows that touch a span, oldest first: for its log and its chart."""
    query = (
        select(maintenance)
        .where(maintenance.c.unit == unit, maintenance.c.starts_at < until, maintenance.c.ends_at > since)
        .where(or_(maintenance.c.ended_at.is_(None), maintenance.c.ended_at > since))
        .order_by(maintenance.c.starts_at)
    )
    return [_window(row) for row in connection.execute(query)]


def end(connection: Connection, window_id: int, by: str, at: datetime) -> bool:
    """Compare and set: whether the window had not been ended, and is now."""
    unended = (maintenance.c.id == window_id, maintenance.c.ended_at.is_(None))
    return connection.execute(update(maintenance).where(*unended).values(ended_by=by, ended_at=at)).rowcount == 1
