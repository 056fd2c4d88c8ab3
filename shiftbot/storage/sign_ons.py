"""Who signed on for a shift, and when; never changed, never deleted."""

from datetime import datetime

from sqlalchemy import Connection, select

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import sign_ons


def add(connection: Connection, site: str, person: str, shift_at: datetime, now: datetime) -> bool:
    """Note that somebody signed on for the shift that begins then; whether they had not yet."""
    row = {"site": site, "person": person, "shift_at": shift_at, "signed_at": now}
    return insert_or_ignore(connection, sign_ons, [row]) == 1


def since(connection: Connection, site: str, at: datetime) -> list[tuple[str, datetime]]:
    """Who signed on at a site from an instant on, and when, in order."""
    query = select(sign_ons.c.person, sign_ons.c.signed_at).where(sign_ons.c.site == site, sign_ons.c.signed_at >= at)
    return [(row.person, row.signed_at) for row in connection.execute(query.order_by(sign_ons.c.signed_at))]


def when(connection: Connection, site: str, person: str, shift_at: datetime) -> datetime | None:
    """When somebody signed on for the shift that begins then, or nothing."""
    query = select(sign_ons.c.signed_at).where(
        sign_ons.c.site == site, sign_ons.c.person == person, sign_ons.c.shift_at == shift_at
    )
    signed_at: datetime | None = connection.execute(query).scalar_one_or_none()
    return signed_at


def has(connection: Connection, site: str, person: str, shift_at: datetime) -> bool:
    """Whether somebody signed on for the shift that begins then."""
    return when(connection, site, person, shift_at) is not None
