"""The tick's part in an alert: each step of the frozen policy that is due, expired acknowledgements included."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import Alert, AlertState, Telling
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation.recipients import managers, who
from shiftbot.storage import alerts, record
from shiftbot.storage.database import Database

BATCH = 200


def escalate(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Take every step that is due, expired acknowledgements included; how many. No alert stops the next."""

    def find(connection: Connection) -> list[Alert]:
        return alerts.find_due(connection, now, BATCH)

    def take(connection: Connection, due: list[Alert]) -> None:
        taken = [step for alert in due if (step := _take_step(connection, pharmacy, alert, now))]
        record.append(connection, [entry for entry, _ in taken])
        # Messages say what was true when they were sent; only a lapsed acknowledgement makes them untrue. Editing all
        # of them at each step would cost an alert that nobody answers more edits than Slack takes.
        lapsed = [alert.id for alert in due if alert.state is AlertState.ACKNOWLEDGED]
        delivery.touch_all(connection, CardKind.ALERT, lapsed, now)
        delivery.queue(connection, pharmacy, [notice for _, notices in taken for notice in notices], now)

    return each_alone(database, find, take, name=lambda alert: f"alert {alert.id}")


def _take_step(
    connection: Connection, pharmacy: Pharmacy, alert: Alert, now: datetime
) -> tuple[Entry, list[Notice]] | None:
    """Save the step; what the record and the outbox are to hold of it. None when somebody was first."""
    stepped, telling = ladder.take_step(alert, now)
    if not alerts.save(connection, alert, stepped):
        return None
    site = pharmacy.sites.get(alert.site)
    recipients = who(pharmacy, site, telling, now) if site else managers(pharmacy)
    expired = alert.state is AlertState.ACKNOWLEDGED
    body: dict[str, object] = {"step": telling.step, "telling": telling.telling, "next": stepped.step}
    body |= {"told": list(recipients.ids), "why": dict(recipients.why)}
    if expired:
        body["expired"] = alert.acknowledged_by
    notices = [
        _alert_notice(alert, telling, recipient, recipients.why.get(recipient, ""), expired)
        for recipient in recipients.ids
    ]
    return Entry(alert.site, now, "shiftbot", "alert-step", f"alert:{alert.id}", body), notices


def _alert_notice(alert: Alert, telling: Telling, recipient: str, why: str, expired: bool) -> Notice:
    lines = [f"{alert.title}: {alert.detail}" if alert.detail else alert.title]
    if expired:
        lines.append("The acknowledgement ran out and the cause is still there.")
    if why:
        lines.append(f"You are told because {why}.")
    return Notice(
        key=f"alert:{alert.id}:{telling.telling}:{recipient}",
        lane=Lane.ESCALATION,
        site=alert.site,
        kind=NoticeKind.ALERT,
        recipient=recipient,
        text="\n".join(lines),
        alert=alert.id,
        about={"step": telling.step, "telling": telling.telling},
    )
