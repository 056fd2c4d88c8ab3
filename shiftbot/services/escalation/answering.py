"""What people say to an alert: I have it, I cannot, not now, escalate it, a note beside it, and how it was settled.

Pharmacists and managers answer; anybody may ask for the next step, or write a note. Nothing here stops an alert for
good but its cause: an acknowledgement and a snooze have their end.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import CLOSED_BY_HAND, Alert, AlertState, AsOf, Severity
from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_clock
from shiftbot.domain.notice import CardKind, NoticeKind
from shiftbot.domain.privacy import keepable
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.services.escalation import wording
from shiftbot.services.escalation.opening import note, resolve_alert
from shiftbot.storage import alert_notes, alerts, outbox


def acknowledge(connection: Connection, pharmacy: Pharmacy, alert_id: int, person: Person, now: datetime) -> Alert:
    """`person` has it: the ladder rests for a while. Raises Refused when somebody has it already, or it is resolved.

    This, and no other answer, works from an older message, too, as long as nobody has it: it is about the alert and not
    about a step of it, and whoever takes it on is welcome, however they came to hear of it.
    """
    alert = _free(connection, pharmacy, alert_id, person)
    if alert.state is AlertState.ACKNOWLEDGED:
        raise AlreadyDone("You already have this one.")
    return _answer(connection, alert, ladder.acknowledge(alert, person.id, now), "alert-acknowledged", person, now)


def snooze(
    connection: Connection, pharmacy: Pharmacy, alert_id: int, person: Person, span: timedelta, now: datetime
) -> Alert:
    """`person` has it, and the ladder rests for `span`: an acknowledgement with an end of its own.

    Raises Refused when somebody else has it, when it is resolved, and for a longer rest than its severity allows.
    """
    alert = _free(connection, pharmacy, alert_id, person)
    longest = ladder.snoozes(alert.severity)[-1]
    if not timedelta(0) < span <= longest:
        kind = "A critical alert" if alert.severity is Severity.CRITICAL else "An alert"
        raise Refused(f"{kind} rests for {wording.span(longest)} at most. Choose a shorter time.")
    taken = ladder.acknowledge(alert, person.id, now, span)
    return _answer(connection, alert, taken, "alert-snoozed", person, now, until=(now + span).isoformat())


def decline(connection: Connection, alert_id: int, person: Person, now: datetime) -> Alert:
    """`person` cannot: the next step is taken at once. Raises Refused when it is resolved."""
    alert = _answerable(connection, alert_id, person)
    return _answer(connection, alert, ladder.hurry(alert, now), "alert-declined", person, now)


def escalate_now(connection: Connection, alert_id: int, person: Person, now: datetime) -> Alert:
    """`person` wants the next step at once. Raises Refused when it is resolved."""
    alert = _find(connection, alert_id)
    return _answer(connection, alert, ladder.hurry(alert, now), "alert-hurried", person, now)


def add_note(connection: Connection, alert_id: int, person: Person, words: str, now: datetime) -> int:
    """`person` writes something down beside an alert, for whoever has it next; the note's id. Raises Refused."""
    alert = _find(connection, alert_id)
    said = keepable(" ".join(words.split()))
    if not said:
        raise Refused("Write in a few words what the others should know.")
    added = alert_notes.add(connection, alert.id, person.id, said, now)
    note(
        connection,
        alert,
        "alert-noted",
        person.id,
        {"alert": alert.id, "note": said},
        now,
        subject=f"alert-note:{added}",
    )
    delivery.touch(connection, CardKind.ALERT, alert.id, now)
    return added


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


def refuse_stale(
    connection: Connection, pharmacy: Pharmacy, alert_id: int, seen: AsOf | None, *, looking: bool = False
) -> None:
    """Raise AlreadyDone, with what happened since, when an alert does not stand as it did when somebody saw it.

    What an older version of ours sent says nothing of how it stood; that is not held against who presses it. It is
    locked for the answer that follows, unless the transaction is only `looking`.
    """
    alert = _unresolved(alerts.look_at(connection, alert_id)) if looking else _find(connection, alert_id)
    if seen is None or ladder.as_of(alert) == seen:
        return
    since = _since(connection, pharmacy, alert, seen)
    raise AlreadyDone(f"That was a message from before, so nothing was changed. Since then {since}.")


def _since(connection: Connection, pharmacy: Pharmacy, alert: Alert, seen: AsOf) -> str:
    site = pharmacy.sites.get(alert.site)
    if alert.state is AlertState.ACKNOWLEDGED and alert.escalate_at is not None:
        until = f" until {local_clock(site.calendar, alert.escalate_at)}" if site else ""
        return f"{_name(pharmacy, alert.acknowledged_by)} has it{until}"
    told = [
        parcel
        for parcel in outbox.of_alert(connection, alert.id)
        if parcel.notice.kind is NoticeKind.ALERT and int(parcel.notice.about.get("telling", 0)) > seen.told
    ]
    if not told:
        return "nobody has it any more" if seen.taken else "it went on"
    names = dict.fromkeys(_name(pharmacy, parcel.notice.recipient) for parcel in told)
    at = f" at {local_clock(site.calendar, told[-1].created_at)}" if site else ""
    return f"the next step was taken{at}: {wording.listed(list(names))} told"


def _free(connection: Connection, pharmacy: Pharmacy, alert_id: int, person: Person) -> Alert:
    """An alert that this person may take on. Raises Refused."""
    alert = _answerable(connection, alert_id, person)
    if alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_by != person.id:
        raise AlreadyDone(f"{_name(pharmacy, alert.acknowledged_by)} already has this one.")
    return alert


def _answerable(connection: Connection, alert_id: int, person: Person) -> Alert:
    alert = _find(connection, alert_id)
    if not person.roles & {Role.PHARMACIST, Role.MANAGER}:
        raise Refused("A pharmacist or manager answers for an alert. Doing what was missed closes it, whoever does it.")
    return alert


def _find(connection: Connection, alert_id: int) -> Alert:
    return _unresolved(alerts.load(connection, alert_id))


def _unresolved(alert: Alert | None) -> Alert:
    if alert is None:
        raise Refused("This alert is not in the database any more; nothing was changed.")
    if alert.state is AlertState.RESOLVED:
        raise AlreadyDone(f"This is resolved already: {alert.resolution}.")
    return alert


def _answer(
    connection: Connection, before: Alert, after: Alert, kind: str, person: Person, now: datetime, **more: str
) -> Alert:
    if not alerts.save(connection, before, after):
        raise AlreadyDone("Somebody else answered this alert a moment before you.")
    note(connection, before, kind, person.id, {"step": before.step + 1, **more}, now)
    delivery.touch(connection, CardKind.ALERT, before.id, now)
    return after


def _name(pharmacy: Pharmacy, person_id: str | None) -> str:
    person = pharmacy.people.get(person_id or "")
    if person is not None:
        return person.name
    site = pharmacy.site_by_channel(person_id or "")
    return f"the channel of {site.name}" if site else (person_id or "Somebody")
