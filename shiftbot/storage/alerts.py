"""Alerts."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from shiftbot.domain.alert import Alert, AlertKind, AlertState, Policy, Severity
from shiftbot.storage.database import insert_new
from shiftbot.storage.setbacks import AGAIN_AFTER, readable
from shiftbot.storage.tables import alerts, record


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        **dict(row._mapping)
        | {
            "kind": AlertKind(row.kind),
            "severity": Severity(row.severity),
            "state": AlertState(row.state),
            "policy": Policy.from_json(row.policy),
        }
    )


Cause = tuple[AlertKind, str]
"""Kind and subject: what an alert is about, once for ever."""


def add(connection: Connection, fresh: Iterable[Alert]) -> dict[Cause, int]:
    """Store fresh alerts (their `id` is ignored); the new ids by cause. A cause that has its alert is left out."""
    rows = [_values(alert) for alert in fresh]
    added = insert_new(connection, alerts, rows, alerts.c.kind, alerts.c.subject, alerts.c.id)
    return {(AlertKind(row.kind), row.subject): row.id for row in added}


def find_id(connection: Connection, kind: AlertKind, subject: str) -> int:
    """The id of the alert of one cause."""
    query = select(alerts.c.id).where(alerts.c.kind == kind.value, alerts.c.subject == subject)
    found: int = connection.execute(query).scalar_one()
    return found


def find(connection: Connection, kind: AlertKind, subject: str) -> Alert | None:
    """The alert of one cause, or nothing."""
    query = select(alerts).where(alerts.c.kind == kind.value, alerts.c.subject == subject).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _alert(row)


def load(connection: Connection, alert_id: int) -> Alert | None:
    """One alert, locked for the rest of the transaction where the database can."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id).with_for_update()).one_or_none()
    return None if row is None else _alert(row)


def look_at(connection: Connection, alert_id: int) -> Alert | None:
    """One alert, to show it."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
    return None if row is None else _alert(row)


def find_due(connection: Connection, now: datetime, limit: int) -> list[Alert]:
    """Alerts whose next step is due by `now`, longest waiting first."""
    query = (
        select(alerts)
        .where(alerts.c.escalate_at <= now)
        .order_by(alerts.c.escalate_at, alerts.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found, unreadable = readable(connection.execute(query), _alert, "alert")
    put_back(connection, [row.id for row in unreadable], now)
    return found


def put_back(connection: Connection, alert_ids: Collection[int], now: datetime) -> None:
    """These alerts could not be worked on: their step is due again a little later, and the others' come first."""
    if alert_ids:
        due = (alerts.c.id.in_(alert_ids), alerts.c.escalate_at <= now)
        connection.execute(update(alerts).where(*due).values(escalate_at=now + AGAIN_AFTER))


def save(connection: Connection, before: Alert, after: Alert) -> bool:
    """Compare and set: whether the alert still stood as `before` (state and tellings), and now stands as `after`."""
    seen = {"seen_id": before.id, "seen_state": before.state.value, "seen_told": before.told}
    changed = {column.name: getattr(after, column.name) for column in _CHANGING}
    return connection.execute(_SAVE, seen | changed).rowcount == 1


_CHANGING = (
    alerts.c.severity, alerts.c.state, alerts.c.step, alerts.c.told, alerts.c.escalate_at,
    alerts.c.acknowledged_by, alerts.c.acknowledged_at, alerts.c.resolved_at, alerts.c.resolution,
)  # fmt: skip
_SAVE = (
    update(alerts)
    .where(
        alerts.c.id == bindparam("seen_id"),
        alerts.c.state == bindparam("seen_state"),
        alerts.c.told == bindparam("seen_told"),
    )
    .values({column: bindparam(column.name) for column in _CHANGING})
)


HURRYING = ("alert-declined", "alert-hurried", "alert-critical")
"""Entries of the record that ask for the next step at the instant at which they were written."""


def was_hurried(connection: Connection, alert: Alert) -> bool:
    """Whether its step is due because somebody asked for it, or it became critical, and not because time passed."""
    query = select(record.c.seq).where(
        record.c.site == alert.site,
        record.c.kind.in_(HURRYING),
        record.c.at == alert.escalate_at,
        record.c.subject == f"alert:{alert.id}",
    )
    return connection.execute(query.limit(1)).first() is not None


def unresolved(connection: Connection, site: str | None = None, kind: AlertKind | None = None) -> list[Alert]:
    """Alerts that are not resolved, of one site or of all, of one kind or of any, oldest first."""
    query = select(alerts).where(alerts.c.state != AlertState.RESOLVED.value).order_by(alerts.c.opened_at, alerts.c.id)
    if site is not None:
        query = query.where(alerts.c.site == site)
    if kind is not None:
        query = query.where(alerts.c.kind == kind.value)
    return readable(connection.execute(query), _alert, "alert")[0]


def find_open(connection: Connection, kind: AlertKind, prefix: str) -> list[Alert]:
    """Alerts of a kind that are not resolved and whose subject begins so, oldest first; locked where it can be."""
    query = (
        select(alerts)
        .where(alerts.c.kind == kind.value, alerts.c.state != AlertState.RESOLVED.value)
        .where(alerts.c.subject.startswith(prefix, autoescape=True))
        .order_by(alerts.c.id)
        .with_for_update()
    )
    return [_alert(row) for row in connection.execute(query)]


def reword(connection: Connection, alert_id: int, title: str, detail: str) -> None:
    """Say of an open alert what is so by now."""
    connection.execute(update(alerts).where(alerts.c.id == alert_id).values(title=title, detail=detail))


def next_attention(connection: Connection) -> datetime | None:
    """The earliest instant at which a step is due."""
    earliest: datetime | None = connection.execute(select(func.min(alerts.c.escalate_at))).scalar_one()
    return earliest


def _values(alert: Alert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in _FIELDS} | {
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "policy": alert.policy.to_json(),
    }


_FIELDS = tuple(field.name for field in fields(Alert) if field.name != "id")
