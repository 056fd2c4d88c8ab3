"""Sending what waits in one lane of the outbox: in hand, sent, then settled, whatever becomes of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.notice import Lane, NoticeState
from shiftbot.domain.site import Pharmacy
from shiftbot.services.delivery.attempting import Attempt
from shiftbot.services.delivery.bundling import with_others
from shiftbot.services.delivery.pace import Pace
from shiftbot.services.delivery.rules import LONG_TURN, TURN
from shiftbot.services.delivery.sending import BATCH, BROKEN, IN_HAND_FOR, Sender
from shiftbot.services.delivery.staleness import marked, why_stale
from shiftbot.storage import outbox
from shiftbot.storage.database import Database
from shiftbot.storage.outbox import Parcel


def deliver_lane(
    lane: Lane,
    database: Database,
    pharmacy: Pharmacy,
    sender: Sender,
    now: datetime,
    pace: Pace,
    clock: Callable[[], datetime],
) -> int:
    """Send what is due in a lane, as far as its turn lasts and Slack takes it; how many messages went out."""
    with database.snapshot() as connection:
        due = outbox.find_due(connection, lane, now, BATCH, except_to=pace.busy(clock()))
    turn_ends = now + (LONG_TURN if lane is Lane.ESCALATION else TURN)
    attempt = Attempt(database, pharmacy, sender, pace, clock)
    taken: set[int] = set()
    sent = 0
    for parcel in due:
        if clock() >= turn_ends:
            break
        if parcel.id in taken:
            continue
        if not pace.is_ready(parcel.target, clock()):
            if lane is Lane.ESCALATION:
                pace.keep_for_escalations(parcel.target, clock())
            continue
        load = with_others(parcel, [each for each in due if each.id not in taken], pharmacy)
        taken |= {each.id for each in load}
        if in_hand := _claim(database, pharmacy, load, clock()):
            sent += attempt.send(in_hand)
    return sent


def _claim(database: Database, pharmacy: Pharmacy, load: Sequence[Parcel], now: datetime) -> list[Parcel]:
    """What is in hand now: not what is another's, nor what is no longer true."""
    with database.transaction() as connection:
        mine = [taken for each in load if (taken := _claim_one(connection, pharmacy, each, now)) is not None]
        return [marked(connection, pharmacy, mine[0])] if len(mine) == 1 else mine


def _claim_one(connection: Connection, pharmacy: Pharmacy, parcel: Parcel, now: datetime) -> Parcel | None:
    why = why_stale(connection, pharmacy, parcel, now)
    if why:
        outbox.settle(connection, parcel.id, NoticeState.SUPPRESSED, error=why)
        return None
    again = parcel.state in BROKEN and parcel.notice.lane is Lane.ESCALATION
    if not outbox.claim(connection, parcel, now + IN_HAND_FOR, may_repeat=again):
        return None
    loaded = outbox.load(connection, parcel.notice.key)
    # In hand it keeps the state it was found in: what may have been sent is looked up before a second try.
    return None if loaded is None else replace(loaded, state=parcel.state)
