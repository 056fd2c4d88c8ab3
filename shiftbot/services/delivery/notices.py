"""Sending what waits in one lane of the outbox: in hand, sent, then settled, whatever becomes of it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import CardKind, Lane, NoticeKind, NoticeState
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown, StorageUnavailable
from shiftbot.services.delivery.queueing import target_of
from shiftbot.services.delivery.sending import BATCH, BROKEN, IN_HAND_FOR, Pace, Receipt, Sender, wait_after
from shiftbot.storage import alerts, cards, outbox
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

log = logging.getLogger(__name__)

TURN = timedelta(seconds=1)
"""How long cards and routine notices go on before the escalations are looked at again, however many wait."""

IMPATIENT_AFTER = 3
"""An escalation that did not get out in so many tries goes by the next means as well, and on trying by this one."""


def deliver_lane(
    lane: Lane,
    database: Database,
    pharmacy: Pharmacy,
    sender: Sender,
    now: datetime,
    pace: Pace,
    clock: Callable[[], datetime],
) -> int:
    with database.snapshot() as connection:
        due = outbox.find_due(connection, lane, now, BATCH, except_to=pace.busy(clock()))
    sent = 0
    for parcel in due:
        if lane is Lane.ROUTINE and clock() >= now + TURN:
            break
        if not pace.is_ready(parcel.target, clock()):
            continue
        claimed = _claim(database, parcel, clock())
        if claimed is None:
            continue
        sent += _send(database, pharmacy, sender, claimed, pace, clock)
    return sent


def _claim(database: Database, parcel: Parcel, now: datetime) -> Parcel | None:
    """The parcel, in hand; None when it is another's, or is no longer true."""
    broken = parcel.state in BROKEN
    with database.transaction() as connection:
        if _is_stale(connection, parcel):
            outbox.settle(connection, parcel.id, NoticeState.SUPPRESSED)
            return None
        again = broken and parcel.notice.lane is Lane.ESCALATION
        if not outbox.claim(connection, parcel, now + IN_HAND_FOR, may_repeat=again):
            return None
        loaded = outbox.load(connection, parcel.notice.key)
        # In hand it keeps the state it was found in: what may have been sent is looked up before a second try.
        return None if loaded is None else replace(loaded, state=parcel.state)


def _is_stale(connection: Connection, parcel: Parcel) -> bool:
    """Whether a notice that was surely not sent is no longer true: its alert is over, or was never heard of."""
    notice = parcel.notice
    if parcel.state is not NoticeState.PENDING or notice.alert is None:
        return False
    if notice.kind is NoticeKind.RESOLVED:
        return not outbox.may_have_reached(connection, notice.alert, notice.recipient)
    alert = alerts.look_at(connection, notice.alert) if notice.kind is NoticeKind.ALERT else None
    return alert is not None and alert.state is AlertState.RESOLVED


def _send(
    database: Database, pharmacy: Pharmacy, sender: Sender, parcel: Parcel, pace: Pace, clock: Callable[[], datetime]
) -> int:
    lookup = parcel.state in BROKEN and parcel.notice.lane is Lane.ROUTINE
    try:
        found = sender.find(parcel.target, parcel.notice.key, parcel.created_at) if lookup else None
        receipt = found or sender.send(parcel)
    except DeliveryPostponed as error:
        _postpone(database, pharmacy, parcel, pace, error, clock())
        return 0
    except DeliveryUnknown as error:
        _unknown(database, pharmacy, parcel, pace, error, clock())
        return 0
    except DeliveryFailed as error:
        _fail(database, pharmacy, parcel, error, clock())
        return 0
    except StorageUnavailable:
        raise
    except Exception as error:
        log.exception("notice %s could not be sent", parcel.notice.key, extra={"action": "notice_broke"})
        _unknown(database, pharmacy, parcel, pace, error, clock())
        return 0
    pace.sent(parcel.target, clock())
    _settle_sent(database, parcel, receipt, clock())
    return 1


def _settle_sent(database: Database, parcel: Parcel, receipt: Receipt, now: datetime) -> None:
    with database.transaction() as connection:
        if not outbox.settle(
            connection, parcel.id, NoticeState.SENT, held=parcel.attempts,
            sent_at=now, channel=receipt.channel, ts=receipt.ts, error=None,
        ):  # fmt: skip
            return
        notice = parcel.notice
        if notice.kind is NoticeKind.ALERT and notice.alert is not None and receipt.channel and receipt.ts:
            subject = str(notice.alert)
            cards.add_shown(connection, CardKind.ALERT, subject, notice.site, receipt.channel, receipt.ts)
            alert = alerts.look_at(connection, notice.alert)
            if alert is not None and alert.state is not AlertState.TRIGGERED:
                cards.touch(connection, CardKind.ALERT, [subject], now)


def _postpone(
    database: Database, pharmacy: Pharmacy, parcel: Parcel, pace: Pace, error: DeliveryPostponed, now: datetime
) -> None:
    if error.wait:
        pace.hold(parcel.target, now + error.wait)
    log.info("a notice waits: %s", error, extra={"action": "notice_postponed"})
    state = NoticeState.UNKNOWN if parcel.state in BROKEN else NoticeState.PENDING
    _try_later(database, pharmacy, parcel, state, now + max(error.wait, wait_after(parcel.attempts)), str(error), now)


def _unknown(
    database: Database, pharmacy: Pharmacy, parcel: Parcel, pace: Pace, error: Exception, now: datetime
) -> None:
    pace.sent(parcel.target, now)
    log.info("nobody knows whether a notice went out: %s", error, extra={"action": "notice_unknown"})
    later = now + wait_after(parcel.attempts)
    _try_later(database, pharmacy, parcel, NoticeState.UNKNOWN, later, str(error), now)


def _try_later(
    database: Database,
    pharmacy: Pharmacy,
    parcel: Parcel,
    state: NoticeState,
    at: datetime,
    error: str,
    now: datetime,
) -> None:
    with database.transaction() as connection:
        if not outbox.settle(connection, parcel.id, state, held=parcel.attempts, attention_at=at, error=error):
            return
        if parcel.notice.lane is Lane.ESCALATION and parcel.attempts >= IMPATIENT_AFTER:
            _queue_next_means(connection, pharmacy, parcel, now)


def _fail(database: Database, pharmacy: Pharmacy, parcel: Parcel, error: DeliveryFailed, now: datetime) -> None:
    """This means is closed for good: the next one has the notice in the same transaction, and an alert follows."""
    log.warning("a notice failed: %s", error, extra={"action": "notice_failed"})
    with database.transaction() as connection:
        if outbox.settle(
            connection, parcel.id, NoticeState.FAILED, held=parcel.attempts, attention_at=now, error=str(error)
        ):
            _queue_next_means(connection, pharmacy, parcel, now)


def _queue_next_means(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> None:
    person = pharmacy.people.get(parcel.notice.recipient)
    following = parcel.means + 1
    if person is None or following > len(person.reach):
        return
    notice = replace(parcel.notice, key=f"{parcel.notice.key.split('|')[0]}|{following}")
    outbox.add(connection, [(notice, following, target_of(pharmacy, notice, following))], now)
