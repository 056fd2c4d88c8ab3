"""What is no longer true, or no longer needed, when its turn comes; and what a message by a further means says of that.

Only what was surely not sent can be stale: what may have been sent is sent again, or looked up.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind, AlertState
from shiftbot.domain.notice import NoticeKind, NoticeState
from shiftbot.domain.run import RunState
from shiftbot.domain.site import Pharmacy
from shiftbot.services.delivery.choosing import SLACK, targets_of
from shiftbot.services.delivery.going_on import scheme
from shiftbot.storage import alerts, outages, outbox, runs, standing_by
from shiftbot.storage.outbox import Parcel

OLD_REMINDER = timedelta(minutes=10)
"""A reminder that waited for so long is sent only while there is something to be reminded of."""


def why_stale(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> str:
    """Why a notice is not to be sent any more, in words; empty when it is."""
    notice = parcel.notice
    if parcel.state is not NoticeState.PENDING:
        return ""
    if notice.kind is NoticeKind.REMINDER and "run" in notice.about and parcel.created_at + OLD_REMINDER < now:
        return _why_nothing_to_remind_of(connection, str(notice.about["run"]))
    if notice.alert is None:
        return ""
    if notice.kind is NoticeKind.RESOLVED:
        heard = outbox.may_have_reached(connection, notice.alert, notice.recipient)
        return "" if heard else "they never heard of the alert"
    alert = alerts.look_at(connection, notice.alert) if notice.kind is NoticeKind.ALERT else None
    if alert is not None and alert.state is AlertState.RESOLVED:
        return "the alert was over"
    if alert is not None and _is_of_slack(connection, alert):
        return "Slack was back"
    if alert is not None and standing_by.stands_by(notice.key):
        return _why_not_needed(connection, pharmacy, parcel, alert.state)
    return ""


def _is_of_slack(connection: Connection, alert: Alert) -> bool:
    """Whether an alert says that Slack is away, when it is not any more."""
    if alert.kind is not AlertKind.DELIVERY or not alert.subject.startswith(f"{SLACK}:"):
        return False
    return outages.standing(connection, SLACK) is None


def _why_nothing_to_remind_of(connection: Connection, run: str) -> str:
    found = runs.look_at_run(connection, int(run)) if run.isdecimal() else None
    return "the checklist was over" if found and found.state in (RunState.COMPLETED, RunState.MISSED) else ""


def _why_not_needed(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, state: AlertState) -> str:
    if state is AlertState.ACKNOWLEDGED:
        return "somebody had the alert"
    others = _others(connection, pharmacy, parcel)
    sent = next((each for each in others if each.state is NoticeState.SENT), None)
    return f"not needed: it went out by {scheme(sent.target)}" if sent else ""


def marked(connection: Connection, pharmacy: Pharmacy, parcel: Parcel) -> Parcel:
    """The parcel as it is sent: by a further means it says why it comes that way."""
    if not standing_by.stands_by(parcel.notice.key):
        return parcel
    before = [each for each in _others(connection, pharmacy, parcel) if each.id < parcel.id]
    if not before:
        return parcel
    first = scheme(before[0].target)
    if before[0].state is NoticeState.FAILED:
        why = f"(You get this here because {first} refused it.)"
    else:
        why = f"(You get this here because {first} did not take it in time; it may come there as well.)"
    return replace(parcel, notice=replace(parcel.notice, text=f"{parcel.notice.text}\n{why}"))


def _others(connection: Connection, pharmacy: Pharmacy, parcel: Parcel) -> list[Parcel]:
    person = pharmacy.people.get(parcel.notice.recipient)
    places = len(targets_of(person)) if person else parcel.means + 1
    others = standing_by.together(connection, parcel.notice.key, places)
    return [each for each in others if each.id != parcel.id]
