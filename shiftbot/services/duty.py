"""Who is at work at a site: the pharmacists on duty, everybody on shift, and whether the next shift read a note.

Nobody is a value, not an error.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shiftbot.domain.checklist import Role
from shiftbot.domain.hand_over import HandOver, read_at_start, read_by_another_shift
from shiftbot.domain.roster import on_duty as present
from shiftbot.domain.roster import roster_of
from shiftbot.domain.site import DatedShift, DutyChange, Person, Pharmacy
from shiftbot.storage import duty_changes, shifts

KEPT = timedelta(days=3)
"""What people agreed is looked at for so long after it ended: hand-over notes ask who was on shift."""


def with_duty(pharmacy: Pharmacy, dated: Iterable[DatedShift], changes: Iterable[DutyChange]) -> Pharmacy:
    """The definitions with what calendars say and what people agreed; of sites and people that are still defined.

    A calendar counts only where the roster names it.
    """
    named = {(calendar.site, calendar.source) for calendar in pharmacy.calendars}
    return replace(
        pharmacy,
        dated_shifts=tuple(
            shift for shift in dated if (shift.site, shift.source) in named and shift.person in pharmacy.people
        ),
        duty_changes=tuple(
            change
            for change in changes
            if change.site in pharmacy.sites and (change.person is None or change.person in pharmacy.people)
        ),
    )


def as_agreed(connection: Connection, pharmacy: Pharmacy, now: datetime) -> Pharmacy:
    """The definitions with duty as it is agreed at this moment: whoever has just changed it sees what they did.

    The same object when nothing was: what it has sorted once need not be sorted again.
    """
    lived = with_duty(pharmacy, pharmacy.dated_shifts, duty_changes.standing(connection, now - KEPT))
    return pharmacy if lived.duty_changes == pharmacy.duty_changes else lived


def on_duty(pharmacy: Pharmacy, site_id: str, at: datetime, role: Role | None = Role.PHARMACIST) -> tuple[Person, ...]:
    """Who is on duty at a site at an instant, who comes first first; empty when nobody is. Duty is a pharmacist's
    unless another role, or none, is asked for.
    """
    found = present(roster_of(pharmacy, site_id, role), at)
    return tuple(pharmacy.people[person] for person in found if person in pharmacy.people)


def on_shift(pharmacy: Pharmacy, site_id: str, at: datetime, role: Role | None = None) -> tuple[Person, ...]:
    """Everybody on the roster of a site at an instant, in its order; only those with `role` when one is asked for."""
    return on_duty(pharmacy, site_id, at, role)


def names_technicians(pharmacy: Pharmacy, site_id: str) -> bool:
    """Whether the roster of a site names any technician at all: many pharmacies write down their pharmacists only."""
    rostered = {rule.person for rule in pharmacy.roster_of(site_id)}
    rostered |= {shift.person for shift in pharmacy.dated_shifts_of(site_id)}
    return any(Role.TECHNICIAN in pharmacy.people[person].roles for person in rostered if person in pharmacy.people)


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
