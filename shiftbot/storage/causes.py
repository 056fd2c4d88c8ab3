"""The causes of an alert that has several: each begins and ends by itself, and the alert ends with the last of them.

An alert of one cause has no row here; its cause is its own (kind, subject).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, tuple_, update

from shiftbot.domain.alert import AlertKind, Severity
from shiftbot.domain.cause import Cause, Named
from shiftbot.storage.tables import alert_causes, alerts

MOST_AT_ONCE = 400
"""So many causes are looked up in one statement; SQLite takes a limited number of values."""


def _cause(row: Row[Any]) -> Cause:
    return Cause(**dict(row._mapping) | {"kind": AlertKind(row.kind), "severity": Severity(row.severity)})


def add(connection: Connection, causes: Collection[Cause]) -> None:
    """Store further causes of alerts."""
    if causes:
        connection.execute(insert(alert_causes), [_values(cause) for cause in causes])


def _values(cause: Cause) -> dict[str, Any]:
    return {
        "alert": cause.alert, "kind": cause.kind.value, "subject": cause.subject, "title": cause.title,
        "detail": cause.detail, "severity": cause.severity.value, "began_at": cause.began_at,
        "ended_at": cause.ended_at, "ending": cause.ending,
    }  # fmt: skip


def known(connection: Connection, causes: Collection[Named]) -> dict[Named, int]:
    """Which of these causes have their alert already, alone or among others, and which one."""
    found: dict[Named, int] = {}
    wanted = [(kind.value, subject) for kind, subject in causes]
    for at in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[at : at + MOST_AT_ONCE]
        alone = select(alerts.c.kind, alerts.c.subject, alerts.c.id).where(
            tuple_(alerts.c.kind, alerts.c.subject).in_(some)
        )
        among = select(alert_causes.c.kind, alert_causes.c.subject, alert_causes.c.alert).where(
            tuple_(alert_causes.c.kind, alert_causes.c.subject).in_(some)
        )
        for kind, subject, alert in connection.execute(alone.union(among)):
            found[AlertKind(kind), subject] = alert
    return found


def find(connection: Connection, kind: AlertKind, subject: str) -> Cause | None:
    """One of several causes; nothing for a cause that is alone with its alert, or has none."""
    named = (alert_causes.c.kind == kind.value, alert_causes.c.subject == subject)
    row = connection.execute(select(alert_causes).where(*named)).one_or_none()
    return None if row is None else _cause(row)


def of_alert(connection: Connection, alert_id: int) -> list[Cause]:
    """The causes of an alert that has several, in the order in which they began; none for any other."""
    return list(_read(connection, select(alert_causes).where(alert_causes.c.alert == alert_id)))


def of_alerts(connection: Connection, alert_ids: Collection[int]) -> Mapping[int, list[Cause]]:
    """The same of many alerts; those of one cause are not in it."""
    query = select(alert_causes).where(alert_causes.c.alert.in_(alert_ids))
    found = sorted(_read(connection, query), key=lambda cause: cause.alert) if alert_ids else []
    return {alert: list(causes) for alert, causes in groupby(found, key=lambda cause: cause.alert)}


def going_on(connection: Connection, kind: AlertKind, prefix: str = "") -> list[Cause]:
    """Causes of a kind that have not ended and whose subject begins so, among those of alerts that have several."""
    query = (
        select(alert_causes)
        .where(alert_causes.c.kind == kind.value, alert_causes.c.ended_at.is_(None))
        .where(alert_causes.c.subject.startswith(prefix, autoescape=True))
    )
    return list(_read(connection, query))


def others_go_on(connection: Connection, alert_id: int, cause: Named) -> bool:
    """Whether an alert has further causes than this one that have not ended."""
    query = select(alert_causes.c.alert).where(
        alert_causes.c.alert == alert_id,
        alert_causes.c.ended_at.is_(None),
        tuple_(alert_causes.c.kind, alert_causes.c.subject) != (cause[0].value, cause[1]),
    )
    return connection.execute(query.limit(1)).first() is not None


def _read(connection: Connection, query: Select[Any]) -> Iterable[Cause]:
    ordered = query.order_by(alert_causes.c.began_at, alert_causes.c.kind, alert_causes.c.subject)
    return (_cause(row) for row in connection.execute(ordered))


def end(connection: Connection, cause: Cause, how: str, now: datetime) -> bool:
    """Compare and set: whether a cause had not ended, and has now."""
    return _change(connection, cause, ended_at=now, ending=how)


def make_critical(connection: Connection, cause: Cause) -> bool:
    """One of several causes has become critical; False when it ended meanwhile."""
    return _change(connection, cause, severity=Severity.CRITICAL.value)


def reword(connection: Connection, cause: Cause, title: str, detail: str) -> bool:
    """Say of one of several causes what is so by now; False when it ended meanwhile."""
    return _change(connection, cause, title=title, detail=detail)


def _change(connection: Connection, cause: Cause, **changed: object) -> bool:
    going_on = (
        alert_causes.c.kind == cause.kind.value,
        alert_causes.c.subject == cause.subject,
        alert_causes.c.ended_at.is_(None),
    )
    return connection.execute(update(alert_causes).where(*going_on).values(**changed)).rowcount == 1
