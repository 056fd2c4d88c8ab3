"""What a checklist asks at a site, as defined now: its lines laid out on the site's units, drugs and registers."""

from shiftbot.domain.checklist import Plan
from shiftbot.domain.laying_out import Ground, lay_out
from shiftbot.domain.site import Pharmacy, Site


def plan_for(pharmacy: Pharmacy, site: Site, checklist_id: str, *, subject: str | None = None) -> Plan:
    """What the next run of a checklist asks at a site; `subject` is the unit that an event-opened run is about."""
    return lay_out(pharmacy.checklists[checklist_id], _ground(pharmacy, site), subject=subject)


def _ground(pharmacy: Pharmacy, site: Site) -> Ground:
    units, degrees = pharmacy.units_of(site.id), site.temperature_unit
    return Ground(
        temperature_unit=degrees.value,
        units={unit.id: unit.name for unit in units},
        controlled={drug.id: drug.name for drug in site.controlled},
        registers={place.id: place.name for place in site.registers},
        mailboxes={place.id: place.name for place in site.mailboxes},
        limits={unit.id: (unit.storage_class.low[degrees], unit.storage_class.high[degrees]) for unit in units},
        gates=site.gates,
        photos=site.photos,
        pin=site.pin,
    )
