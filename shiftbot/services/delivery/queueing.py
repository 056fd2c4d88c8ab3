"""What services ask of delivery: notices into the outbox, cards out of date."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.notice import CardKind, Notice
from shiftbot.domain.site import Pharmacy
from shiftbot.storage import cards, outbox
from shiftbot.storage.database import Database


def queue(connection: Connection, pharmacy: Pharmacy, notices: Iterable[Notice], now: datetime) -> int:
    """Put notices into the outbox, each for its recipient's first means; how many were new."""
    return outbox.add(connection, ((notice, 0, target_of(pharmacy, notice, 0)) for notice in notices), now)


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


def target_of(pharmacy: Pharmacy, notice: Notice, means: int) -> str:
    person = pharmacy.people.get(notice.recipient)
    if person is None:
        return notice.recipient
    return person.slack if means == 0 else person.reach[means - 1]
