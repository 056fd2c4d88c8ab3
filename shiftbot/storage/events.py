"""Which of Slack's events were handled: a repeated delivery changes nothing (invariant 12)."""

from datetime import datetime

from sqlalchemy import Connection, delete

from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import seen_events


def first_time(connection: Connection, event_id: str, now: datetime) -> bool:
    """Whether this event was not handled before; it counts as handled when the transaction commits."""
    return insert_or_ignore(connection, seen_events, [{"id": event_id, "seen_at": now}]) == 1


def forget(connection: Connection, before: datetime) -> None:
    """Drop what Slack no longer repeats."""
    connection.execute(delete(seen_events).where(seen_events.c.seen_at < before))
