"""When each site next needs its regular work: preparing tomorrow's runs, the day's summary, the head of the record."""

from collections.abc import Container, Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.setbacks import AGAIN_AFTER
from shiftbot.storage.tables import schedules


class Turn(NamedTuple):
    """A site whose work of a kind is due: for which local date, and since when."""

    site: str
    for_on: date | None
    since: datetime


def find_due(connection: Connection, kind: str, now: datetime) -> list[Turn]:
    """Sites whose work of this kind is due, longest waiting first."""
    found = connection.execute(_DUE, {"of_kind": kind, "now": now})
    return [Turn(row.site, row.for_on, row.attention_at) for row in found]


def kinds_due(connection: Connection, now: datetime) -> frozenset[str]:
    """The kinds of work that are due at any site."""
    return frozenset(connection.execute(_KINDS_DUE, {"now": now}).scalars())


def put_back(connection: Connection, turn: Turn, now: datetime) -> None:
    """This work could not be done: it is due again a little later, and the others' comes first."""
    due = (schedules.c.site == turn.site, schedules.c.attention_at == turn.since)
    connection.execute(update(schedules).where(*due).values(attention_at=now + AGAIN_AFTER))


def load(connection: Connection, site: str, kind: str) -> tuple[datetime, date | None] | None:
    """When a site's work of this kind is due and for which date, or nothing."""
    query = select(schedules).where(schedules.c.site == site, schedules.c.kind == kind)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.attention_at, row.for_on)


def add(connection: Connection, kind: str, planned: Iterable[tuple[str, datetime, date | None]]) -> int:
    """Note work that is not noted yet, (site, when, for which local date) each; how much was new."""
    rows = [{"site": site, "kind": kind, "attention_at": at, "for_on": for_on} for site, at, for_on in planned]
    return insert_or_ignore(connection, schedules, rows)


def move(connection: Connection, site: str, kind: str, since: datetime, at: datetime, for_on: date | None) -> bool:
    """Compare and set: move work from the instant it was read with to its next; False when somebody was first."""
    return move_all(connection, kind, [(site, since, at, for_on)]) == 1


def move_all(connection: Connection, kind: str, moves: Iterable[tuple[str, datetime, datetime, date | None]]) -> int:
    """Compare and set for many, (site, since, at, for which local date) each; how many of them were still ours."""
    rows = [
        {"of_site": site, "of_kind": kind, "since": since, "at": at, "new_on": for_on}
        for site, since, at, for_on in moves
    ]
    return connection.execute(_MOVE, rows).rowcount if rows else 0


_DUE = (
    select(schedules)
    .where(schedules.c.kind == bindparam("of_kind"), schedules.c.attention_at <= bindparam("now"))
    .order_by(schedules.c.attention_at, schedules.c.site)
)
"""Statements that every tick needs are built once: building one costs more than asking it."""

_KINDS_DUE = select(schedules.c.kind).where(schedules.c.attention_at <= bindparam("now")).distinct()

_MOVE = (
    update(schedules)
    .where(
        schedules.c.site == bindparam("of_site"),
        schedules.c.kind == bindparam("of_kind"),
        schedules.c.attention_at == bindparam("since"),
    )
    .values(attention_at=bindparam("at"), for_on=bindparam("new_on"))
)


def sites_of(connection: Connection, kind: str) -> set[str]:
    """The sites that have work of this kind noted."""
    return set(connection.execute(select(schedules.c.site).where(schedules.c.kind == kind)).scalars())


def hasten(connection: Connection, kind: str, now: datetime, site: str | None = None) -> None:
    """All work of this kind is due now, whatever it waited for; of one site only, when it is named."""
    waiting = update(schedules).where(schedules.c.kind == kind, schedules.c.attention_at > now)
    if site is not None:
        waiting = waiting.where(schedules.c.site == site)
    connection.execute(waiting.values(attention_at=now))


def keep_only(connection: Connection, sites: Container[str]) -> None:
    """Forget the work of every other site: nobody would ever do it, and it would stay due."""
    noted = connection.execute(select(schedules.c.site).distinct()).scalars()
    gone = [site for site in noted if site not in sites]
    if gone:
        connection.execute(delete(schedules).where(schedules.c.site.in_(gone)))
