"""One round of delivery: escalations, then cards that changed, then routine notices."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shiftbot.domain.notice import Lane
from shiftbot.domain.site import Pharmacy
from shiftbot.errors import StorageUnavailable
from shiftbot.services.delivery import slack_away
from shiftbot.services.delivery.choosing import SLACK
from shiftbot.services.delivery.notices import deliver_lane
from shiftbot.services.delivery.pace import Pace
from shiftbot.services.delivery.sending import Sender
from shiftbot.services.delivery.showing import show_cards
from shiftbot.storage import agenda, outages
from shiftbot.storage.database import Database
from shiftbot.storage.outages import Outage

log = logging.getLogger(__name__)


def deliver(
    database: Database, pharmacy: Pharmacy, sender: Sender, now: datetime, pace: Pace, clock: Callable[[], datetime]
) -> int:
    """Send what is due, escalations first; how many messages went out. One failing row never stops the next.

    `clock` is asked after each send, so that a slow Slack does not date a later message earlier.
    """
    away, waits = _look(database, max(now, clock()))
    pace.begin_round(slack_is_away=away is not None)
    sent = _take_lanes(database, pharmacy, sender, now, pace, clock) if waits else 0
    try:
        if slack_away.judge(database, pharmacy, pace, away, max(now, clock())):
            pace.go_on(slack_is_away=away is None)
            sent += _take_lanes(database, pharmacy, sender, now, pace, clock)
    except StorageUnavailable as error:
        log.warning("delivery waits: %s", error, extra={"action": "delivery_waits"})
    return sent


def _take_lanes(
    database: Database, pharmacy: Pharmacy, sender: Sender, now: datetime, pace: Pace, clock: Callable[[], datetime]
) -> int:
    sent = 0
    steps = (partial(deliver_lane, Lane.ESCALATION), show_cards, partial(deliver_lane, Lane.ROUTINE))
    for step in steps:
        try:
            sent += step(database, pharmacy, sender, max(now, clock()), pace, clock)
        except StorageUnavailable as error:
            log.warning("delivery waits: %s", error, extra={"action": "delivery_waits"})
        except Exception:
            log.exception("a lane of delivery broke; the others go on", extra={"action": "lane_broke"})
    return sent


def _look(database: Database, now: datetime) -> tuple[Outage | None, bool]:
    """The outage of Slack that lasts, and whether anything is due; while the database is away it may be."""
    try:
        with database.snapshot() as connection:
            following = agenda.next_delivery(connection)
            return outages.standing(connection, SLACK), following is not None and following <= now
    except StorageUnavailable:
        return None, True


def next_attention(connection: Connection) -> datetime | None:
    """When delivery next has something to do."""
    return agenda.next_delivery(connection)
