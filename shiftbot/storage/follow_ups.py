"""Follow-ups. A closed one is never changed: the database refuses it (see migrations)."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from shiftbot.domain.checklist import Role
from shiftbot.domain.follow_up import FollowUp, FollowUpState
from shiftbot.storage.database import insert_new
from shiftbot.storage.rows import readable as read_all
from shiftbot.storage.setbacks import AGAIN_AFTER, readable
from shiftbot.storage.tables import follow_ups

_STILL_OPEN = follow_ups.c.state == FollowUpState.OPEN.value


def _follow_up(row: Row[Any]) -> FollowUp:
    return FollowUp(**dict(row._mapping) | {"role": Role(row.role), "state": FollowUpState(row.state)})


def add(connection: Connection, fresh: FollowUp) -> int | None:
    """Store a fresh follow-up (its `id` is ignored); its id, or nothing when its source has one already."""
    values = {name: getattr(fresh, name) for name in _FIELDS}
    row = values | {"role": fresh.role.value, "state": fresh.state.value}
    added = insert_new(connection, follow_ups, [row], follow_ups.c.id)
    return added[0].id if added else None


_FIELDS = tuple(field.name for field in fields(FollowUp) if field.name != "id")


def find(connection: Connection, source: str) -> FollowUp | None:
    """The follow-up of one source, locked for the rest of the transaction where the database can, or nothing."""
    row = connection.execute(select(follow_ups).where(follow_ups.c.source == source).with_for_update()).one_or_none()
    return None if row is None else _follow_up(row)


def load(connection: Connection, follow_up_id: int) -> FollowUp | None:
    """One follow-up, locked for the rest of the transaction where the database can, or nothing."""
    row = connection.execute(select(follow_ups).where(follow_ups.c.id == follow_up_id).with_for_update()).one_or_none()
    return None if row is None else _follow_up(row)


def look_at(connection: Connection, follow_up_id: int) -> FollowUp | None:
    """One follow-up, to show it."""
    row = connection.execute(select(follow_ups).where(follow_ups.c.id == follow_up_id)).one_or_none()
    return None if row is None else _follow_up(row)


def open_of(connection: Connection, site: str) -> list[FollowUp]:
    """A site's open follow-ups, by when they are due."""
    query = select(follow_ups).where(follow_ups.c.site == site, _STILL_OPEN)
    return read_all(connection.execute(query.order_by(follow_ups.c.due_at, follow_ups.c.id)), _follow_up)


def of_runs(connection: Connection, run_ids: Collection[int]) -> list[FollowUp]:
    """Every follow-up that answers of these runs led to, oldest first."""
    query = select(follow_ups).where(follow_ups.c.run.in_(run_ids)).order_by(follow_ups.c.id)
    return read_all(connection.execute(query), _follow_up)


def change(connection: Connection, before: FollowUp, **changed: object) -> bool:
    """Compare and set: change an open follow-up; False when somebody changed its owner or time, or closed it."""
    as_read = (
        follow_ups.c.id == before.id,
        _STILL_OPEN,
        follow_ups.c.due_at == before.due_at,
        follow_ups.c.owner.is_not_distinct_from(before.owner),
    )
    return connection.execute(update(follow_ups).where(*as_read).values(**changed)).rowcount == 1


def find_due(connection: Connection, now: datetime, limit: int) -> list[FollowUp]:
    """Follow-ups that need attention by `now`, longest waiting first."""
    query = (
        select(follow_ups)
        .where(follow_ups.c.attention_at <= now)
        .order_by(follow_ups.c.attention_at, follow_ups.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found, unreadable = readable(connection.execute(query), _follow_up, "follow-up")
    put_back(connection, [row.id for row in unreadable], now)
    return found


def put_back(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """These could not be worked on: they need attention again a little later, and the others come first."""
    if ids:
        due = (follow_ups.c.id.in_(ids), follow_ups.c.attention_at <= now)
        connection.execute(update(follow_ups).where(*due).values(attention_at=now + AGAIN_AFTER))


class Counted(NamedTuple):
    """How many follow-ups of a site were opened and closed in a span, and how many are open and overdue at its end."""

    opened: int
    closed: int
    open: int
    overdue: int


def count_between(connection: Connection, site: str, start: datetime, end: datetime) -> Counted:
    """A site's follow-ups over a half-open span, `end` being now."""
    mine = follow_ups.c.site == site
    opened = (mine, follow_ups.c.opened_at >= start, follow_ups.c.opened_at < end)
    closed = (mine, follow_ups.c.closed_at >= start, follow_ups.c.closed_at < end)
    still = (mine, _STILL_OPEN)
    groups = (opened, closed, still, (*still, follow_ups.c.due_at < end))
    query = select(*(select(func.count()).select_from(follow_ups).where(*each).scalar_subquery() for each in groups))
    return Counted(*connection.execute(query).one())
