"""How things stand, in numbers, for /healthz and /metrics: looked at from outside, and not for any decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import Lane, NoticeState
from shiftbot.storage.tables import (
    alerts,
    cards,
    follow_ups,
    hand_overs,
    latest,
    outbox,
    record_heads,
    runs,
    schedules,
    sensors,
    unit_states,
)

_WAITING = (NoticeState.PENDING.value, NoticeState.SENDING.value, NoticeState.UNKNOWN.value)

_ATTENTION: Mapping[str, Any] = {
    "runs": runs.c.attention_at,
    "alerts": alerts.c.escalate_at,
    "follow-ups": follow_ups.c.attention_at,
    "hand-over notes": hand_overs.c.attention_at,
    "regular work": schedules.c.attention_at,
    "storage units": unit_states.c.attention_at,
    "cards": cards.c.attention_at,
}
"""When a row of each kind next needs somebody."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits to be sent in a lane: how much, and since when the oldest of it."""

    messages: int
    since: datetime | None


def due_since(connection: Connection, now: datetime) -> dict[str, datetime]:
    """By kind: since when the oldest row that needs somebody by now does; nothing for a kind of which none does."""
    firsts = select(*(select(func.min(at)).where(at <= now).scalar_subquery() for at in _ATTENTION.values()))
    found = connection.execute(firsts).one()
    return {kind: at for kind, at in zip(_ATTENTION, found, strict=True) if at is not None}


def waiting(connection: Connection) -> dict[Lane, Waiting]:
    """By lane: what is still to be sent, retries included."""
    still = (outbox.c.attention_at.is_not(None), outbox.c.state.in_(_WAITING))
    query = select(outbox.c.lane, func.count(), func.min(outbox.c.created_at)).where(*still).group_by(outbox.c.lane)
    found = {Lane(lane): Waiting(messages, since) for lane, messages, since in connection.execute(query)}
    return {lane: found.get(lane, Waiting(0, None)) for lane in Lane}


def open_alerts(connection: Connection) -> dict[str, int]:
    """By severity: alerts that are not resolved."""
    query = select(alerts.c.severity, func.count().label("number")).where(alerts.c.state != AlertState.RESOLVED.value)
    return {row.severity: row.number for row in connection.execute(query.group_by(alerts.c.severity))}


def heard_at(connection: Connection) -> dict[str, datetime]:
    """By storage unit: when its sensors were last heard."""
    query = select(sensors.c.unit, func.max(latest.c.heard_at).label("at")).join(
        latest, latest.c.sensor == sensors.c.id
    )
    heard = query.where(latest.c.heard_at.is_not(None)).group_by(sensors.c.unit)
    return {row.unit: row.at for row in connection.execute(heard)}


def record_lengths(connection: Connection) -> dict[str, int]:
    """By site: how many entries its record has."""
    return {row.site: row.seq for row in connection.execute(select(record_heads))}
