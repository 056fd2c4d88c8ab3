"""Who is at work at a site: the pharmacists on duty, everybody on shift, and whether the next shift read a note.

Nobody is a value, not an error.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.hand_over import HandOver, read_at_start, read_by_another_shift
from shiftbot.domain.roster import on_duty as present
from shiftbot.domain.site import Person, Pharmacy, RosterRule
from shiftbot.storage import shifts


def on_duty(pharmacy: Pharmacy, site_id: str, at: datetime) -> tuple[Person, ...]:
    """The pharmacists on duty at a site at an instant, in the roster's order; empty when nobody is."""
    return _present(pharmacy, pharmacy.duty_roster_of(site_id), site_id, at)


def on_shift(pharmacy: Pharmacy, site_id: str, at: datetime, role: Role | None = None) -> tuple[Person, ...]:
    """Everybody on the roster of a site at an instant, in its order; only those with `role` when one is asked for."""
    found = _present(pharmacy, pharmacy.roster_of(site_id), site_id, at)
    return tuple(person for person in found if role is None or role in person.roles)


def names_technicians(pharmacy: Pharmacy, site_id: str) -> bool:
    """Whether the roster of a site names any technician at all: many pharmacies write down their pharmacists only."""
    rostered = (pharmacy.people[rule.person] for rule in pharmacy.roster_of(site_id))
    return any(Role.TECHNICIAN in person.roles for person in rostered)


def next_shift_has_read(connection: Connection, pharmacy: Pharmacy, note: HandOver) -> bool:
    """Whether a hand-over note was read by whom it was left to. Anybody but its writer may read it; this one counts:

    by somebody the roster does not have on shift when it was written; at or after the opening of the checklist that
    begins the next shift; or before, by somebody who is on shift when that checklist is due: they know it already. So a
    colleague of the writer's shift is on the record, and the note still waits. Where no checklist begins a shift, a
    reading counts half a day after the writing.
    """
    if not note.read_by or note.site not in pharmacy.sites:
        return bool(note.read_by)
    then = {person.id for person in on_shift(pharmacy, note.site, note.written_at)}
    if read_by_another_shift(note, then):
        return True
    start = shifts.next_start(connection, note.site, note.written_at)
    if start is None:
        return False
    starting = {person.id for person in on_shift(pharmacy, note.site, start.due_at)}
    return read_at_start(note, start.opens_at, starting)


def _present(pharmacy: Pharmacy, roster: Sequence[RosterRule], site_id: str, at: datetime) -> tuple[Person, ...]:
    calendars = {site_id: pharmacy.sites[site_id].calendar}
    return tuple(pharmacy.people[person] for person in present(roster, calendars, site_id, at))
