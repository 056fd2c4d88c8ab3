"""Alerts."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from shiftbot.domain.alert import Alert, AlertKind, AlertState, Policy, Severity
from shiftbot.storage.database import insert_or_ignore
from shiftbot.storage.tables import alerts


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


def add(connection: Connection, alert: Alert) -> int | None:
    """Store a fresh alert (its `id` is ignored); the new id, or None when this cause already has one."""
    row = _values(alert)
    if insert_or_ignore(connection, alerts, [row]) != 1:
        return None
    return find_id(connection, alert.kind, alert.subject)


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
    return [_alert(row) for row in connection.execute(query)]


def save(connection: Connection, before: Alert, after: Alert) -> bool:
    """Compare and set: whether the alert still stood as `before` (state and tellings), and now stands as `after`."""
    saved = connection.execute(
        update(alerts)
        .where(alerts.c.id == before.id, alerts.c.state == before.state.value, alerts.c.told == before.told)
        .values(**_values(after))
    )
    return saved.rowcount == 1


def unresolved(connection: Connection, site: str | None = None) -> list[Alert]:
    """Alerts that are not resolved, of one site or of all, oldest first."""
    query = select(alerts).where(alerts.c.state != AlertState.RESOLVED.value).order_by(alerts.c.opened_at, alerts.c.id)
    if site is not None:
        query = query.where(alerts.c.site == site)
    return [_alert(row) for row in connection.execute(query)]


def opened_between(connection: Connection, site: str, start: datetime, end: datetime) -> list[Alert]:
    """A site's alerts opened in a half-open span, oldest first."""
    query = (
        select(alerts)
        .where(alerts.c.site == site, alerts.c.opened_at >= start, alerts.c.opened_at < end)
        .order_by(alerts.c.opened_at, alerts.c.id)
    )
    return [_alert(row) for row in connection.execute(query)]


def next_attention(connection: Connection) -> datetime | None:
    """The earliest instant at which a step is due."""
    earliest: datetime | None = connection.execute(select(func.min(alerts.c.escalate_at))).scalar_one()
    return earliest


def _values(alert: Alert) -> dict[str, Any]:
    values = asdict(alert) | {
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "policy": alert.policy.to_json(),
    }
    del values["id"]
    return values
