"""A step of an alert that reached nobody: the next one is taken at once, and not when its wait is over.

After the last step comes the site's channel: whoever reads it can go and tell them.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain import alert as ladder
from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import NoticeKind, NoticeState
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Pharmacy
from shiftbot.services import delivery
from shiftbot.storage import alerts, outbox, record
from shiftbot.storage.outbox import Parcel

NOBODY_REACHED = "You read this here because nobody whom this should reach could be reached. Please tell them."


def go_on_when_unreached(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> bool:
    """Hurry the alert of a parcel that failed, if its step told no person and still may not; whether it was hurried.

    The last step repeats as it is: there is nobody after it but who reads the site's channel.
    """
    number, telling = parcel.notice.alert, parcel.notice.about.get("telling")
    if number is None or parcel.notice.kind is not NoticeKind.ALERT or parcel.notice.recipient not in pharmacy.people:
        return False
    alert = alerts.load(connection, number)
    if alert is None or alert.state is not AlertState.TRIGGERED or alert.told != telling:
        return False
    if _may_be_heard(connection, pharmacy, number, telling):
        return False
    if alert.step != parcel.notice.about.get("step"):
        _tell_channel(connection, pharmacy, parcel, now)
        return False
    if not alerts.save(connection, alert, ladder.hurry(alert, now)):
        return False
    body: dict[str, object] = {"step": alert.step, "recipient": parcel.notice.recipient, "error": parcel.error or ""}
    record.append(connection, [Entry(alert.site, now, "shiftbot", "alert-unreached", f"alert:{number}", body)])
    return True


def _tell_channel(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> None:
    """Once for each telling; not where the step tells the channel anyway."""
    notice, site = parcel.notice, pharmacy.sites.get(parcel.notice.site)
    if site is None:
        return
    key = f"alert:{notice.alert}:{notice.about.get('telling')}:{site.channel}"
    text = f"{notice.text}\n{NOBODY_REACHED}"
    delivery.queue(connection, pharmacy, [replace(notice, key=key, recipient=site.channel, text=text)], now)


def _may_be_heard(connection: Connection, pharmacy: Pharmacy, number: int, telling: int) -> bool:
    """Whether anybody has heard of a telling, or is still to hear of it by another means."""
    return any(
        parcel.state not in (NoticeState.FAILED, NoticeState.SUPPRESSED)
        for parcel in outbox.of_alert(connection, number)
        if parcel.notice.recipient in pharmacy.people and parcel.notice.about.get("telling") == telling
    )
