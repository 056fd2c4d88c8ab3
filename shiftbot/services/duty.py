"""Who is at work at a site: the pharmacists on duty, and everybody on shift. Nobody is a value, not an error."""

from collections.abc import Sequence
from datetime import datetime

from shiftbot.domain.checklist import Role
from shiftbot.domain.roster import on_duty as present
from shiftbot.domain.site import Person, Pharmacy, RosterRule


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


def _present(pharmacy: Pharmacy, roster: Sequence[RosterRule], site_id: str, at: datetime) -> tuple[Person, ...]:
    calendars = {site_id: pharmacy.sites[site_id].calendar}
    return tuple(pharmacy.people[person] for person in present(roster, calendars, site_id, at))
