"""What stands, stood or was asked against the roster, each row an agreement between people; none is ever deleted."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from shiftbot.domain.duty_change import Agreement, Kind, Standing
from shiftbot.domain.site import DutyChange
from shiftbot.storage.database import insert_new
from shiftbot.storage.tables import duty_changes


def _agreement(row: Row[Any]) -> Agreement:
    return Agreement(**dict(row._mapping) | {"kind": Kind(row.kind), "state": Standing(row.state)})


def standing(connection: Connection, since: datetime) -> list[DutyChange]:
    """What stands and ends after an instant, the oldest agreement first: later ones are laid over earlier ones."""
    return [DutyChange(*row) for row in connection.execute(_STANDING, {"since": since})]


_STANDING = (
    select(
        duty_changes.c.id,
        duty_changes.c.site,
        duty_changes.c.person,
        duty_changes.c.instead_of,
        duty_changes.c.starts_at,
        duty_changes.c.ends_at,
    )
    .where(duty_changes.c.state == Standing.STANDING.value, duty_changes.c.ends_at > bindparam("since"))
    .order_by(duty_changes.c.id)
)


def add(connection: Connection, agreement: Agreement) -> int | None:
    """Note one; its id, or nothing when its key is there already: the same request came twice."""
    row = asdict(agreement)
    del row["id"]
    added = insert_new(connection, duty_changes, [row], duty_changes.c.id)
    return int(added[0].id) if added else None


def load(connection: Connection, agreement_id: int) -> Agreement | None:
    """One by its number, or nothing."""
    row = connection.execute(select(duty_changes).where(duty_changes.c.id == agreement_id)).one_or_none()
    return None if row is None else _agreement(row)


def find(connection: Connection, key: str) -> Agreement | None:
    """One by its key, or nothing."""
    row = connection.execute(select(duty_changes).where(duty_changes.c.key == key)).one_or_none()
    return None if row is None else _agreement(row)


def of_site(connection: Connection, site: str, since: datetime) -> list[Agreement]:
    """What was asked or stands at a site and ends after an instant, by start."""
    counted = (Standing.ASKED.value, Standing.STANDING.value)
    query = select(duty_changes).where(
        duty_changes.c.site == site, duty_changes.c.ends_at > since, duty_changes.c.state.in_(counted)
    )
    return [_agreement(row) for row in connection.execute(query.order_by(duty_changes.c.starts_at, duty_changes.c.id))]


def settle(connection: Connection, before: Agreement, after: Agreement, by: str, now: datetime) -> bool:
    """Compare and set what becomes of one, its state and its stretch; False when somebody was first."""
    unchanged = (duty_changes.c.id == before.id, duty_changes.c.state == before.state.value)
    settled = connection.execute(
        update(duty_changes)
        .where(*unchanged, duty_changes.c.ends_at == before.ends_at)
        .values(
            state=after.state.value,
            starts_at=after.starts_at,
            ends_at=after.ends_at,
            answered_by=by,
            answered_at=now,
            attention_at=None,
        )
    )
    return settled.rowcount == 1


def find_due(connection: Connection, now: datetime, limit: int) -> list[Agreement]:
    """Offers whose time is over."""
    due = (duty_changes.c.attention_at <= now, duty_changes.c.state == Standing.ASKED.value)
    query = select(duty_changes).where(*due).order_by(duty_changes.c.attention_at, duty_changes.c.id).limit(limit)
    return [_agreement(row) for row in connection.execute(query)]


def put_back(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """These could not be worked on: they are due again at an instant."""
    connection.execute(update(duty_changes).where(duty_changes.c.id.in_(ids)).values(attention_at=at))
