"""Alerts."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from shiftbot.domain.alert import GROUPED, Alert, AlertKind, AlertState, Policy, Severity
from shiftbot.domain.cause import Cause, Named
from shiftbot.storage import causes
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


def add(connection: Connection, fresh: Iterable[Alert]) -> dict[Named, int]:
    """Store fresh alerts (their `id` is ignored); the new ids by cause. A cause that has its alert is left out."""
    rows = [_values(alert) for alert in fresh]
    added = insert_new(connection, alerts, rows, alerts.c.kind, alerts.c.subject, alerts.c.id)
    return {(AlertKind(row.kind), row.subject): row.id for row in added}


def find_id(connection: Connection, kind: AlertKind, subject: str) -> int:
    """The id of the alert of one cause, alone or among others."""
    return causes.known(connection, [(kind, subject)])[kind, subject]


def find(connection: Connection, kind: AlertKind, subject: str) -> Alert | None:
    """The alert of one cause, or nothing. Of an alert that has several it is seen from this one: see `seen_from`."""
    query = select(alerts).where(alerts.c.kind == kind.value, alerts.c.subject == subject).with_for_update()
    row = connection.execute(query).one_or_none()
    cause = causes.find(connection, kind, subject) if kind in GROUPED else None
    alert = _alert(row) if row is not None else load(connection, cause.alert) if cause is not None else None
    return alert if alert is None or cause is None else seen_from(alert, cause)


def seen_from(alert: Alert, cause: Cause) -> Alert:
    """An alert as one of its causes sees it: with its kind, subject and words, and over when that cause is over.

    Its id, severity, policy and place on the ladder are those of the whole.
    """
    seen = replace(alert, kind=cause.kind, subject=cause.subject, title=cause.title, detail=cause.detail)
    if cause.ended_at is None or alert.state is AlertState.RESOLVED:
        return seen
    return replace(
        seen,
        state=AlertState.RESOLVED,
        escalate_at=None,
        acknowledged_by=None,
        acknowledged_at=None,
        resolved_at=cause.ended_at,
        resolution=cause.ending,
    )


def open_to_join(connection: Connection, sites: Collection[str], since: datetime) -> list[Alert]:
    """Alerts of these sites that may have several causes, began at `since` or later and are not resolved.

    The oldest first; locked, so that none of them is resolved while another cause joins it.
    """
    query = (
        select(alerts)
        .where(alerts.c.site.in_(sites), alerts.c.opened_at >= since)
        .where(alerts.c.state != AlertState.RESOLVED.value)
        .where(alerts.c.kind.in_(_GROUPED))
        .order_by(alerts.c.opened_at, alerts.c.id)
        .with_for_update()
    )
    return [_alert(row) for row in connection.execute(query)]


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


ANSWERS = ("alert-acknowledged", "alert-snoozed", "alert-declined", "alert-hurried", "alert-closed")
"""Entries of the record that show that somebody saw an alert."""


def answers_to(connection: Connection, alert: Alert) -> list[tuple[str, str, datetime]]:
    """Who answered an alert, by which kind of entry, and when, oldest first."""
    query = select(record.c.actor, record.c.kind, record.c.at).where(
        record.c.site == alert.site,
        record.c.kind.in_(ANSWERS),
        record.c.at >= alert.opened_at,
        record.c.subject == f"alert:{alert.id}",
    )
    return [(actor, kind, at) for actor, kind, at in connection.execute(query.order_by(record.c.seq))]


def unresolved(connection: Connection, site: str | None = None, kind: AlertKind | None = None) -> list[Alert]:
    """Alerts that are not resolved, of one site or of all, of one kind or of any, oldest first.

    Of one kind, an alert that has several causes is seen from each that is of this kind and goes on.
    """
    query = select(alerts).where(alerts.c.state != AlertState.RESOLVED.value).order_by(alerts.c.opened_at, alerts.c.id)
    if site is not None:
        query = query.where(alerts.c.site == site)
    if kind in GROUPED:
        return _seen_from_each(connection, query, kind)
    if kind is not None:
        query = query.where(alerts.c.kind == kind.value)
    return readable(connection.execute(query), _alert, "alert")[0]


def find_open(connection: Connection, kind: AlertKind, prefix: str) -> list[Alert]:
    """Alerts of a kind that are not resolved and whose subject begins so, oldest first; locked where it can be.

    One that has several causes is seen from each that fits and goes on.
    """
    query = (
        select(alerts)
        .where(alerts.c.kind == kind.value, alerts.c.state != AlertState.RESOLVED.value)
        .where(alerts.c.subject.startswith(prefix, autoescape=True))
        .order_by(alerts.c.id)
        .with_for_update()
    )
    alone = [_alert(row) for row in connection.execute(query)]
    if kind not in GROUPED:
        return alone
    several = causes.of_alerts(connection, [alert.id for alert in alone])
    found = [alert for alert in alone if alert.id not in several]
    for cause in causes.going_on(connection, kind, prefix):
        whole = load(connection, cause.alert)
        if whole is not None and whole.state is not AlertState.RESOLVED:
            found.append(seen_from(whole, cause))
    return found


def _seen_from_each(connection: Connection, query: Select[Any], kind: AlertKind) -> list[Alert]:
    unresolved = readable(connection.execute(query.where(alerts.c.kind.in_(_GROUPED))), _alert, "alert")[0]
    several = causes.of_alerts(connection, [alert.id for alert in unresolved])
    found = []
    for alert in unresolved:
        going_on = [cause for cause in several.get(alert.id, ()) if cause.ended_at is None and cause.kind is kind]
        found += [seen_from(alert, cause) for cause in going_on]
        if alert.id not in several and alert.kind is kind:
            found.append(alert)
    return found


def reword(connection: Connection, alert_id: int, title: str, detail: str) -> None:
    """Say of an open alert what is so by now."""
    connection.execute(update(alerts).where(alerts.c.id == alert_id).values(title=title, detail=detail))


def hold_until(connection: Connection, alert: Alert, until: datetime) -> bool:
    """Compare and set: whether its next step waits until then, and it stood as it was."""
    return save(connection, alert, replace(alert, escalate_at=until))


def _values(alert: Alert) -> dict[str, Any]:
    return {name: getattr(alert, name) for name in _FIELDS} | {
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "policy": alert.policy.to_json(),
    }


_GROUPED = sorted(kind.value for kind in GROUPED)
_FIELDS = tuple(field.name for field in fields(Alert) if field.name != "id")
