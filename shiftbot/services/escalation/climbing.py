"""The tick's part in an alert: each step of the frozen policy that is due, expired acknowledgements included."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import Alert, AlertState, Telling
from shiftbot.domain.mute import Mute
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.passing import holds_at
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import wording
from shiftbot.services.escalation.holding import muted_now
from shiftbot.services.escalation.recipients import managers, who
from shiftbot.storage import alerts, causes, record
from shiftbot.storage.database import Database

BATCH = 200

SHIFTBOT = "shiftbot"

Said = tuple[Entry, list[Notice]]
"""What the record and the outbox are to hold of one alert's going on."""


def escalate(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Take every step that is due, expired acknowledgements included; how many. No alert stops the next."""

    def find(connection: Connection) -> list[Alert]:
        return alerts.find_due(connection, now, BATCH)

    def take(connection: Connection, due: list[Alert]) -> None:
        several = causes.of_alerts(connection, [alert.id for alert in due])
        muted = muted_now(connection, due, several, now)
        held = [(alert, muted.over_all(alert, several.get(alert.id, ()))) for alert in due]
        taken = [step for alert, mute in held if (step := _go_on(connection, pharmacy, alert, mute, now))]
        record.append(connection, [entry for entry, _ in taken])
        # Messages say what was true when they were sent; only a lapsed acknowledgement makes them untrue. Editing all
        # of them at each step would cost an alert that nobody answers more edits than Slack takes.
        lapsed = [alert.id for alert, mute in held if alert.state is AlertState.ACKNOWLEDGED and mute is None]
        delivery.touch_all(connection, CardKind.ALERT, lapsed, now)
        delivery.queue(connection, pharmacy, [notice for _, notices in taken for notice in notices], now)

    return each_alone(database, find, take, name=lambda alert: f"alert {alert.id}")


def _go_on(connection: Connection, pharmacy: Pharmacy, alert: Alert, mute: Mute | None, now: datetime) -> Said | None:
    """Pass over what does not hold, then take the step that is due; None when somebody was first.

    Under a mute the ladder waits for its end, unless somebody asked for the step.
    """
    site = pharmacy.sites.get(alert.site)
    if mute is not None and not alerts.was_hurried(connection, alert):
        return _hold(connection, alert, mute, now)
    holds = holds_at(alert.severity, site.calendar if site else None, now)
    if holds(alert.policy.steps[alert.step]):
        return _take_step(connection, pharmacy, alert, alert, (), now)
    at_once = alerts.was_hurried(connection, alert)
    standing, passed = ladder.pass_over(alert, now, holds, at_once=at_once)
    if standing.escalate_at is not None and standing.escalate_at > now:
        return _wait(connection, alert, standing, passed, now)
    return _take_step(connection, pharmacy, alert, standing, passed, now)


def _hold(connection: Connection, alert: Alert, mute: Mute, now: datetime) -> Said | None:
    """Nobody is told now; who has it keeps it as long."""
    if not alerts.hold_until(connection, alert, mute.ends_at):
        return None
    delivery.touch(connection, CardKind.ALERT, alert.id, now)
    body = {"mute": mute.id, "until": mute.ends_at.isoformat()}
    return Entry(alert.site, now, SHIFTBOT, "alert-held", f"alert:{alert.id}", body), []


def _wait(
    connection: Connection, before: Alert, standing: Alert, passed: tuple[int, ...], now: datetime
) -> Said | None:
    """Nobody is told now: what was due does not hold, and the next step's time has not come."""
    if not alerts.save(connection, before, standing):
        return None
    body = {"passed": list(passed), "telling": standing.told, "next": standing.step}
    return Entry(before.site, now, SHIFTBOT, "alert-passed-over", f"alert:{before.id}", body), []


def _take_step(
    connection: Connection, pharmacy: Pharmacy, before: Alert, alert: Alert, passed: tuple[int, ...], now: datetime
) -> Said | None:
    """Save the step; what the record and the outbox are to hold of it. None when somebody was first."""
    stepped, telling = ladder.take_step(alert, now)
    if not alerts.save(connection, before, stepped):
        return None
    site = pharmacy.sites.get(alert.site)
    recipients = who(pharmacy, site, telling, now) if site else managers(pharmacy)
    expired = alert.state is AlertState.ACKNOWLEDGED
    body: dict[str, object] = {"step": telling.step, "telling": telling.telling, "next": stepped.step}
    body |= {"told": list(recipients.ids), "why": dict(recipients.why)}
    if passed:
        body["passed"] = list(passed)
    if expired:
        body["expired"] = alert.acknowledged_by
    said = {
        each: wording.alert_text(alert, passed, recipients.why.get(each, ""), expired=expired)
        for each in recipients.ids
    }
    notices = [_alert_notice(alert, telling, recipient, text) for recipient, text in said.items()]
    return Entry(alert.site, now, SHIFTBOT, "alert-step", f"alert:{alert.id}", body), notices


def _alert_notice(alert: Alert, telling: Telling, recipient: str, text: str) -> Notice:
    return Notice(
        key=f"alert:{alert.id}:{telling.telling}:{recipient}",
        lane=Lane.ESCALATION,
        site=alert.site,
        kind=NoticeKind.ALERT,
        recipient=recipient,
        text=text,
        alert=alert.id,
        about={"step": telling.step, "telling": telling.telling},
    )
