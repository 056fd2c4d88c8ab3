"""A step of an alert that reached nobody: the next one is taken at once, and not when its wait is over."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import NoticeKind, NoticeState
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.storage import alerts, outbox, record
from shiftbot.storage.outbox import Parcel


def go_on_when_unreached(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> bool:
    """Hurry the alert of a parcel that failed, if its step told no person and still may not; whether it was hurried.

    The last step repeats as it is: there is nobody after it.
    """
    number, telling = parcel.notice.alert, parcel.notice.about.get("telling")
    if number is None or parcel.notice.kind is not NoticeKind.ALERT or parcel.notice.recipient not in pharmacy.people:
        return False
    alert = alerts.load(connection, number)
    if alert is None or alert.state is not AlertState.TRIGGERED or alert.told != telling:
        return False
    if alert.step != parcel.notice.about.get("step") or _may_be_heard(connection, pharmacy, number, telling):
        return False
    if not alerts.save(connection, alert, ladder.hurry(alert, now)):
        return False
    body: dict[str, object] = {"step": alert.step, "recipient": parcel.notice.recipient, "error": parcel.error or ""}
    record.append(connection, [Entry(alert.site, now, "shiftbot", "alert-unreached", f"alert:{number}", body)])
    return True


def _may_be_heard(connection: Connection, pharmacy: Pharmacy, number: int, telling: int) -> bool:
    """Whether anybody has heard of a telling, or is still to hear of it by another means."""
    return any(
        parcel.state not in (NoticeState.FAILED, NoticeState.SUPPRESSED)
        for parcel in outbox.of_alert(connection, number)
        if parcel.notice.recipient in pharmacy.people and parcel.notice.about.get("telling") == telling
    )
