"""The tick's part in changes of duty: offers that nobody answered are over."""

from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.duty_change import Agreement
from shiftbot.domain.site import Pharmacy
from shiftbot.services.batches import each_alone
from shiftbot.services.rostering.changing import let_expire
from shiftbot.storage import duty_changes
from shiftbot.storage.database import Database

BATCH = 200


def expire_offers(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """End every offer whose time is over; how many."""

    def find(connection: Connection) -> list[Agreement]:
        return duty_changes.find_due(connection, now, BATCH)

    def take(connection: Connection, due: list[Agreement]) -> None:
        for each in due:
            let_expire(connection, pharmacy, each, now)

    return each_alone(database, find, take, name=lambda each: f"the offer {each.id}")
