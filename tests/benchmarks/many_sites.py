"""A chain of pharmacies as values: as many sites as asked for, each with its own channel, fridge and freezer."""

from dataclasses import replace
from datetime import timedelta
from itertools import chain

from shiftbot.domain.site import Pharmacy, Sensor, Site, StorageUnit
from tests.cast import FRIDGE, HILLTOP, OPENING, hilltop
from tests.cast import ON_DUTY_ALL_WEEK as HILLTOP_DUTY


def chain_of(count: int) -> Pharmacy:
    """`count` sites in one time zone: every opening checklist opens, is due and is missed in the same second."""
    sites = [_site(number) for number in range(count)]
    units = list(chain.from_iterable(_units(site) for site in sites))
    return replace(
        hilltop(OPENING),
        sites={site.id: site for site in sites},
        units={unit.id: unit for unit in units},
        roster=tuple(replace(rule, site=site.id) for site in sites for rule in HILLTOP_DUTY),
        digest=f"chain of {count}",
    )


def _site(number: int) -> Site:
    name = f"site-{number:05}"
    return replace(HILLTOP, id=name, name=f"Pharmacy {number}", channel=f"C{number:08}", checklists=(OPENING.id,))


def _units(site: Site) -> list[StorageUnit]:
    return [
        replace(
            FRIDGE,
            id=f"{site.id}-{kind}",
            site=site.id,
            name=kind.capitalize(),
            sensor=Sensor(f"{site.id}/{kind}", every=timedelta(days=1)),  # nothing of the cold chain is due here
        )
        for kind in ("fridge", "freezer")
    ]
