"""What stands, stood or was asked against the roster, each row an agreement between people; none is ever deleted."""

from datetime import datetime

from sqlalchemy import Connection, select

from shiftbot.domain.site import DutyChange
from shiftbot.storage.tables import duty_changes

STANDING = "standing"


def standing(connection: Connection, since: datetime) -> list[DutyChange]:
    """What stands and ends after an instant, the oldest agreement first: later ones are laid over earlier ones."""
    columns = (
        duty_changes.c.id,
        duty_changes.c.site,
        duty_changes.c.person,
        duty_changes.c.instead_of,
        duty_changes.c.starts_at,
        duty_changes.c.ends_at,
    )
    query = select(*columns).where(duty_changes.c.state == STANDING, duty_changes.c.ends_at > since)
    return [DutyChange(*row) for row in connection.execute(query.order_by(duty_changes.c.id))]
