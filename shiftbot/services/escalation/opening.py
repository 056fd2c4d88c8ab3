"""Alerts begin, grow worse and end with their cause: each cause has one alert, for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import STANDARD, Alert, AlertKind, AlertState, Policy, Severity, Step
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.services import delivery
from shiftbot.services.escalation import grouping
from shiftbot.storage import alerts, outbox, record

DELIVERY = Policy("delivery", (Step(("manager", "on-duty-pharmacist"), repeat=timedelta(hours=1)),))
"""The ladder of a failure of our own: what did not go out, what did not move on."""


@dataclass(frozen=True, slots=True)
class NewAlert:
    """What an alert starts from. `subject` names the cause: one alert for each (kind, subject), for ever."""

    site: str
    kind: AlertKind
    subject: str
    title: str
    detail: str
    severity: Severity = Severity.NORMAL
    policy: str = "standard"


def open_alert(
    connection: Connection, pharmacy: Pharmacy, new: NewAlert, now: datetime, actor: str = "shiftbot"
) -> int:
    """Open the alert of one cause, once; its id. Its first step is due after the policy's first wait."""
    return open_alerts(connection, pharmacy, [new], now, actor)[0]


def open_alerts(
    connection: Connection, pharmacy: Pharmacy, news: Sequence[NewAlert], now: datetime, actor: str = "shiftbot"
) -> list[int]:
    """Open the alert of each cause, once; their ids, in order."""
    fresh = {(new.kind, new.subject): _fresh(pharmacy, new, now) for new in news}
    sorted_out = grouping.sort_out(connection, list(fresh.values()), now)
    added = alerts.add(connection, sorted_out.begins.values())
    opened = ((fresh[cause], alert_id) for cause, alert_id in added.items())
    record.append(
        connection,
        [Entry(alert.site, now, actor, "alert-opened", f"alert:{number}", _opened(alert)) for alert, number in opened],
    )
    ids = sorted_out.known | added
    for begun_with, joining in sorted_out.joins.items():
        host = alerts.load(connection, ids.get(begun_with) or alerts.find_id(connection, *begun_with))
        if host is not None:
            grouping.join(connection, pharmacy, host, joining, now)
            ids |= {grouping.named(alert): host.id for alert in joining}
    return [ids.get((new.kind, new.subject)) or alerts.find_id(connection, new.kind, new.subject) for new in news]


def _fresh(pharmacy: Pharmacy, new: NewAlert, now: datetime) -> Alert:
    is_our_own = new.kind in (AlertKind.DELIVERY, AlertKind.STUCK)
    policy = DELIVERY if is_our_own else pharmacy.policies.get(new.policy, STANDARD)
    return Alert(
        id=0, site=new.site, kind=new.kind, subject=new.subject, title=new.title, detail=new.detail,
        severity=new.severity, state=AlertState.TRIGGERED, policy=policy, step=0, told=0, opened_at=now,
        escalate_at=ladder.first_step_at(policy, now),
    )  # fmt: skip


def _opened(alert: Alert) -> dict[str, object]:
    return {
        "kind": alert.kind,
        "title": alert.title,
        "detail": alert.detail,
        "severity": alert.severity,
        "policy": alert.policy.name,
    }


def flag_irregularity(
    connection: Connection,
    pharmacy: Pharmacy,
    site: Site,
    person: Person,
    what: str,
    link: str,
    key: str,
    now: datetime,
) -> int:
    """An alert at once, whoever flags it; `key` makes a repeated request one alert. Raises Refused."""
    seen = keepable(" ".join(what.split()))
    if not seen:
        raise Refused("Say in a few words what you saw.")
    new = NewAlert(
        site=site.id,
        kind=AlertKind.IRREGULARITY,
        subject=f"flag:{key}",
        title=f"Irregularity flagged by {person.name}",
        detail=f"{seen} See {link}" if link else seen,
    )
    return open_alert(connection, pharmacy, new, now, actor=person.id)


def resolve_alert(
    connection: Connection, pharmacy: Pharmacy, kind: AlertKind, subject: str, how: str, now: datetime
) -> bool:
    """One cause is gone; whether there was one to end. Its alert is resolved with the last of its causes.

    All who were told hear of that; that one of several causes is gone is shown on the alert's messages.
    """
    seen = alerts.find(connection, kind, subject)
    if seen is None or seen.state is AlertState.RESOLVED:
        return False
    if not grouping.end_cause(connection, seen, how, now):
        return True
    alert = alerts.load(connection, seen.id)
    return alert is not None and _resolve(connection, pharmacy, alert, how, now)


def _resolve(connection: Connection, pharmacy: Pharmacy, alert: Alert, how: str, now: datetime) -> bool:
    if not alerts.save(connection, alert, ladder.resolve(alert, how, now)):
        return False
    note(connection, alert, "alert-resolved", "shiftbot", {"how": how}, now)
    delivery.touch(connection, CardKind.ALERT, alert.id, now)
    delivery.queue(connection, pharmacy, _resolved_notices(connection, alert, how), now)
    return True


def raise_severity(connection: Connection, kind: AlertKind, subject: str, now: datetime) -> bool:
    """Make the alert of one cause critical and take its next step at once; whether that changed anything."""
    alert = alerts.find(connection, kind, subject)
    if alert is None or alert.state is AlertState.RESOLVED:
        return False
    grouping.note_critical(connection, alert, now)
    if alert.severity is Severity.CRITICAL:
        return False
    critical = replace(ladder.hurry(alert, now), severity=Severity.CRITICAL)
    if not alerts.save(connection, alert, critical):
        return False
    note(connection, alert, "alert-critical", "shiftbot", {"severity": critical.severity}, now)
    delivery.touch(connection, CardKind.ALERT, alert.id, now)
    return True


def reword(connection: Connection, alert: Alert, title: str, detail: str, now: datetime) -> None:
    """Say of an open alert, as one of its causes sees it, what is so by now."""
    if not grouping.reword_cause(connection, alert, title, detail, now):
        grouping.reworded(connection, alert, title, detail, now)


def _resolved_notices(connection: Connection, alert: Alert, how: str) -> list[Notice]:
    told = {parcel.notice.recipient for parcel in outbox.of_alert(connection, alert.id)}
    return [
        Notice(
            key=f"alert:{alert.id}:resolved:{recipient}",
            lane=Lane.ROUTINE,
            site=alert.site,
            kind=NoticeKind.RESOLVED,
            recipient=recipient,
            text=f"Resolved: {alert.title}. {how}",
            alert=alert.id,
        )
        for recipient in sorted(told)
    ]


def note(
    connection: Connection,
    alert: Alert,
    kind: str,
    actor: str,
    body: dict[str, object],
    now: datetime,
    *,
    subject: str = "",
) -> None:
    """An entry in the record, about the alert unless it has a subject of its own."""
    record.append(connection, [Entry(alert.site, now, actor, kind, subject or f"alert:{alert.id}", body)])
