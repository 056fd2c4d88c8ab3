"""Shift start: the pharmacist is told what is open and signs on; nobody signed on at opening is a miss.

Only where the site asks for it (`sign_on: true`). A site's next look stands in `schedules`: the start of the next shift
of a pharmacist, or ten minutes after the next opening.
"""

from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection

from shiftbot.domain.alert import AlertKind
from shiftbot.domain.checklist import Role
from shiftbot.domain.local_time import local_clock, local_date, local_text
from shiftbot.domain.notice import CardKind, Lane, Notice, NoticeKind
from shiftbot.domain.record import Entry
from shiftbot.domain.roster import Shift, openings, roster_of, shifts
from shiftbot.domain.site import Person, Pharmacy, Site
from shiftbot.errors import AlreadyDone, Refused
from shiftbot.services import delivery
from shiftbot.services.batches import each_alone
from shiftbot.services.escalation import NewAlert, open_alert, resolve_alert
from shiftbot.storage import alerts, follow_ups, record, runs, schedules, sign_ons
from shiftbot.storage.database import Database
from shiftbot.storage.schedules import Turn

KIND = "sign-on"

MISSED_AFTER = timedelta(minutes=10)
"""After the opening; the same grace as an opening checklist has."""

EARLY = timedelta(hours=2)
"""So long before a shift begins somebody may sign on for it."""

LOOK_AHEAD = timedelta(days=8)

SITES = 100
"""In one tick: a chain's shifts begin together, and escalation comes after it."""


def plan_ahead(database: Database, pharmacy: Pharmacy, now: datetime) -> None:
    """At start and after new definitions or changes: see that every site that asks for it has its next look planned."""
    with database.transaction() as connection:
        asking = [site for site in pharmacy.sites.values() if site.sign_on]
        schedules.add(connection, KIND, ((site.id, now, None) for site in asking))
        schedules.hasten(connection, KIND, now)


def look_for_sign_ons(database: Database, pharmacy: Pharmacy, now: datetime) -> int:
    """Ask those whose shift has begun to sign on; make an alert of an opening that nobody signed on for."""

    def find(connection: Connection) -> list[Turn]:
        due = (turn for turn in schedules.find_due(connection, KIND, now) if turn.site in pharmacy.sites)
        return list(islice(due, SITES))

    def take(connection: Connection, due: list[Turn]) -> None:
        for turn in due:
            site = pharmacy.sites[turn.site]
            if schedules.move(connection, site.id, KIND, turn.since, _next(pharmacy, site, now), None) and site.sign_on:
                _look(connection, pharmacy, site, now)

    return each_alone(database, find, take, name=lambda turn: f"signing on at {turn.site}", batches=1)


def sign_on(connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, now: datetime) -> Shift:
    """`person` is here and has the duty; the shift they signed on for. Raises Refused or AlreadyDone."""
    if Role.PHARMACIST not in person.roles:
        raise Refused("A pharmacist signs on for duty. Your own work needs no signing on.")
    shift = _own_shift(pharmacy, site, person, now)
    if shift is None:
        raise Refused(f"You are not on duty at {site.name} now. Take the duty over first: /shift duty.")
    if not sign_ons.add(connection, site.id, person.id, shift.starts_at, now):
        raise AlreadyDone("You signed on for this shift already.")
    body = {"shift": shift.starts_at, "until": shift.ends_at}
    record.append(
        connection, [Entry(site.id, now, person.id, "signed-on", f"shift:{shift.starts_at.isoformat()}", body)]
    )
    delivery.touch(connection, CardKind.DUTY, _subject(site, person, shift), now)
    how = f"{person.name} signed on at {local_clock(site.calendar, now)}."
    for alert in alerts.unresolved(connection, site.id, AlertKind.DUTY):
        if alert.subject.startswith("sign-on:"):
            resolve_alert(connection, pharmacy, AlertKind.DUTY, alert.subject, how, now)
    return shift


def due_to_sign_on(connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, now: datetime) -> bool:
    """Whether the site asks for it, and somebody has a shift that runs or begins soon and has not signed on for it."""
    shift = _own_shift(pharmacy, site, person, now) if site.sign_on else None
    return shift is not None and not sign_ons.has(connection, site.id, person.id, shift.starts_at)


def _own_shift(pharmacy: Pharmacy, site: Site, person: Person, now: datetime) -> Shift | None:
    coming = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), now, now + EARLY)
    return next((each for each in coming if each.person == person.id), None)


def _look(connection: Connection, pharmacy: Pharmacy, site: Site, now: datetime) -> None:
    held = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), now, now + timedelta(microseconds=1))
    waited_for = [each for each in held if not sign_ons.has(connection, site.id, each.person, each.starts_at)]
    for shift in waited_for:
        delivery.queue(connection, pharmacy, [_invitation(connection, pharmacy, site, shift, now)], now)
    if len(waited_for) < len(held):
        return  # somebody signed on for the shift that runs, however long before the opening it began
    for opens_at, closes_at in openings(site.calendar, now, now + timedelta(microseconds=1)):
        if opens_at + MISSED_AFTER <= now < closes_at and not sign_ons.since(connection, site.id, opens_at - EARLY):
            open_alert(connection, pharmacy, _missed(site, opens_at), now)


def _missed(site: Site, opens_at: datetime) -> NewAlert:
    on = local_date(site.calendar, opens_at)
    return NewAlert(
        site=site.id,
        kind=AlertKind.DUTY,
        subject=f"sign-on:{site.id}:{on.isoformat()}",
        title="No pharmacist has signed on",
        detail=f"{site.name} has been open since {local_clock(site.calendar, opens_at)}. Whoever has the duty signs on"
        " with /shift duty; if nobody is there, the pharmacy is open without a pharmacist.",
    )


def _invitation(connection: Connection, pharmacy: Pharmacy, site: Site, shift: Shift, now: datetime) -> Notice:
    person = pharmacy.people[shift.person]
    return Notice(
        key=f"sign-on:{site.id}:{shift.starts_at.isoformat()}:{shift.person}",
        lane=Lane.ROUTINE,
        site=site.id,
        kind=NoticeKind.DUTY,
        recipient=shift.person,
        text=sign_on_words(connection, pharmacy, site, person, shift.starts_at, now),
        about={"site": site.id, "sign_on": True, "card": _subject(site, person, shift)},
    )


def sign_on_words(
    connection: Connection, pharmacy: Pharmacy, site: Site, person: Person, shift_at: datetime, now: datetime
) -> str:
    """What somebody is asked at the start of a shift; empty when they do not have that shift."""
    held = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), shift_at, shift_at + timedelta(microseconds=1))
    shift = next((each for each in held if each.person == person.id and each.starts_at == shift_at), None)
    if shift is None:
        return ""
    until = _end(site, shift, now)
    return f"You are on duty at {site.name} until {until}. {_open_now(connection, site, now)} Please sign on."


def _subject(site: Site, person: Person, shift: Shift) -> str:
    return f"sign-on|{site.id}|{person.id}|{shift.starts_at.isoformat()}"


def invited(pharmacy: Pharmacy, subject: str) -> tuple[Site, Person, datetime] | None:
    """Where, whom and for the shift from when the card of an invitation asks; nothing for one no longer defined."""
    _, site, person, shift_at = subject.split("|")
    if site not in pharmacy.sites or person not in pharmacy.people:
        return None
    return pharmacy.sites[site], pharmacy.people[person], datetime.fromisoformat(shift_at)


def _open_now(connection: Connection, site: Site, now: datetime) -> str:
    """What waits at the start of a shift, in one sentence."""
    counted = (
        (len(alerts.unresolved(connection, site.id)), "alert", "alerts"),
        (len(runs.unfinished_runs(connection, site.id, now)), "checklist", "checklists"),
        (len(follow_ups.open_of(connection, site.id)), "follow-up", "follow-ups"),
    )
    said = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
    return f"Open now: {', '.join(said)}." if said else "Nothing is open."


def _end(site: Site, shift: Shift, now: datetime) -> str:
    same = local_date(site.calendar, shift.ends_at) == local_date(site.calendar, now)
    return local_clock(site.calendar, shift.ends_at) if same else local_text(site.calendar, shift.ends_at)


def _next(pharmacy: Pharmacy, site: Site, now: datetime) -> datetime:
    """When the next shift of a pharmacist begins, or the next opening has lasted for ten minutes."""
    coming = shifts(roster_of(pharmacy, site.id, Role.PHARMACIST), now, now + LOOK_AHEAD)
    begins = [shift.starts_at for shift in coming if shift.starts_at > now]
    begins += [opens + MISSED_AFTER for opens, _ in openings(site.calendar, now, now + LOOK_AHEAD)]
    return min((at for at in begins if at > now), default=now + LOOK_AHEAD)
