"""One attempt to send what is in hand, one parcel or several as one message, and settling them by what came of it."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertState
from shiftbot.domain.notice import CardKind, Lane, NoticeKind, NoticeState
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import DeliveryFailed, DeliveryPostponed, DeliveryUnknown, StorageUnavailable
from shiftbot.services.delivery import going_on
from shiftbot.services.delivery.bundling import as_one
from shiftbot.services.delivery.pace import Pace, is_outside
from shiftbot.services.delivery.sending import BROKEN, Receipt, Sender, wait_after
from shiftbot.storage import alerts, cards, outbox
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel

log = logging.getLogger(__name__)


class Attempt:
    """Sends what is in hand. Whatever comes of it, every parcel of a load is settled in the same transaction."""

    def __init__(
        self, database: Database, pharmacy: Pharmacy, sender: Sender, pace: Pace, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._pharmacy = pharmacy
        self._sender = sender
        self._pace = pace
        self._clock = clock

    def send(self, load: Sequence[Parcel]) -> int:
        """Send a load, and settle it; how many messages went out: one, or none. Raises StorageUnavailable only."""
        parcel, began_at = as_one(load), self._clock()
        try:
            receipt = self._found(load) or self._sender.send(parcel)
        except DeliveryPostponed as error:
            self._postpone(load, error, began_at)
        except DeliveryUnknown as error:
            self._pace.failed(parcel.target, began_at, str(error), self._clock())
            self._leave_unknown(load, error)
        except DeliveryFailed as error:
            self._fail(load, error, began_at)
        except StorageUnavailable:
            raise
        except Exception as error:
            log.exception("notice %s could not be sent", parcel.notice.key, extra={"action": "notice_broke"})
            self._leave_unknown(load, error)
        else:
            self._pace.sent(parcel.target, self._clock())
            self._pace.worked(parcel.target)
            self._settle_sent(load, receipt, self._clock())
            return 1
        return 0

    def _found(self, load: Sequence[Parcel]) -> Receipt | None:
        """A routine notice that may have been sent is looked up before a second try."""
        parcel = load[0]
        if parcel.state not in BROKEN or parcel.notice.lane is not Lane.ROUTINE:
            return None
        return self._sender.find(parcel.target, parcel.notice.key, parcel.created_at)

    def _settle_sent(self, load: Sequence[Parcel], receipt: Receipt, now: datetime) -> None:
        with self._database.transaction() as connection:
            for parcel in load:
                if outbox.settle(
                    connection, parcel.id, NoticeState.SENT, held=parcel.attempts,
                    sent_at=now, channel=receipt.channel, ts=receipt.ts, error=None,
                ):  # fmt: skip
                    going_on.stand_down(connection, self._pharmacy, parcel)
                    if self._pace.slack_is_away:
                        going_on.leave_to_the_summary(connection, parcel)
                    _adopt(connection, parcel, receipt, now)
            going_on.note_success(connection, self._pharmacy, load[0], now)

    def _postpone(self, load: Sequence[Parcel], error: DeliveryPostponed, began_at: datetime) -> None:
        now, target = self._clock(), load[0].target
        if error.wait:
            self._pace.asked_to_wait(target, now + error.wait, now)
        if not isinstance(error.__cause__, StorageUnavailable):
            self._pace.failed(target, began_at, str(error), now)
        log.info("a notice waits: %s", error, extra={"action": "notice_postponed"})
        self._try_later(load, NoticeState.PENDING, error.wait, str(error), now)

    def _leave_unknown(self, load: Sequence[Parcel], error: Exception) -> None:
        now = self._clock()
        self._pace.sent(load[0].target, now)
        log.info("nobody knows whether a notice went out: %s", error, extra={"action": "notice_unknown"})
        self._try_later(load, NoticeState.UNKNOWN, timedelta(0), str(error), now)

    def _try_later(
        self, load: Sequence[Parcel], state: NoticeState, wait: timedelta, error: str, now: datetime
    ) -> None:
        with self._database.transaction() as connection:
            for parcel in load:
                gives_up = is_outside(parcel.target) and parcel.attempts >= going_on.GIVES_UP_AFTER
                if gives_up and parcel.notice.kind is NoticeKind.REACH:
                    self._give_up(connection, parcel, error, now)
                    continue
                # What may have been sent before stays so: a try that surely sent nothing does not change that.
                left = NoticeState.UNKNOWN if parcel.state in BROKEN else state
                at = now + max(wait, wait_after(parcel.attempts))
                mine = outbox.settle(connection, parcel.id, left, held=parcel.attempts, attention_at=at, error=error)
                if mine and gives_up and parcel.attempts == going_on.GIVES_UP_AFTER:
                    going_on.note_failure(connection, self._pharmacy, parcel, error, now)
                    if parcel.notice.lane is Lane.ESCALATION:
                        going_on.go_on(connection, self._pharmacy, parcel, now)

    def _fail(self, load: Sequence[Parcel], error: DeliveryFailed, began_at: datetime) -> None:
        """This means is closed: the next one has each notice in the same transaction, and an alert follows."""
        now, target = self._clock(), load[0].target
        if error.everywhere:
            self._wait_for_slack(load, error, began_at, now)
            return
        log.warning("a notice failed: %s", error, extra={"action": "notice_failed"})
        self._pace.worked(target)  # a clear no is an answer
        with self._database.transaction() as connection:
            held = [each for each in load if self._close(connection, each, str(error), now)]
            if held:
                going_on.note_failure(connection, self._pharmacy, load[0], str(error), now)
            for parcel in held:
                going_on.go_on(connection, self._pharmacy, parcel, now)

    def _wait_for_slack(self, load: Sequence[Parcel], error: DeliveryFailed, began_at: datetime, now: datetime) -> None:
        """Slack turns everybody away (a revoked token): the next means has it at once, and Slack when it is mended."""
        log.warning("Slack turns everything away: %s", error, extra={"action": "slack_refuses_all"})
        self._pace.failed(load[0].target, began_at, str(error), now, certain=True)
        self._try_later(load, NoticeState.PENDING, timedelta(0), str(error), now)
        with self._database.transaction() as connection:
            for parcel in load:
                if parcel.notice.lane is Lane.ESCALATION:
                    going_on.go_on(connection, self._pharmacy, parcel, now)

    def _give_up(self, connection: Connection, parcel: Parcel, error: str, now: datetime) -> None:
        if self._close(connection, parcel, error, now):
            going_on.note_failure(connection, self._pharmacy, parcel, error, now)

    def _close(self, connection: Connection, parcel: Parcel, error: str, now: datetime) -> bool:
        self._pace.has_failed = True
        state, held = NoticeState.FAILED, parcel.attempts
        return outbox.settle(connection, parcel.id, state, held=held, attention_at=now, error=error)


def _adopt(connection: Connection, parcel: Parcel, receipt: Receipt, now: datetime) -> None:
    """A message about an alert is edited in place when the alert changes; at once, when it did meanwhile."""
    notice = parcel.notice
    if notice.kind is NoticeKind.DUTY and notice.about.get("card") and receipt.channel and receipt.ts:
        subject = str(notice.about["card"])
        cards.add_shown(connection, CardKind.DUTY, subject, notice.site, receipt.channel, receipt.ts)
    if notice.kind is not NoticeKind.ALERT or notice.alert is None or not (receipt.channel and receipt.ts):
        return
    subject = str(notice.alert)
    cards.add_shown(connection, CardKind.ALERT, subject, notice.site, receipt.channel, receipt.ts)
    alert = alerts.look_at(connection, notice.alert)
    if alert is not None and alert.state is not AlertState.TRIGGERED:
        cards.touch(connection, CardKind.ALERT, [subject], now)
