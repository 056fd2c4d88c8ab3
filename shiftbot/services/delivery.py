"""Getting notices and cards out: decided and stored elsewhere, sent here, later and at their own pace.

Escalations first, then cards that changed, then routine notices. An ambiguous send is *unknown*: a routine one is
looked up by its metadata before a second try, an escalation is sent again, marked as a possible repeat (design.md §4).
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind, NoticeState
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown, StorageUnavailable
from shiftbot.storage import alerts, cards, outbox
from shiftbot.storage.cards import Card
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

log = logging.getLogger(__name__)

IN_HAND_FOR = timedelta(seconds=45)
"""A parcel in hand for longer than this was dropped by a process that died; longer than any time-out of the sender."""

RETRY_WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 30, 60))
"""Waits between tries that sent nothing; the last one is kept."""

CHANNEL_PACE = timedelta(seconds=1)
"""Slack takes about one message a second and channel (libraries.md §3)."""

BATCH = 100

TURN = timedelta(seconds=1)
"""How long cards and routine notices go on before the escalations are looked at again, however many wait."""

BROKEN = (NoticeState.SENDING, NoticeState.UNKNOWN)
"""Found like this, a parcel or card may have been sent: its process died with it in hand, or no answer came."""

RETRY_FAILED = timedelta(hours=1)
"""A card that failed for good is tried again so often: somebody may have invited the bot meanwhile."""

LOOK_BACK = timedelta(days=1)
"""How far back a card that may have been posted is looked for."""

IMPATIENT_AFTER = 3
"""An escalation that did not get out in so many tries goes by the next means as well, and on trying by this one."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a message stands: Slack's channel and ts (an outside means has neither)."""

    channel: str | None = None
    ts: str | None = None


class Sender(Protocol):
    """Whoever attempts. Every method raises DeliveryPostponed, DeliveryUnknown or DeliveryFailed."""

    def send(self, parcel: Parcel) -> Receipt:
        """Send a notice to its target."""
        ...

    def show(self, card: Card) -> Receipt | None:
        """Post or edit a card with its subject's present state; None when its message is gone: post it anew."""
        ...

    def find(self, target: str, key: str, since: datetime) -> Receipt | None:
        """The message with this key in its metadata, if it was posted to the target after all."""
        ...


@dataclass
class Pace:
    """Slack's budget as this process has used it: nothing that matters, a restart begins anew."""

    between: timedelta = CHANNEL_PACE
    held_until: datetime | None = None
    last_in: dict[str, datetime] = field(default_factory=dict)

    def is_ready(self, target: str, now: datetime) -> bool:
        """Whether a message may go to `target` now. Slack's wait stops no other means."""
        if self.held_until is not None and now < self.held_until and not _is_outside(target):
            return False
        last = self.last_in.get(target)
        return last is None or last + self.between <= now

    def busy(self, now: datetime) -> list[str]:
        """Targets that had a message a moment ago: what waits for them must not stand in the way of others."""
        self.last_in = {target: at for target, at in self.last_in.items() if at + self.between > now}
        return list(self.last_in)[:BATCH]

    def sent(self, target: str, now: datetime) -> None:
        """Count a message."""
        self.last_in[target] = now

    def hold(self, target: str, until: datetime) -> None:
        """Slack asked everybody to wait; another means asks for itself only, and its parcel waits by itself."""
        if not _is_outside(target):
            self.held_until = until if self.held_until is None else max(until, self.held_until)


def _is_outside(target: str) -> bool:
    """Whether a target is an Apprise URL and not a Slack id."""
    return "://" in target


def queue(connection: Connection, pharmacy: Pharmacy, notices: Iterable[Notice], now: datetime) -> int:
    """Put notices into the outbox, each for its recipient's first means; how many were new."""
    return outbox.add(connection, ((notice, 0, _target(pharmacy, notice, 0)) for notice in notices), now)


def touch(connection: Connection, kind: CardKind, subject: object, now: datetime) -> None:
    """The cards of this subject are out of date."""
    touch_all(connection, kind, [subject], now)


def touch_all(connection: Connection, kind: CardKind, subjects: Iterable[object], now: datetime) -> None:
    """The cards of these subjects are out of date."""
    cards.touch(connection, kind, [str(subject) for subject in subjects], now)


def take_up(database: Database, now: datetime) -> None:
    """Go on at once with what a process had in hand when it died. Only for one that is surely the only one."""
    with database.transaction() as connection:
        outbox.let_go(connection, now)
        cards.let_go(connection, now)


def _target(pharmacy: Pharmacy, notice: Notice, means: int) -> str:
    person = pharmacy.people.get(notice.recipient)
    if person is None:
        return notice.recipient
    return person.slack if means == 0 else person.reach[means - 1]


def deliver(
    database: Database, pharmacy: Pharmacy, sender: Sender, now: datetime, pace: Pace, clock: Callable[[], datetime]
) -> int:
    """Send what is due, escalations first; how many messages went out. One failing row never stops the next.

    `clock` is asked after each send, so that a slow Slack does not date a later message earlier.
    """
    sent = 0
    steps = (partial(_deliver_lane, Lane.ESCALATION), _show_cards, partial(_deliver_lane, Lane.ROUTINE))
    for step in steps:
        try:
            sent += step(database, pharmacy, sender, max(now, clock()), pace, clock)
        except StorageUnavailable as error:
            log.warning("delivery waits: %s", error, extra={"action": "delivery_waits"})
        except Exception:
            log.exception("a lane of delivery broke; the others go on", extra={"action": "lane_broke"})
    return sent


def _deliver_lane(
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
    _try_later(database, pharmacy, parcel, state, now + max(error.wait, _wait(parcel.attempts)), str(error), now)


def _unknown(
    database: Database, pharmacy: Pharmacy, parcel: Parcel, pace: Pace, error: Exception, now: datetime
) -> None:
    pace.sent(parcel.target, now)
    log.info("nobody knows whether a notice went out: %s", error, extra={"action": "notice_unknown"})
    later = now + _wait(parcel.attempts)
    _try_later(database, pharmacy, parcel, NoticeState.UNKNOWN, later, str(error), now)


def _wait(attempts: int) -> timedelta:
    return RETRY_WAITS[min(max(attempts, 1), len(RETRY_WAITS)) - 1]


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
    outbox.add(connection, [(notice, following, _target(pharmacy, notice, following))], now)


def _show_cards(
    database: Database, pharmacy: Pharmacy, sender: Sender, now: datetime, pace: Pace, clock: Callable[[], datetime]
) -> int:
    with database.snapshot() as connection:
        due = cards.find_due(connection, now, BATCH)
    shown = 0
    for card in due:
        if clock() >= now + TURN:
            break
        if not pace.is_ready(_place(card), clock()):
            continue
        with database.transaction() as connection:
            if not cards.claim(connection, card, clock() + IN_HAND_FOR):
                continue
        shown += _show(database, pharmacy, sender, card, pace, clock)
    return shown


def _place(card: Card) -> str:
    return card.channel or card.target


def _show(
    database: Database, pharmacy: Pharmacy, sender: Sender, card: Card, pace: Pace, clock: Callable[[], datetime]
) -> int:
    # A card that was in hand when something broke may have been posted: look before posting a second one.
    broken = card.ts is None and card.state in BROKEN
    wait = _wait(card.attempts + 1)
    try:
        found = sender.find(card.target, card.key, clock() - LOOK_BACK) if broken else None
        receipt = found or sender.show(card)
    except DeliveryPostponed as error:
        if error.wait:
            pace.hold(_place(card), clock() + error.wait)
        return _put_off(database, card, "unknown" if broken else "pending", clock() + max(wait, error.wait), str(error))
    except DeliveryUnknown as error:
        pace.sent(_place(card), clock())
        return _put_off(database, card, "unknown", clock() + wait, str(error))
    except DeliveryFailed as error:
        return _fail_card(database, pharmacy, card, str(error), clock())
    except StorageUnavailable:
        raise
    except Exception as error:
        log.exception("%s could not be shown", card.key, extra={"action": "card_broke"})
        return _put_off(database, card, "unknown", clock() + wait, str(error))
    pace.sent(_place(card), clock())
    return _settle_shown(database, card, receipt, clock(), outdated=found is not None)


def _settle_shown(database: Database, card: Card, receipt: Receipt | None, now: datetime, *, outdated: bool) -> int:
    with database.transaction() as connection:
        if receipt is None or receipt.channel is None or receipt.ts is None:
            cards.lose_message(connection, card, now)
            return 0
        cards.settle_shown(connection, card, receipt.channel, receipt.ts, now)
        if outdated:
            cards.touch(connection, card.kind, [card.subject], now)
    return 1


def _put_off(database: Database, card: Card, state: str, at: datetime, error: str) -> int:
    with database.transaction() as connection:
        cards.settle(connection, card, state, at, error)
    return 0


def _fail_card(database: Database, pharmacy: Pharmacy, card: Card, error: str, now: datetime) -> int:
    """A card that cannot be shown is tried again when its subject changes, and hourly; meanwhile an alert says so."""
    log.warning("a card failed: %s", error, extra={"action": "card_failed"})
    notice = Notice(
        key=f"{card.key}:failed:{card.wanted}",
        lane=Lane.ROUTINE,
        site=card.site,
        kind=NoticeKind.DELIVERY,
        recipient=card.target,
        text=f"the card of {card.kind} {card.subject}",
    )
    with database.transaction() as connection:
        failed = cards.settle(connection, card, "failed", now + RETRY_FAILED, error)
        if failed and card.site in pharmacy.sites:
            outbox.add_failed(connection, notice, error, now)
    return 0


def next_attention(connection: Connection) -> datetime | None:
    """When delivery next has something to do."""
    instants = [at for at in (outbox.next_attention(connection), cards.next_attention(connection)) if at is not None]
    return min(instants, default=None)
