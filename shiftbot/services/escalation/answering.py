"""What people say to an alert: they have it, they cannot, it must go further, it is over. Raises Refused for others."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import CLOSED_BY_HAND, Alert, AlertState
from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import CardKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.services.escalation.opening import note, resolve_alert
from shiftbot.storage import alerts


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
    note(connection, alert, "alert-closed", person.id, {"how": done}, now)


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
    note(connection, before, kind, person.id, {"step": before.step + 1}, now)
    delivery.touch(connection, CardKind.ALERT, before.id, now)
    return after


def _name(pharmacy: Pharmacy, person_id: str | None, asker: Person) -> str:
    if person_id == asker.id:
        return "You"
    person = pharmacy.people.get(person_id or "")
    return person.name if person else (person_id or "Somebody")
