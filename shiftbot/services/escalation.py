"""Alerts: opened for every cause once, walked up their policy until somebody answers and the cause is gone.

The policy is frozen at the alert's start; who is on duty is asked at each step. Nobody on duty is a value, not an
error: the step goes to the site's fallback at once and says why (design.md §4).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import (
    CLOSED_BY_HAND,
    STANDARD,
    Alert,
    AlertKind,
    AlertState,
    Policy,
    Severity,
    Step,
    Telling,
)
from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.record import Entry
from shiftbot.domain.roster import on_duty
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.storage import alerts, outbox, record
from shiftbot.storage.database import Database

log = logging.getLogger(__name__)

DELIVERY = Policy("delivery", (Step(("manager", "on-duty-pharmacist"), repeat=timedelta(hours=1)),))
"""The ladder of a delivery failure of our own."""

BATCH = 200


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


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is told at a step: people and channels; `why`, for each who stands in for somebody the step names."""

    ids: tuple[str, ...]
    why: Mapping[str, str] = field(default_factory=dict)


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
    added = alerts.add(connection, fresh.values())
    opened = ((fresh[cause], alert_id) for cause, alert_id in added.items())
    record.append(
        connection,
        [Entry(alert.site, now, actor, "alert-opened", f"alert:{number}", _opened(alert)) for alert, number in opened],
    )
    return [added.get((new.kind, new.subject)) or alerts.find_id(connection, new.kind, new.subject) for new in news]


def _fresh(pharmacy: Pharmacy, new: NewAlert, now: datetime) -> Alert:
    policy = DELIVERY if new.kind is AlertKind.DELIVERY else pharmacy.policies.get(new.policy, STANDARD)
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
    """Resolve the alert of one cause, which is gone; whether there was one to resolve. All who were told hear of it."""
    alert = alerts.find(connection, kind, subject)
    if alert is None or alert.state is AlertState.RESOLVED:
        return False
    if not alerts.save(connection, alert, ladder.resolve(alert, how, now)):
        return False
    _note(connection, alert, "alert-resolved", "shiftbot", {"how": how}, now)
    delivery.touch(connection, CardKind.ALERT, alert.id, now)
    delivery.queue(connection, pharmacy, _resolved_notices(connection, alert, how), now)
    return True


def raise_severity(connection: Connection, kind: AlertKind, subject: str, now: datetime) -> bool:
    """Make the alert of one cause critical and take its next step at once; whether that changed anything."""
    alert = alerts.find(connection, kind, subject)
    if alert is None or alert.state is AlertState.RESOLVED or alert.severity is Severity.CRITICAL:
        return False
    critical = replace(ladder.hurry(alert, now), severity=Severity.CRITICAL)
    if not alerts.save(connection, alert, critical):
        return False
    _note(connection, alert, "alert-critical", "shiftbot", {"severity": critical.severity}, now)
    delivery.touch(connection, CardKind.ALERT, alert.id, now)
    return True


def acknowledge(connection: Connection, pharmacy: Pharmacy, alert_id: int, person: Person, now: datetime) -> Alert:
    """`person` has it: the ladder rests for 30 minutes. Raises AlreadyDone or Refused."""
    alert = _answerable(connection, alert_id, person)
    if alert.state is AlertState.ACKNOWLEDGED:
        raise AlreadyDone(f"{_name(pharmacy, alert.acknowledged_by, person)} already has this one.")
    return _answer(connection, alert, ladder.acknowledge(alert, person.id, now), "alert-acknowledged", person, now)


def decline(connection: Connection, alert_id: int, person: Person, now: datetime) -> Alert:
    """`person` cannot: the next step is taken at once. Raises Refused when it is resolved."""
    alert = _answerable(connection, alert_id, person)
    return _answer(connection, alert, ladder.hurry(alert, now), "alert-declined", person, now)


def escalate_now(connection: Connection, alert_id: int, person: Person, now: datetime) -> Alert:
    """`person` wants the next step at once. Raises Refused when it is resolved."""
    alert = _find(connection, alert_id)
    return _answer(connection, alert, ladder.hurry(alert, now), "alert-hurried", person, now)


def close_by_hand(
    connection: Connection, pharmacy: Pharmacy, alert_id: int, person: Person, how: str, now: datetime
) -> None:
    """Resolve an alert with a reason, where people may judge that its cause is gone. Raises Refused for others."""
    alert = _find(connection, alert_id)
    if alert.kind not in CLOSED_BY_HAND:
        raise Refused("This alert closes by itself when its cause is gone; acknowledge it to stop the calls for now.")
    if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("A pharmacist or manager closes this. Tell the pharmacist on duty what was done.")
    done = keepable(how)
    if not done:
        raise Refused("Say in a few words what was done.")
    resolve_alert(connection, pharmacy, alert.kind, alert.subject, f"{person.name}: {done}", now)
    _note(connection, alert, "alert-closed", person.id, {"how": done}, now)


def _answerable(connection: Connection, alert_id: int, person: Person) -> Alert:
    alert = _find(connection, alert_id)
    if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("A pharmacist or manager answers for an alert. Doing what was missed closes it, whoever does it.")
    return alert


def _find(connection: Connection, alert_id: int) -> Alert:
    alert = alerts.load(connection, alert_id)
    if alert is None:
        raise Refused("This alert is not in the database any more; nothing was changed.")
    if alert.state is AlertState.RESOLVED:
        raise AlreadyDone(f"This is resolved already: {alert.resolution}.")
    return alert


def _answer(connection: Connection, before: Alert, after: Alert, kind: str, person: Person, now: datetime) -> Alert:
    if not alerts.save(connection, before, after):
        raise AlreadyDone("Somebody else answered this alert a moment before you.")
    _note(connection, before, kind, person.id, {"step": before.step + 1}, now)
    delivery.touch(connection, CardKind.ALERT, before.id, now)
    return after


def _name(pharmacy: Pharmacy, person_id: str | None, asker: Person) -> str:
    if person_id == asker.id:
        return "You"
    person = pharmacy.people.get(person_id or "")
    return person.name if person else (person_id or "Somebody")


def _note(connection: Connection, alert: Alert, kind: str, actor: str, body: dict[str, object], now: datetime) -> None:
    record.append(connection, [Entry(alert.site, now, actor, kind, f"alert:{alert.id}", body)])


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
    recipients = who(pharmacy, site, telling, now) if site else _managers(pharmacy)
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


def who(pharmacy: Pharmacy, site: Site, telling: Telling, now: datetime) -> Recipients:
    """Whom a step means now: never nobody. Where there is nobody it is the fallback, who is told why."""
    ids: dict[str, str] = {}
    duty = on_duty(pharmacy.duty_roster_of(site.id), {site.id: site.calendar}, site.id, now)
    for word in telling.tell:
        found = _meant(pharmacy, site, word, duty)
        why = "" if found else _nobody(word)
        for each in found or (site.fallback,):
            ids.setdefault(each, why)
    return Recipients(tuple(ids), {each: why for each, why in ids.items() if why})


def _managers(pharmacy: Pharmacy) -> Recipients:
    """Who is left to tell of an alert whose site was taken out of the definitions."""
    people = pharmacy.people_with(Role.MANAGER) or tuple(pharmacy.people.values())[:1]
    return Recipients(
        tuple(person.id for person in people), {person.id: "its site is no longer defined" for person in people}
    )


def _meant(pharmacy: Pharmacy, site: Site, word: str, duty: tuple[str, ...]) -> tuple[str, ...]:
    match word:
        case "channel":
            return (site.channel,)
        case "on-duty-pharmacist":
            return duty[:1]
        case "backup-pharmacist":
            return duty[1:2]
        case "manager":
            return tuple(person.id for person in pharmacy.people_with(Role.MANAGER))
        case person if person in pharmacy.people:
            return (person,)
    return ()


def _nobody(word: str) -> str:
    match word:
        case "on-duty-pharmacist":
            return "no pharmacist is on duty now"
        case "backup-pharmacist":
            return "no second pharmacist is on duty now"
        case "manager":
            return "no manager is named"
    return f"{word} is no longer in pharmacy.yaml"


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


def acknowledged_until(site: Site, alert: Alert) -> str:
    """Local clock time at which the acknowledgement of an alert runs out; empty when there is none."""
    if alert.state is not AlertState.ACKNOWLEDGED or alert.escalate_at is None:
        return ""
    return local_clock(site.calendar, alert.escalate_at)
