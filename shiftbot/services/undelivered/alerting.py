"""Messages of our own that failed for good: each place that is not reached is an alert, until it is reached again."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import Alert, AlertKind
from shiftbot.domain.notice import CardKind
from shiftbot.domain.site import Pharmacy
from shiftbot.services.batches import each_alone
from shiftbot.services.delivery import SLACK, is_outside
from shiftbot.services.escalation import NewAlert, open_alert, resolve_alert
from shiftbot.services.undelivered.unreached import go_on_when_unreached
from shiftbot.storage import alerts, cards, outages, outbox
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

BATCH = 200

SAID_AT_MOST = 120
"""Of the message that did not go out so many characters are named; it may be about another that did not."""

AWAY_FOR_LONG = timedelta(minutes=5)
"""A shorter absence of Slack is summed up when it is over, and is no alert."""


def alert_of_failures(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Make an alert of what failed for good, one for each person's means or channel; end those that are over.

    An alert of which nobody could be told goes on to its next step at once. While Slack as a whole is away, that is one
    alert, and not one for each whom it does not reach.
    """

    def find(connection: Connection) -> list[Parcel]:
        return outbox.failed_needing_alert(connection, BATCH)

    def take(connection: Connection, failed: list[Parcel]) -> None:
        open_now = {_place(alert)[0] for alert in alerts.unresolved(connection, kind=AlertKind.DELIVERY)}
        away = outages.standing(connection, SLACK)
        for parcel in failed:
            place = f"{parcel.notice.recipient}:{parcel.means}"
            if place not in open_now and not (away and not is_outside(parcel.target)):
                open_alert(connection, pharmacy, _alert(pharmacy, parcel, place), now)
                open_now.add(place)
            outbox.settle(connection, parcel.id, parcel.state)
            go_on_when_unreached(connection, pharmacy, parcel, now)

    raised = each_alone(database, find, take, name=lambda parcel: f"parcel {parcel.id}")
    _alert_of_slack(database, pharmacy, now)
    _end(database, pharmacy, now)
    return raised


def _alert_of_slack(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Slack as a whole is away for long: one alert, that goes by other means."""
    with database.snapshot() as connection:
        away = outages.standing(connection, SLACK)
        if away is None or now < away.began_at + AWAY_FOR_LONG:
            return
        known = alerts.unresolved(connection, kind=AlertKind.DELIVERY)
    site = next(iter(pharmacy.sites), None)
    subject = f"{SLACK}:{away.id}@0"
    if site is None or any(alert.subject == subject for alert in known):
        return
    title = "Slack takes no messages from shiftbot"
    detail = f"{away.error}. Escalations go by everybody's next means; whoever has Slack only is not told."
    new = NewAlert(site, AlertKind.DELIVERY, subject, title, detail)
    with database.transaction() as connection:
        open_alert(connection, pharmacy, new, now)


def _alert(pharmacy: Pharmacy, parcel: Parcel, place: str) -> NewAlert:
    # The subject names person and means, never the address: an Apprise URL holds a password.
    person = pharmacy.people.get(parcel.notice.recipient)
    means = "by Slack" if parcel.means == 0 else f"by means {parcel.means} of their `reach`"
    whom = f"{person.name} {means}" if person else f"the channel {parcel.notice.recipient}"
    if _is_group(parcel.notice.recipient):
        whom = f"the user group {parcel.notice.recipient}"
    said = parcel.notice.text.splitlines()[0][:SAID_AT_MOST]
    return NewAlert(
        site=parcel.notice.site,
        kind=AlertKind.DELIVERY,
        subject=f"{place}@{parcel.id}",
        title=f"shiftbot cannot reach {whom}",
        detail=f"{parcel.error} — {_written_at(pharmacy, parcel)}The message was: {said}",
    )


def _written_at(pharmacy: Pharmacy, parcel: Parcel) -> str:
    """Where pharmacy.yaml names what is not reached: the place to look, and to mend when it is wrong."""
    person, site = pharmacy.people.get(parcel.notice.recipient), pharmacy.sites.get(parcel.notice.site)
    if person is not None and parcel.means == 0:
        return f"In pharmacy.yaml it is `slack: {person.slack}` of the person `{person.id}`. "
    if person is not None:
        return f"In pharmacy.yaml it is number {parcel.means} of `reach` of the person `{person.id}`. "
    if site is not None and site.channel == parcel.notice.recipient:
        return f"In pharmacy.yaml it is `channel: {site.channel}` of the site `{site.id}`. "
    if site is not None and site.duty_group == parcel.notice.recipient:
        return f"In pharmacy.yaml it is `duty_group: {site.duty_group}` of the site `{site.id}`. "
    return ""


def _place(alert: Alert) -> tuple[str, str, int, int]:
    """What is not reached: person or channel with means in one word, the two apart, and the parcel that failed.

    Of Slack as a whole it is the number of its outage in the place of the means.
    """
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
    if recipient == SLACK:
        away = outages.standing(connection, SLACK)
        return "" if away and away.id == means else "Slack takes messages again."
    if _is_group(recipient):
        return _why_group_is_over(connection, pharmacy, alert, recipient)
    if outbox.sent_since(connection, recipient, means, parcel):
        return "Messages go through again."
    channels = {site.channel for site in pharmacy.sites.values()}
    if recipient not in channels and recipient not in pharmacy.people:
        return "Nobody is reached there any more: they are not in pharmacy.yaml."
    return ""


def _is_group(recipient: str) -> bool:
    return recipient.startswith("S") and recipient != SLACK


def _why_group_is_over(connection: Connection, pharmacy: Pharmacy, alert: Alert, group: str) -> str:
    site = pharmacy.sites.get(alert.site)
    if site is None or site.duty_group != group:
        return "The site names this group no more."
    kept = [each for each in cards.of_subject(connection, CardKind.DUTY_GROUP, site.id) if each.target == group]
    return "It holds who is on duty again." if any(each.state == "shown" for each in kept) else ""
