"""What is due next, table by table, in one look: a tick takes the steps that have something to do, and sleeps until
the earliest instant. Every waiting thing stores the instant at which it next needs attention (design.md §4).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, func, select

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.notice import NoticeState
from shiftbot.storage.tables import (
    alerts,
    cards,
    duty_changes,
    excursions,
    follow_ups,
    hand_overs,
    latest,
    means,
    mutes,
    outages,
    outbox,
    runs,
    schedules,
    unit_states,
)


class Awaited(StrEnum):
    """What waits for an instant, or, below the line, needs attention for as long as it is there at all."""

    RUNS = "runs"
    ALERTS = "alerts"
    MUTES = "mutes"
    UNITS = "units"
    SETTLING = "settling"
    FOLLOW_UPS = "follow_ups"
    HAND_OVERS = "hand_overs"
    MEANS = "means"
    DUTY = "duty"
    SCHEDULES = "schedules"
    # ---
    UNJUDGED = "unjudged"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    OUTAGE = "outage"


WHILE_THERE = frozenset({Awaited.UNJUDGED, Awaited.FAILED, Awaited.UNDELIVERED, Awaited.OUTAGE})

Agenda = Mapping[Awaited, datetime]
"""The earliest instant of everything that has one."""

_EARLIEST: Mapping[Awaited, tuple[ColumnElement[datetime], ColumnElement[bool] | None]] = {
    Awaited.RUNS: (runs.c.attention_at, None),
    Awaited.ALERTS: (alerts.c.escalate_at, None),
    Awaited.MUTES: (mutes.c.ends_at, mutes.c.ended_at.is_(None)),
    Awaited.UNITS: (unit_states.c.attention_at, None),
    Awaited.SETTLING: (excursions.c.settle_at, None),
    Awaited.FOLLOW_UPS: (follow_ups.c.attention_at, None),
    Awaited.HAND_OVERS: (hand_overs.c.attention_at, None),
    Awaited.MEANS: (means.c.attention_at, None),
    Awaited.DUTY: (duty_changes.c.attention_at, None),
    Awaited.SCHEDULES: (schedules.c.attention_at, None),
    # Named as the partial index names it, so that it is found among millions.
    Awaited.UNJUDGED: (latest.c.unjudged_since, latest.c.unjudged_since.is_not(None)),
    Awaited.FAILED: (
        outbox.c.attention_at,
        outbox.c.attention_at.is_not(None) & (outbox.c.state == NoticeState.FAILED.value),
    ),
    Awaited.UNDELIVERED: (
        alerts.c.escalate_at,
        alerts.c.escalate_at.is_not(None) & (alerts.c.kind == AlertKind.DELIVERY.value),
    ),
    Awaited.OUTAGE: (outages.c.began_at, outages.c.ended_at.is_(None)),
}

_LOOK = select(
    *(
        (select(func.min(column)) if where is None else select(func.min(column)).where(where))
        .scalar_subquery()
        .label(name.value)
        for name, (column, where) in _EARLIEST.items()
    )
)


def look(connection: Connection) -> Agenda:
    """The earliest instant of everything that waits, in one query."""
    row = connection.execute(_LOOK).one()
    return {name: at for name, at in zip(_EARLIEST, row, strict=True) if at is not None}


def due(agenda: Agenda, now: datetime) -> frozenset[Awaited]:
    """What has something to do at an instant."""
    return frozenset(name for name, at in agenda.items() if at <= now or name in WHILE_THERE)


def earliest(agenda: Agenda) -> datetime | None:
    """The instant at which something next has to be done, though nothing comes from outside."""
    return min((at for name, at in agenda.items() if name not in WHILE_THERE), default=None)


_PARCEL = select(func.min(outbox.c.attention_at)).where(
    outbox.c.attention_at.is_not(None), outbox.c.state != NoticeState.FAILED.value
)
_CARD = select(func.min(cards.c.attention_at)).where(cards.c.attention_at.is_not(None))
_DELIVERY = select(_PARCEL.scalar_subquery().label("parcel"), _CARD.scalar_subquery().label("card"))


def next_delivery(connection: Connection) -> datetime | None:
    """The earliest instant at which a message is to be sent or looked after, or a card shown."""
    return min((at for at in connection.execute(_DELIVERY).one() if at is not None), default=None)
