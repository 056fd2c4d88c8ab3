"""What people wrote down about an alert while it lasted; never changed, never deleted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from shiftbot.storage.tables import alert_notes


@dataclass(frozen=True, slots=True)
class AlertNote:
    """One note: by whom, when, and what it says."""

    id: int
    alert: int
    person: str
    at: datetime
    note: str


def add(connection: Connection, alert_id: int, person: str, words: str, now: datetime) -> int:
    """Store a note; its id."""
    values = {"alert": alert_id, "person": person, "at": now, "note": words}
    added: int = connection.execute(insert(alert_notes).values(**values).returning(alert_notes.c.id)).scalar_one()
    return added


def of_alert(connection: Connection, alert_id: int) -> list[AlertNote]:
    """The notes about an alert, oldest first."""
    query = select(alert_notes).where(alert_notes.c.alert == alert_id).order_by(alert_notes.c.id)
    return [AlertNote(**dict(row._mapping)) for row in connection.execute(query)]
