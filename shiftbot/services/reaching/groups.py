"""Slack user groups that hold who is on duty, where a site asks for one (`duty_group`).

A group is shown like a card: the tick says when duty may have changed, delivery sets what holds when it gets there.
"""

from datetime import datetime, timedelta
from itertools import islice
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.notice import CardKind
from shiftbot.domain.roster import roster_of, shifts
from shiftbot.domain.site import Pharmacy, Site
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.storage import cards, schedules
from shiftbot.storage.database import Database
from shiftbot.storage.schedules import Turn

KIND = "duty-group"

LOOK_AHEAD = timedelta(days=1)
"""A group is looked at so often at least, in case somebody changed it in Slack."""

SITES = 100

_planned: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""By which definitions the groups were last looked at; a process that starts looks once."""


def keep_groups(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Have the groups set whose site's duty begins or ends now, or whose definitions changed; how many."""
    _plan(database, pharmacy, now)

    def find(connection: Connection) -> list[Turn]:
        return list(islice(schedules.find_due(connection, KIND, now), SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        for turn in due:
            site = pharmacy.sites.get(turn.site)
            at = _next(pharmacy, site, now) if site else now + LOOK_AHEAD
            if schedules.move(connection, turn.site, KIND, turn.since, at, None) and site and site.duty_group:
                cards.add(connection, [(CardKind.DUTY_GROUP, site.id, site.id, site.duty_group)], now)
                delivery.touch(connection, CardKind.DUTY_GROUP, site.id, now)

    return each_alone(database, find, take, name=lambda turn: f"the duty group of {turn.site}")


def _plan(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    if _planned.get(database) == pharmacy.digest:
        return
    asking = [site for site in pharmacy.sites.values() if site.duty_group]
    if asking:
        with database.transaction() as connection:
            schedules.add(connection, KIND, ((site.id, now, None) for site in asking))
            schedules.hasten(connection, KIND, now)
    _planned[database] = pharmacy.digest


def _next(pharmacy: Pharmacy, site: Site, now: datetime) -> datetime:
    """When duty there changes next, a day on at the latest."""
    coming = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), now, now + LOOK_AHEAD)
    changes = [at for shift in coming for at in (shift.starts_at, shift.ends_at) if at > now]
    return min([*changes, now + LOOK_AHEAD])
