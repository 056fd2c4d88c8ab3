"""Everybody's means are verified: by a test that they answer, in open hours and outside their quiet hours.

Whoever has Slack only is never tested unasked: any button of theirs that they press verifies it. Of somebody with
further means each one is tested, anew after 90 days, and after it failed and works again.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_text, next_open
from shiftbot.domain.notice import Lane, Notice, NoticeKind
from shiftbot.domain.quiet_hours import quiet_until
from shiftbot.domain.record import Entry
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import Refused
from shiftbot.services.batches import each_alone
from shiftbot.services.delivery import MeansState, reach_of, targets_of
from shiftbot.services.delivery.reachable import VERIFIED_FOR
from shiftbot.storage import means, outbox, record
from shiftbot.storage.database import Database
from shiftbot.storage.means import Means
from shiftbot.storage.outbox import Going

ONE_A_DAY = timedelta(days=1)

ASKED_AGAIN = timedelta(days=7)
"""A test that nobody answered is sent again after so long."""

HEARD_AGAIN = timedelta(days=30)
"""A button that is pressed verifies Slack anew at most so often."""

BATCH = 50

_planned: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
"""By which definitions the means were last looked through; a process that starts looks once."""


def look_after_means(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Send the tests that are due; how many means were looked at."""
    _plan(database, pharmacy, now)

    def find(connection: Connection) -> list[Means]:
        return means.find_due(connection, now, BATCH)

    def take(connection: Connection, due: list[Means]) -> None:
        for each in due:
            _attend(connection, pharmacy, each, now)

    return each_alone(database, find, take, name=lambda each: f"means {each.place} of {each.person}")


def ask_now(
    connection: Connection, pharmacy: Pharmacy, person: Person, place: int, now: datetime, by: Person | None = None
) -> datetime:
    """Send a test because somebody asks; when it goes out: one's own at once, another's when it disturbs nobody.

    Raises Refused for who may not ask, and for a second one on the same day.
    """
    by = by or person
    if by.id != person.id and Role.MANAGER not in by.roles:
        raise Refused("Only managers test how others are reached.")
    targets = targets_of(person)
    if not 0 <= place < len(targets):
        raise Refused("This means is not in pharmacy.yaml any more.")
    known = means.find(connection, person.id, means.address_of(targets[place]))
    if known and known.asked_at and now < known.asked_at + ONE_A_DAY:
        at = local_text(home_of(pharmacy, person).calendar, known.asked_at)
        raise Refused(f"A test went there on {at}; one a day is enough. It can be answered still.")
    due_at = now if by.id == person.id else good_time(pharmacy, person, now)
    _ask(connection, pharmacy, person, place, now, due_at, by.id)
    return due_at


def confirm(connection: Connection, pharmacy: Pharmacy, person: Person, code: str, now: datetime) -> MeansState:
    """`person` typed the code of a test; the means that is verified now. Raises Refused for a code that is none."""
    known = means.of_people(connection, [person.id])
    for place, target in enumerate(targets_of(person)):
        found = known.get((person.id, means.address_of(target)))
        if found and found.code and secrets.compare_digest(found.code, code):
            return _verified(connection, pharmacy, person, place, "code", now)
    raise Refused("That is not the code of your newest test. `/shift reach` shows your means, and sends another one.")


def press(connection: Connection, pharmacy: Pharmacy, person: Person, place: int, now: datetime) -> MeansState:
    """`person` pressed the button of a test."""
    if not 0 <= place < len(targets_of(person)):
        raise Refused("This means is not in pharmacy.yaml any more.")
    return _verified(connection, pharmacy, person, place, "button", now)


def heard_from(connection: Connection, pharmacy: Pharmacy, person: Person, now: datetime) -> bool:
    """`person` pressed a button that shiftbot sent: Slack reaches them; whether that was news."""
    known = means.find(connection, person.id, means.address_of(person.slack))
    if known and known.failed_at is None and known.verified_at and now < known.verified_at + HEARD_AGAIN:
        return False
    _verified(connection, pharmacy, person, 0, "use", now)
    return True


def home_of(pharmacy: Pharmacy, person: Person) -> Site:
    """The site by whose clock somebody lives: where they are on the roster, else whose fallback they are, else any."""
    rostered = {rule.site for rule in pharmacy.roster if rule.person == person.id}
    sites = [*pharmacy.sites.values()]
    mine = [site for site in sites if site.id in rostered] or [site for site in sites if site.fallback == person.id]
    return (mine or sites)[0]


def good_time(pharmacy: Pharmacy, person: Person, now: datetime) -> datetime:
    """When a test disturbs nobody, from now on: the site is open, and the person's quiet hours are over."""
    calendar, at = home_of(pharmacy, person).calendar, now
    for _ in range(10):
        at = next_open(calendar, at)
        until = quiet_until(person.quiet, calendar, at)
        if until is None:
            return at
        at = until
    return at


def _plan(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """Of whoever has several means, each is to be tested; what is known already is left as it is."""
    if _planned.get(database) == pharmacy.digest:
        return
    with database.transaction() as connection:
        means.plan(connection, list(_several(pharmacy.people.values())), now)
    _planned[database] = pharmacy.digest


def _several(people: Iterable[Person]) -> Iterable[tuple[str, str, int]]:
    for person in people:
        if person.reach:
            for place, target in enumerate(targets_of(person)):
                yield person.id, means.address_of(target), place


def _attend(connection: Connection, pharmacy: Pharmacy, due: Means, now: datetime) -> None:
    person = pharmacy.people.get(due.person)
    places = {means.address_of(target): place for place, target in enumerate(targets_of(person))} if person else {}
    if person is None or due.address not in places or not person.reach:
        means.put_off(connection, due.person, due.address, None)
        return
    at = good_time(pharmacy, person, now)
    if due.failed_at is None and due.asked_at is not None:
        at = max(at, good_time(pharmacy, person, due.asked_at + ONE_A_DAY))
    if at > now:
        means.put_off(connection, due.person, due.address, at)
        return
    _ask(connection, pharmacy, person, places[due.address], now, now, "shiftbot")


def _ask(
    connection: Connection, pharmacy: Pharmacy, person: Person, place: int, now: datetime, due_at: datetime, by: str
) -> None:
    target, site = targets_of(person)[place], home_of(pharmacy, person)
    code = f"{secrets.randbelow(9000) + 1000}"
    means.ask(connection, person.id, target, place, code, now, now + ASKED_AGAIN)
    notice = Notice(
        key=f"reach:{person.id}:{means.address_of(target)[:16]}:{now.isoformat()}",
        lane=Lane.ROUTINE,
        site=site.id,
        kind=NoticeKind.REACH,
        recipient=person.id,
        text=_words(person, place, code),
        about={"place": place},
    )
    outbox.add_going(connection, [Going(notice, place, target, due_at)], now)
    _record(connection, pharmacy, person, place, "means-tested", by, {}, now)


def _words(person: Person, place: int, code: str) -> str:
    if place == 0:
        return "This is a test of how shiftbot reaches you. Please press the button: it came."
    return f"shiftbot test for {person.name.split()[0]}. In Slack type /shift reach {code}"


def _verified(
    connection: Connection, pharmacy: Pharmacy, person: Person, place: int, how: str, now: datetime
) -> MeansState:
    address = means.address_of(targets_of(person)[place])
    again_at = good_time(pharmacy, person, now + VERIFIED_FOR)
    means.verify(connection, person.id, address, place, now, again_at if person.reach else None)
    _record(connection, pharmacy, person, place, "means-verified", person.id, {"how": how}, now)
    return reach_of(connection, pharmacy, person)[place]


def _record(
    connection: Connection,
    pharmacy: Pharmacy,
    person: Person,
    place: int,
    kind: str,
    actor: str,
    more: dict[str, object],
    now: datetime,
) -> None:
    by = reach_of(connection, pharmacy, person)[place].by
    body = {"means": place, "by": by} | more
    record.append(connection, [Entry(home_of(pharmacy, person).id, now, actor, kind, f"person:{person.id}", body)])
