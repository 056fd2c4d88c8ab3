"""When a machine of a simulation has something to do next, in one look, so that a year takes minutes and not an hour.

Housekeeping that nobody is told of by the minute waits until something else is due.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from shiftbot.domain.notice import NoticeState
from shiftbot.storage import tables

_FAILED = tables.outbox.c.state == NoticeState.FAILED.value
_HOUSEKEEPING = ("sensors", "readings", "readings-kept-until")
_EARLIEST: Mapping[str, tuple[ColumnElement[datetime], ColumnElement[bool] | None]] = {
    "runs": (tables.runs.c.attention_at, None),
    "alerts": (tables.alerts.c.escalate_at, None),
    "mutes": (tables.mutes.c.ends_at, tables.mutes.c.ended_at.is_(None)),
    "units": (tables.unit_states.c.attention_at, None),
    "settling": (tables.excursions.c.settle_at, None),
    "follow-ups": (tables.follow_ups.c.attention_at, None),
    "hand-overs": (tables.hand_overs.c.attention_at, None),
    "means": (tables.means.c.attention_at, None),
    "duty": (tables.duty_changes.c.attention_at, None),
    "schedules": (tables.schedules.c.attention_at, tables.schedules.c.kind.not_in(_HOUSEKEEPING)),
    "cards": (tables.cards.c.attention_at, None),
    "outbox": (tables.outbox.c.attention_at, tables.outbox.c.attention_at.is_not(None) & ~_FAILED),
    "failed": (tables.outbox.c.attention_at, tables.outbox.c.attention_at.is_not(None) & _FAILED),
}
_LOOK = select(
    *(
        (select(func.min(column)) if where is None else select(func.min(column)).where(where))
        .scalar_subquery()
        .label(name.replace("-", "_"))
        for name, (column, where) in _EARLIEST.items()
    ),
)

DELIVERY = ("outbox", "cards")
Agenda = Mapping[str, datetime]


def look(connection: Connection) -> Agenda:
    """The earliest instant of each table that has one, by the machine's clock."""
    row = connection.execute(_LOOK).one()._mapping
    return {name: at for name in _EARLIEST if (at := row[name.replace("-", "_")]) is not None}
