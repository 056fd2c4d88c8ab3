"""What a try leaves behind beside its parcel: the next means, and what is known of the one that was tried."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.notice import NoticeKind, NoticeState
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy
from shiftbot.services.delivery.choosing import targets_of
from shiftbot.services.delivery.pace import is_outside
from shiftbot.storage import means, outbox, record, standing_by
from shiftbot.storage.outbox import Going, Parcel

RETRY_MEANS = tuple(timedelta(minutes=minutes) for minutes in (5, 30, 120, 360, 1440))
"""A means that fails is tested again after so long; the last one is kept."""

GIVES_UP_AFTER = 3
"""A means beside Slack that did not take so many tries fails: nobody asks to wait there."""


def scheme(target: str) -> str:
    """A means in one word; the address itself may hold secrets."""
    return target.partition("://")[0] if is_outside(target) else "Slack"


def go_on(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> bool:
    """Have the next means tell it at once; False when no means is left, or that would be nonsense."""
    person = pharmacy.people.get(parcel.notice.recipient)
    if person is None or parcel.notice.kind is NoticeKind.REACH:
        return False
    targets = targets_of(person)
    known = {each.means: each for each in standing_by.together(connection, parcel.notice.key, len(targets))}
    for place in (*range(parcel.means + 1, len(targets)), *range(min(parcel.means, len(targets)))):
        other = known.get(place)
        if other is None:
            notice = replace(parcel.notice, key=standing_by.key_by(parcel.notice.key, place))
            outbox.add_going(connection, [Going(notice, place, targets[place], now)], now)
            return True
        if other.state not in (NoticeState.FAILED, NoticeState.SUPPRESSED):
            standing_by.hasten(connection, other.notice.key, now)
            return True
    return False


def stand_down(connection: Connection, pharmacy: Pharmacy, parcel: Parcel) -> None:
    """It went out: what stood by for the means after this one is not needed."""
    person = pharmacy.people.get(parcel.notice.recipient)
    if person is None or not person.reach:
        return
    others = range(1 + len(person.reach))
    keys = [standing_by.key_by(parcel.notice.key, place) for place in others if place != parcel.means]
    standing_by.stand_down(connection, keys, f"not needed: it went out by {scheme(parcel.target)}")


def leave_to_the_summary(connection: Connection, parcel: Parcel) -> None:
    """While Slack is away, what went out by other means waits for Slack no longer: it is summed up there afterwards."""
    if parcel.means > 0 and parcel.notice.kind is NoticeKind.ALERT:
        why = f"told by {scheme(parcel.target)} while Slack was away"
        standing_by.drop(connection, standing_by.by_slack(parcel.notice.key), why)


def note_success(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> None:
    """A means that failed works again, and is verified anew where the person has several."""
    person = pharmacy.people.get(parcel.notice.recipient)
    if person is None:
        return
    again_at = now if person.reach and parcel.notice.kind is not NoticeKind.REACH else None
    if means.works(connection, person.id, parcel.target, again_at):
        _record(connection, parcel, person, "means-works", {}, now)


def note_failure(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, error: str, now: datetime) -> None:
    """A means does not work: it is passed by from now on, and tested in the background until it works."""
    person = pharmacy.people.get(parcel.notice.recipient)
    if person is None or parcel.target not in targets_of(person):
        return
    failures = means.fail(connection, person.id, parcel.target, parcel.means, error, now)
    if person.reach:
        wait = RETRY_MEANS[min(failures, len(RETRY_MEANS)) - 1]
        means.put_off(connection, person.id, means.address_of(parcel.target), now + wait)
    if failures == 1:
        _record(connection, parcel, person, "means-failed", {"error": error}, now)


def _record(
    connection: Connection, parcel: Parcel, person: Person, kind: str, more: dict[str, object], now: datetime
) -> None:
    body = {"means": parcel.means, "by": scheme(parcel.target)} | more
    record.append(connection, [Entry(parcel.notice.site, now, "shiftbot", kind, f"person:{person.id}", body)])
