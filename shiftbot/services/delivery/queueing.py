"""What services ask of delivery: notices into the outbox, cards out of date."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.notice import CardKind, Notice
from shiftbot.domain.site import Pharmacy
from shiftbot.services.delivery.choosing import ways_out
from shiftbot.storage import cards, outbox
from shiftbot.storage.database import Database


def queue(connection: Connection, pharmacy: Pharmacy, notices: Iterable[Notice], now: datetime) -> int:
    """Put notices into the outbox, each for its recipient's first means that works; how many parcels were new."""
    return outbox.add_going(connection, ways_out(connection, pharmacy, list(notices), now), now)


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
