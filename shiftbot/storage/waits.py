"""Waits that began by a clock which was set since: set back, they would last longer by as much without a hand.

A wait counts from when it began (the next step of an alert, the next try of a message, a sensor's silence). What has a
time of day of its own (when a run opens, when a report is due) is left alone: that time comes again, and finds it done.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Table, func, literal, select, type_coerce, update

from shiftbot.storage.database import UtcDateTime
from shiftbot.storage.tables import alerts, cards, hand_overs, latest, outbox, record, record_heads, unit_states

AT_LEAST = timedelta(minutes=1)
"""What waits for less than this was begun by the new clock, or may wait for it: nobody notices a minute."""

_WAITS: tuple[tuple[Table, "Column[datetime]"], ...] = (
    (alerts, alerts.c.escalate_at),
    (outbox, outbox.c.attention_at),
    (cards, cards.c.attention_at),
    (hand_overs, hand_overs.c.attention_at),
)


def follow(connection: Connection, by: timedelta, now: datetime) -> int:
    """The clock was set by `by`, and it is `now` by it: bring forward what would wait too long; how many waits.

    Set ahead, waits end sooner and people hear early, which is left so: it may be that the machine stood still. Only
    sensors are taken to have been heard as long ago as before, or all of them would seem silent at once.
    """
    if by >= AT_LEAST:
        heard = _plus(latest.c.heard_at, by)
        connection.execute(update(latest).where(latest.c.heard_at <= now - by).values(heard_at=heard))
    return _bring_forward(connection, -by, now) if -by >= AT_LEAST else 0


def _bring_forward(connection: Connection, by: timedelta, now: datetime) -> int:
    """Waits that began before the clock was set back end as long after their beginning as they should; how many."""
    earlier = func.max if connection.dialect.name == "sqlite" else func.greatest
    brought = 0
    for table, ends in _WAITS:
        sooner = earlier(_plus(ends, -by), literal(now, UtcDateTime))
        brought += connection.execute(update(table).where(ends > now + AT_LEAST).values({ends: sooner})).rowcount
    connection.execute(update(latest).where(latest.c.heard_at > now).values(heard_at=now))
    connection.execute(update(unit_states).where(unit_states.c.attention_at > now + AT_LEAST).values(attention_at=now))
    return brought


def _plus(instant: "Column[datetime]", span: timedelta) -> ColumnElement[Any]:
    return type_coerce(instant, BigInteger) + span // timedelta(microseconds=1)


def last_written(connection: Connection) -> dict[str, datetime]:
    """When each site's last entry of the record was written, by the clock of then."""
    heads = (record.c.site == record_heads.c.site) & (record.c.seq == record_heads.c.seq)
    return {
        row.site: row.at for row in connection.execute(select(record.c.site, record.c.at).join(record_heads, heads))
    }
