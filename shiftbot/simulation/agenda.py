"""What is due next, in one look: so that a simulated year takes a minute and not an hour.

The real ticker takes all its steps each time it wakes; here a tick takes those that have something due, and all of them
once in three hours and as long as anything is wrong. Knows which step looks at which table, and nothing else of them.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.notice import NoticeState
from shiftbot.storage import tables
from shiftbot.ticker import STEPS, Step

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
    "housekeeping": (tables.schedules.c.attention_at, tables.schedules.c.kind.in_(_HOUSEKEEPING)),
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
    select(func.min(tables.alerts.c.escalate_at))
    .where(tables.alerts.c.escalate_at.is_not(None), tables.alerts.c.kind == AlertKind.DELIVERY.value)
    .scalar_subquery()
    .label("undelivered"),
)

WAKES_NOBODY = ("housekeeping", "failed", "undelivered")
"""Taken along when something else is due, housekeeping when readings come: nobody is told of it by the minute."""

DELIVERY = ("outbox", "cards")
READINGS = "readings"

_LOOKS_AT: Mapping[str, tuple[str, ...]] = {
    "prepare runs": ("schedules",),
    "open runs": ("runs",),
    "remind and miss": ("runs",),
    "note the sensors": (),
    "judge the cold chain": ("units", "settling", READINGS),
    "remind of follow-ups": ("follow-ups",),
    "remind of hand-over notes": ("hand-overs",),
    "alert of failed deliveries": ("failed", "undelivered"),
    "look after the means": ("means",),
    "end offers of duty": ("duty",),
    "look for sign-ons": ("schedules",),
    "look ahead for holes": ("schedules",),
    "end mutes": ("mutes",),
    "escalate": ("alerts",),
    "digest readings": ("housekeeping",),
    "keep readings": ("housekeeping",),
    "look at the sensors": ("housekeeping",),
    "report": ("schedules",),
    "look for patterns": ("schedules",),
    "look for what is stuck": (),
}
"""A step that is not named here is always taken."""

Agenda = Mapping[str, datetime]


def look(connection: Connection) -> Agenda:
    """The earliest instant of each table that has one, by the machine's clock."""
    row = connection.execute(_LOOK).one()._mapping
    names = (*_EARLIEST, "undelivered")
    return {name: at for name in names if (at := row[name.replace("-", "_")]) is not None}


def steps_due(agenda: Agenda, now: datetime, *, readings: bool) -> tuple[tuple[str, Step], ...]:
    """The steps of a tick that have something to do."""
    due = {name for name, at in agenda.items() if at <= now or name == "undelivered"}
    due = due | {READINGS} if readings else due - {"housekeeping"}
    return tuple((name, step) for name, step in STEPS if name not in _LOOKS_AT or due.intersection(_LOOKS_AT[name]))
