"""Who is the pharmacist on duty. Nobody is a value, not an error."""

from datetime import datetime

from shiftbot.domain.roster import on_duty as on_duty_ids
from shiftbot.domain.site import Person, Pharmacy


def on_duty(pharmacy: Pharmacy, site_id: str, at: datetime) -> tuple[Person, ...]:
    """The pharmacists on duty at a site at an instant, in the roster's order; empty when nobody is."""
    calendars = {site_id: pharmacy.sites[site_id].calendar}
    found = on_duty_ids(pharmacy.roster_of(site_id), calendars, site_id, at)
    return tuple(pharmacy.people[person] for person in found)
