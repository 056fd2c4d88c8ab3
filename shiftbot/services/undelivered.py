"""Messages of our own that failed for good: each place that is not reached is an alert, until it is reached again."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind
from shiftbot.domain.site import Pharmacy
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert, open_alert, resolve_alert
from shiftbot.storage import alerts, cards, outbox
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

BATCH = 200


def alert_of_failures(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Make an alert of what failed for good, one for each person's means or channel; end those that are over."""

    def find(connection: Connection) -> list[Parcel]:
        return outbox.failed_needing_alert(connection, BATCH)

    def take(connection: Connection, failed: list[Parcel]) -> None:
        open_now = {_place(alert)[0] for alert in alerts.unresolved(connection, kind=AlertKind.DELIVERY)}
        for parcel in failed:
            place = f"{parcel.notice.recipient}:{parcel.means}"
            if place not in open_now:
                open_alert(connection, pharmacy, _alert(pharmacy, parcel, place), now)
                open_now.add(place)
            outbox.settle(connection, parcel.id, parcel.state)

    raised = each_alone(database, find, take, name=lambda parcel: f"parcel {parcel.id}")
    _end(database, pharmacy, now)
    return raised


def _alert(pharmacy: Pharmacy, parcel: Parcel, place: str) -> NewAlert:
    # The subject names person and means, never the address: an Apprise URL holds a password.
    person = pharmacy.people.get(parcel.notice.recipient)
    means = "by Slack" if parcel.means == 0 else f"by means {parcel.means} of their `reach`"
    whom = f"{person.name} {means}" if person else f"the channel {parcel.notice.recipient}"
    return NewAlert(
        site=parcel.notice.site,
        kind=AlertKind.DELIVERY,
        subject=f"{place}@{parcel.id}",
        title=f"shiftbot cannot reach {whom}",
        detail=f"{parcel.error} — the message was: {parcel.notice.text.splitlines()[0]}",
    )


def _place(alert: Alert) -> tuple[str, str, int, int]:
    """What is not reached: person or channel with means in one word, the two apart, and the parcel that failed."""
    place, _, parcel = alert.subject.rpartition("@")
    recipient, _, means = place.rpartition(":")
    return place, recipient, int(means), int(parcel)


def _end(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    def find(connection: Connection) -> list[tuple[Alert, str]]:
        unresolved = alerts.unresolved(connection, kind=AlertKind.DELIVERY)
        judged = ((alert, _why_over(connection, pharmacy, alert)) for alert in unresolved)
        return [(alert, why) for alert, why in judged if why]

    def take(connection: Connection, over: list[tuple[Alert, str]]) -> None:
        for alert, why in over:
            resolve_alert(connection, pharmacy, alert.kind, alert.subject, why, now)
            cards.retry_failed(connection, _place(alert)[1], now)

    each_alone(database, find, take, name=lambda over: f"alert {over[0].id}")


def _why_over(connection: Connection, pharmacy: Pharmacy, alert: Alert) -> str:
    """Why an alert is over; empty while it is not."""
    _, recipient, means, parcel = _place(alert)
    if outbox.sent_since(connection, recipient, means, parcel):
        return "Messages go through again."
    channels = {site.channel for site in pharmacy.sites.values()}
    if recipient not in channels and recipient not in pharmacy.people:
        return "Nobody is reached there any more: they are not in pharmacy.yaml."
    return ""
